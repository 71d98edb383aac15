"""Outcomes that nobody could prove at once: a silent terminal, an absent one, a person (M3-M6)."""

import asyncio
from pathlib import Path

import pytest

from posd.model.facts import AttemptApproved, AttemptNotCharged, DiscrepancyFound, PersonNeeded
from posd_simulator.terminal.cardholder import Behaviour
from posd_simulator.terminal.faults import At, Cut, Moment, Silence
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from tests.simulation.stories.stage import (
    NOT_CHARGED,
    PAID,
    Books,
    Store,
    lane,
    opened,
)
from tests.simulation.stories.tills import Till
from tests.unit.posd.virtual import virtual

AMOUNT = 1250
ORDER = "4711"
COMMAND, ANSWERED, CARD_ASKED_FOR, HOST_ASKED, REPORT = 1, 2, 3, 5, 7
"""Messages of a payment by tap, counted from its command."""
PERSON_S = 300.0
MARGIN_S = 5.0
DIALOGUE_S = 10.0
SILENT_S = 30.0
PROVEN_S = 240.0
BACK_S = 30.0
REASON = "The customer showed the bank's message."
STANDS = Settings(wire=Wire.TCP, storage_rule=StorageRule.NEW)
REVERSES = Settings(wire=Wire.TCP, storage_rule=StorageRule.OLD)
DECLINED = Books("requires_payment_method", 0, 0, ("AttemptDeclined",))


async def gone_for_good(store: Store, till: Till) -> str:
    """A payment whose terminal is gone after it reported its approval."""
    cut = At(REPORT, Moment.AFTER, Cut(for_s=None))
    store.terminals[lane(1)].faults.arm(cut)
    intent = await till.ring_up(AMOUNT, ORDER)
    assert (await till.hand_over(lane(1), intent)).is_success
    await asyncio.sleep(DIALOGUE_S)
    assert await till.status(intent) == "processing"
    return intent


@virtual
async def test_a_wrong_pin_and_then_the_right_one_is_paid_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        till = store.till()
        store.terminals[lane(1)].cardholder.script([Behaviour.WRONG_PIN])
        intent = await till.ring_up(AMOUNT)
        assert (await till.hand_over(lane(1), intent)).is_success
        seen = await till.watch(intent, 2 * DIALOGUE_S)
        assert (seen[0], seen[-1]) == ("requires_payment_method", "succeeded")
        assert await store.books(till, intent) == PAID


