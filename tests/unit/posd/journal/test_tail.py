"""Whoever follows the journal gets every fact once and in order, as soon as it is on disk."""

import asyncio
from pathlib import Path

import pytest

from posd.errors import JournalFailed
from posd.journal import tail as tails
from posd.journal.store import Journal
from tests.unit.posd.journal.scenario import DAY_MS, Facts, TurnedClock, intent, open_journal


async def test_it_begins_where_it_is_told_and_goes_on(journal: Journal) -> None:
    for number in range(3):
        await journal.commit(Facts((intent(f"pi_{number}"),)))
    tail = journal.tail(2)
    assert [(await anext(tail)).seq for _ in range(2)] == [3, 4]
    _, entry = await asyncio.gather(journal.commit(Facts((intent("pi_3"),))), anext(tail))
    assert entry.fact == intent("pi_3")


async def test_long_histories_come_in_pages_across_months(
    tmp_path: Path, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tails, "PAGE_ENTRIES", 3)
    journal = open_journal(tmp_path, clock=clock)
    for number in range(10):
        clock.now_ms += 7 * DAY_MS
        await journal.commit(Facts((intent(f"pi_{number}"),)))
    tail = journal.tail(0)
    assert [(await anext(tail)).seq for _ in range(11)] == list(range(1, 12))
    journal.close()


async def test_what_is_told_from_memory_is_what_is_on_disk(journal: Journal) -> None:
    tail = journal.tail(journal.head)
    for facts in (Facts((intent("pi_1"), intent("pi_2"))), Facts((intent("pi_3"),))):
        await journal.commit(facts)
    told = [await anext(tail) for _ in range(3)]
    assert told == [journal.queries.entry(entry.seq) for entry in told]
    assert all(entry.fact is not None for entry in told)


async def test_what_was_undone_is_told_to_nobody(journal: Journal) -> None:
    tail = journal.tail(journal.head)
    twice = Facts((intent("pi_1"), intent("pi_1")))  # the second breaks an id's promise
    committed = await asyncio.gather(
        journal.commit(twice), journal.commit(Facts((intent("pi_2"),))), return_exceptions=True
    )
    assert isinstance(committed[0], AssertionError)
    assert (await anext(tail)).fact == intent("pi_2")


async def test_a_wait_that_is_cancelled_loses_nothing(journal: Journal) -> None:
    tail = journal.tail(journal.head)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await anext(tail)
    await journal.commit(Facts((intent(),)))
    assert (await anext(tail)).seq == 2


async def test_two_that_follow_get_all_each(journal: Journal) -> None:
    one, other = journal.tail(1), journal.tail(1)
    _, first, second = await asyncio.gather(
        journal.commit(Facts((intent(),))), anext(one), anext(other)
    )
    assert first is second, "both are told of one"


async def test_who_only_asks_how_far_it_is_hears_of_each_batch_once(journal: Journal) -> None:
    heads = journal.heads()
    for number in range(2):
        facts = Facts((intent(f"pi_{number}"), intent(f"pi_{number}_more")))
        committed, head = await asyncio.gather(journal.commit(facts), anext(heads))
        assert head == committed.seq
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await anext(heads)
    journal.close()
    with pytest.raises(JournalFailed):
        await anext(heads)


async def test_it_ends_with_the_journal(journal: Journal) -> None:
    tail = journal.tail(journal.head)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(_told(tail), name="waiting")
        await asyncio.sleep(0)
        journal.close()
    assert isinstance(waiting.result(), JournalFailed)


async def _told(tail: tails.Tail) -> JournalFailed:
    with pytest.raises(JournalFailed) as told:
        await anext(tail)
    return told.value


async def test_a_batch_without_facts_wakes_nobody(journal: Journal) -> None:
    tail = journal.tail(journal.head)
    await journal.commit(Facts(()))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await anext(tail)
