"""The whole daemon and a simulated terminal on one line: what the octets prove (M1, M2, M3, M5)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typing_extensions import override

from posd.clock import utc
from posd.composition import Posd
from posd.errors import JournalFailed, Refused
from posd.failpoints import Failpoint
from posd.model.attempt import Attempt, AttemptState
from posd.model.payment_intent import PaymentIntent
from posd_drivers import catalogue
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import NotSent
from posd_drivers.transport import memory
from posd_drivers.transport.base import Transport
from posd_drivers.zvt.settings import Framing
from posd_simulator.terminal.faults import At, Cut, Moment, Silence
from posd_simulator.terminal.ledger import MemoryLedger
from posd_simulator.terminal.settings import Settings, StorageRule
from posd_simulator.terminal.terminal import Terminal
from tests.unit.posd.house import FSYNC_S, LANE_1, TILL, House, attempt_of, ordered
from tests.unit.posd.journal.faulty_disk import FaultyDisk
from tests.unit.posd.virtual import virtual

AUTHORISATION = bytes.fromhex("10 02 06 01")
"""DLE STX and the control field 06 01 (zvt.md 2.1, 6.3)."""
REFUSAL = "84 66"
DIALOGUE_S = 15.0
RESOLVED_S = 120.0
RULES = pytest.mark.parametrize("rule", list(StorageRule))


@dataclass
class Line:
    """The terminal, the cable, and how often a command to pay was written into it."""

    terminal: Terminal
    group: asyncio.TaskGroup
    on_authorisation: Callable[[], None] = lambda: None
    authorisations: int = 0

    async def open(self) -> CardReader:
        if not self.terminal.cable.plugged:
            raise NotSent("the cable is out")
        link = memory.pair()
        self.group.create_task(self.terminal.connect(link.pt), name="line")
        settings = catalogue.ReaderSettings(currency="eur")
        return catalogue.reader_over(_Watched(link.ecr, self), Framing.SERIAL, settings)

    def booked(self) -> list[int]:
        """What the terminal's acquirer will settle."""
        return [row.amount for row in self.terminal.ledger.book.stored]

    def heard(self, prefix: str) -> int:
        """How many APDUs of the till's begin so."""
        return sum(message.line.startswith(f"ECR  {prefix}") for message in self.terminal.messages)


class _Watched(Transport):
    def __init__(self, link: Transport, line: Line) -> None:
        self._link = link
        self._line = line

    @override
    async def read(self) -> bytes:
        return await self._link.read()

    @override
    async def write(self, octets: bytes) -> None:
        if AUTHORISATION in octets:
            self._line.on_authorisation()
            self._line.authorisations += 1
        await self._link.write(octets)

    @override
    def discard_input(self) -> None:
        self._link.discard_input()

    @override
    async def close(self) -> None:
        await self._link.close()


@dataclass
class Scene:
    """A house with the line to its one terminal."""

    house: House
    line: Line
    disk: FaultyDisk | None = None
    points: dict[Failpoint, Callable[[], None]] = field(default_factory=dict)

    def reach(self, point: Failpoint) -> None:
        """Do what the test wants done there, once."""
        self.points.pop(point, lambda: None)()

    def set_disk(self, seconds: float) -> None:
        """From here on an fsync takes this long."""
        self.house.disk_s = seconds

    async def sell(self, posd: Posd, amount: int) -> PaymentIntent:
        """A sale, and time for its dialogue."""
        intent = await ordered(posd, amount)
        with suppress(Refused):  # a terminal that is gone before it answers
            await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
        await asyncio.sleep(DIALOGUE_S)
        return intent


@asynccontextmanager
async def scene(folder: Path, rule: StorageRule = StorageRule.OLD) -> AsyncIterator[Scene]:
    """A terminal that has sold before, and a house without a posd yet."""
    async with asyncio.TaskGroup() as group:
        house = House(folder)
        terminal = Terminal(
            Settings(storage_rule=rule), MemoryLedger(), now=lambda: utc(house.clock.wall_ms())
        )
        running = group.create_task(terminal.run(), name="terminal")
        line = Line(terminal, group)
        on = Scene(house, line)
        house.devices = {LANE_1: line.open}
        house.reach = on.reach
        async with house.living() as posd:
            first = await on.sell(posd, 500)
            assert attempt_of(posd, first).state is AttemptState.APPROVED
        line.authorisations = 0
        yield on
        running.cancel()
        await terminal.pull_cable()


@virtual
async def test_the_attempt_is_on_disk_with_its_baseline_before_the_first_byte(
    tmp_path: Path,
) -> None:
    seen: list[Attempt] = []
    async with scene(tmp_path) as on, on.house.living() as posd:
        on.line.on_authorisation = lambda: seen.extend(posd.journal.queries.unended_attempts())
        await on.sell(posd, 1250)
    (attempt,) = seen
    assert attempt.state is AttemptState.STARTED
    assert (attempt.baseline.asked, attempt.baseline.receipt) == (True, 1)
    assert on.line.authorisations == 1