@pytest.mark.parametrize("ending", [55, 75], ids=["incorrect PIN", "PIN tries exceeded"])
@virtual
async def test_a_pin_that_the_issuer_refuses_is_a_decline_and_may_be_tried_again(
    tmp_path: Path, ending: int
) -> None:
    async with opened(tmp_path) as store:
        till = store.till()
        store.terminals[lane(1)].cardholder.script([Behaviour.INSERT])
        intent = await till.ring_up(AMOUNT // 100 * 100 + ending, ORDER)
        assert (await till.hand_over(lane(1), intent)).is_success
        await asyncio.sleep(2 * DIALOGUE_S)
        assert await store.books(till, intent) == DECLINED
        action = await till.action(lane(1))
        assert action is not None
        assert (action["status"], action["failure_code"]) == ("failed", "card_declined")
        again = await till.ring_up(AMOUNT, ORDER)
        assert (await till.hand_over(lane(1), again)).is_success
        await asyncio.sleep(DIALOGUE_S)
        assert await store.books(till, again) == PAID


@pytest.mark.parametrize("message", [COMMAND, ANSWERED, CARD_ASKED_FOR, HOST_ASKED, REPORT])
@pytest.mark.parametrize("rule", list(StorageRule))
@virtual
async def test_a_terminal_that_falls_silent_is_asked_what_it_did(
    tmp_path: Path, rule: StorageRule, message: int
) -> None:
    async with opened(tmp_path, settings=Settings(storage_rule=rule)) as store:
        till = store.till()
        store.terminals[lane(1)].faults.arm(At(message, Moment.BEFORE, Silence(SILENT_S)))
        intent = await till.ring_up(AMOUNT)
        await till.hand_over(lane(1), intent)
        seen = await till.watch(intent, PROVEN_S)
        books = await store.books(till, intent)
        assert books in (PAID, NOT_CHARGED)
        assert "OutcomeUnknown" in store.kinds(intent), "silence is an answer to nothing"
        assert "succeeded" not in seen[:-1]
        assert await store.manager().errands() == []


@virtual
async def test_paid_but_silent_is_found_and_told_once_the_line_is_back(tmp_path: Path) -> None:
    async with opened(tmp_path, settings=STANDS) as store:
        till = store.till()
        store.terminals[lane(1)].faults.arm(At(REPORT, Moment.BEFORE, Cut(SILENT_S)))
        intent = await till.ring_up(AMOUNT)
        await till.hand_over(lane(1), intent)
        seen = await till.watch(intent, SILENT_S + BACK_S)
        assert seen == ["requires_payment_method", "processing", "succeeded"]
        assert "StatusReported" not in store.kinds(intent), "the terminal could not say it"
        assert await store.books(till, intent) == PAID


@virtual
async def test_a_terminal_that_stays_away_is_a_persons_in_five_minutes_and_others_go_on(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, lanes=2, settings=STANDS) as store:
        till, manager = store.till(), store.manager()
        intent = await gone_for_good(store, till)
        await asyncio.sleep(PERSON_S - DIALOGUE_S - MARGIN_S)
        assert await manager.errands() == []
        other = await store.till("other-till").ring_up(AMOUNT + 100)
        assert (await till.hand_over(lane(2), other)).is_success
        await asyncio.sleep(MARGIN_S + DIALOGUE_S)
        assert await manager.errands() == [(intent, "needs_a_person")]
        (needed,) = (fact for fact in store.facts(intent) if isinstance(fact, PersonNeeded))
        assert needed.reason == "not_resolved_in_time"
        action = await till.action(lane(1))
        assert action is not None
        assert action["status"] == "in_progress"
        assert await till.status(intent) == "processing"
        assert await store.books(till, other) == PAID
        store.terminals[lane(1)].cable.plug()
        await asyncio.sleep(BACK_S)
        assert await store.books(till, intent) == PAID
        assert await manager.errands() == []


@virtual
async def test_a_person_decides_with_a_reason_and_a_till_does_not(tmp_path: Path) -> None:
    async with opened(tmp_path, settings=STANDS) as store:
        till, manager = store.till(), store.manager()
        intent = await gone_for_good(store, till)
        early = await manager.decide(lane(1), intent, "charged", REASON)
        assert early.json()["error"]["code"] == "payment_intent_unexpected_state"
        await asyncio.sleep(PERSON_S)
        assert (await till.decide(lane(1), intent, "charged", REASON)).status_code == 403
        silent = await manager.decide(lane(1), intent, "charged", "")
        assert silent.json()["error"]["param"] == "reason"
        assert await till.status(intent) == "processing"
        assert (await manager.decide(lane(1), intent, "charged", REASON)).is_success
        await asyncio.sleep(DIALOGUE_S)
        (approved,) = (fact for fact in store.facts(intent) if isinstance(fact, AttemptApproved))
        assert (approved.reason, approved.proof.value) == (REASON, "person")
        assert await store.books(till, intent) == PAID
        store.terminals[lane(1)].cable.plug()
        await asyncio.sleep(BACK_S)
        assert await store.books(till, intent) == PAID
        assert await manager.errands() == []


@pytest.mark.parametrize(
    ("settings", "decision", "told"),
    [(STANDS, "not_charged", "requires_payment_method"), (REVERSES, "charged", "succeeded")],
    ids=["booked", "reversed"],
)
@virtual
async def test_what_a_person_decided_is_contradicted_later_and_never_rewritten(
    tmp_path: Path, settings: Settings, decision: str, told: str
) -> None:
    async with opened(tmp_path, settings=settings) as store:
        till, manager = store.till(), store.manager()
        intent = await gone_for_good(store, till)
        await asyncio.sleep(PERSON_S)
        assert (await manager.decide(lane(1), intent, decision, REASON)).is_success
        assert await till.status(intent) == told
        store.terminals[lane(1)].cable.plug()
        await asyncio.sleep(BACK_S)
        assert await manager.errands() == [(intent, "contradicted")]
        assert sum(isinstance(fact, DiscrepancyFound) for fact in store.facts(intent)) == 1
        assert await till.status(intent) == told
        opposite = "charged" if decision == "not_charged" else "not_charged"
        refused = await manager.decide(lane(1), intent, opposite, "I was wrong.")
        assert refused.status_code == 400
        assert (await manager.decide(lane(1), intent, decision, "Settled by hand.")).is_success
        assert await manager.errands() == []
        decided = AttemptApproved if decision == "charged" else AttemptNotCharged
        assert sum(isinstance(fact, decided) for fact in store.facts(intent)) == 1
        assert store.guaranteed() == ([AMOUNT] if decision == "charged" else [])
        assert store.booked() == ([AMOUNT] if settings is STANDS else [])
