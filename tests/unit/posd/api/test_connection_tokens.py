"""The token endpoint, and how what Stripe says, or does not say, reaches the till."""

import asyncio

import pytest

from posd.errors import UpstreamRefused, UpstreamUnavailable
from tests.unit.posd.api.fakes import OBSERVER, Bench
from tests.unit.posd.api.upstream_fakes import HEARD_MS

TOKENS = "/v1/terminal/connection_tokens"


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_token_is_a_stripe_object_that_no_cache_keeps(bench: Bench) -> None:
    async with bench.client() as till:
        answer = await till.post(TOKENS, data={"location": "tml_1"})
    assert answer.json() == {
        "object": "terminal.connection_token",
        "location": "tml_1",
        "secret": "pst_test_1",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert bench.tokens.asked == [("tml_1", "key_till")]


async def test_even_the_same_idempotency_key_never_gets_a_token_twice(bench: Bench) -> None:
    async with bench.client() as till:
        calls = [till.post(TOKENS, headers={"Idempotency-Key": "K"}) for _call in range(3)]
        answers = [*await asyncio.gather(*calls), await till.post(TOKENS)]
    assert len({answer.json()["secret"] for answer in answers}) == 4
    assert all("Idempotent-Replayed" not in answer.headers for answer in answers)


@pytest.mark.parametrize("keys", [[""], ["k" * 256], ["a", "b"]], ids=["empty", "long", "two"])
async def test_an_idempotency_key_that_cannot_be_is_refused_here_too(
    bench: Bench, keys: list[str]
) -> None:
    async with bench.client() as till:
        answer = await till.post(TOKENS, headers=[("Idempotency-Key", key) for key in keys])
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")
    assert bench.tokens.asked == []


async def test_an_observer_gets_no_token(bench: Bench) -> None:
    async with bench.client(OBSERVER) as screen:
        answer = await screen.post(TOKENS)
    assert answer.status_code == 403
    assert bench.tokens.asked == []


@pytest.mark.parametrize(
    ("failure", "status", "error"),
    [
        (
            UpstreamUnavailable("the line to Stripe is down"),
            503,
            {"type": "api_error"},
        ),
        (
            UpstreamRefused(403, {"type": "invalid_request_error", "message": "no terminal_write"}),
            424,
            {"type": "api_error", "code": "upstream_credential_refused"},
        ),
        (
            UpstreamRefused(401, {"type": "invalid_request_error", "code": "api_key_expired"}),
            424,
            {"type": "api_error", "code": "upstream_credential_refused"},
        ),
        (
            UpstreamRefused(500, {"type": "api_error", "message": "sorry"}),
            502,
            {"type": "api_error"},
        ),
        (
            UpstreamRefused(429, {"type": "invalid_request_error", "code": "rate_limit"}),
            429,
            {"type": "invalid_request_error", "code": "rate_limit"},
        ),
        (
            UpstreamRefused(
                400,
                {"type": "a_type_of_next_year", "message": "No such location", "param": "location"},
            ),
            400,
            {
                "type": "invalid_request_error",
                "param": "location",
                "message": "No such location",
            },
        ),
    ],
    ids=["no-answer", "no-permission", "key-expired", "stripe-failed", "too-often", "refused"],
)
async def test_what_stripe_says_is_told_and_what_is_about_posd_is_told_apart(
    bench: Bench, failure: Exception, status: int, error: dict[str, str]
) -> None:
    bench.tokens.failure = failure
    async with bench.client() as till:
        answer = await till.post(TOKENS)
    assert answer.status_code == status
    told = answer.json()["error"]
    assert {name: told[name] for name in error} == error


@pytest.mark.parametrize(
    ("failure", "advice", "says"),
    [
        (
            UpstreamUnavailable("down", down_since_ms=HEARD_MS),
            "false",
            "cannot be reached since 2026-11-01T00:00:00+00:00; nothing was sent",
        ),
        (UpstreamUnavailable("no answer"), None, "it may have done what was asked"),
        (UpstreamRefused(409, {"type": "invalid_request_error"}), None, "Stripe refused."),
        (
            UpstreamRefused(429, {"type": "invalid_request_error"}, should_retry=True),
            "true",
            "Stripe refused.",
        ),
        (UpstreamRefused(400, {"type": "invalid_request_error"}), "false", "Stripe refused."),
        (UpstreamRefused(500, {"type": "api_error"}), None, "it may have done what was asked"),
    ],
    ids=["down", "no-answer", "running", "too-often", "refused", "failed"],
)
async def test_whether_to_ask_again_is_said_by_what_is_known(
    bench: Bench, failure: Exception, advice: str | None, says: str
) -> None:
    bench.tokens.failure = failure
    async with bench.client() as till:
        answer = await till.post(TOKENS)
    assert answer.headers.get("Stripe-Should-Retry") == advice
    assert says in answer.json()["error"]["message"]


async def test_how_long_stripe_asks_to_wait_is_passed_on(bench: Bench) -> None:
    busy = {"type": "invalid_request_error", "code": "rate_limit"}
    bench.tokens.failure = UpstreamRefused(429, busy, retry_after_s=7)
    async with bench.client() as till:
        answer = await till.post(TOKENS)
    assert answer.headers["Retry-After"] == "7"
