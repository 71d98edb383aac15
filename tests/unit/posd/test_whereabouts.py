"""A reader is found by its terminal and its device, wherever these are plugged in (M5, M7)."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typing_extensions import override

from posd.composition import Posd
from posd.errors import Refused
from posd.live import Trouble
from posd.model.attempt import AttemptState
from posd.model.reader import AcceptAs
from posd.model.reader_facts import ReaderIdentified, StrangerFound
from posd_drivers.card_reader import CardReader, OutcomeProof
from posd_drivers.errors import Refused as TerminalRefused
from tests.unit.posd.counter import (
    FIRST,
    SECOND,
    TRIED_S,
    Counter,
    Plugged,
    accepted,
    history,
    known,
    loses_its_word,
    one_lane,
    other_terminal,
    registered,
)
from tests.unit.posd.house import LANE_1, LANE_2, TILL, TWO_LANES, attempt_of, ordered, paid
from tests.unit.posd.stage import OTHER_ID, TERMINAL_ID, ScriptedTerminal, approves
from tests.unit.posd.virtual import virtual

THIRD = "zvt+tcp://10.0.0.7:3"
HALF_A_PAUSE_S = 2.5
"""Then two readers that are away are not opened at the same moments."""
DEVICE, OTHER_DEVICE = "0b00:0081/A7", "0b00:0081/B8"
BY_PORT = "0b00:0081/@1-4.2"


def two_lanes(folder: Path, first: ScriptedTerminal, second: ScriptedTerminal) -> Counter:
    """A store with two lanes and a terminal at each."""
    return Counter(folder, file=TWO_LANES, cables={FIRST: first, SECOND: second})


@dataclass
class InPlaceOnceOpened(ScriptedTerminal):
    """Another terminal on another device, which is behind the path the moment it is opened."""

    here: Plugged = field(default_factory=Plugged)

    @override
    async def open(self) -> CardReader:
        self.here.at = {FIRST: OTHER_DEVICE}
        return await super().open()


async def sold_at(posd: Posd, reader: str) -> str | None:
    """The id of the terminal that took a payment at this reader."""
    attempt = attempt_of(posd, await paid(posd, reader))
    assert attempt.state is AttemptState.APPROVED
    return attempt.baseline.terminal_id


@virtual
async def test_readers_whose_cables_were_swapped_find_their_own_terminals(tmp_path: Path) -> None:
    first, second = ScriptedTerminal(), other_terminal()
    house = two_lanes(tmp_path, first, second)
    swapped = {FIRST: second, SECOND: first}
    async with house.living() as posd:
        for cables in (swapped, {FIRST: first, SECOND: second}, swapped):
            house.plug(cables)
            await asyncio.sleep(TRIED_S)
            assert await sold_at(posd, LANE_1) == TERMINAL_ID
            assert await sold_at(posd, LANE_2) == OTHER_ID
    async with house.living() as posd:
        await asyncio.sleep(TRIED_S)
        assert await sold_at(posd, LANE_1) == TERMINAL_ID
        assert known(posd, LANE_1).stranger is None


@virtual
async def test_a_reader_that_nobody_met_is_looked_for_where_another_one_has_left(
    tmp_path: Path,
) -> None:
    """The second terminal is busy when the first reader meets it, and does not say who it is."""
    first, second = ScriptedTerminal(), other_terminal()
    house = two_lanes(tmp_path, first, second)
    async with house.living() as posd:
        second.faults["register"] = [TerminalRefused(0x9C)]
        house.plug({FIRST: second, SECOND: first})
        await asyncio.sleep(TRIED_S)
        assert await sold_at(posd, LANE_1) == TERMINAL_ID
        assert await sold_at(posd, LANE_2) == OTHER_ID


@virtual
async def test_whoever_waits_for_a_terminal_is_told_at_once_where_it_was_met(
    tmp_path: Path,
) -> None:
    first, second = ScriptedTerminal(), other_terminal()
    house = two_lanes(tmp_path, first, second)
    async with house.living() as posd:
        house.plug({SECOND: second})
        await asyncio.sleep(HALF_A_PAUSE_S)
        house.plug({})
        await asyncio.sleep(10 * TRIED_S)
        house.plug({SECOND: first})
        while posd.fleet.live(LANE_2).trouble is not Trouble.OTHER_TERMINAL:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(1)
        assert posd.fleet.live(LANE_1).online


@virtual
async def test_where_a_terminal_was_met_another_device_gets_not_one_octet(tmp_path: Path) -> None:
    first, second, third = ScriptedTerminal(), other_terminal(), ScriptedTerminal()
    house = two_lanes(tmp_path, first, second)
    house.plugged = here = Plugged({FIRST: DEVICE, SECOND: OTHER_DEVICE})
    async with house.living() as posd:
        house.plug({FIRST: second, SECOND: first})
        await asyncio.sleep(TRIED_S)
        assert await sold_at(posd, LANE_1) == TERMINAL_ID
        here.at = {FIRST: DEVICE, SECOND: "0b00:0081/C9"}
        house.plug({FIRST: second, SECOND: third})
        await asyncio.sleep(3 * TRIED_S)
        assert third.asked == []
        assert await sold_at(posd, LANE_2) == OTHER_ID


@virtual
async def test_a_payment_in_hand_when_cables_are_swapped_is_proven_by_its_own_terminal(
    tmp_path: Path,
) -> None:
    first, second = ScriptedTerminal(loses_its_word), other_terminal()
    house = two_lanes(tmp_path, first, second)
    async with house.living() as posd:
        intent = await ordered(posd)
        await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
        house.plug({FIRST: second, SECOND: first})
        await asyncio.sleep(TRIED_S)
        assert attempt_of(posd, intent).state is AttemptState.APPROVED
        assert first.asked.count("authorize") == 1
        assert "authorize" not in second.asked


@virtual
async def test_a_terminal_that_hangs_on_another_readers_cable_comes_back_from_there(
    tmp_path: Path,
) -> None:
    first, second = ScriptedTerminal(), other_terminal()
    house = two_lanes(tmp_path, first, second)
    async with house.living() as posd:
        for cables in ({SECOND: first}, {}, {SECOND: first}, {FIRST: first}):
            house.plug(cables)
            await asyncio.sleep(TRIED_S)
            assert posd.fleet.live(LANE_1).online is bool(cables)
            assert not posd.fleet.live(LANE_2).online
        house.plug({FIRST: first, SECOND: second})
        await asyncio.sleep(TRIED_S)
        assert await sold_at(posd, LANE_2) == OTHER_ID


@virtual
async def test_of_two_terminals_with_one_id_the_second_takes_no_payment(tmp_path: Path) -> None:
    house = two_lanes(tmp_path, ScriptedTerminal(), other_terminal())
    async with house.living() as posd:
        house.plug({**house.cables, THIRD: ScriptedTerminal()})
        clone = await registered(posd, THIRD)
        await asyncio.sleep(TRIED_S)
        assert posd.fleet.live(clone.id).trouble is Trouble.SAME_TERMINAL
        assert known(posd, clone.id).terminal_id is None
        with pytest.raises(Refused):
            await paid(posd, clone.id)
        house.plug({**house.cables, SECOND: ScriptedTerminal()})
        await asyncio.sleep(TRIED_S)
        troubles = [posd.fleet.live(reader).trouble for reader in (LANE_1, LANE_2)]
        assert troubles == [None, Trouble.SAME_TERMINAL]
        assert known(posd, LANE_2).stranger is None


@virtual
async def test_another_device_in_its_place_gets_not_one_octet(tmp_path: Path) -> None:
    old, new = ScriptedTerminal(), other_terminal()
    house = one_lane(tmp_path, old)
    house.plugged = here = Plugged({FIRST: DEVICE})
    async with house.living() as posd:
        assert known(posd, LANE_1).device == DEVICE
        here.at = {FIRST: OTHER_DEVICE}
        house.plug({FIRST: new})
        await asyncio.sleep(TRIED_S)
        assert posd.fleet.live(LANE_1).trouble is Trouble.OTHER_DEVICE
        assert new.asked == []
        assert history(posd, LANE_1)[-1] == StrangerFound(LANE_1, None, OTHER_DEVICE)
    async with house.living() as posd:
        await asyncio.sleep(TRIED_S)
        assert new.asked == []
        await accepted(posd, LANE_1, AcceptAs.REPLACEMENT)
        await asyncio.sleep(1)
        assert await sold_at(posd, LANE_1) == OTHER_ID
        proof = OutcomeProof.LAST_TRANSACTION
        now = [fact for fact in history(posd, LANE_1) if isinstance(fact, ReaderIdentified)][-1]
        assert now == ReaderIdentified(LANE_1, OTHER_ID, proof, device=OTHER_DEVICE)


@virtual
async def test_a_device_that_changes_under_an_open_hand_gets_not_one_octet(tmp_path: Path) -> None:
    """The path led to the reader's device when it was asked, and to another once it was open."""
    terminal = ScriptedTerminal()
    house = one_lane(tmp_path, terminal)
    house.plugged = here = Plugged({FIRST: DEVICE})
    async with house.living() as posd:
        terminal.unplug()
        await asyncio.sleep(TRIED_S)
        house.cables = {FIRST: InPlaceOnceOpened(here=here)}
        await asyncio.sleep(TRIED_S)
        assert set(house.cables[FIRST].asked) == {"open", "close"}
        assert posd.fleet.live(LANE_1).trouble is Trouble.OTHER_DEVICE


