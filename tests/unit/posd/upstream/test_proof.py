import json

import pytest

from posd.errors import UpstreamUnavailable
from posd.upstream.proof import proven

JSON = "application/json"
RECORD = {"id": "pr_1", "object": "payment_record"}
LIST = {"object": "list", "has_more": False, "data": [RECORD], "url": "/v1/payment_records"}
ERROR = {"error": {"type": "invalid_request_error", "message": "No."}}
REPORT = "/v1/payment_records/report_payment"


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/v1/account", 200, {"id": "acct_1", "object": "account"}),
        (REPORT, 200, RECORD),
        ("/v1/payment_records/pr_1", 200, RECORD),
        ("/v1/payment_records/pr_1/report_payment_attempt_guaranteed", 200, RECORD),
        ("/v1/payment_records/pr_1/report_refund", 200, RECORD),
        ("/v1/payment_records", 200, LIST),
        ("/v1/payment_attempt_records", 200, {**LIST, "data": []}),
        (
            "/v1/terminal/connection_tokens",
            200,
            {"object": "terminal.connection_token", "secret": "pst_1"},
        ),
        (REPORT, 400, ERROR),
        (REPORT, 599, ERROR),
    ],
)
def test_what_stripe_says_counts(path: str, status: int, body: dict[str, object]) -> None:
    for content_type in (JSON, "Application/JSON; charset=utf-8"):
        assert proven(("GET", path), status, content_type, json.dumps(body).encode()) == body


@pytest.mark.parametrize(
    ("path", "status", "content_type", "raw"),
    [
        (REPORT, 200, "text/html", b"<html>Accept the terms</html>"),
        (REPORT, 200, "", json.dumps(RECORD).encode()),
        (REPORT, 200, JSON, b"<html>"),
        (REPORT, 200, JSON, b""),
        (REPORT, 200, JSON, json.dumps(RECORD).encode()[:-3]),
        (REPORT, 200, JSON, b"\xff"),
        (REPORT, 200, JSON, b"[" * 100_000),
        (REPORT, 200, JSON, b'["pr_1"]'),
        (REPORT, 200, JSON, b"{}"),
        (REPORT, 200, JSON, b'{"ok": true}'),
        (REPORT, 200, JSON, b'{"object": "payment_record"}'),
        (REPORT, 200, JSON, b'{"object": "payment_record", "id": 1}'),
        (REPORT, 200, JSON, b'{"object": "payment_record", "id": "ch_1"}'),
        (REPORT, 200, JSON, b'{"object": "charge", "id": "pr_1"}'),
        (REPORT, 200, JSON, json.dumps(ERROR).encode()),
        (REPORT, 201, JSON, json.dumps(RECORD).encode()),
        (REPORT, 302, JSON, json.dumps(ERROR).encode()),
        (REPORT, 502, JSON, b'{"message": "Bad Gateway"}'),
        (REPORT, 502, JSON, b'{"error": "Bad Gateway"}'),
        (REPORT, 502, "text/html", b"<html>Bad Gateway</html>"),
        ("/v1/payment_records/pr_2", 200, JSON, json.dumps(RECORD).encode()),
        ("/v1/payment_records/pr_2/report_refund", 200, JSON, json.dumps(RECORD).encode()),
        ("/v1/payment_records", 200, JSON, b'{"object": "list"}'),
        ("/v1/payment_records", 200, JSON, b'{"object": "list", "has_more": false, "data": [1]}'),
        ("/v1/payment_records", 200, JSON, b'{"object": "list", "has_more": false, "data": {}}'),
        ("/v1/account", 200, JSON, b'{"object": "account", "id": "pr_1"}'),
    ],
)
def test_whatever_else_answers_is_no_answer(
    path: str, status: int, content_type: str, raw: bytes
) -> None:
    with pytest.raises(UpstreamUnavailable, match="not Stripe"):
        proven(("GET", path), status, content_type, raw)


LOCATION = {"id": "tml_1", "object": "terminal.location"}
GONE = {"id": "tmr_1", "object": "terminal.reader", "deleted": True}
PREVIEW = {"object": "terminal.hardware_order", "amount": 29900}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/terminal/locations", {**LIST, "data": [LOCATION]}),
        ("POST", "/v1/terminal/locations", LOCATION),
        ("GET", "/v1/terminal/locations/tml_1", LOCATION),
        ("POST", "/v1/terminal/locations/tml_1", LOCATION),
        ("DELETE", "/v1/terminal/readers/tmr_1", GONE),
        (
            "POST",
            "/v1/terminal/configurations",
            {"id": "tmc_1", "object": "terminal.configuration"},
        ),
        ("GET", "/v1/terminal/hardware_orders/preview", PREVIEW),
        (
            "POST",
            "/v1/terminal/hardware_orders/thor_1/cancel",
            {**PREVIEW, "id": "thor_1"},
        ),
        ("GET", "/v1/terminal/hardware_skus", {**LIST, "data": []}),
    ],
)
def test_a_path_gives_what_its_method_asks_for(
    method: str, path: str, body: dict[str, object]
) -> None:
    assert proven((method, path), 200, JSON, json.dumps(body).encode()) == body


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/terminal/locations", {**LIST, "data": [LOCATION]}),
        ("GET", "/v1/terminal/locations", LOCATION),
        ("DELETE", "/v1/terminal/readers/tmr_2", GONE),
        ("POST", "/v1/terminal/hardware_orders", PREVIEW),
    ],
)
def test_what_another_method_would_give_is_no_answer(
    method: str, path: str, body: dict[str, object]
) -> None:
    with pytest.raises(UpstreamUnavailable, match="not Stripe"):
        proven((method, path), 200, JSON, json.dumps(body).encode())
