"""What may be asked of hardware orders.

The limits are Stripe's (API reference, "Terminal hardware orders"): what is within them goes on as
it came.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Final

from posd.api.fleet_params import SentMetadata, SentOn
from posd.api.params import ListParams, Params, sent_on
from posd.stripe_wire import fields
from posd.stripe_wire.errors import invalid_request
from posd.stripe_wire.form import Node

ITEMS_MAX: Final = 100
PIECES_MAX: Final = 10_000
"""Of one SKU in one order."""
PO_NUMBER_CHARACTERS_MAX: Final = 15
REGISTRATION_CODE_CHARACTERS_MAX: Final = 500
COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)
AVAILABILITY: Final = ("available", "unavailable")
METHOD_NAMES: Final = ("express", "priority", "standard")
ORDER_STATUSES: Final = (
    "canceled",
    "delivered",
    "pending",
    "ready_to_ship",
    "shipped",
    "undeliverable",
)

Check = Callable[[Node, str], object]


def _characters(minimum: int, maximum: int) -> Check:
    def check(node: Node, param: str) -> None:
        if len(fields.text(node, param, maximum)) < minimum:
            raise invalid_request(f"At least {minimum} characters.", param=param)

    return check


def _country(node: Node, param: str) -> None:
    if not COUNTRY.fullmatch(fields.text(node, param)):
        raise invalid_request("A country is two capital letters (ISO 3166-1).", param=param)


ADDRESS: Final[Mapping[str, Check]] = {
    "country": _country,
    "line1": _characters(3, 40),
    "postal_code": _characters(1, 10),
    "city": _characters(1, 35),
    "line2": _characters(1, 40),
    "state": _characters(1, 29),
}
ADDRESS_REQUIRED: Final = ("country", "line1", "postal_code")
SHIPPING_REQUIRED: Final = ("address", "email", "name", "phone")
ITEM: Final[Mapping[str, Check]] = {
    "terminal_hardware_sku": fields.text,
    "quantity": partial(fields.integer, minimum=1, maximum=PIECES_MAX),
}


def _parts(
    node: Node, param: str, *, checks: Mapping[str, Check], required: tuple[str, ...]
) -> None:
    parts = fields.hash_of(node, param)
    fields.reject_unknown(parts, checks, param)
    for name in required:
        fields.require(parts, name, f"{param}[{name}]")
    for name, part in parts.items():
        checks[name](part, f"{param}[{name}]")


SHIPPING: Final[Mapping[str, Check]] = {
    "address": partial(_parts, checks=ADDRESS, required=ADDRESS_REQUIRED),
    "email": _characters(3, 800),
    "name": _characters(3, 36),
    "phone": _characters(1, 14),
    "company": _characters(3, 40),
}


def _items(node: Node, param: str) -> None:
    if not isinstance(node, list) or not 0 < len(node) <= ITEMS_MAX:
        raise invalid_request(f"Invalid array: 1 to {ITEMS_MAX} items.", param=param)
    for index, item in enumerate(node):
        _parts(item, f"{param}[{index}]", checks=ITEM, required=tuple(ITEM))


def _choice(*allowed: str) -> Check:
    return partial(fields.choice, allowed=allowed)


SentCountry = Annotated[str, sent_on(_country)]
SentText = Annotated[str, sent_on(fields.text)]
SentStatus = Annotated[str | None, sent_on(_choice(*AVAILABILITY))]
SentProvider = Annotated[str | None, sent_on(_choice("stripe"))]


class HardwareOrder(SentOn):
    """`POST /v1/terminal/hardware_orders` and `GET /v1/terminal/hardware_orders/preview`."""

    hardware_order_items: Annotated[list[object], sent_on(_items)]
    payment_type: Annotated[str, sent_on(_choice("monthly_invoice"))]
    shipping: Annotated[
        Mapping[str, object],
        sent_on(partial(_parts, checks=SHIPPING, required=SHIPPING_REQUIRED)),
    ]
    shipping_method: SentText
    metadata: SentMetadata = None
    po_number: Annotated[str | None, sent_on(_characters(1, PO_NUMBER_CHARACTERS_MAX))] = None


class ListOrders(ListParams):
    """`GET /v1/terminal/hardware_orders`."""

    status: Annotated[str | None, sent_on(_choice(*ORDER_STATUSES))] = None


class ListWares(ListParams):
    """A list of the catalogue: what is no cursor filters at Stripe."""

    def filters(self) -> Mapping[str, str]:
        """What was given, as it came."""
        given = self.model_fields_set - set(ListParams.model_fields)
        return {name: getattr(self, name) for name in sorted(given)}


class ListSkus(ListWares):
    """`GET /v1/terminal/hardware_skus`."""

    country: SentCountry
    product: Annotated[str | None, sent_on(fields.text)] = None
    provider: SentProvider = None
    status: SentStatus = None


class ListProducts(ListWares):
    """`GET /v1/terminal/hardware_products`."""

    status: SentStatus = None


class ListShippingMethods(ListWares):
    """`GET /v1/terminal/hardware_shipping_methods`."""

    country: SentCountry
    name: Annotated[str | None, sent_on(_choice(*METHOD_NAMES))] = None
    provider: SentProvider = None
    status: SentStatus = None


class Receive(Params):
    """`POST /posd/v1/hardware_orders/{order}/receive`; it names its reader one way or the other."""

    registration_code: Annotated[
        str | None, sent_on(_characters(1, REGISTRATION_CODE_CHARACTERS_MAX))
    ] = None
    reader: Annotated[str | None, sent_on(fields.text)] = None
    label: Annotated[str | None, sent_on(fields.text)] = None
    location: Annotated[str | None, sent_on(fields.text)] = None
    lane: Annotated[str | None, sent_on(fields.text)] = None
    replaces: Annotated[str | None, sent_on(fields.text)] = None
