"""Days are closed by themselves: once, at their time, in nobody's way, restarts or not."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typing_extensions import override

from posd.clock import utc
from posd.closing_schedule import AFTER_A_NO_S, LOOK_S
from posd.composition import Posd
from posd.config.sections import Config
from posd.model.attempt import Attempt, AttemptState
from posd.model.reader import Reader
from posd_drivers.card_reader import Answer, Attendant, Declined, Totals
from posd_drivers.errors import NotSent, OutcomeUnknown
from tests.unit.posd.house import (
    LANE_1,
    LANE_2,
    TILL,
    House,
    attempt_of,
    config,
    declared,
    ordered,
    paid,
)
from tests.unit.posd.stage import OTHER_ID, ScriptedTerminal, closes, hangs
from tests.unit.posd.virtual import JumpingClock, virtual

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_S = 3600.0
HOUR_MS = 3_600_000
CLOSING_S = 90.0
TEN_PM = "22:00"
EIGHT_PM_MS = round(datetime(2026, 11, 23, 20, tzinfo=BERLIN).timestamp() * 1000)


@dataclass
class ClosingTerminal(ScriptedTerminal):
    """Takes a while to close, and remembers by the store's clock when it was asked to."""

    clock: JumpingClock = field(default_factory=JumpingClock)
    closings: list[str] = field(default_factory=list)
    asked_to_close: asyncio.Event = field(default_factory=asyncio.Event)

    @override
    async def end_of_day(self, attendant: Attendant) -> Answer:
        self.closings.append(f"{utc(self.clock.wall_ms()).astimezone(BERLIN):%d %H:%M}")
        self.asked_to_close.set()
        return await super().end_of_day(attendant)


async def slowly(terminal: ScriptedTerminal, attendant: Attendant) -> Answer:
    """An end of day with a host that takes its time."""
    attendant.acknowledged()
    await asyncio.sleep(CLOSING_S)
    return await closes(terminal, attendant)


def file(*times: str) -> Config:
    """A store whose readers have these times."""
    readers = [
        replace(declared(f"lane-{number}", number), end_of_day=at)
        for number, at in enumerate(times, 1)
    ]
    return config(*readers)


def house(folder: Path, *terminals: ClosingTerminal, times: tuple[str, ...] = (TEN_PM,)) -> House:
    """A store two hours before the end of its day."""
    clock = JumpingClock(EIGHT_PM_MS)
    for terminal in terminals:
        terminal.clock = clock
    devices = {
        reader: terminal.open for reader, terminal in zip((LANE_1, LANE_2), terminals, strict=False)
    }
    return House(folder, devices, file(*times), clock=clock)


def reader_of(posd: Posd, id_: str = LANE_1) -> Reader:
    reader = posd.journal.queries.reader(id_)
    assert reader is not None
    return reader


def latest(posd: Posd, id_: str = LANE_1) -> Attempt:
    attempt = posd.journal.queries.attempt(reader_of(posd, id_).end_of_day or "")
    assert attempt is not None
    return attempt


@virtual
async def test_a_day_is_closed_at_its_time_and_the_next_one_too(tmp_path: Path) -> None:
    terminal = ClosingTerminal(closing=slowly)
    async with house(tmp_path, terminal).living() as posd:
        await paid(posd)
        await asyncio.sleep(24 * HOUR_S)
        assert terminal.closings == ["23 22:00"]
        assert latest(posd).state is AttemptState.APPROVED
        (begun, *_) = posd.journal.queries.entries(latest(posd).id)
        assert (begun.kind, begun.actor) == ("AttemptStarted", "schedule")
        await paid(posd)
        await asyncio.sleep(3 * HOUR_S)
        assert terminal.closings == ["23 22:00", "24 22:00"]


@virtual
async def test_a_day_without_a_payment_is_not_closed(tmp_path: Path) -> None:
    terminal = ClosingTerminal()
    async with house(tmp_path, terminal).living() as posd:
        await paid(posd)
        await asyncio.sleep(30 * HOUR_S)
        assert terminal.closings == ["23 22:00"]
        assert reader_of(posd).takings.empty


@virtual
async def test_off_means_off(tmp_path: Path) -> None:
    terminal = ClosingTerminal()
    async with house(tmp_path, terminal, times=("off",)).living() as posd:
        await paid(posd)
        await asyncio.sleep(24 * HOUR_S)
        assert terminal.closings == []


