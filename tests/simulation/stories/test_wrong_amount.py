"""A terminal that takes 5.00 more than it was asked for (M10).

posd refuses its report, keeps it as evidence, and believes neither amount. Either the terminal
takes its payment back, or it is a person's: paid with an amount nobody asked for is never told.
"""

import asyncio
from pathlib import Path

import pytest

from posd.model.facts import DiscrepancyFound, PersonNeeded, StatusReported
from posd_simulator.terminal.faults import At, Cut, Moment, Surcharge
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from tests.simulation.stories.stage import NOT_CHARGED, PAID, UNPROVEN, Store, lane, opened
from tests.simulation.stories.tills import Till
from tests.unit.posd.virtual import virtual

ASKED, TAKEN, OTHER_BASKET = 1250, 1750, 990
ORDER = "4711"
REPORT = 7
"""Of a payment by tap. A cut after it loses posd's answer (zvt.md 7.4)."""
CABLE_OUT_S = 3.0
PROVEN_S = 60.0
PERSON_S = 300.0
STANDS = Settings(wire=Wire.TCP, storage_rule=StorageRule.NEW)


async def overcharged(store: Store, till: Till) -> tuple[str, list[str]]:
    """A payment of which the terminal takes more, and every status the till reads."""
    store.terminals[lane(1)].faults.arm(Surcharge(TAKEN - ASKED))
    intent = await till.ring_up(ASKED, ORDER)
    assert (await till.hand_over(lane(1), intent)).is_success
    return intent, await till.watch(intent, PROVEN_S)


@pytest.mark.parametrize("rule", list(StorageRule))
@virtual
async def test_a_terminal_that_adds_five_is_refused_and_takes_it_back(
    tmp_path: Path, rule: StorageRule
) -> None:
    async with opened(tmp_path, settings=Settings(storage_rule=rule)) as store:
        till = store.till()
        intent, seen = await overcharged(store, till)
        (report,) = (fact for fact in store.facts(intent) if isinstance(fact, StatusReported))
        assert not report.accepted
        assert report.transaction.amount == TAKEN
        said = [message.line for message in store.terminals[lane(1)].messages]
        assert said.count("ECR  84 66 00") == 1
        assert "succeeded" not in seen
        assert (store.booked(), store.guaranteed()) == ([], [])
        assert await store.books(till, intent) == NOT_CHARGED


@virtual
async def test_five_more_that_stand_in_the_terminals_book_are_a_persons_with_the_evidence(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, settings=STANDS) as store:
        till, manager = store.till(), store.manager()
        store.terminals[lane(1)].faults.arm(At(REPORT, Moment.AFTER, Cut(CABLE_OUT_S)))
        intent, seen = await overcharged(store, till)
        assert store.booked() == [TAKEN]
        assert seen[-1] == "processing"
        assert "succeeded" not in seen
        (needed,) = (fact for fact in store.facts(intent) if isinstance(fact, PersonNeeded))
        assert needed.reason == "other_amount"
        assert needed.last is not None
        assert needed.last.amount == TAKEN
        assert await manager.errands() == [(intent, "needs_a_person")]
        assert await store.books(till, intent) == UNPROVEN

        charged = await manager.decide(lane(1), intent, "charged", "The customer has a slip.")
        assert charged.status_code == 400
        assert f"{TAKEN} eur" in charged.json()["error"]["message"]
        assert await store.books(till, intent) == UNPROVEN
        by_hand = "Reversed at the terminal, slip kept."
        assert (await manager.decide(lane(1), intent, "not_charged", by_hand)).is_success
        assert await store.books(till, intent) == NOT_CHARGED
        assert await manager.errands() == []
        assert store.guaranteed() == []


@virtual
async def test_five_more_that_are_set_aside_leave_the_reader_free_and_the_order_guarded(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, settings=STANDS) as store:
        till = store.till()
        store.terminals[lane(1)].faults.arm(At(REPORT, Moment.AFTER, Cut(CABLE_OUT_S)))
        intent, _seen = await overcharged(store, till)
        assert (await till.set_aside(lane(1), intent, "The queue is long.")).is_success
        again = await till.ring_up(ASKED, ORDER)
        guarded = (await till.hand_over(lane(1), again)).json()["error"]
        assert guarded["payment_intent"]["id"] == intent
        other = await till.ring_up(OTHER_BASKET)
        assert (await till.hand_over(lane(1), other)).is_success
        await asyncio.sleep(PROVEN_S)
        assert await store.books(till, other) == PAID
        assert await store.books(till, intent) == UNPROVEN
        assert await store.manager().errands() == [(intent, "set_aside")]


@virtual
async def test_five_more_that_are_learned_after_a_persons_word_contradict_it(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, settings=STANDS) as store:
        till, manager, terminal = store.till(), store.manager(), store.terminals[lane(1)]
        terminal.faults.arm(At(REPORT, Moment.BEFORE, Cut()))
        intent, _seen = await overcharged(store, till)
        await asyncio.sleep(PERSON_S)
        assert (await manager.decide(lane(1), intent, "charged", "There is a slip.")).is_success
        assert await manager.errands() == []
        terminal.cable.plug()
        await asyncio.sleep(PROVEN_S)
        assert await manager.errands() == [(intent, "contradicted")]
        (found,) = (fact for fact in store.facts(intent) if isinstance(fact, DiscrepancyFound))
        assert found.reason == "terminal_says_other_amount"
        assert await till.status(intent) == "succeeded", "a decision is never rewritten"
