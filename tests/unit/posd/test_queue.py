"""What a person decides about what is owed to Stripe, and what the forwarder makes of it (M13)."""

import asyncio
from pathlib import Path

import pytest

from posd.errors import Refused
from posd.journal.command import Claim
from posd.model.effect import EffectState
from posd.queue import EffectRuling, Queue
from posd_simulator.cloud.faults import FaultKind
from tests.unit.posd.sync.far import FarStripe
from tests.unit.posd.sync.uplink import GUARANTEE, REPORT, Uplink, uplink
from tests.unit.posd.virtual import virtual

SETTLED_S = 30.0
MANAGER = "key_manager"
FIRST = "att_posd_1-report"


async def ruled(on: Uplink, ruling: EffectRuling, effect: str = FIRST) -> EffectState:
    """What became of the effect with it."""
    done = await Queue(on.journal, on.clock).rule(
        effect, ruling, "because", actor=MANAGER, claim=None
    )
    return done.item.owed.state


async def refuse_first(on: Uplink) -> None:
    """Stripe refuses the first report for good."""
    on.fail(FaultKind.REFUSE, status=402, code="card_declined")
    async with on.forwarding():
        await asyncio.sleep(SETTLED_S)


@virtual
async def test_a_decline_on_forward_is_parked_with_its_cause_and_stays_in_the_journal(
    tmp_path: Path,
) -> None:
    async with uplink(tmp_path, payments=2) as on:
        await refuse_first(on)
        (parked,) = Queue(on.journal, on.clock).listed(None, 9)
        assert (parked.owed.state, parked.amount, parked.currency) == (
            EffectState.PARKED,
            1250,
            "eur",
        )
        assert parked.cause is not None
        assert (parked.cause.status, parked.cause.code, parked.cause.actor) == (
            402,
            "card_declined",
            "sync",
        )
        async with on.forwarding() as forwarder:
            assert forwarder.standing().parked_amounts == {"eur": 1250}
        assert on.facts("pi_posd_1")[-1] == "EffectParked"
        assert on.records() == [(1250, True)]


