"""Everything that can be asked, by whom, with which parameters: one table.

The router, the role check and the documents are made from it, so that none of them can be about
something else.
"""

from typing import Final

from posd.api import (
    charges,
    decisions,
    events,
    keys,
    params,
    payment_intents,
    readers,
    status,
    till,
)
from posd.api.auth import Access
from posd.api.calls import AnyRoute, Route

ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        "POST",
        "/v1/payment_intents",
        Access.TILL,
        params.CreatePaymentIntent,
        payment_intents.create,
        answers="payment_intent",
    ),
    Route(
        "GET",
        "/v1/payment_intents",
        Access.OBSERVER,
        params.ListPaymentIntents,
        payment_intents.listing,
        answers="payment_intent",
        listed=True,
    ),
    Route(
        "GET",
        "/v1/payment_intents/{intent}",
        Access.OBSERVER,
        params.NoParams,
        payment_intents.retrieve,
        answers="payment_intent",
    ),
    Route(
        "GET",
        "/v1/charges/{charge}",
        Access.OBSERVER,
        params.NoParams,
        charges.retrieve,
        answers="charge",
    ),
    Route(
        "GET",
        "/v1/events",
        Access.OBSERVER,
        params.ListEvents,
        events.listing,
        answers="event",
        listed=True,
    ),
    Route(
        "GET",
        "/v1/events/{event}",
        Access.OBSERVER,
        params.NoParams,
        events.retrieve,
        answers="event",
    ),
    Route(
        "POST",
        "/v1/terminal/readers",
        Access.MANAGER,
        params.RegisterReader,
        readers.register,
        answers="terminal.reader",
    ),
    Route(
        "GET",
        "/v1/terminal/readers",
        Access.OBSERVER,
        params.ListReaders,
        readers.listing,
        answers="terminal.reader",
        listed=True,
    ),
    Route(
        "GET",
        "/v1/terminal/readers/{reader}",
        Access.OBSERVER,
        params.NoParams,
        readers.retrieve,
        answers="terminal.reader",
    ),
    Route(
        "POST",
        "/v1/terminal/readers/{reader}/process_payment_intent",
        Access.TILL,
        params.ProcessPaymentIntent,
        readers.process_payment_intent,
        answers="terminal.reader",
    ),
    Route(
        "POST",
        "/v1/terminal/readers/{reader}/cancel_action",
        Access.TILL,
        params.NoParams,
        readers.cancel_action,
        answers="terminal.reader",
    ),
    Route(
        "GET",
        "/posd/v1/payment_intents/{intent}",
        Access.TILL,
        params.WaitForPayment,
        till.wait,
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
    Route("GET", "/posd/v1/live", Access.OPEN, params.NoParams, status.live),
    Route("GET", "/posd/v1/ready", Access.OPEN, params.NoParams, status.ready),
    Route("GET", "/posd/v1/status", Access.OBSERVER, params.NoParams, status.status),
    Route("POST", "/posd/v1/keys", Access.OPERATOR, params.CreateKey, keys.create),
)
