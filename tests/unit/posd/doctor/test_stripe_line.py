"""The line to Stripe, leg by leg: the broken one is named, and no key is ever shown."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typing_extensions import override

from posd.doctor import stripe_line
from posd.doctor.finding import Finding, Verdict
from posd.service.credentials import Secret
from tests.unit.posd.journal.scenario import TurnedClock

KEY = Secret("rk_test_51Canary")
DATE = "Fri, 31 Jul 2026 12:02:00 GMT"
NOW_MS = 1_785_499_320_000
"""The same moment."""
PROOF = {"Request-Id": "req_1", "Date": DATE}


class Upstream(ThreadingHTTPServer):
    """What answers in Stripe's place: by path a status, else 200."""

    def __init__(self, statuses: Mapping[str, int], headers: Mapping[str, str]) -> None:
        self.statuses = statuses
        self.headers = headers
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Upstream
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        body = json.dumps({"error": {"message": "Having Read would allow it."}}).encode()
        self.send_response_only(self.server.statuses.get(path, 200))
        for name, value in {**self.server.headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def answering(
    statuses: Mapping[str, int] | None = None, headers: Mapping[str, str] = PROOF
) -> Iterator[str]:
    with Upstream(statuses or {}, headers) as upstream:
        thread = threading.Thread(target=upstream.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{upstream.server_port}"
        finally:
            upstream.shutdown()
            thread.join()


def looked(base_url: str, key: Secret | None = KEY, now_ms: int = NOW_MS) -> list[Finding]:
    clock = TurnedClock(now_ms)
    return list(stripe_line.findings(stripe_line.at(base_url), key, clock))


def wrong(found: list[Finding]) -> list[str]:
    assert "Canary" not in str(found)
    return [one.told for one in found if one.verdict is Verdict.FIX]


def test_a_line_that_is_well_is_told_leg_by_leg() -> None:
    with answering() as base_url:
        found = looked(base_url)
    assert wrong(found) == []
    assert len(found) == 4 + len(stripe_line.PATHS)


def test_a_permission_that_is_missing_is_named_with_stripes_own_words() -> None:
    with answering({"/v1/terminal/readers": 403}) as base_url:
        (told,) = wrong(looked(base_url))
    assert told == "the key may not read Terminal readers: Having Read would allow it."


def test_a_record_that_does_not_exist_is_permission_enough() -> None:
    with answering({"/v1/payment_records/pr_posd_doctor": 404}) as base_url:
        assert wrong(looked(base_url)) == []


def test_a_key_that_stripe_does_not_take_is_told_once() -> None:
    with answering({"/v1/account": 401}) as base_url:
        (told,) = wrong(looked(base_url))
    assert told.startswith("it does not take the key")


def test_without_the_key_the_line_is_looked_at_all_the_same() -> None:
    with answering({"/v1/account": 401}) as base_url:
        found = looked(base_url, None)
    assert wrong(found) == []
    assert found[-1].verdict is Verdict.NOT_SEEN


def test_a_sign_in_page_is_not_taken_for_stripe() -> None:
    with answering(headers={"Date": DATE}) as base_url:
        found = looked(base_url)
    assert wrong(found) == [stripe_line.PORTAL]


def test_the_clock_is_compared_with_stripes() -> None:
    with answering() as base_url:
        assert wrong(looked(base_url, now_ms=NOW_MS + 60_000)) == ["+60 s against Stripe's"]


def test_what_answers_without_tls_is_not_stripe() -> None:
    with answering() as base_url:
        found = looked(base_url.replace("http://", "https://"))
    assert [one.verdict for one in found] == [Verdict.OK, Verdict.FIX]


def test_a_port_that_nobody_answers_at_is_the_second_leg() -> None:
    with answering() as base_url:
        pass
    assert [one.verdict for one in looked(base_url)] == [Verdict.OK, Verdict.FIX]


@pytest.mark.parametrize("name", ["https://no-such-host.invalid"])
def test_a_name_that_leads_nowhere_is_the_first_leg(name: str) -> None:
    (told,) = wrong(looked(name))
    assert told.startswith("the name no-such-host.invalid leads nowhere")
