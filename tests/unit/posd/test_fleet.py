"""Readers are known by config or registration, and held by one attachment each."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from posd.attachments import Attachment
from posd.attempts import AttemptParts
from posd.errors import Refused
from posd.failpoints import disarmed
from posd.fleet import DeclaredReader, Fleet, NewReader
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.model.facts import AttemptSetAside, OutcomeUnknown, PaymentIntentCreated, PersonNeeded
from posd.model.reader import Reader
from posd.model.reader_facts import ReaderIdentified
from posd.outcome import NO_REPORTS
from posd.resolver import Resolver
from posd.whereabouts import NoDevices, Sightings, Whereabouts
from posd_drivers.card_reader import OutcomeProof
from tests.simulation.ids import CountingIds
from tests.unit.posd.journal.scenario import (
    ATTEMPT,
    INTENT,
    TILL,
    Facts,
    TurnedClock,
    claim,
    open_journal,
    started,
)
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


async def refused(doing: Awaitable[object]) -> Refused:
    """The refusal that the call ends in."""
    with pytest.raises(Refused) as caught:
        await doing
    return caught.value


@asynccontextmanager
async def fleet(folder: Path, *, livemode: bool = True) -> AsyncIterator[Held]:
    clock = TurnedClock()
    journal = open_journal(
        folder, executor=LoopExecutor(lambda: 0.0), clock=clock, livemode=livemode
    )
    parts = AttemptParts(journal, NO_REPORTS, clock, disarmed)

    def attach(reader: Reader) -> Attachment:
        held.readers.append(reader)
        resolver, terminal = Resolver(journal, NO_REPORTS), ScriptedTerminal()
        whereabouts = Whereabouts(reader.id, lambda _: terminal.open(), Sightings(), NoDevices())
        return Attachment(reader, whereabouts, parts, resolver)

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


@pytest.mark.parametrize(
    ("rest", "control"),
    [
        ("", None),
        ("&control=http://127.0.0.1:4711", "http://127.0.0.1:4711"),
        ("&control=http://[::1]:65535", "http://[::1]:65535"),
        ("&control=http://localhost:4711", "http://localhost:4711"),
    ],
)
async def test_a_simulated_reader_may_name_its_control_port(
    tmp_path: Path, rest: str, control: str | None
) -> None:
    async with fleet(tmp_path, livemode=False) as on:
        reader = await on.register(f"zvt+serial:///dev/a?baud=19200?simulated=true{rest}")
        assert (reader.address, reader.control) == ("zvt+serial:///dev/a?baud=19200", control)
        renamed = await on.fleet.update(reader.id, "Back", {}, actor=TILL, claim=None)
        assert renamed.record.control == control


@pytest.mark.parametrize(
    "rest",
    [
        "&control=http://10.0.0.7:4711",
        "&control=http://127.0.0.1.evil.example:4711",
        "&control=http://127.0.0.1:4711/script",
        "&control=https://127.0.0.1:4711",
        "&control=http://127.0.0.1:65536",
        "&control=",
        "&contrl=http://127.0.0.1:4711",
    ],
)
async def test_a_control_port_elsewhere_is_refused(tmp_path: Path, rest: str) -> None:
    async with fleet(tmp_path, livemode=False) as on:
        with pytest.raises(Refused) as caught:
            await on.register(f"zvt+tcp://127.0.0.1:20007?simulated=true{rest}")
        assert caught.value.param == "registration_code"
        assert on.readers == []


async def test_a_declared_reader_may_get_another_control_port(tmp_path: Path) -> None:
    async with fleet(tmp_path) as on:
        for control in ("http://127.0.0.1:1", "http://127.0.0.1:2", None):
            await on.fleet.declare((replace(FRONT, control=control),))
            known = on.journal.queries.reader(FRONT.id)
            assert known is not None
            assert known.control == control


async def test_a_reader_is_renamed_and_stays_what_it_is(tmp_path: Path) -> None:
    async with fleet(tmp_path) as on:
        reader = await on.register(SERIAL, "Till 1")
        await on.journal.commit(
            Facts((ReaderIdentified(reader.id, "52523535", OutcomeProof.LAST_TRANSACTION),))
        )
        renamed = await on.fleet.update(reader.id, "Bar", {"floor": "2"}, actor=TILL, claim=None)
        assert (renamed.record.label, renamed.record.metadata) == ("Bar", {"floor": "2"})
        assert renamed.record.terminal_id == "52523535"
        assert renamed.record.outcome_proof is OutcomeProof.LAST_TRANSACTION
        before = on.journal.head
        await on.fleet.update(reader.id, None, {}, actor=TILL, claim=None)
        assert on.journal.head == before


async def test_a_deleted_reader_is_let_go_and_its_address_is_free(tmp_path: Path) -> None:
    async with fleet(tmp_path) as on:
        asked, new = claim("register-1", ROUTE), NewReader(SERIAL)
        first = (await on.fleet.register(new, actor=TILL, claim=asked)).record
        attachment = on.fleet.attachments[first.id]
        assert (await on.fleet.delete(first.id, actor=TILL)).deleted
        await asyncio.wait_for(attachment.run(), timeout=1)
        assert on.journal.queries.readers() == []
        assert not on.fleet.live(first.id).online
        assert (await refused(on.fleet.delete(first.id, actor=TILL))).status == 404
        again = await on.fleet.register(new, actor=TILL, claim=asked)
        assert (again.replayed, again.record.id) == (True, first.id)
        assert on.fleet.attachments == {}
        second = await on.register(SERIAL)
        assert second.id != first.id
        assert [one.id for one in on.journal.queries.readers()] == [second.id]


async def test_what_the_file_declares_is_changed_there(tmp_path: Path) -> None:
    async with fleet(tmp_path) as on:
        await on.fleet.declare((FRONT,))
        for call in (
            on.fleet.update(FRONT.id, "Bar", {}, actor=TILL, claim=None),
            on.fleet.delete(FRONT.id, actor=TILL),
        ):
            assert (await refused(call)).code == "parameter_invalid"
        assert FRONT.id in on.fleet.attachments


async def test_a_reader_whose_payment_is_unproven_is_a_witness(tmp_path: Path) -> None:
    async with fleet(tmp_path) as on:
        reader = await on.register(SERIAL)
        for facts in (
            (PaymentIntentCreated(INTENT, 1250, "eur"), started(at=reader.id)),
            (OutcomeUnknown(ATTEMPT, "link_lost"),),
            (PersonNeeded(ATTEMPT, "no_baseline"),),
            (AttemptSetAside(ATTEMPT, "the queue is long"),),
        ):
            await on.journal.commit(Facts(facts))
            refusal = await refused(on.fleet.delete(reader.id, actor=TILL))
            assert (refusal.code, refusal.payment_intent) == ("terminal_reader_busy", INTENT)
        assert reader.id in on.fleet.attachments