@virtual
async def test_a_retry_sends_it_once_more_under_its_one_key(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        await refuse_first(on)
        assert await ruled(on, EffectRuling.RETRY) is EffectState.WAITING
        assert on.facts(FIRST) == ["EffectRetried"]
        async with on.forwarding():
            await asyncio.sleep(SETTLED_S)
        assert len({(one.idempotency_key, one.body) for one in on.requests(REPORT)}) == 1
        assert on.records() == [(1250, True)]


@virtual
async def test_a_retry_wakes_the_forwarder(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.REFUSE, status=400, code="parameter_invalid")
        async with on.forwarding():
            await asyncio.sleep(3600)
            await ruled(on, EffectRuling.RETRY)
            await asyncio.sleep(1)
            assert on.records() == [(1250, True)]


@virtual
async def test_what_a_person_parks_is_not_sent(tmp_path: Path) -> None:
    async with uplink(tmp_path, payments=2) as on:
        assert await ruled(on, EffectRuling.PARK) is EffectState.PARKED
        (item,) = Queue(on.journal, on.clock).listed(EffectState.PARKED, 9)
        assert item.cause is not None
        assert (item.cause.status, item.cause.message, item.cause.actor) == (
            None,
            "because",
            MANAGER,
        )
        async with on.forwarding():
            await asyncio.sleep(SETTLED_S)
        assert on.records() == [(1250, True)]


@virtual
async def test_what_is_written_off_is_owed_no_more_and_its_payment_goes_on(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        await refuse_first(on)
        assert await ruled(on, EffectRuling.WRITE_OFF) is EffectState.WRITTEN_OFF
        async with on.forwarding():
            await asyncio.sleep(SETTLED_S)
        assert on.records() == []
        assert Queue(on.journal, on.clock).listed(None, 9) == []
        assert on.facts(FIRST) == ["EffectWrittenOff"]


@virtual
async def test_what_stripe_says_of_what_was_given_up_meanwhile_is_true(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.SLOW, delay_s=10.0)
        async with on.forwarding():
            await asyncio.sleep(5)
            await ruled(on, EffectRuling.PARK)
            await ruled(on, EffectRuling.WRITE_OFF)
            await asyncio.sleep(SETTLED_S)
        told = on.journal.outbox.effect(FIRST)
        assert told is not None
        assert told.state is EffectState.DONE
        assert on.records() == [(1250, True)]


@virtual
async def test_what_was_given_up_stays_so_if_stripe_refuses_it_after_that(tmp_path: Path) -> None:
    stripe = FarStripe(10.0, {FIRST: 400})
    async with uplink(tmp_path, 0) as on:
        await on.owe()
        async with on.forwarding(answer=stripe.answer):
            await asyncio.sleep(15)
            await ruled(on, EffectRuling.PARK)
            await ruled(on, EffectRuling.WRITE_OFF)
            await asyncio.sleep(SETTLED_S)
        told = on.journal.outbox.effect(FIRST)
        assert told is not None
        assert told.state is EffectState.WRITTEN_OFF
        assert "EffectParked" not in on.facts("pi_posd_1")


@pytest.mark.parametrize(
    ("before", "ruling"),
    [
        ([], EffectRuling.RETRY),
        ([], EffectRuling.WRITE_OFF),
        ([EffectRuling.PARK], EffectRuling.PARK),
        ([EffectRuling.PARK, EffectRuling.WRITE_OFF], EffectRuling.RETRY),
    ],
)
@virtual
async def test_what_does_not_fit_is_refused_and_nothing_is_written(
    tmp_path: Path, before: list[EffectRuling], ruling: EffectRuling
) -> None:
    async with uplink(tmp_path) as on:
        for earlier in before:
            await ruled(on, earlier)
        head = on.journal.head
        with pytest.raises(Refused, match="what can be said of it is"):
            await ruled(on, ruling)
        with pytest.raises(Refused, match="No such effect"):
            await ruled(on, ruling, "att_9-report")
        assert on.journal.head == head


@virtual
async def test_the_same_call_again_changes_nothing(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        queue = Queue(on.journal, on.clock)
        claim = Claim(MANAGER, "POST /posd/v1/queue", "k", "d")
        for replayed in (False, True):
            answered = await queue.rule(
                FIRST, EffectRuling.PARK, "because", actor=MANAGER, claim=claim
            )
            assert answered.replayed is replayed
            assert answered.item.owed.state is EffectState.PARKED
        assert on.facts(FIRST) == ["EffectHeld"]


@virtual
async def test_the_list_tells_what_each_effect_is_about(tmp_path: Path) -> None:
    async with uplink(tmp_path, payments=3) as on:
        on.fail(FaultKind.REFUSE, GUARANTEE, status=400, code="resource_missing")
        async with on.forwarding():
            await asyncio.sleep(SETTLED_S)
        await on.start(2)
        queue = Queue(on.journal, on.clock)
        first = queue.listed(None, 2)
        assert [one.owed.effect.id for one in first] == [
            "att_posd_1-guarantee",
            "att_posd_4-report",
        ]
        rest = queue.listed(None, 2, first[-1].owed.effect.id)
        assert [one.owed.effect.id for one in rest] == ["att_posd_5-report"]
        with pytest.raises(Refused, match="No such effect"):
            queue.listed(None, 2, "att_9-report")


@virtual
async def test_what_is_parked_while_it_waits_for_its_turn_is_not_sent(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on, on.forwarding(requests_per_s=0.05):
        await asyncio.sleep(10)
        assert all(owed.first_sent_ms is not None for owed in on.owed())
        assert await ruled(on, EffectRuling.PARK) is EffectState.PARKED
        await asyncio.sleep(600)
        assert on.records() == []
        assert await ruled(on, EffectRuling.RETRY) is EffectState.WAITING
        await asyncio.sleep(600)
        assert on.records() == [(1250, True)]
