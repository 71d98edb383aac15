"""Readers are known by config or registration, and held by one attachment each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from posd.attachments import Attachment
from posd.attempts import AttemptParts
from posd.errors import Refused
from posd.failpoints import disarmed
from posd.fleet import DeclaredReader, Fleet, NewReader
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.model.reader import Reader
from posd.outcome import NO_REPORTS
from posd.resolver import Resolver
from tests.simulation.ids import CountingIds
from tests.unit.posd.journal.scenario import TILL, TurnedClock, claim, open_journal
from tests.unit.posd.stage import ScriptedTerminal

SERIAL = "zvt+serial:///dev/posd/reader-1?baud=9600"
FRONT = DeclaredReader("front", SERIAL, "eur", simulated=False)
BACK = DeclaredReader("back", "zvt+tcp://10.0.0.7:20007", "eur", simulated=False, label="Back room")
ROUTE = "POST /v1/terminal/readers"


@dataclass
class Held:
    """A fleet, and the readers that somebody was told to hold, in order."""

    fleet: Fleet
    journal: Journal
    readers: list[Reader] = field(default_factory=list)

    async def register(self, code: str, label: str | None = None) -> Reader:
        new = NewReader(code, label)
        return (await self.fleet.register(new, actor=TILL, claim=None)).record


@asynccontextmanager
async def fleet(folder: Path, *, livemode: bool = True) -> AsyncIterator[Held]:
    clock = TurnedClock()
    journal = open_journal(
        folder, executor=LoopExecutor(lambda: 0.0), clock=clock, livemode=livemode
    )
    parts = AttemptParts(journal, NO_REPORTS, clock, disarmed)

    def attach(reader: Reader) -> Attachment:
        held.readers.append(reader)
        return Attachment(reader, ScriptedTerminal().open, parts, Resolver(journal, NO_REPORTS))

    ids = CountingIds()
    held = Held(Fleet(journal, attach, ids=ids, currency="eur", livemode=livemode), journal)
    yield held
    journal.close()


async def test_a_declared_reader_has_its_name_in_its_id_and_is_held(tmp_path: Path) -> None:
    async with fleet(tmp_path) as on:
        await on.fleet.declare((FRONT, BACK))
        assert [(one.id, one.label, one.declared) for one in on.readers] == [
            ("tmr_posd_front", "front", True),
            ("tmr_posd_back", "Back room", True),
        ]


async def test_declaring_the_same_again_journals_nothing(tmp_path: Path) -> None:
    async with fleet(tmp_path) as on:
        await on.fleet.declare((FRONT,))
        before = on.journal.head
        await on.fleet.declare((FRONT,))
        assert on.journal.head == before
        assert len(on.readers) == 1


async def test_what_the_file_changed_is_a_fact(tmp_path: Path) -> None:
    async with fleet(tmp_path) as on:
        await on.fleet.declare((FRONT,))
        await on.fleet.declare((replace(FRONT, label="Front counter"),))
        known = on.journal.queries.reader(FRONT.id)
        assert known is not None
        assert known.label == "Front counter"


async def test_a_reader_the_file_no_longer_names_is_kept_and_not_held(tmp_path: Path) -> None:
    async with fleet(tmp_path) as on:
        await on.fleet.declare((FRONT, BACK))
        on.readers.clear()
        on.fleet.attachments.clear()
        await on.fleet.declare((BACK,))
        assert [one.id for one in on.readers] == [BACK.id]
        assert on.journal.queries.reader(FRONT.id) is not None
        assert not on.fleet.live(FRONT.id).online


async def test_a_registered_reader_is_held_at_once_and_after_a_restart(tmp_path: Path) -> None:
    async with fleet(tmp_path) as on:
        reader = await on.register(SERIAL, "Till 1")
        assert (reader.address, reader.currency, reader.simulated) == (SERIAL, "eur", False)
        on.fleet.attachments.clear()
        await on.fleet.declare(())
        assert [one.id for one in on.readers] == [reader.id] * 2


async def test_one_address_is_one_reader(tmp_path: Path) -> None:
    async with fleet(tmp_path) as on:
        await on.register(SERIAL)
        with pytest.raises(Refused) as caught:
            await on.register(SERIAL)
        assert (caught.value.code, caught.value.param) == ("parameter_invalid", "registration_code")


async def test_a_repeated_registration_is_the_same_reader(tmp_path: Path) -> None:
    async with fleet(tmp_path) as on:
        new = NewReader(SERIAL)
        first = await on.fleet.register(new, actor=TILL, claim=claim(route=ROUTE))
        again = await on.fleet.register(new, actor=TILL, claim=claim(route=ROUTE))
        assert (first.record.id, again.replayed) == (again.record.id, True)
        assert len(on.readers) == 1


@pytest.mark.parametrize("code", ["simulated-wpe", "zvt+pigeon://roof", "zvt+tcp://host:0x1", ""])
async def test_an_address_that_no_driver_serves_is_refused(tmp_path: Path, code: str) -> None:
    async with fleet(tmp_path) as on:
        before = on.journal.head
        with pytest.raises(Refused) as caught:
            await on.register(code)
        assert caught.value.param == "registration_code"
        assert (on.journal.head, on.readers) == (before, [])


async def test_test_mode_takes_simulated_readers_and_live_mode_real_ones(tmp_path: Path) -> None:
    simulated = "zvt+tcp://127.0.0.1:20007?simulated=true"
    async with fleet(tmp_path, livemode=False) as on:
        reader = await on.register(simulated)
        assert (reader.address, reader.simulated) == ("zvt+tcp://127.0.0.1:20007", True)
        with pytest.raises(Refused) as real_in_test:
            await on.register(SERIAL)
    (tmp_path / "live").mkdir()
    async with fleet(tmp_path / "live") as on:
        with pytest.raises(Refused) as simulated_in_live:
            await on.register(simulated)
    codes = (real_in_test.value.code, simulated_in_live.value.code)
    assert codes == ("testmode_charges_only", "livemode_mismatch")
