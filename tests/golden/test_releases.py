"""What an earlier release left: read whole, gone on with, and still good for that release."""

import asyncio
import lzma
import re
from pathlib import Path
from typing import Any, Final

import apsw
import pytest

from posd.journal import connection
from posd.journal.command import Entry
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from tests.unit.posd.branch import READERS, Branch, street
from tests.unit.posd.house import LANE_1
from tests.unit.posd.journal.lives import FILE, Machine
from tests.unit.posd.journal.replay import (
    Replayed,
    entries,
    expected_columns,
    narrow_columns,
    stored,
)
from tests.unit.posd.journal.scenario import DAY_MS, TurnedClock, open_journal
from tests.unit.posd.stage import booked
from tests.unit.posd.virtual import virtual

GOLDEN: Final = Path(__file__).parent
RELEASES: Final = ("0.1.0",)
LATER_MS: Final = 60 * DAY_MS
FRESH_IDS: Final = 1000
"""More than the release's story drew."""
DRAINED_S: Final = 600.0
OF_ONE_LIFE: Final = frozenset({"head", "history", "schema_step", "epoch", "mark"})

releases = pytest.mark.parametrize("release", RELEASES)


def unpack(release: str, folder: Path) -> Path:
    """The release's journal, where posd looks for one."""
    file = folder / "journal.sqlite"
    file.write_bytes(lzma.decompress((GOLDEN / release / "journal.db.xz").read_bytes()))
    return file


def facts_in(file: Path) -> list[Entry]:
    """What is in the journal, as long as nobody else has it open."""
    db = apsw.Connection(str(file))
    found = entries(db)
    db.close()
    return found


def opened(folder: Path) -> Journal:
    clock = TurnedClock()
    clock.now_ms += LATER_MS
    return open_journal(folder, executor=LoopExecutor(lambda: 0.0), clock=clock)


def check_projection(folder: Path, journal: Journal) -> None:
    """Every record is what the facts add up to."""
    db = apsw.Connection(str(folder / "journal.sqlite"))
    replayed = Replayed(entries(db))
    columns = narrow_columns(db)
    assert db.pragma("integrity_check") == "ok"
    db.close()
    assert {id_: stored(journal.queries, id_) for id_ in columns} == replayed.records
    assert columns == {id_: expected_columns(one) for id_, one in replayed.records.items()}


@releases
@virtual
async def test_it_is_read_whole(tmp_path: Path, release: str) -> None:
    left = facts_in(unpack(release, tmp_path))
    journal = opened(tmp_path)
    await journal.verify_rest()
    assert journal.boot == left[-1].boot + 1
    assert journal.parked == frozenset()
    check_projection(tmp_path, journal)
    journal.close()
    assert facts_in(tmp_path / "journal.sqlite")[: len(left)] == left


@releases
def test_the_release_could_still_ask_and_write(tmp_path: Path, release: str) -> None:
    unpack(release, tmp_path)
    opened(tmp_path).close()
    db = connection.open_writer(tmp_path / "journal.sqlite", None)
    for statement in (GOLDEN / release / "statements.sql").read_text().splitlines():
        numbered = [int(number or 0) for number in re.findall(r"\?(\d*)", statement)]
        db.execute(f"EXPLAIN {statement}", [None] * (max(numbered, default=0) or len(numbered)))
    assert db.pragma("user_version") == connection.LAYOUT
    db.close()


@releases
@virtual
async def test_what_the_release_writes_after_a_downgrade_is_right(
    tmp_path: Path, release: str
) -> None:
    db = connection.open_writer(tmp_path / "journal.sqlite", None)
    connection.migrate(db, 0)
    writing = lzma.decompress((GOLDEN / release / "writing.sql.xz").read_bytes()).decode()
    assert list(db.execute(writing)), "it also asked"
    connection.trust(db)
    db.close()
    journal = opened(tmp_path)
    await journal.verify_rest()
    check_projection(tmp_path, journal)
    journal.close()
    upgraded = tmp_path / "upgraded"
    upgraded.mkdir()
    left = facts_in(unpack(release, upgraded))
    assert facts_in(tmp_path / "journal.sqlite")[: len(left)] == left
    opened(upgraded).close()
    assert derived(tmp_path) == derived(upgraded)


@releases
@virtual
async def test_neither_an_upgrade_nor_a_downgrade_is_a_restored_backup(
    tmp_path: Path, release: str
) -> None:
    machine = Machine(tmp_path)
    machine.clock.now_ms += LATER_MS
    unpack(release, tmp_path).rename(tmp_path / FILE)
    for _upgrade in range(2):
        upgraded = machine.start(LoopExecutor(lambda: 0.0))
        assert upgraded.queries.open_restore() is None
        assert upgraded.parked == frozenset()
        upgraded.close()
        (tmp_path / FILE).rename(tmp_path / "journal.sqlite")
        opened(tmp_path).close()  # as the release does: it keeps no mark
        (tmp_path / "journal.sqlite").rename(tmp_path / FILE)


@releases
@virtual
async def test_payments_go_on_and_what_was_owed_is_told(tmp_path: Path, release: str) -> None:
    unpack(release, tmp_path)
    async with street(tmp_path) as there:
        there.house.clock.now_ms += LATER_MS
        for _ in range(FRESH_IDS):
            there.house.ids.new("skipped")
        there.terminal.stored = booked(25, 1400)
        async with there.open() as store:
            await asyncio.sleep(DRAINED_S)
            parked = store.posd.journal.outbox.parked()
            assert store.posd.journal.outbox.waiting_count() == 0
            assert [owed.effect.id for owed in parked] == ["att_posd_00000032-report"]
            assert await states(store, "B-1", "B-2", "B-4") == ["succeeded"] * 3
            (held,) = (one["payment_intent"] for one in await of_order(store, "B-3"))
            await store.ask("POST", f"/v1/payment_intents/{held}/capture", who="till")
            made = await store.ask("POST", "/v1/payment_intents", amount="700", currency="eur")
            path = f"{READERS}/{LANE_1}/process_payment_intent"
            await store.ask("POST", path, payment_intent=made.json()["id"])
            await asyncio.sleep(DRAINED_S)
            assert store.posd.journal.outbox.waiting_count() == 0
            assert await states(store, "B-3") == ["succeeded"]
            check_projection(tmp_path, store.posd.journal)


async def of_order(store: Branch, order: str) -> list[dict[str, Any]]:
    """The payments of that order."""
    told = await store.ask("GET", "/posd/v1/payments", order=order)
    found: list[dict[str, Any]] = told.json()["data"]
    return found


async def states(store: Branch, *orders: str) -> list[str]:
    """How the one payment of each order stands."""
    return [one["status"] for order in orders for one in await of_order(store, order)]


def derived(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows that are made of facts, by table; not what differs from life to life."""
    db = apsw.Connection(str(folder / "journal.sqlite"))
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    made = [name for name in names if not name.startswith(("fact_", "sqlite_"))]
    rows = {
        name: sorted(db.execute(f"SELECT * FROM {name}"), key=repr)  # noqa: S608
        for name in made
        if name not in OF_ONE_LIFE
    }
    db.close()
    return rows
