"""The calls of Stripe's hardware orders, a preview of its Terminal API.

Source: Stripe API reference, "Terminal hardware orders" (`terminal_hardware_orders_beta=v5`).
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from posd.journal.command import Claim
from posd.model.hardware import HardwareOrder
from posd.model.upstream_facts import MirrorKind
from posd.stripe_wire import form
from posd.upstream.terminal import COLLECTIONS, HARDWARE_VERSION, PAGE_OBJECTS, Params, key_of
from posd.upstream.uplink import UpstreamCall

ORDERS: Final = COLLECTIONS[MirrorKind.HARDWARE_ORDER]
TEST_HELPERS: Final = "/v1/test_helpers/terminal/hardware_orders"
POSD_ORDER: Final = "posd_order"
"""The key of an order's metadata that holds posd's own id for it."""


class Ware(Enum):
    """What the catalogue is of; the value is the last part of Stripe's path."""

    SKU = "hardware_skus"
    PRODUCT = "hardware_products"
    SHIPPING_METHOD = "hardware_shipping_methods"


class Advance(Enum):
    """What a test helper makes of an order; the value is the last part of Stripe's path."""

    READY_TO_SHIP = "mark_ready_to_ship"
    SHIP = "ship"
    DELIVER = "deliver"
    UNDELIVERABLE = "mark_undeliverable"


def order_form(params: Params, order: str) -> str:
    """The body that orders, with posd's id of the order in its metadata."""
    given = params.get("metadata")
    metadata = given if isinstance(given, Mapping) else {}
    return form.encode({**params, "metadata": {**metadata, POSD_ORDER: order}}).decode("ascii")


def preview(params: Params) -> UpstreamCall:
    """What would be ordered, at today's prices; orders nothing."""
    query = form.encode(params).decode("ascii")
    return UpstreamCall("GET", f"{ORDERS}/preview?{query}", api_version=HARDWARE_VERSION)


def placement(order: HardwareOrder) -> UpstreamCall:
    """Place the order, in the octets and under the key that it was journaled with."""
    return UpstreamCall(
        "POST", ORDERS, order.body.encode("ascii"), order.key, api_version=order.api_version
    )


def cancellation(id_: str, claim: Claim | None) -> UpstreamCall:
    """Cancel the order of Stripe's that has that id."""
    key = None if claim is None else key_of(claim)
    return UpstreamCall("POST", f"{ORDERS}/{id_}/cancel", key=key, api_version=HARDWARE_VERSION)


def advance(id_: str, to: Advance, claim: Claim | None) -> UpstreamCall:
    """Have a test order go on as a warehouse and a carrier would."""
    key = None if claim is None else key_of(claim)
    path = f"{TEST_HELPERS}/{id_}/{to.value}"
    return UpstreamCall("POST", path, key=key, api_version=HARDWARE_VERSION)


def wares(kind: Ware, filters: Mapping[str, str], after: str | None) -> UpstreamCall:
    """A page of the catalogue, just after the object of that id."""
    query: dict[str, form.Value] = {**filters, "limit": PAGE_OBJECTS, "starting_after": after}
    path = f"/v1/terminal/{kind.value}?{form.encode(query).decode('ascii')}"
    return UpstreamCall("GET", path, api_version=HARDWARE_VERSION)


def ware(kind: Ware, id_: str) -> UpstreamCall:
    """One object of the catalogue."""
    return UpstreamCall("GET", f"/v1/terminal/{kind.value}/{id_}", api_version=HARDWARE_VERSION)


def posd_order(told: Mapping[str, Any]) -> str | None:
    """Posd's id in an order of Stripe's, or None for one that was made elsewhere."""
    metadata = told.get("metadata")
    return metadata.get(POSD_ORDER) if isinstance(metadata, Mapping) else None
