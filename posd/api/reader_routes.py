"""What posd alone offers of one attached reader: no route of Stripe's."""

from typing import Final

from posd.api import configurations, decisions, end_of_day, params, receipt_params, receipts
from posd.api.auth import Access
from posd.api.calls import AnyRoute, Route

READER_ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        "GET",
        "/posd/v1/readers/{reader}/configuration",
        Access.OBSERVER,
        params.NoParams,
        configurations.of_reader,
    ),
    Route(
        "GET",
        "/posd/v1/readers/{reader}/receipts",
        Access.TILL,
        receipt_params.ShowClosings,
        receipts.of_closings,
    ),
    Route(
        "POST",
        "/posd/v1/readers/{reader}/reprint",
        Access.TILL,
        params.NoParams,
        receipts.reprint,
        repeatable=False,
    ),
    Route(
        "POST",
        "/posd/v1/readers/{reader}/resolve",
        Access.MANAGER,
        params.Resolve,
        decisions.resolve,
        answers="payment_intent",
    ),
    Route(
        "POST",
        "/posd/v1/readers/{reader}/set_aside",
        Access.TILL,
        params.SetAside,
        decisions.set_aside,
        answers="payment_intent",
    ),
    Route(
        "POST",
        "/posd/v1/readers/{reader}/end_of_day",
        Access.MANAGER,
        params.NoParams,
        end_of_day.close,
    ),
    Route(
        "GET",
        "/posd/v1/readers/{reader}/end_of_day",
        Access.OBSERVER,
        params.NoParams,
        end_of_day.show,
    ),
    Route(
        "POST",
        "/posd/v1/readers/{reader}/end_of_day/resolve",
        Access.MANAGER,
        params.ResolveEndOfDay,
        end_of_day.resolve,
    ),
    Route(
        "POST",
        "/posd/v1/readers/{reader}/accept",
        Access.MANAGER,
        params.AcceptReader,
        decisions.accept,
        answers="terminal.reader",
    ),
)
