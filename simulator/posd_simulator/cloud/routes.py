"""Stripe's routes, as far as they are simulated: method, path, what a key needs, what answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from posd_simulator.cloud.call import Handler
from posd_simulator.cloud.resources import (
    account,
    configurations,
    connection_tokens,
    events,
    hardware_orders,
    hardware_products,
    hardware_shipping_methods,
    hardware_skus,
    locations,
    payment_attempt_records,
    payment_records,
    readers,
)
from posd_simulator.cloud.resources.hardware_orders import in_preview
from posd_simulator.cloud.rules.hardware_orders import OrderStatus
from posd_simulator.cloud.rules.payment_records import Outcome
from posd_simulator.cloud.rules.permissions import Resource


@dataclass(frozen=True, slots=True)
class Route:
    """A route.

    Attributes:
        resource: What a restricted key needs a permission for; None if a connection token is the
            credential.
    """

    method: str
    path: str
    resource: Resource | None
    handler: Handler


Row: TypeAlias = tuple[str, str, Handler]
"""Method, path, and what answers."""

_CONFIGURATIONS = "/v1/terminal/configurations"
_HELPED_ORDER = "/v1/test_helpers/terminal/hardware_orders/{id}"
_LOCATIONS = "/v1/terminal/locations"
_ORDERS = "/v1/terminal/hardware_orders"
_PRODUCTS = "/v1/terminal/hardware_products"
_READERS = "/v1/terminal/readers"
_RECORD = "/v1/payment_records/{id}"
_SHIPPING_METHODS = "/v1/terminal/hardware_shipping_methods"
_SKUS = "/v1/terminal/hardware_skus"
_TOKENS = "/v1/terminal/connection_tokens"

_TABLE: Mapping[Resource | None, tuple[Row, ...]] = {
    None: (("POST", f"{_TOKENS}/activate", connection_tokens.activate),),
    Resource.ACCOUNT: (("GET", "/v1/account", account.retrieve),),
    Resource.CONNECTION_TOKEN: (("POST", _TOKENS, connection_tokens.create),),
    Resource.LOCATION: (
        ("POST", _LOCATIONS, locations.create),
        ("GET", _LOCATIONS, locations.list_all),
        ("GET", f"{_LOCATIONS}/{{id}}", locations.retrieve),
        ("POST", f"{_LOCATIONS}/{{id}}", locations.update),
        ("DELETE", f"{_LOCATIONS}/{{id}}", locations.delete),
    ),
    Resource.READER: (
        ("POST", _READERS, readers.create),
        ("GET", _READERS, readers.list_all),
        ("GET", f"{_READERS}/{{id}}", readers.retrieve),
        ("POST", f"{_READERS}/{{id}}", readers.update),
        ("DELETE", f"{_READERS}/{{id}}", readers.delete),
    ),
    Resource.CONFIGURATION: (
        ("POST", _CONFIGURATIONS, configurations.create),
        ("GET", _CONFIGURATIONS, configurations.list_all),
        ("GET", f"{_CONFIGURATIONS}/{{id}}", configurations.retrieve),
        ("POST", f"{_CONFIGURATIONS}/{{id}}", configurations.update),
        ("DELETE", f"{_CONFIGURATIONS}/{{id}}", configurations.delete),
    ),
    Resource.HARDWARE_ORDER: (
        ("GET", _SKUS, hardware_skus.list_all),
        ("GET", f"{_SKUS}/{{id}}", hardware_skus.retrieve),
        ("GET", _PRODUCTS, hardware_products.list_all),
        ("GET", f"{_PRODUCTS}/{{id}}", hardware_products.retrieve),
        ("GET", _SHIPPING_METHODS, hardware_shipping_methods.list_all),
        ("GET", f"{_SHIPPING_METHODS}/{{id}}", hardware_shipping_methods.retrieve),
        ("GET", f"{_ORDERS}/preview", hardware_orders.preview),
        ("POST", _ORDERS, hardware_orders.create),
        ("GET", _ORDERS, hardware_orders.list_all),
        ("GET", f"{_ORDERS}/{{id}}", hardware_orders.retrieve),
        ("POST", f"{_ORDERS}/{{id}}/cancel", hardware_orders.cancel),
        (
            "POST",
            f"{_HELPED_ORDER}/mark_ready_to_ship",
            hardware_orders.helped_to(OrderStatus.READY_TO_SHIP),
        ),
        ("POST", f"{_HELPED_ORDER}/ship", hardware_orders.helped_to(OrderStatus.SHIPPED)),
        ("POST", f"{_HELPED_ORDER}/deliver", hardware_orders.helped_to(OrderStatus.DELIVERED)),
        (
            "POST",
            f"{_HELPED_ORDER}/mark_undeliverable",
            hardware_orders.helped_to(OrderStatus.UNDELIVERABLE),
        ),
    ),
    Resource.EVENT: (
        ("GET", "/v1/events", events.list_all),
        ("GET", "/v1/events/{id}", events.retrieve),
    ),
    Resource.PAYMENT_RECORD: (
        ("POST", "/v1/payment_records/report_payment", payment_records.report_payment),
        ("GET", "/v1/payment_records", payment_records.list_all),
        ("GET", _RECORD, payment_records.retrieve),
        ("POST", f"{_RECORD}/report_payment_attempt", payment_records.report_payment_attempt),
        (
            "POST",
            f"{_RECORD}/report_payment_attempt_guaranteed",
            payment_records.report_outcome(Outcome.GUARANTEED),
        ),
        (
            "POST",
            f"{_RECORD}/report_payment_attempt_failed",
            payment_records.report_outcome(Outcome.FAILED),
        ),
        (
            "POST",
            f"{_RECORD}/report_payment_attempt_canceled",
            payment_records.report_outcome(Outcome.CANCELED),
        ),
        (
            "POST",
            f"{_RECORD}/report_payment_attempt_informational",
            payment_records.report_informational,
        ),
        ("POST", f"{_RECORD}/report_refund", payment_records.report_refund),
        ("GET", "/v1/payment_attempt_records", payment_attempt_records.list_all),
        ("GET", "/v1/payment_attempt_records/{id}", payment_attempt_records.retrieve),
    ),
}

ROUTES: tuple[Route, ...] = tuple(
    Route(
        method,
        path,
        resource,
        in_preview(handler) if resource is Resource.HARDWARE_ORDER else handler,
    )
    for resource, rows in _TABLE.items()
    for method, path, handler in rows
)
"""In the order in which they are tried."""