@virtual
async def test_a_reader_that_is_plugged_in_at_another_port_is_resolved_there(
    tmp_path: Path,
) -> None:
    terminal = ScriptedTerminal(loses_its_word)
    house = one_lane(tmp_path, terminal)
    house.plugged = here = Plugged({FIRST: DEVICE})
    async with house.living() as posd:
        intent = await ordered(posd)
        await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
        here.at = {THIRD: DEVICE}
        house.plug({THIRD: terminal})
        await asyncio.sleep(TRIED_S)
        assert attempt_of(posd, intent).state is AttemptState.APPROVED
        terminal.dialogue = approves
        assert await sold_at(posd, LANE_1) == TERMINAL_ID
    async with house.living() as posd:
        assert posd.fleet.live(LANE_1).online


@virtual
async def test_two_devices_whose_ports_were_renamed_find_their_readers(tmp_path: Path) -> None:
    first, second = ScriptedTerminal(), other_terminal()
    house = two_lanes(tmp_path, first, second)
    house.plugged = here = Plugged({FIRST: DEVICE, SECOND: OTHER_DEVICE})
    async with house.living() as posd:
        here.at = {FIRST: OTHER_DEVICE, SECOND: DEVICE}
        house.plug({FIRST: second, SECOND: first})
        await asyncio.sleep(TRIED_S)
        assert await sold_at(posd, LANE_1) == TERMINAL_ID
        assert await sold_at(posd, LANE_2) == OTHER_ID
        assert known(posd, LANE_1).stranger is None