@virtual
async def test_each_reader_has_its_own_time(tmp_path: Path) -> None:
    first, second = ClosingTerminal(), ClosingTerminal(terminal_id=OTHER_ID)
    async with house(tmp_path, first, second, times=("21:30", "off")).living() as posd:
        for lane in (LANE_1, LANE_2):
            await paid(posd, lane)
        await asyncio.sleep(3 * HOUR_S)
        assert (first.closings, second.closings) == (["23 21:30"], [])


@virtual
async def test_one_reader_is_closed_after_the_other(tmp_path: Path) -> None:
    first = ClosingTerminal(closing=slowly)
    second = ClosingTerminal(closing=slowly, terminal_id=OTHER_ID)
    async with house(tmp_path, first, second, times=(TEN_PM, TEN_PM)).living() as posd:
        for lane in (LANE_1, LANE_2):
            await paid(posd, lane)
        await asyncio.sleep(2 * HOUR_S + LOOK_S)
        assert (first.closings, second.closings) == (["23 22:00"], [])
        await paid(posd, LANE_2)
        await asyncio.sleep(CLOSING_S)
        assert second.closings == ["23 22:01"]


@virtual
async def test_a_payment_that_is_there_first_goes_on_and_the_closing_waits(tmp_path: Path) -> None:
    terminal = ClosingTerminal(hangs)
    async with house(tmp_path, terminal).living() as posd:
        await asyncio.sleep(1.9 * HOUR_S)
        intent = await ordered(posd)
        await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
        await asyncio.sleep(HOUR_S / 6)
        assert terminal.closings == []
        assert attempt_of(posd, intent).state is not AttemptState.APPROVED


@virtual
async def test_a_terminal_that_is_away_is_closed_once_it_is_back(tmp_path: Path) -> None:
    terminal = ClosingTerminal()
    async with house(tmp_path, terminal).living() as posd:
        await paid(posd)
        terminal.unplug()
        await asyncio.sleep(3 * HOUR_S)
        assert terminal.closings == []
        terminal.plugged = True
        await asyncio.sleep(2 * LOOK_S)
        assert terminal.closings == ["23 23:01"]


@virtual
async def test_after_four_hours_a_day_is_left_to_a_person(tmp_path: Path) -> None:
    terminal = ClosingTerminal()
    async with house(tmp_path, terminal).living() as posd:
        await paid(posd)
        terminal.unplug()
        await asyncio.sleep(6.1 * HOUR_S)
        terminal.plugged = True
        await asyncio.sleep(8 * HOUR_S)
        assert terminal.closings == []
        await asyncio.sleep(12 * HOUR_S)
        assert terminal.closings == ["24 22:00"]


@virtual
async def test_a_terminal_that_says_no_is_left_alone_for_a_while(tmp_path: Path) -> None:
    async def refuses(_terminal: ScriptedTerminal, attendant: Attendant) -> Answer:
        attendant.acknowledged()
        return Declined(0xA1)

    terminal = ClosingTerminal(closing=refuses)
    async with house(tmp_path, terminal).living() as posd:
        await paid(posd)
        await asyncio.sleep(2 * HOUR_S + AFTER_A_NO_S - LOOK_S)
        assert terminal.closings == ["23 22:00"]
        terminal.closing = closes
        await asyncio.sleep(AFTER_A_NO_S)
        assert terminal.closings == ["23 22:00", "23 22:15"]
        await asyncio.sleep(HOUR_S)
        assert len(terminal.closings) == 2


@virtual
async def test_a_terminal_with_nothing_to_close_is_asked_once(tmp_path: Path) -> None:
    """It says so by its totals and its no; posd has not seen its period begin."""

    async def refuses(_terminal: ScriptedTerminal, attendant: Attendant) -> Answer:
        attendant.acknowledged()
        return Declined(0x77)

    terminal = ClosingTerminal(closing=refuses)
    async with house(tmp_path, terminal).living():
        await asyncio.sleep(8 * HOUR_S)
        assert terminal.closings == ["23 22:00"]


@virtual
async def test_an_unknown_outcome_is_proven_and_not_closed_again(tmp_path: Path) -> None:
    async def breaks(terminal: ScriptedTerminal, attendant: Attendant) -> Answer:
        attendant.acknowledged()
        terminal.turnover = Totals(0)
        raise OutcomeUnknown("T4")

    terminal = ClosingTerminal(closing=breaks)
    async with house(tmp_path, terminal).living() as posd:
        await paid(posd)
        await asyncio.sleep(8 * HOUR_S)
        assert terminal.closings == ["23 22:00"]
        assert latest(posd).state is AttemptState.APPROVED


