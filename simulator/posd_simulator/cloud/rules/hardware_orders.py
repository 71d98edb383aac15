"""Hardware orders: what may be ordered, what it costs, and how an order goes its way.

Source: Stripe's guide and API reference "Hardware orders" (preview). The error codes are not
published: a refusal names the parameter and has none. Of the test helpers' jumps, only those to the
next step are taken.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from hashlib import sha256

from posd.stripe_wire.errors import invalid_request, resource_missing
from posd_simulator.cloud.rules.hardware_catalogue import (
    SHIPPING_METHODS,
    SKUS,
    Tax,
    tax_at,
    tax_on,
)
from posd_simulator.cloud.rules.readers import SMART_READERS, Device

QUANTITY_MAX = 10_000
"""Of one item in one order."""
FIRST_NAME_CHARACTERS_MAX = 15
LAST_NAME_CHARACTERS_MAX = 20
UNBOXED_DEVICES_MAX = 100
"""Readers of one order that can be found in this world once it is delivered."""
SERIAL_CHARACTERS = 12

_PO_BOX = re.compile(r"\b(?:p\.?\s*o\.?\s*box|post\s*office\s*box|postfach)\b", re.IGNORECASE)
_STATE = re.compile(r"[A-Z]{2}", re.ASCII)
_CARRIERS: Mapping[str, str] = {
    "AU": "australia_post",
    "CA": "purolator",
    "GB": "royal_mail",
    "US": "ups",
}
_CARRIER_ELSEWHERE = "dhl"


class OrderStatus(Enum):
    """Where an order is."""

    PENDING = "pending"
    READY_TO_SHIP = "ready_to_ship"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    CANCELED = "canceled"


LEGAL: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.PENDING: frozenset({OrderStatus.READY_TO_SHIP, OrderStatus.CANCELED}),
    OrderStatus.READY_TO_SHIP: frozenset({OrderStatus.SHIPPED}),
    OrderStatus.SHIPPED: frozenset({OrderStatus.DELIVERED, OrderStatus.UNDELIVERABLE}),
    OrderStatus.DELIVERED: frozenset(),
    OrderStatus.UNDELIVERABLE: frozenset(),
    OrderStatus.CANCELED: frozenset(),
}
"""Where an order may go next."""


@dataclass(frozen=True, slots=True)
class Item:
    """So many of one SKU, by its id."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Shipping:
    """To whom. The address has Stripe's six parts."""

    address: dict[str, str | None]
    email: str
    name: str
    phone: str
    company: str | None = None


