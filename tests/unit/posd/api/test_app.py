"""What every answer has in common, and how every error is told."""

import logging
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from posd.errors import IdempotencyMismatch, JournalFailed, Refused, UpstreamUnavailable
from tests.unit.posd.api.fakes import Bench
from tests.unit.posd.api.test_payment_intents import COFFEE

INTENTS = "/v1/payment_intents"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", INTENTS, 200),
        ("GET", "/v1/customers", 404),
        ("GET", "/v1/payment_intents/", 404),
        ("GET", "/v1/payment_intents/a/b", 404),
        ("GET", "/", 404),
        ("GET", "/v1/%00%ff/..", 404),
        ("DELETE", INTENTS, 405),
        ("POST", "/v1/charges/ch_1", 405),
    ],
)
async def test_every_answer_has_a_request_id_and_a_version(
    method: str, path: str, status: int
) -> None:
    async with Bench().client() as till:
        answer = await till.request(method, path)
    assert answer.status_code == status
    assert answer.headers["request-id"].startswith("req_posd_")
    assert answer.headers["stripe-version"] == "2026-10-28.endive"
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    if status >= 400:
        assert answer.json()["error"]["type"] == "invalid_request_error"
    if status == 405:
        assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    ("asked", "echoed"),
    [
        ("2025-09-30.clover", "2025-09-30.clover"),
        ("2026-10-28.endive; terminal_beta=v1", "2026-10-28.endive; terminal_beta=v1"),
        ("2026-10-28.endive;terminal_beta=v1", "2026-10-28.endive;terminal_beta=v1"),
        ("x" * 201, "2026-10-28.endive"),
    ],
)
async def test_the_version_asked_for_is_echoed(asked: str, echoed: str) -> None:
    async with Bench().client() as till:
        answer = await till.get(INTENTS, headers={"Stripe-Version": asked})
    assert answer.headers["stripe-version"] == echoed


@pytest.mark.parametrize(
    ("failure", "status", "kind", "retry"),
    [
        (Refused("terminal_reader_busy", "Busy."), 400, "invalid_request_error", "false"),
        (Refused("resource_missing", "No.", status=404), 404, "invalid_request_error", "false"),
        (IdempotencyMismatch("key"), 400, "idempotency_error", "false"),
        (UpstreamUnavailable("down"), 503, "api_error", None),
        (JournalFailed("secret detail: EIO"), 503, "api_error", None),
        (RuntimeError("secret detail"), 500, "api_error", None),
    ],
)
async def test_errors_become_the_envelope(
    failure: Exception, status: int, kind: str, retry: str | None
) -> None:
    bench = Bench()
    bench.payments.failure = failure
    async with bench.client() as till:
        answer = await till.post(INTENTS, data=COFFEE)
    assert answer.status_code == status
    assert answer.json()["error"]["type"] == kind
    assert answer.headers.get("stripe-should-retry") == retry
    assert "secret detail" not in answer.text


async def test_tills_that_ask_on_while_the_disk_refuses_fill_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.payments.failure = JournalFailed("the disk refused the journal: EIO")
    async with bench.client() as till:
        for _ in range(3):
            answer = await till.post(INTENTS, data=COFFEE)
            assert answer.json()["error"]["code"] == "disk_failed"
    assert caplog.records == [], "the daemon says it once, at its end"


async def test_a_refusal_shows_the_payment_that_stands_in_the_way() -> None:
    bench = Bench()
    reader = await bench.reader()
    async with bench.client() as till:
        first = (await till.post(INTENTS, data=COFFEE)).json()
        bench.payments.failure = Refused(
            "terminal_reader_busy", "The reader is busy.", payment_intent=first["id"]
        )
        path = f"/v1/terminal/readers/{reader}/process_payment_intent"
        answer = await till.post(path, data={"payment_intent": "pi_other"})
    error = answer.json()["error"]
    assert (error["code"], error["message"]) == ("terminal_reader_busy", "The reader is busy.")
    assert error["payment_intent"] == first


async def test_a_bug_is_logged_once_with_the_request_id(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.payments.failure = RuntimeError("a bug")
    with caplog.at_level(logging.DEBUG):
        async with bench.client() as till:
            answer = await till.post(INTENTS, data=COFFEE)
    (record,) = [one for one in caplog.records if one.exc_info is not None]
    assert answer.headers["request-id"] in record.getMessage()


async def test_refusals_are_not_logged_as_bugs(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.payments.failure = Refused("terminal_reader_busy", "Busy.")
    async with bench.client() as till:
        await till.post(INTENTS, data=COFFEE)
        await till.get("/nowhere")
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_live_ready_and_status() -> None:
    bench = Bench()
    async with bench.client(None) as anybody:
        assert (await anybody.get("/posd/v1/live")).json()["live"] is True
        assert (await anybody.get("/posd/v1/ready")).status_code == 200
        bench.is_ready = False
        waiting = await anybody.get("/posd/v1/ready")
        assert (waiting.status_code, waiting.json()["ready"]) == (503, False)
        assert (await anybody.get("/posd/v1/status")).status_code == 401
    async with bench.client() as till:
        assert (await till.get("/posd/v1/status")).json()["verdict"] == "ready"


async def test_pages_answer_for_themselves_but_not_to_foreign_hosts() -> None:
    async def page(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("all is well")

    bench = Bench(pages=[Route("/", page)])
    async with bench.client(None) as browser:
        shown = await browser.get("/")
        foreign = await browser.get("/", headers={"Host": "evil.example"})
    assert (shown.status_code, shown.text) == (200, "all is well")
    assert shown.headers["request-id"].startswith("req_posd_")
    assert foreign.status_code == 421


async def test_a_page_that_breaks_off_is_not_told_twice() -> None:
    async def begun() -> AsyncIterator[bytes]:
        yield b"all is"
        raise RuntimeError("a bug")

    async def page(_request: Request) -> StreamingResponse:
        return StreamingResponse(begun())

    async with Bench(pages=[Route("/", page)]).client(None) as browser:
        with pytest.raises(RuntimeError, match="a bug"):
            await browser.get("/")


async def test_a_page_that_fails_is_told_as_an_error() -> None:
    async def page(_request: Request) -> PlainTextResponse:
        raise RuntimeError("a bug")

    async with Bench(pages=[Route("/", page)]).client(None) as browser:
        answer = await browser.get("/")
    assert answer.status_code == 500
    assert answer.json()["error"]["type"] == "api_error"