@pytest.mark.parametrize("dies_after_s", [1.0, CLOSING_S / 2, CLOSING_S + 1])
@virtual
async def test_a_posd_that_dies_in_the_night_closes_once(
    tmp_path: Path, dies_after_s: float
) -> None:
    """Before, while and after its terminal does; what it does not hear of, it asks for."""
    told = asyncio.Event()

    async def finishes(terminal: ScriptedTerminal, attendant: Attendant) -> Answer:
        attendant.acknowledged()
        asyncio.get_running_loop().call_later(CLOSING_S, _empty, terminal)
        await asyncio.sleep(CLOSING_S)
        told.set()
        return await closes(terminal, attendant)

    terminal = ClosingTerminal(closing=finishes)
    home = house(tmp_path, terminal)
    async with home.living() as posd:
        await paid(posd)
        await terminal.asked_to_close.wait()
        await asyncio.sleep(dies_after_s)
    await asyncio.sleep(2 * CLOSING_S)
    async with home.living() as posd:
        await asyncio.sleep(4 * HOUR_S)
        assert len(terminal.closings) == 1
        assert latest(posd).state is AttemptState.APPROVED
        assert told.is_set() is (dies_after_s > CLOSING_S)


def _empty(terminal: ScriptedTerminal) -> None:
    terminal.turnover = Totals(0)


@virtual
async def test_a_posd_that_was_down_at_the_time_closes_when_it_is_back(tmp_path: Path) -> None:
    terminal = ClosingTerminal()
    home = house(tmp_path, terminal)
    async with home.living() as posd:
        await paid(posd)
        await asyncio.sleep(HOUR_S)
    await asyncio.sleep(2 * HOUR_S)
    async with home.living():
        await asyncio.sleep(2 * LOOK_S)
        (closing,) = terminal.closings
        assert closing in ("23 23:00", "23 23:01")
    async with home.living():
        await asyncio.sleep(3 * HOUR_S)
        assert terminal.closings == [closing]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("noon", "closings"),
    [
        (datetime(2027, 3, 27, 12, tzinfo=BERLIN), ["28 03:30", "29 02:30"]),
        (datetime(2026, 10, 24, 12, tzinfo=BERLIN), ["25 02:30", "26 02:30"]),
    ],
    ids=["the night without a half past two", "the night with two of them"],
)
@virtual
async def test_the_nights_of_clock_changes_close_once(
    tmp_path: Path, noon: datetime, closings: list[str]
) -> None:
    terminal = ClosingTerminal()
    home = house(tmp_path, terminal, times=("02:30",))
    home.clock.now_ms = round(noon.timestamp() * 1000)
    async with home.living() as posd:
        for _ in range(2):
            await paid(posd)
            await asyncio.sleep(12 * HOUR_S)
            await paid(posd)
            await asyncio.sleep(12 * HOUR_S)
        assert terminal.closings == closings


@virtual
async def test_a_clock_that_jumps_closes_once(tmp_path: Path) -> None:
    terminal = ClosingTerminal()
    home = house(tmp_path, terminal)
    async with home.living() as posd:
        await paid(posd)
        home.clock.now_ms += 2 * HOUR_MS
        await asyncio.sleep(2 * LOOK_S)
        assert terminal.closings == ["23 22:01"]
        await paid(posd)
        home.clock.now_ms -= HOUR_MS
        await asyncio.sleep(2 * HOUR_S)
        assert terminal.closings == ["23 22:01"]


@virtual
async def test_a_posd_that_drains_closes_nothing(tmp_path: Path) -> None:
    terminal = ClosingTerminal()
    async with house(tmp_path, terminal).living() as posd:
        await paid(posd)
        await posd.drain()
        await asyncio.sleep(3 * HOUR_S)
        assert terminal.closings == []


@virtual
async def test_what_an_absent_device_does_not_take_is_tried_again(tmp_path: Path) -> None:
    terminal = ClosingTerminal(faults={"end_of_day": [NotSent("EIO")]})
    async with house(tmp_path, terminal).living() as posd:
        await paid(posd)
        await asyncio.sleep(3 * HOUR_S)
        closings = posd.journal.queries.closings_of(LANE_1, 9)
        assert [one.state for one in closings] == [AttemptState.APPROVED, AttemptState.NOT_SENT]
