"""Stripe's routes, as far as they are simulated: method, path, and what answers."""

from posd_simulator.cloud.call import Handler
from posd_simulator.cloud.cloud import ACTIVATION_PATH
from posd_simulator.cloud.resources import (
    account,
    configurations,
    connection_tokens,
    locations,
    payment_attempt_records,
    payment_records,
    readers,
)
from posd_simulator.cloud.rules.payment_records import Outcome

_CONFIGURATIONS = "/v1/terminal/configurations"
_LOCATIONS = "/v1/terminal/locations"
_READERS = "/v1/terminal/readers"
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