@virtual
async def test_three_fsyncs_make_a_payment(tmp_path: Path) -> None:
    vfs = "on-the-wire-counted"
    disk = FaultyDisk(vfs)
    async with scene(tmp_path) as on, on.house.living(vfs=vfs) as posd:
        intent = await ordered(posd, 1250)
        facts, before = posd.journal.tail(posd.journal.head), disk.syncs["-wal"]
        await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
        while attempt_of(posd, intent).state is not AttemptState.APPROVED:
            await anext(facts)
        assert disk.syncs["-wal"] - before == 3
        await asyncio.sleep(DIALOGUE_S)
        assert disk.syncs["-wal"] - before == 3
    disk.unregister()


@RULES
@virtual
async def test_a_status_that_is_not_durable_in_three_seconds_is_refused_and_unknown(
    tmp_path: Path, rule: StorageRule
) -> None:
    async with scene(tmp_path, rule) as on, on.house.living() as posd:
        on.points[Failpoint.BEFORE_STATUS_REPORTED] = lambda: on.set_disk(4.0)
        on.points[Failpoint.AFTER_STATUS_REPORTED] = lambda: on.set_disk(FSYNC_S)
        intent = await on.sell(posd, 1250)
        assert on.line.heard(REFUSAL) == 1
        facts = posd.journal.queries.entries(attempt_of(posd, intent).id)
        assert "OutcomeUnknown" in [entry.kind for entry in facts]
        await asyncio.sleep(RESOLVED_S)
        assert_proven(posd, intent, on.line)


@RULES
@virtual
async def test_a_status_that_cannot_be_made_durable_is_refused_once_and_ends_the_process(
    tmp_path: Path, rule: StorageRule
) -> None:
    vfs = f"on-the-wire-{rule.value}"
    disk = FaultyDisk(vfs)
    async with scene(tmp_path, rule) as on:

        async def life() -> None:
            async with on.house.living(vfs=vfs) as posd:
                on.points[Failpoint.BEFORE_STATUS_REPORTED] = lambda: fail(disk)
                await on.sell(posd, 1250)

        with pytest.raises(BaseExceptionGroup) as ended:
            await life()
        assert ended.value.subgroup(JournalFailed) is not None
        await asyncio.sleep(DIALOGUE_S)
        assert on.line.heard(REFUSAL) == 1
        async with on.house.living() as posd:
            await asyncio.sleep(RESOLVED_S)
            (intent, _first) = posd.journal.queries.payment_intents(2)
            assert_proven(posd, intent, on.line)
    disk.unregister()


def fail(disk: FaultyDisk) -> None:
    disk.fail = "-wal"


@pytest.mark.no_cover
@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("message", range(1, 9))
@RULES
@virtual
async def test_a_cable_pulled_at_any_message_repeats_nothing_and_loses_nothing(
    tmp_path: Path, rule: StorageRule, message: int, moment: Moment
) -> None:
    async with scene(tmp_path, rule) as on, on.house.living() as posd:
        on.line.terminal.faults.arm(At(message, moment, Cut(for_s=5.0)))
        intent = await on.sell(posd, 1250)
        await asyncio.sleep(RESOLVED_S)
        assert on.line.authorisations == 1
        assert_proven(posd, intent, on.line)


@RULES
@virtual
async def test_a_terminal_that_falls_silent_is_asked_and_nothing_is_sent_twice(
    tmp_path: Path, rule: StorageRule
) -> None:
    async with scene(tmp_path, rule) as on, on.house.living() as posd:
        on.line.terminal.faults.arm(At(3, Moment.BEFORE, Silence(for_s=30.0)))
        intent = await on.sell(posd, 1250)
        await asyncio.sleep(2 * RESOLVED_S)
        assert on.line.authorisations == 1
        assert_proven(posd, intent, on.line)


@virtual
async def test_a_terminal_still_busy_with_the_payment_is_asked_until_it_is_ready(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, StorageRule.NEW) as on, on.house.living() as posd:
        on.line.terminal.cardholder.tap_after_s = 25.0
        on.line.terminal.faults.arm(At(3, Moment.AFTER, Cut(for_s=1.0)))
        intent = await on.sell(posd, 1250)
        assert on.line.terminal.busy
        assert attempt_of(posd, intent).state is AttemptState.UNKNOWN
        await asyncio.sleep(RESOLVED_S)
        assert attempt_of(posd, intent).state is AttemptState.APPROVED
        assert on.line.booked() == [500, 1250]


def assert_proven(posd: Posd, intent: PaymentIntent, line: Line) -> None:
    """posd and the terminal's book agree on the second sale."""
    state = attempt_of(posd, intent).state
    charged = line.booked() == [500, 1250]
    assert charged or line.booked() == [500]
    expected = {AttemptState.APPROVED} if charged else PROVEN_NOT
    assert state in expected


PROVEN_NOT = {AttemptState.NOT_CHARGED, AttemptState.NOT_SENT, AttemptState.ABORTED}
