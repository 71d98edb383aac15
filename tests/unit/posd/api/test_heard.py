"""Which answers tell a till that its payment is approved (M15)."""

import pytest
from msgspec.structs import replace

from posd.hearing import Delivery
from posd.model import attempt as attempts
from posd.model.facts import AttemptKind, AttemptStarted, Baseline
from tests.unit.posd import records
from tests.unit.posd.api.fakes import MANAGER, OBSERVER, TILL, Bench


async def sale(bench: Bench) -> tuple[str, str]:
    """A payment that is approved; the intent and the reader."""
    reader = await bench.reader()
    asked = {"amount": "1250", "currency": "eur", "metadata[order_id]": "A17"}
    async with bench.client(TILL) as till:
        intent: str = (await till.post("/v1/payment_intents", data=asked)).json()["id"]
        await till.post(
            f"/v1/terminal/readers/{reader}/process_payment_intent",
            data={"payment_intent": intent},
        )
        await till.get(f"/v1/payment_intents/{intent}")
    assert bench.hearing.heard == []
    bench.approve(reader)
    return intent, reader


@pytest.mark.parametrize(
    "path",
    [
        "/v1/payment_intents/{intent}",
        "/v1/terminal/readers/{reader}",
        "/posd/v1/payment_intents/{intent}",
        "/posd/v1/payments?order=A17",
    ],
)
async def test_every_answer_that_tells_of_an_approval_is_heard(path: str) -> None:
    bench = Bench()
    intent, reader = await sale(bench)
    async with bench.client(TILL) as till:
        await till.get(path.format(intent=intent, reader=reader))
    assert bench.hearing.heard == [Delivery(intent, "key_till")]


@pytest.mark.parametrize("key", [MANAGER, OBSERVER])
async def test_only_the_till_that_owns_a_payment_hears_of_it(key: str) -> None:
    bench = Bench()
    intent, reader = await sale(bench)
    async with bench.client(key) as other:
        await other.get(f"/v1/payment_intents/{intent}")
        await other.get(f"/v1/terminal/readers/{reader}")
    assert bench.hearing.heard == []


async def test_a_reader_that_books_what_it_held_tells_no_action_and_nothing_of_the_approval() -> (
    None
):
    bench = Bench()
    intent, reader = await sale(bench)
    booking = AttemptStarted(
        "att_posd_booking",
        AttemptKind.CAPTURE,
        intent,
        reader,
        1250,
        "eur",
        Baseline(None, asked=False),
    )
    bench.store.attempts[booking.attempt] = attempts.start(booking, records.ENDED_MS)
    known = bench.store.known_readers[reader]
    bench.store.known_readers[reader] = replace(known, attempt=booking.attempt)
    async with bench.client(TILL) as till:
        told = (await till.get(f"/v1/terminal/readers/{reader}")).json()
    assert (told["action"], bench.hearing.heard) == (None, [])


async def test_a_list_of_everything_and_a_missing_one_tell_nothing() -> None:
    bench = Bench()
    await sale(bench)
    async with bench.client(TILL) as till:
        await till.get("/v1/payment_intents")
        await till.get("/v1/payment_intents/pi_no")
        await till.get("/v1/terminal/readers/tmr_no")
    assert bench.hearing.heard == []
