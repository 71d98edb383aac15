"""What is owed upstream is sent in order, one of a lane at a time, and never changes (M12, M13)."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posd.journal.executor import LoopExecutor
from posd.journal.outbox import OPEN, POSTPONE_MAX_MS, Due
from posd.journal.store import Journal
from posd.model.effect import EffectState
from posd.model.facts import AccountLearned, EffectParked
from posd.model.queue_facts import EffectHeld, EffectRetried, EffectWrittenOff
from tests.in_memory import folder_in_memory
from tests.unit.posd.journal.scenario import (
    INTENT,
    NOVEMBER_MS,
    Facts,
    TurnedClock,
    done,
    effect,
    intent,
    open_journal,
)

INTENTS = ("pi_a", "pi_b", "pi_c")
FIVE_MINUTES_MS = 300_000


async def _owe(journal: Journal, *lanes: str) -> None:
    """An effect for each lane named, `e0`, `e1` … in this order."""
    known = [one for one in dict.fromkeys(lanes) if not journal.queries.payment_intent(one)]
    effects = tuple(effect(f"e{number}", lane) for number, lane in enumerate(lanes))
    await journal.commit(Facts(tuple(intent(one) for one in known), effects=effects))


def _due(journal: Journal, now_ms: int = NOVEMBER_MS, limit: int = 10) -> list[str]:
    return [owed.effect.id for owed in journal.outbox.due(now_ms, limit)]


async def test_an_empty_outbox_owes_nothing(journal: Journal) -> None:
    assert _due(journal) == []
    assert journal.outbox.waiting_count() == 0
    assert journal.outbox.oldest_waiting_ms() is None
    assert journal.outbox.next_due(1) == []
    assert journal.outbox.parked() == []


async def test_lanes_take_turns_and_each_keeps_its_order(journal: Journal) -> None:
    await _owe(journal, "pi_a", "pi_a", "pi_b", "pi_a", "pi_b")
    assert _due(journal) == ["e0", "e2"]
    assert _due(journal, limit=1) == ["e0"]
    assert journal.outbox.waiting_count() == 5
    await journal.commit(done("e0", "pi_a"))
    assert _due(journal) == ["e1", "e2"]
    assert journal.outbox.waiting_count() == 4


async def test_a_postponed_effect_holds_its_own_lane_only(journal: Journal) -> None:
    await _owe(journal, "pi_a", "pi_a", "pi_b")
    await journal.outbox.postpone("e0", NOVEMBER_MS + 500, "HTTP 429")

    assert _due(journal) == ["e2"]
    assert _due(journal, NOVEMBER_MS + 499) == ["e2"]
    assert _due(journal, NOVEMBER_MS + 500) == ["e2", "e0"]
    (_, owed) = journal.outbox.due(NOVEMBER_MS + 500, 10)
    assert (owed.tries, owed.problem) == (1, "HTTP 429")
    await journal.commit(done("e2", "pi_b"))
    assert journal.outbox.next_due(9) == [Due("pi_a", NOVEMBER_MS + 500)]


async def test_a_clock_that_jumps_back_starves_no_effect(
    journal: Journal, clock: TurnedClock
) -> None:
    await _owe(journal, "pi_a")
    await journal.outbox.postpone("e0", NOVEMBER_MS + 2 * POSTPONE_MAX_MS, "HTTP 500")
    assert journal.outbox.next_due(9) == [Due("pi_a", NOVEMBER_MS + POSTPONE_MAX_MS)]
    assert _due(journal, NOVEMBER_MS) == []
    clock.now_ms = 0
    assert _due(journal, 0) == ["e0"]


async def test_a_clock_that_goes_back_a_little_keeps_no_effect_for_more_than_five_minutes(
    journal: Journal,
) -> None:
    await _owe(journal, "pi_a")
    await journal.outbox.postpone("e0", NOVEMBER_MS + FIVE_MINUTES_MS, "HTTP 500")
    assert _due(journal, NOVEMBER_MS) == []
    assert _due(journal, NOVEMBER_MS - 1) == ["e0"]


async def test_before_the_first_send_it_is_on_disk_when_and_to_whom(
    tmp_path: Path, clock: TurnedClock
) -> None:
    journal = open_journal(tmp_path, clock=clock)
    await _owe(journal, "pi_a")
    (owed,) = journal.outbox.due(NOVEMBER_MS, 1)
    assert (owed.first_sent_ms, owed.effect.account, owed.owed_ms) == (None, None, NOVEMBER_MS)
    clock.now_ms += 1_000
    await journal.outbox.mark_sending("e0", "acct_1")
    clock.now_ms += 1_000
    await journal.outbox.mark_sending("e0", "acct_1")
    journal.close()

    journal = open_journal(tmp_path, clock=clock)
    (owed,) = journal.outbox.due(clock.now_ms, 1)
    assert owed.first_sent_ms == NOVEMBER_MS + 1_000
    assert owed.effect == effect("e0", "pi_a", "acct_1")
    journal.close()


async def test_an_effect_is_never_sent_to_another_account(journal: Journal) -> None:
    await _owe(journal, "pi_a")
    await journal.outbox.mark_sending("e0", "acct_1")
    with pytest.raises(AssertionError, match="another account"):
        await journal.outbox.mark_sending("e0", "acct_2")


async def test_what_is_owed_once_the_account_is_known_is_owed_to_it(journal: Journal) -> None:
    await journal.commit(Facts((AccountLearned("acct_1", livemode=False),)))
    await journal.commit(
        Facts((intent(),), effects=(effect("e0"), effect("e1", "pi_b", account="acct_2")))
    )
    accounts = [owed.effect.account for owed in journal.outbox.due(NOVEMBER_MS, 10)]
    assert accounts == ["acct_1", "acct_2"]


async def test_a_parked_effect_waits_for_a_person_and_delays_no_other(journal: Journal) -> None:
    await _owe(journal, "pi_a", "pi_a", "pi_b")
    parked = EffectParked("e0", "pi_a", 400, "parameter_invalid", "No such method.")
    await journal.commit(Facts((parked,), settled=("e0",)))

    assert _due(journal) == ["e1", "e2"]
    assert [owed.effect.id for owed in journal.outbox.parked()] == ["e0"]
    assert journal.outbox.waiting_count() == 2
    await journal.commit(done("e0", "pi_a"))
    assert journal.outbox.parked() == []


async def test_an_effect_is_settled_once(journal: Journal) -> None:
    await _owe(journal, "pi_a")
    await journal.commit(done("e0", "pi_a"))
    for command in (done("e0", "pi_a"), done("e9", "pi_a")):
        head = journal.head
        with pytest.raises(AssertionError, match="neither waiting nor parked"):
            await journal.commit(command)
        assert journal.head == head


async def test_what_a_person_took_out_meanwhile_is_neither_sent_nor_put_off(
    journal: Journal,
) -> None:
    await _owe(journal, "pi_a")
    held = EffectHeld("e0", "the order was a mistake")
    await journal.commit(Facts((held,), settled=("e0",)))
    assert not await journal.outbox.mark_sending("e0", "acct_1")
    await journal.outbox.postpone("e0", NOVEMBER_MS + 500, "late")
    (parked,) = journal.outbox.parked()
    assert (parked.tries, parked.problem, parked.first_sent_ms) == (0, None, None)
    assert not await journal.outbox.mark_sending("e9", "acct_1")


async def test_what_follows_is_owed_since_what_it_follows_from(
    journal: Journal, clock: TurnedClock
) -> None:
    await journal.commit(Facts((intent(),), effects=(effect("e0"),)))
    clock.now_ms += 3_600_000
    await journal.commit(Facts(done("e0").facts, effects=(effect("e1"),), settled=("e0",)))
    assert journal.outbox.oldest_waiting_ms() == NOVEMBER_MS


async def test_what_is_written_off_waits_for_nobody_and_stripe_may_still_have_it(
    journal: Journal,
) -> None:
    await _owe(journal, "pi_a", "pi_a")
    await journal.commit(Facts((EffectHeld("e0", "asked for"),), settled=("e0",)))
    await journal.commit(Facts((EffectWrittenOff("e0", "asked for"),), settled=("e0",)))
    given_up = journal.outbox.effect("e0")
    assert given_up is not None
    assert given_up.state is EffectState.WRITTEN_OFF
    assert journal.outbox.listed(OPEN, 9) == journal.outbox.due(NOVEMBER_MS, 9)
    await journal.commit(done("e0", "pi_a"))
    told = journal.outbox.effect("e0")
    assert told is not None
    assert told.state is EffectState.DONE


async def test_what_waits_again_has_its_old_place(journal: Journal) -> None:
    await _owe(journal, "pi_a", "pi_a", "pi_b")
    await journal.outbox.postpone("e0", NOVEMBER_MS + 500, "HTTP 429")
    await journal.commit(Facts((EffectHeld("e0", "asked for"),), settled=("e0",)))
    assert _due(journal) == ["e1", "e2"]
    await journal.commit(Facts((EffectRetried("e0", "mended"),), requeued=("e0",)))
    assert _due(journal) == ["e0", "e2"]
    with pytest.raises(AssertionError, match="not parked"):
        await journal.commit(Facts((EffectRetried("e0", "mended"),), requeued=("e0",)))


async def test_what_was_owed_lately_is_found_without_the_rest(
    journal: Journal, clock: TurnedClock
) -> None:
    await _owe(journal, "pi_a", "pi_b")
    clock.now_ms += 60_000
    late = intent("pi_c")
    await journal.commit(Facts((late,), effects=(effect("late", "pi_c"), effect("l2", "pi_a"))))
    since = journal.outbox.owed_since(NOVEMBER_MS + 1, clock.now_ms, 9)
    assert [owed.effect.id for owed in since] == ["late"]
    oldest = journal.outbox.owed_since(0, clock.now_ms, 2)
    assert [owed.effect.id for owed in oldest] == ["e0", "e1"]
    await journal.outbox.postpone("late", clock.now_ms + 1, "HTTP 500", doubts=1)
    assert journal.outbox.owed_since(NOVEMBER_MS + 1, clock.now_ms, 9) == []
    (again,) = journal.outbox.owed_since(NOVEMBER_MS + 1, clock.now_ms + 1, 9)
    assert (again.tries, again.doubts) == (1, 1)


async def test_a_list_goes_on_where_it_ended(journal: Journal) -> None:
    await _owe(journal, "pi_a", "pi_a", "pi_b", "pi_c")
    await journal.commit(Facts((EffectHeld("e2", "asked for"),), settled=("e2",)))
    pages = [journal.outbox.listed(OPEN, 3), journal.outbox.listed(OPEN, 3, after="e2")]
    assert [[owed.effect.id for owed in page] for page in pages] == [["e0", "e1", "e2"], ["e3"]]
    waiting = journal.outbox.listed((EffectState.WAITING,), 9, after="e0")
    assert [owed.effect.id for owed in waiting] == ["e1", "e3"]
    assert journal.outbox.parked_count() == 1


async def test_an_effect_is_settled_in_the_transaction_of_its_fact(journal: Journal) -> None:
    await journal.commit(Facts((intent(),), effects=(effect("e0"),)))
    following = effect("e1")
    await journal.commit(Facts(done("e0").facts, effects=(following,), settled=("e0",)))
    assert [owed.effect for owed in journal.outbox.due(NOVEMBER_MS, 10)] == [following]
    known = journal.queries.payment_intent(INTENT)
    assert known is not None
    assert known.payment_record == "pr_1"


async def test_the_oldest_says_how_long_the_store_has_been_offline(
    journal: Journal, clock: TurnedClock
) -> None:
    await _owe(journal, "pi_a")
    clock.now_ms += 60_000
    await journal.commit(Facts((intent("pi_b"),), effects=(effect("late", "pi_b"),)))
    assert journal.outbox.oldest_waiting_ms() == NOVEMBER_MS


@settings(max_examples=25, deadline=None)
@given(
    lanes=st.lists(st.sampled_from(INTENTS), min_size=1, max_size=12),
    postponed=st.sets(st.integers(0, 11)),
    limit=st.integers(1, 5),
)
def test_every_effect_is_paid_once_and_each_lane_in_order(
    lanes: list[str], postponed: set[int], limit: int
) -> None:
    with folder_in_memory() as directory:
        asyncio.run(_pay(directory, lanes, postponed, limit))


async def _pay(directory: Path, lanes: list[str], postponed: set[int], limit: int) -> None:
    clock = TurnedClock()
    journal = open_journal(directory, clock=clock, executor=LoopExecutor(lambda: 0.0))
    await _owe(journal, *lanes)
    for number in postponed & set(range(len(lanes))):
        await journal.outbox.postpone(f"e{number}", clock.now_ms + number, "HTTP 409")
    paid: list[str] = []
    while journal.outbox.waiting_count():
        due = journal.outbox.due(clock.now_ms, limit)
        assert len({owed.effect.lane for owed in due}) == len(due) <= limit
        for owed in due:
            await journal.commit(done(owed.effect.id, owed.effect.lane))
            paid.append(owed.effect.id)
        clock.now_ms += 1
    journal.close()
    assert sorted(paid) == sorted(f"e{number}" for number in range(len(lanes)))
    for lane in INTENTS:
        of_lane = [f"e{number}" for number, one in enumerate(lanes) if one == lane]
        assert [id_ for id_ in paid if id_ in of_lane] == of_lane
