"""Group commit: one fsync for all that wait, none lost, none sunk by another; disks that fail."""

import asyncio
import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from posd.errors import JournalFailed, Refused
from posd.journal import writer
from posd.journal.command import Decision, Ledger
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from tests.unit.posd.journal.faulty_disk import FaultyDisk
from tests.unit.posd.journal.scenario import (
    Deciding,
    Facts,
    claim,
    intent,
    open_journal,
)

CALLERS = 16


@pytest.fixture
def disk() -> Iterator[FaultyDisk]:
    disk = FaultyDisk("faulty")
    yield disk
    disk.unregister()


@pytest.fixture
def on_disk(tmp_path: Path, disk: FaultyDisk) -> Iterator[Journal]:
    journal = open_journal(tmp_path, vfs="faulty")
    yield journal
    disk.fail = None
    journal.close()


def _refuse(_ledger: Ledger) -> Decision:
    raise Refused("terminal_reader_busy", "Busy.")


async def test_sixteen_callers_share_two_fsyncs(on_disk: Journal, disk: FaultyDisk) -> None:
    before = disk.syncs["-wal"]
    numbers = range(CALLERS)
    committed = await asyncio.gather(
        *(on_disk.commit(Facts((intent(f"pi_{number}"),))) for number in numbers)
    )
    # The first caller's batch leaves at once; the others meet in the next.
    assert disk.syncs["-wal"] - before == 2
    assert [one.seq for one in committed] == list(range(2, 2 + CALLERS))


async def test_one_caller_costs_one_fsync(on_disk: Journal, disk: FaultyDisk) -> None:
    before = disk.syncs["-wal"]
    await on_disk.commit(Facts((intent(),)))
    assert disk.syncs["-wal"] - before == 1


async def test_a_refusal_does_not_sink_its_batch(journal: Journal) -> None:
    outcomes = await asyncio.gather(
        journal.commit(Facts((intent("pi_0"),))),
        journal.commit(Facts((intent("pi_1"),))),
        journal.commit(Deciding(_refuse)),
        journal.commit(Facts((intent("pi_2"),), claim=claim())),
        journal.commit(Facts((intent("pi_3"),), claim=claim(digest="other"))),
        journal.commit(Facts((intent("pi_4"),))),
        return_exceptions=True,
    )
    wrong = [type(one).__name__ for one in outcomes if isinstance(one, BaseException)]
    assert wrong == ["Refused", "IdempotencyMismatch"]
    assert journal.head == 5
    assert [one.id for one in journal.queries.payment_intents(9)] == [
        "pi_4",
        "pi_2",
        "pi_1",
        "pi_0",
    ]


async def test_a_bug_in_a_command_is_its_callers_alone(journal: Journal) -> None:
    def stumble(_ledger: Ledger) -> Decision:
        raise ZeroDivisionError

    stumbled, well = await asyncio.gather(
        journal.commit(Deciding(stumble)),
        journal.commit(Facts((intent(),))),
        return_exceptions=True,
    )
    assert isinstance(stumbled, ZeroDivisionError)
    assert not isinstance(well, BaseException)
    assert (await journal.commit(Facts((intent("pi_2"),)))).seq == 3


async def test_a_cancelled_caller_loses_nothing(journal: Journal) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await journal.commit(Facts((intent(),)))
    entry = await anext(journal.tail(1))
    assert entry.fact == intent()


async def test_whoever_waits_for_a_commit_goes_before_those_who_follow(journal: Journal) -> None:
    order = []

    async def follow(name: str) -> None:
        await anext(journal.tail(1))
        order.append(name)

    async def commit() -> None:
        await journal.commit(Facts((intent(),)))
        assert journal.head == 2
        order.append("caller")

    await asyncio.gather(follow("one"), commit(), follow("other"))
    assert order == ["caller", "one", "other"]


async def test_a_cancelled_callers_refusal_disturbs_nobody(journal: Journal) -> None:
    unheard: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await journal.commit(Deciding(_refuse))
    assert (await journal.commit(Facts((intent(),)))).seq == 2
    gc.collect()
    assert unheard == []


async def test_no_batch_is_longer_than_its_limit(
    on_disk: Journal, disk: FaultyDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "BATCH_WORKS_MAX", 5)
    before = disk.syncs["-wal"]
    await asyncio.gather(
        *(on_disk.commit(Facts((intent(f"pi_{number}"),))) for number in range(11))
    )
    assert disk.syncs["-wal"] - before == 3  # 1, 5, 5


async def test_a_failed_fsync_ends_the_journal(on_disk: Journal, disk: FaultyDisk) -> None:
    await on_disk.commit(Facts((intent("pi_kept"),)))
    disk.fail = "-wal"
    outcomes = await asyncio.gather(
        *(on_disk.commit(Facts((intent(f"pi_{number}"),))) for number in range(4)),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes] == [JournalFailed] * 4
    assert on_disk.head == 2

    disk.fail = None
    with pytest.raises(JournalFailed):
        await on_disk.commit(Facts((intent("pi_later"),)))
    assert on_disk.queries.payment_intent("pi_0") is None


