"""The same call twice (M14)."""

import asyncio

import httpx2
import pytest

from posd.api.failures import Answer
from posd.api.idempotency import InFlight
from posd.errors import Refused
from posd.journal.command import Claim
from tests.unit.posd.api.fakes import MANAGER, Bench
from tests.unit.posd.api.test_payment_intents import COFFEE

INTENTS = "/v1/payment_intents"
KEY = {"Idempotency-Key": "sale-4711"}


async def test_a_repetition_is_answered_from_the_projection() -> None:
    bench = Bench()
    async with bench.client() as till:
        first = await till.post(INTENTS, data=COFFEE, headers=KEY)
        again = await till.post(INTENTS, data=COFFEE, headers=KEY)
    assert again.json() == first.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert len(bench.store.intents) == 1


async def test_process_and_register_claim_too() -> None:
    bench = Bench()
    reader = await bench.reader()
    async with bench.client(MANAGER) as caller:
        intent = (await caller.post(INTENTS, data=COFFEE)).json()["id"]
        path = f"/v1/terminal/readers/{reader}/process_payment_intent"
        await caller.post(path, data={"payment_intent": intent}, headers=KEY)
        again = await caller.post(path, data={"payment_intent": intent}, headers=KEY)
        assert again.headers["idempotent-replayed"] == "true"
        code = {"registration_code": "zvt+tcp://10.0.0.7:20007"}
        other = {"Idempotency-Key": "reader-1"}
        await caller.post("/v1/terminal/readers", data=code, headers=other)
        twice = await caller.post("/v1/terminal/readers", data=code, headers=other)
        assert twice.headers["idempotent-replayed"] == "true"
    assert len(bench.store.attempts) == 1
    assert len(bench.store.known_readers) == 2


async def test_a_claim_names_key_route_and_canonical_parameters() -> None:
    bench = Bench()
    async with bench.client() as till:
        await till.post(INTENTS, data={"amount": "1", "currency": "eur"}, headers=KEY)
        await till.post(
            INTENTS, data={"currency": "eur", "amount": "1"}, headers={"Idempotency-Key": "b"}
        )
        await till.post(
            INTENTS, data={"amount": "2", "currency": "eur"}, headers={"Idempotency-Key": "c"}
        )
        await till.post(INTENTS, data=COFFEE)
    first, reordered, other = (claim for claim, _answer in bench.store.claims.values())
    assert (first.access_key, first.route, first.key) == (
        "key_till",
        "POST /v1/payment_intents",
        "sale-4711",
    )
    assert first.digest == reordered.digest != other.digest
    assert len(bench.store.intents) == 4


@pytest.mark.parametrize(("key", "status"), [("k" * 255, 200), ("k" * 256, 400), ("", 400)])
async def test_keys_have_a_length(key: str, status: int) -> None:
    bench = Bench()
    async with bench.client() as till:
        answer = await till.post(INTENTS, data=COFFEE, headers={"Idempotency-Key": key})
    assert answer.status_code == status
    assert bench.store.commits == (status == 200)


async def in_flight(
    bench: Bench, till: httpx2.AsyncClient, bodies: list[dict[str, str]]
) -> list[httpx2.Response]:
    """The answers to calls of which the first is still in hand when the others arrive."""
    bench.payments.hold.clear()
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(till.post(INTENTS, data=bodies[0], headers=KEY))]
        await bench.payments.entered.wait()
        calls += [
            group.create_task(till.post(INTENTS, data=body, headers=KEY)) for body in bodies[1:]
        ]
        await asyncio.sleep(0.05)
        assert not calls[0].done()
        bench.payments.hold.set()
    return [call.result() for call in calls]


async def test_duplicates_in_flight_wait_for_the_first_answer() -> None:
    bench = Bench()
    async with bench.client() as till:
        first, second, third = await in_flight(bench, till, [COFFEE, COFFEE, COFFEE])
    assert first.status_code == second.status_code == third.status_code == 200
    assert first.content == second.content == third.content
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == third.headers["idempotent-replayed"] == "true"
    assert bench.store.commits == 1
    assert second.headers["request-id"] != first.headers["request-id"]


async def test_a_duplicate_that_goes_away_stops_nothing() -> None:
    calls = InFlight()
    release = asyncio.Event()
    claim = Claim("key_till", "POST /v1/payment_intents", "sale-4711", "digest")

    async def carry_out() -> Answer:
        await release.wait()
        return Answer(200, b"{}")

    async with asyncio.TaskGroup() as group:
        first = group.create_task(calls.once(claim, carry_out))
        second = group.create_task(calls.once(claim, carry_out))
        third = group.create_task(calls.once(claim, carry_out))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.sleep(0)
        release.set()
    assert second.cancelled()
    assert first.result() == Answer(200, b"{}")
    assert third.result() == Answer(200, b"{}").as_replay()


async def test_another_call_under_the_key_in_flight_is_refused() -> None:
    bench = Bench()
    async with bench.client() as till:
        first, other = await in_flight(bench, till, [COFFEE, {**COFFEE, "amount": "1"}])
    assert (first.status_code, other.status_code) == (200, 400)
    assert other.json()["error"]["type"] == "idempotency_error"
    assert bench.store.commits == 1


async def test_duplicates_of_a_failure_share_it_and_nothing_is_kept() -> None:
    bench = Bench()
    bench.payments.failure = RuntimeError("disk on fire")
    async with bench.client() as till:
        answers = await in_flight(bench, till, [COFFEE, COFFEE])
        assert [answer.status_code for answer in answers] == [500, 500]
        bench.payments.failure = None
        later = await till.post(INTENTS, data=COFFEE, headers=KEY)
    assert later.status_code == 200
    assert "idempotent-replayed" not in later.headers


async def test_a_refusal_is_not_kept_either() -> None:
    bench = Bench()
    bench.payments.failure = Refused("amount_too_small", "Too small.", param="amount")
    async with bench.client() as till:
        refused = await till.post(INTENTS, data=COFFEE, headers=KEY)
        bench.payments.failure = None
        later = await till.post(INTENTS, data=COFFEE, headers=KEY)
    assert (refused.status_code, later.status_code) == (400, 200)
