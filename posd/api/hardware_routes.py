"""The routes of hardware orders, in the order of Stripe's reference; part of the one table."""

from typing import Final

from posd.api import hardware, hardware_params
from posd.api.auth import Access
from posd.api.calls import AnyRoute, Route
from posd.api.params import NoParams, Params
from posd.upstream.hardware import Advance, Ware

ORDERS: Final = "/v1/terminal/hardware_orders"
ORDER: Final = "terminal.hardware_order"
FOLLOWED: Final = "/posd/v1/hardware_orders/{order}"


def _catalogue(kind: Ware, filters: type[Params]) -> tuple[AnyRoute, ...]:
    path, noun = f"/v1/terminal/{kind.value}", f"terminal.{kind.value[:-1]}"
    listing, one = hardware.listing_of(kind), hardware.retrieval_of(kind)
    return (
        Route("GET", path, Access.OBSERVER, filters, listing, answers=noun, listed=True),
        Route("GET", path + "/{ware}", Access.OBSERVER, NoParams, one, answers=noun),
    )


def _helper(to: Advance) -> AnyRoute:
    path = f"/v1/test_helpers/terminal/hardware_orders/{{order}}/{to.value}"
    return Route("POST", path, Access.MANAGER, NoParams, hardware.advance_to(to), answers=ORDER)


HARDWARE_ROUTES: Final[tuple[AnyRoute, ...]] = (
    *_catalogue(Ware.SKU, hardware_params.ListSkus),
    *_catalogue(Ware.PRODUCT, hardware_params.ListProducts),
    *_catalogue(Ware.SHIPPING_METHOD, hardware_params.ListShippingMethods),
    Route(
        "GET",
        f"{ORDERS}/preview",
        Access.MANAGER,
        hardware_params.HardwareOrder,
        hardware.preview,
        answers=ORDER,
    ),
    Route(
        "POST",
        ORDERS,
        Access.MANAGER,
        hardware_params.HardwareOrder,
        hardware.create,
        answers=ORDER,
    ),
    Route(
        "GET",
        ORDERS,
        Access.OBSERVER,
        hardware_params.ListOrders,
        hardware.listing,
        answers=ORDER,
        listed=True,
    ),
    Route("GET", ORDERS + "/{order}", Access.OBSERVER, NoParams, hardware.retrieve, answers=ORDER),
    Route(
        "POST",
        ORDERS + "/{order}/cancel",
        Access.MANAGER,
        NoParams,
        hardware.cancel,
        answers=ORDER,
    ),
    *map(_helper, Advance),
    Route("GET", FOLLOWED, Access.OBSERVER, NoParams, hardware.follow),
    Route(
        "POST",
        f"{FOLLOWED}/receive",
        Access.MANAGER,
        hardware_params.Receive,
        hardware.receive,
    ),
)