@dataclass(frozen=True, slots=True)
class HardwareOrder:
    """An order. Times are seconds since 1970 UTC.

    Attributes:
        shipping_method: The id of one of the destination's methods.
        tracking: Carrier and tracking number, once it is shipped.
    """

    id: str
    created: int
    items: tuple[Item, ...]
    shipping: Shipping
    shipping_method: str
    po_number: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    status: OrderStatus = OrderStatus.PENDING
    updated: int | None = None
    tracking: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order costs, in minor units of `currency`.

    Attributes:
        items: The amount of each item, quantity included, in the order's order.
        total: Items, shipping and tax.
    """

    currency: str
    items: tuple[int, ...]
    shipping: int
    tax: int
    tax_rate: Tax | None
    total: int


def quote(order: HardwareOrder) -> Quote:
    """What the order costs; it has been checked before."""
    items = tuple(SKUS[item.sku].amount * item.quantity for item in order.items)
    method = SHIPPING_METHODS[order.shipping_method]
    country = order.shipping.address["country"]
    assert country is not None, order
    rate = tax_at(country, order.shipping.address["state"])
    net = sum(items) + method.amount
    tax = 0 if rate is None else tax_on(net, rate)
    return Quote(method.currency, items, method.amount, tax, rate, net + tax)


def check_order(order: HardwareOrder) -> None:
    """Raises Rejected, naming the parameter, if this cannot be ordered to this address."""
    _check_address(order.shipping.address)
    _check_name(order.shipping.name)
    country = order.shipping.address["country"]
    for index, item in enumerate(order.items):
        _check_item(item, f"hardware_order_items[{index}]", country)
    method = SHIPPING_METHODS.get(order.shipping_method)
    if method is None:
        raise resource_missing("hardware_shipping_method", order.shipping_method, "shipping_method")
    if method.country != country:
        raise invalid_request(
            f"{order.shipping_method} does not ship to {country}.", param="shipping_method"
        )


def moved(order: HardwareOrder, status: OrderStatus, now: int) -> HardwareOrder:
    """The order one step on. Raises Rejected if that is not its next one."""
    if status not in LEGAL[order.status]:
        raise invalid_request(
            f"A hardware order that is {order.status.value} cannot become {status.value}."
        )
    shipped = status is OrderStatus.SHIPPED
    return replace(
        order,
        status=status,
        updated=now,
        tracking=(_tracking(order),) if shipped else order.tracking,
    )


def unboxed(order: HardwareOrder) -> tuple[Device, ...]:
    """The smart readers in the parcel, each showing a pairing code; the first hundred of them."""
    kinds = [
        SKUS[item.sku].product.type
        for item in order.items
        for _ in range(min(item.quantity, UNBOXED_DEVICES_MAX))
        if SKUS[item.sku].product.type in SMART_READERS
    ]
    return tuple(
        _device(kind, f"{order.id}/{number}")
        for number, kind in enumerate(kinds[:UNBOXED_DEVICES_MAX])
    )


def _check_address(address: Mapping[str, str | None]) -> None:
    """Raises Rejected for a PO box, and for a state of the US that is not two capital letters."""
    for part in ("line1", "line2"):
        if _PO_BOX.search(address[part] or ""):
            raise invalid_request(
                "Hardware cannot be shipped to a PO box.", param=f"shipping[address][{part}]"
            )
    if address["country"] == "US" and not _STATE.fullmatch(address["state"] or ""):
        raise invalid_request(
            "The state must be a two-letter code in capitals.", param="shipping[address][state]"
        )


def _check_name(name: str) -> None:
    """Raises Rejected if the first word or the rest is too long for a label."""
    first, _, last = name.partition(" ")
    if len(first) > FIRST_NAME_CHARACTERS_MAX or len(last) > LAST_NAME_CHARACTERS_MAX:
        raise invalid_request(
            f"A first name has at most {FIRST_NAME_CHARACTERS_MAX} characters, a last name "
            f"{LAST_NAME_CHARACTERS_MAX}.",
            param="shipping[name]",
        )


def _check_item(item: Item, param: str, country: str | None) -> None:
    sku = SKUS.get(item.sku)
    if sku is None:
        raise resource_missing("hardware_sku", item.sku, f"{param}[terminal_hardware_sku]")
    if sku.product.unavailable_after is not None:
        raise invalid_request(
            f"{sku.id} is not available.", param=f"{param}[terminal_hardware_sku]"
        )
    if sku.country != country:
        raise invalid_request(
            f"{sku.id} is sold in {sku.country} only.", param=f"{param}[terminal_hardware_sku]"
        )
    most = min(QUANTITY_MAX, sku.orderable)
    if item.quantity > most:
        raise invalid_request(f"At most {most} can be ordered.", param=f"{param}[quantity]")


def _tracking(order: HardwareOrder) -> tuple[str, str]:
    country = order.shipping.address["country"] or ""
    number = int(sha256(order.id.encode()).hexdigest()[:12], 16)
    return _CARRIERS.get(country, _CARRIER_ELSEWHERE), f"1Z{number:016d}"


def _device(kind: str, place: str) -> Device:
    serial = sha256(place.encode()).hexdigest()[:SERIAL_CHARACTERS].upper()
    return Device(serial, kind, f"box-{serial.lower()}")