@virtual
async def test_a_device_that_was_told_from_its_twin_is_the_same_once_the_twin_is_gone(
    tmp_path: Path,
) -> None:
    terminal = ScriptedTerminal()
    house = one_lane(tmp_path, terminal)
    house.plugged = here = Plugged({FIRST: BY_PORT})
    async with house.living() as posd:
        here.at, here.known_as = {FIRST: DEVICE}, {FIRST: BY_PORT}
        house.plug({FIRST: terminal})
        await asyncio.sleep(TRIED_S)
        assert await sold_at(posd, LANE_1) == TERMINAL_ID
        assert known(posd, LANE_1).device == BY_PORT
        assert known(posd, LANE_1).stranger is None


@virtual
async def test_a_device_that_is_nowhere_is_unplugged_and_nothing_else_is_opened(
    tmp_path: Path,
) -> None:
    terminal = ScriptedTerminal()
    house = one_lane(tmp_path, terminal)
    house.plugged = here = Plugged({FIRST: DEVICE})
    async with house.living() as posd:
        here.at = {}
        terminal.unplug()
        terminal.asked.clear()
        terminal.plugged = True
        await asyncio.sleep(TRIED_S)
        assert posd.fleet.live(LANE_1).trouble is Trouble.CABLE
        assert "open" not in terminal.asked
        assert known(posd, LANE_1).stranger is None