async def test_after_a_failed_fsync_the_next_start_has_what_was_acknowledged(
    tmp_path: Path, disk: FaultyDisk
) -> None:
    journal = open_journal(tmp_path, vfs="faulty")
    await journal.commit(Facts((intent("pi_kept"),)))
    disk.fail = "-wal"
    with pytest.raises(JournalFailed):
        await journal.commit(Facts((intent("pi_unknown"),)))
    journal.close()
    disk.fail = None

    again = open_journal(tmp_path)
    assert again.queries.payment_intent("pi_kept") is not None
    again.close()


async def test_a_disk_that_fails_under_a_look_up_ends_the_journal(journal: Journal) -> None:
    def unreadable(_ledger: Ledger) -> Decision:
        raise apsw.IOError("read: EIO")

    with pytest.raises(JournalFailed, match="EIO"):
        await journal.commit(Deciding(unreadable))
    with pytest.raises(JournalFailed, match="EIO"):
        await journal.commit(Facts((intent(),)))


@pytest.mark.parametrize("kind", ["", "-wal"])
def test_a_disk_that_fails_at_the_start_ends_it(
    tmp_path: Path, disk: FaultyDisk, kind: str
) -> None:
    disk.fail = kind
    with pytest.raises(JournalFailed):
        open_journal(tmp_path, vfs="faulty")
    disk.fail = None
    journal = open_journal(tmp_path, vfs="faulty")
    assert (journal.head, journal.boot) == (1, 1)
    journal.close()


async def test_whoever_follows_is_told_that_the_disk_has_failed(
    on_disk: Journal, disk: FaultyDisk
) -> None:
    tail = on_disk.tail(on_disk.head)
    disk.fail = "-wal"
    told, _ = await asyncio.gather(
        anext(tail), on_disk.commit(Facts((intent(),))), return_exceptions=True
    )
    assert isinstance(told, JournalFailed)


async def test_a_long_log_is_moved_into_the_database(
    on_disk: Journal, disk: FaultyDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "WAL_PAGES_MAX", 20)
    before = disk.syncs[""]
    for number in range(8):
        await on_disk.commit(Facts((intent(f"pi_{number}"),)))
    assert disk.syncs[""] > before


async def test_a_log_that_another_tool_is_moving_is_left_to_it(
    journal: Journal, tmp_path: Path, disk: FaultyDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "WAL_PAGES_MAX", 1)
    other = apsw.Connection(str(tmp_path / "journal.sqlite"), vfs="faulty")
    assert other.execute("SELECT seq FROM head").get == 1
    disk.gate.clear()
    tool = threading.Thread(target=other.wal_checkpoint)
    tool.start()
    try:
        assert await asyncio.to_thread(disk.begun.wait, 5)
        for number in range(3):
            await journal.commit(Facts((intent(f"pi_{number}"),)))
    finally:
        disk.gate.set()
        await asyncio.to_thread(tool.join)
        other.close()
    assert journal.head == 4


async def test_a_failed_fsync_of_the_database_is_fatal_too(
    on_disk: Journal, disk: FaultyDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "WAL_PAGES_MAX", 20)
    disk.fail = ""
    outcomes = [
        await asyncio.gather(
            on_disk.commit(Facts((intent(f"pi_{number}"),))), return_exceptions=True
        )
        for number in range(9)
    ]
    assert isinstance(outcomes[-1][0], JournalFailed)
    with pytest.raises(JournalFailed):
        await on_disk.commit(Facts((intent("pi_later"),)))


async def test_a_second_tool_delays_a_commit_and_never_the_loop(
    journal: Journal, tmp_path: Path
) -> None:
    other = apsw.Connection(str(tmp_path / "journal.sqlite"))
    other.execute("BEGIN IMMEDIATE")
    loop = asyncio.get_running_loop()
    loop.call_later(0.2, other.execute, "ROLLBACK")
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            longest = max(longest, time.perf_counter() - before)

    async with asyncio.TaskGroup() as group:
        heart = group.create_task(beat(), name="beat")
        assert (await journal.commit(Facts((intent(),)))).seq == 2
        heart.cancel()
    other.close()
    assert longest < 0.15


async def test_closing_finishes_the_batch_in_hand_and_refuses_the_rest(tmp_path: Path) -> None:
    journal = open_journal(tmp_path, executor=LoopExecutor(lambda: 3600.0))
    async with asyncio.TaskGroup() as group:
        first = group.create_task(journal.commit(Facts((intent("pi_1"),))), name="first")
        second = group.create_task(_failing(journal, "pi_2"), name="second")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        journal.close()
    assert first.result().seq == 2
    assert isinstance(second.result(), JournalFailed)
    with pytest.raises(JournalFailed):
        await journal.commit(Facts((intent("pi_3"),)))


async def _failing(journal: Journal, payment_intent: str) -> JournalFailed:
    with pytest.raises(JournalFailed) as told:
        await journal.commit(Facts((intent(payment_intent),)))
    return told.value
