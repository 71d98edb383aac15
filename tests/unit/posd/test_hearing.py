"""The till that owns a payment was told of it: a fact, once, after the answer (M15)."""

import asyncio
from pathlib import Path

from posd.hearing import Delivery, Hearing, deliveries
from posd.model.payment_intent import PaymentIntent
from tests.unit.posd.stage import TILL, ScriptedTerminal, Stage, hangs, played


def now(on: Stage, intent: PaymentIntent) -> PaymentIntent:
    found = on.journal.queries.payment_intent(intent.id)
    assert found is not None
    return found


async def deliver(on: Stage, *told: Delivery) -> None:
    """Note the deliveries, and let the journal have them."""
    hearing = Hearing(on.journal)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(hearing.run(), name="hearing")
        for one in told:
            await hearing.delivered(one)
        await asyncio.sleep(1)
        running.cancel()


def test_the_first_delivery_is_a_fact_and_no_other(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        assert on.journal.queries.unheard_payment_intents() == [now(on, intent)]
        told = deliveries([now(on, intent)], TILL)
        assert told == (Delivery(intent.id, TILL),)
        await deliver(on, *told, *told)
        entries = on.journal.queries.entries(intent.id)
        assert [one.actor for one in entries if one.kind == "ApprovalHeard"] == [TILL]
        assert on.journal.queries.unheard_payment_intents() == []
        assert deliveries([now(on, intent)], TILL) == ()

    played(tmp_path, scene)


def test_what_is_not_final_or_anothers_is_no_news(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        assert deliveries([now(on, intent)], TILL) == ()
        await deliver(on, Delivery(intent.id, TILL))
        assert not now(on, intent).heard

    played(tmp_path, scene, ScriptedTerminal(hangs))


def test_another_key_hears_nothing(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        assert deliveries([now(on, intent)], "key_posd_other") == ()

    played(tmp_path, scene)
