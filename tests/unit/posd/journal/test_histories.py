"""What happened to a few objects, newest first, and to no others."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from posd.journal import chain, store
from posd.journal import histories as histories_module
from posd.journal.histories import NOW
from posd.journal.store import Journal
from posd.model.reader import Reader
from tests.unit.posd.journal.old_journal import Shop
from tests.unit.posd.journal.scenario import (
    NOVEMBER_MS,
    READER,
    Facts,
    open_journal,
    payment,
    reader,
)
from tests.unit.posd.journal.test_archive import let_go, write

BACK = "tmr_posd_2"
SOLD = [f"att_posd_{n}" for n in range(99)]


async def sell(journal: Journal, *numbers: int, at: str = READER) -> None:
    for number in numbers:
        for command in payment(number, at):
            await journal.commit(command)


async def known(journal: Journal, id_: str = READER, terminal: str | None = "52523535") -> Reader:
    found = journal.queries.reader(id_)
    assert found is not None
    return replace(found, terminal_id=terminal)


@pytest.fixture
async def selling(journal: Journal) -> Journal:
    """Two readers with one terminal after the other, and five payments."""
    await journal.commit(Facts((reader(), reader(BACK, "zvt+tcp://10.0.0.8:20007"))))
    await sell(journal, 1, 2, 3)
    await sell(journal, 4, at=BACK)
    await sell(journal, 5)
    return journal


async def test_facts_of_several_objects_come_newest_first_and_no_others(selling: Journal) -> None:
    found = selling.histories.latest(["pi_posd_2", "att_posd_2", "pi_none"], 9)
    assert [one.kind for one in found] == [
        "EffectDone",
        "AttemptApproved",
        "StatusReported",
        "AttemptStarted",
        "PaymentIntentCreated",
    ]
    assert {one.object for one in found} == {"pi_posd_2", "att_posd_2"}
    assert selling.histories.latest([], 9) == []


async def test_of_each_only_the_latest_and_those_before_a_number(selling: Journal) -> None:
    histories = selling.histories
    (approved,) = histories.latest(["att_posd_2"], 1)
    assert approved.kind == "AttemptApproved"
    assert [one.kind for one in histories.latest(["att_posd_2"], 1, approved.seq)] == [
        "StatusReported"
    ]


@pytest.mark.parametrize("terminal", ["52523535", None])
async def test_attempts_at_a_reader_are_its_own(selling: Journal, terminal: str | None) -> None:
    front = await known(selling, terminal=terminal)
    begun = selling.histories.attempts_at(front, 9)
    assert [one.attempt.id for one in begun] == [f"att_posd_{n}" for n in (5, 3, 2, 1)]
    assert [one.attempt.id for one in selling.histories.attempts_at(front, 2, begun[0].seq)] == [
        "att_posd_3",
        "att_posd_2",
    ]
    back = await known(selling, BACK, terminal)
    assert [one.attempt.id for one in selling.histories.attempts_at(back, 9)] == ["att_posd_4"]


async def test_attempts_of_a_terminal_that_was_replaced_are_not_looked_for(
    selling: Journal,
) -> None:
    other = await known(selling, terminal="99999999")
    assert selling.histories.attempts_at(other, 9) == []


async def test_no_look_reads_the_whole_journal(selling: Journal) -> None:
    db = selling._reading
    statements: list[tuple[str, Any]] = []

    def note(_cursor: object, sql: str, bindings: object) -> bool:
        statements.append((sql, bindings))
        return True

    db.exec_trace = note
    selling.histories.latest(["pi_posd_2", "att_posd_2"], 9)
    selling.histories.events("Reader*", 9)
    for terminal in ("52523535", None):
        selling.histories.attempts_at(await known(selling, terminal=terminal), 9)
    db.exec_trace = None
    plans = [
        str(row[3])
        for sql, bindings in statements
        if not sql.startswith("PRAGMA")
        for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", bindings)
    ]
    assert len(plans) > 5
    scans = {step for step in plans if step.startswith("SCAN")}
    assert scans <= {
        "SCAN json_each VIRTUAL TABLE INDEX 1:",
        "SCAN segment",
        "SCAN (subquery-1)",
    }


def test_what_left_for_an_archive_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "CHECKPOINT_FACTS", 5)
    monkeypatch.setattr(store, "VERIFY_PAUSE_S", 0.0)
    (tmp_path / "state").mkdir()
    shop = Shop(tmp_path / "state")
    shop.live(shop.trade)
    with closing(open_journal(tmp_path / "state")) as journal:
        before = journal.histories.latest(SOLD, 99)
    let_go(shop, write(shop, tmp_path / "archive.db"))
    with closing(open_journal(tmp_path / "state")) as journal:
        after = journal.histories.latest(SOLD, 99)
    assert after
    assert after == before[: len(after)]
    assert len(after) < len(before)


async def test_events_are_found_by_type_in_pages(selling: Journal) -> None:
    histories = selling.histories
    every = histories.events("*", 99)
    assert every.older is None
    assert every.events[0].at_ms == NOVEMBER_MS
    readers = [one.id for one in every.events if one.kind == "ReaderRegistered"]
    assert [one.id for one in histories.events("Reader*", 99).events] == readers
    first = histories.events("AttemptApproved", 2)
    assert first.older is not None
    rest = histories.events("AttemptApproved", 99, first.older)
    found = [one.id for one in (*first.events, *rest.events)]
    assert found == [one.id for one in every.events if one.kind == "AttemptApproved"]


async def test_a_rare_type_is_looked_for_piece_by_piece(
    selling: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(histories_module, "EVENTS_LOOKED_AT_MAX", 7)
    page, before, found = None, NOW, []
    while page is None or page.older is not None:
        page = selling.histories.events("ReaderRegistered", 99, before)
        found += [one.object for one in page.events]
        before = page.older or 0
    assert found == [BACK, READER]


async def test_the_newest_facts_of_all_come_newest_first(selling: Journal) -> None:
    newest = [one.seq for one in selling.histories.newest(3)]
    assert newest == [selling.head, selling.head - 1, selling.head - 2]
    assert len(selling.histories.newest(10**6)) == selling.head
