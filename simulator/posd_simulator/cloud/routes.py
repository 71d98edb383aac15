"""Stripe's routes, as far as they are simulated: method, path, and what answers."""

from posd_simulator.cloud.call import Handler
from posd_simulator.cloud.cloud import ACTIVATION_PATH
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

_CONFIGURATIONS = "/v1/terminal/configurations"
_HELPED_ORDERS = "/v1/test_helpers/terminal/hardware_orders"
_HELPERS = (
    ("mark_ready_to_ship", OrderStatus.READY_TO_SHIP),
    ("ship", OrderStatus.SHIPPED),
    ("deliver", OrderStatus.DELIVERED),
    ("mark_undeliverable", OrderStatus.UNDELIVERABLE),
)
_LOCATIONS = "/v1/terminal/locations"
_ORDERS = "/v1/terminal/hardware_orders"
_PRODUCTS = "/v1/terminal/hardware_products"
_READERS = "/v1/terminal/readers"
_SHIPPING_METHODS = "/v1/terminal/hardware_shipping_methods"
_SKUS = "/v1/terminal/hardware_skus"
_RECORD = "/v1/payment_records/{id}"

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/v1/account", account.retrieve),
    ("POST", "/v1/terminal/connection_tokens", connection_tokens.create),
    ("POST", ACTIVATION_PATH, connection_tokens.activate),
    ("POST", _LOCATIONS, locations.create),
    ("GET", _LOCATIONS, locations.list_all),
    ("GET", f"{_LOCATIONS}/{{id}}", locations.retrieve),
    ("POST", f"{_LOCATIONS}/{{id}}", locations.update),
    ("DELETE", f"{_LOCATIONS}/{{id}}", locations.delete),
    ("POST", _READERS, readers.create),
    ("GET", _READERS, readers.list_all),
    ("GET", f"{_READERS}/{{id}}", readers.retrieve),
    ("POST", f"{_READERS}/{{id}}", readers.update),
    ("DELETE", f"{_READERS}/{{id}}", readers.delete),
    ("POST", _CONFIGURATIONS, configurations.create),
    ("GET", _CONFIGURATIONS, configurations.list_all),
    ("GET", f"{_CONFIGURATIONS}/{{id}}", configurations.retrieve),
    ("POST", f"{_CONFIGURATIONS}/{{id}}", configurations.update),
    ("DELETE", f"{_CONFIGURATIONS}/{{id}}", configurations.delete),
    ("GET", _SKUS, in_preview(hardware_skus.list_all)),
    ("GET", f"{_SKUS}/{{id}}", in_preview(hardware_skus.retrieve)),
    ("GET", _PRODUCTS, in_preview(hardware_products.list_all)),
    ("GET", f"{_PRODUCTS}/{{id}}", in_preview(hardware_products.retrieve)),
    ("GET", _SHIPPING_METHODS, in_preview(hardware_shipping_methods.list_all)),
    ("GET", f"{_SHIPPING_METHODS}/{{id}}", in_preview(hardware_shipping_methods.retrieve)),
    ("GET", f"{_ORDERS}/preview", in_preview(hardware_orders.preview)),
    ("POST", _ORDERS, in_preview(hardware_orders.create)),
    ("GET", _ORDERS, in_preview(hardware_orders.list_all)),
    ("GET", f"{_ORDERS}/{{id}}", in_preview(hardware_orders.retrieve)),
    ("POST", f"{_ORDERS}/{{id}}/cancel", in_preview(hardware_orders.cancel)),
    *(
        ("POST", f"{_HELPED_ORDERS}/{{id}}/{step}", in_preview(hardware_orders.helped_to(status)))
        for step, status in _HELPERS
    ),
    ("GET", "/v1/events", events.list_all),
    ("GET", "/v1/events/{id}", events.retrieve),
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
)
