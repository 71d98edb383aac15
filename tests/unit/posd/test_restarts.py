"""Terminals that stand idle restart once a night, in their window and in nobody's way."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typing_extensions import override

from posd.clock import utc
from posd.errors import Refused as PaymentRefused
from posd.journal.store import Journal
from posd.model.attempt import AttemptState
from posd.model.facts import (
    AttemptApproved,
    AttemptNotCharged,
    DiscrepancyFound,
    Fact,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd.model.reboot_window import RebootWindow
from posd.model.store_facts import ManagerActed
from posd.restarts import Restarts
from posd_drivers.ability import Readiness
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import DriverError, NotSent, Refused, Unsupported
from tests.unit.posd import records
from tests.unit.posd.house import LANE_1, TILL, attempt_of, ordered, paid
from tests.unit.posd.journal.conftest import clock, journal
from tests.unit.posd.journal.scenario import (
    ATTEMPT,
    CHARGE,
    NOVEMBER_MS,
    READER,
    Facts,
    TurnedClock,
    intent,
    reader,
    started,
)
from tests.unit.posd.one_configuration import Stripe, account_default, store
from tests.unit.posd.stage import ScriptedTerminal
from tests.unit.posd.virtual import JumpingClock, virtual

__all__ = ["clock", "journal"]

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_S = 3600.0
IDLE = Readiness(ready=True, status=0)
HOUR_MS, MINUTE_MS = 3_600_000, 60_000
TWO_TO_FOUR = account_default(reboot_window={"start_hour": 2, "end_hour": 4})
COMPLETES_AFTER_S = 2.0
AWAY_S = 60.0


@dataclass
class RestartingTerminal(ScriptedTerminal):
    """Is away for a minute after each restart, and remembers by its own clock when they were."""

    clock: JumpingClock = field(default_factory=JumpingClock)
    restarts: list[str] = field(default_factory=list)
    restarted: asyncio.Event = field(default_factory=asyncio.Event)
    back_at_s: float = 0.0

    @override
    async def open(self) -> CardReader:
        if asyncio.get_running_loop().time() < self.back_at_s:
            raise NotSent("still restarting")
        return await super().open()

    @override
    async def restart(self) -> None:
        self.restarts.append(f"{utc(self.clock.wall_ms()).astimezone(BERLIN):%d %H}")
        self.restarted.set()
        await asyncio.sleep(COMPLETES_AFTER_S)
        self._fault("restart")
        self.back_at_s = asyncio.get_running_loop().time() + AWAY_S
        self.unplugged.set()


@pytest.mark.no_cover
@virtual
async def test_an_idle_terminal_restarts_each_night_and_sells_again(tmp_path: Path) -> None:
    terminal = RestartingTerminal()
    async with store(tmp_path, Stripe(TWO_TO_FOUR), terminal).living() as posd:
        await asyncio.sleep(27 * HOUR_S)
        assert terminal.restarts == ["01 02", "02 02"]
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED


@virtual
async def test_without_a_window_nothing_ever_restarts(tmp_path: Path) -> None:
    terminal = RestartingTerminal()
    async with store(tmp_path, Stripe(account_default()), terminal).living():
        await asyncio.sleep(4 * HOUR_S)
    assert terminal.restarts == []


@virtual
async def test_a_posd_that_starts_again_in_the_night_does_not_restart_it_twice(
    tmp_path: Path,
) -> None:
    terminal = RestartingTerminal()
    house = store(tmp_path, Stripe(TWO_TO_FOUR), terminal)
    async with house.living():
        await asyncio.sleep(1.5 * HOUR_S)
    async with house.living():
        await asyncio.sleep(3 * HOUR_S)
    assert terminal.restarts == ["01 02"]


@pytest.mark.parametrize("no", [Unsupported("reset"), Refused(0x9C)])
@virtual
async def test_a_terminal_that_does_not_restart_is_left_alone_for_the_night(
    tmp_path: Path, no: DriverError
) -> None:
    terminal = RestartingTerminal(faults={"restart": [no]})
    async with store(tmp_path, Stripe(TWO_TO_FOUR), terminal).living() as posd:
        await asyncio.sleep(4 * HOUR_S)
        assert terminal.restarts == ["01 02"]
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED


async def test_a_driver_that_knows_no_restart_says_so() -> None:
    with pytest.raises(Unsupported):
        await ScriptedTerminal().restart()


@virtual
async def test_while_it_restarts_a_sale_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    terminal = RestartingTerminal()
    async with store(tmp_path, Stripe(TWO_TO_FOUR), terminal).living() as posd:
        await terminal.restarted.wait()
        order = await ordered(posd)
        before = posd.journal.head
        with pytest.raises(PaymentRefused) as refused:
            await posd.payments.process(LANE_1, order.id, actor=TILL, claim=None)
        assert refused.value.code == "terminal_reader_offline"
        assert posd.journal.head == before


@virtual
async def test_a_sale_that_comes_in_the_same_moment_goes_first(tmp_path: Path) -> None:
    terminal = RestartingTerminal()
    async with store(tmp_path, Stripe(account_default()), terminal).living() as posd:
        order = await ordered(posd)
        handed_over = asyncio.Event()

        async def due_while_a_till_asks(_reader: str, _told: Readiness) -> bool:
            handed_over.set()
            await asyncio.sleep(1)
            return True

        posd.fleet.attachments[LANE_1]._restart_due = due_while_a_till_asks
        await handed_over.wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(posd.payments.process(LANE_1, order.id, actor=TILL, claim=None))
            await asyncio.sleep(5)
        assert attempt_of(posd, order).state is AttemptState.APPROVED
        assert terminal.restarts == []


class Night:
    """Whether the reader is due, asked of a journal at times that the test chooses."""

    def __init__(self, journal: Journal, clock: TurnedClock) -> None:
        self.window = RebootWindow(1, 23)
        self._clock = clock
        self._journal = journal
        self.restarts = Restarts(journal, clock, BERLIN, lambda _reader: self.window)

    async def happened(self, *facts: Fact) -> None:
        await self._journal.commit(Facts(facts))

    async def is_due(self, after_ms: int, told: Readiness = IDLE) -> bool:
        """So long after 01:00 in Berlin."""
        self._clock.now_ms = NOVEMBER_MS + after_ms
        return await self.restarts.due(READER, told)


@pytest.fixture
async def night(journal: Journal, clock: TurnedClock) -> Night:
    night = Night(journal, clock)
    await night.happened(reader())
    return night


async def test_it_is_due_once_in_a_window_and_in_the_next_again(night: Night) -> None:
    assert await night.is_due(0)
    assert not await night.is_due(10 * MINUTE_MS)
    assert not await night.is_due(21 * HOUR_MS)
    assert not await night.is_due(23 * HOUR_MS)
    assert await night.is_due(24 * HOUR_MS)


async def test_a_window_that_is_moved_brings_no_second_restart(night: Night) -> None:
    assert await night.is_due(0)
    night.window = RebootWindow(13, 14)
    assert not await night.is_due(12 * HOUR_MS)
    assert await night.is_due(36 * HOUR_MS)


async def test_none_is_due_while_a_payment_is_young(night: Night) -> None:
    await night.happened(intent(), started())
    sold = AttemptApproved(ATTEMPT, CHARGE, 1250, Proof.DIALOGUE, records.GIROCARD)
    await night.happened(StatusReported(ATTEMPT, records.GIROCARD, accepted=True), sold)
    assert not await night.is_due(5 * MINUTE_MS - 1)
    assert await night.is_due(5 * MINUTE_MS)


@pytest.mark.parametrize(
    "open_",
    [
        (),
        (OutcomeUnknown(ATTEMPT, "link_lost"),),
        (OutcomeUnknown(ATTEMPT, "link_lost"), PersonNeeded(ATTEMPT, "not_in_time")),
    ],
    ids=["in dialogue", "unknown", "with a person"],
)
async def test_none_is_due_while_a_payment_is_not_proven(
    night: Night, open_: tuple[Fact, ...]
) -> None:
    await night.happened(intent(), started(), *open_)
    assert not await night.is_due(HOUR_MS)


async def test_none_is_due_while_a_proof_contradicts_a_person(night: Night) -> None:
    await night.happened(
        intent(),
        started(),
        OutcomeUnknown(ATTEMPT, "link_lost"),
        PersonNeeded(ATTEMPT, "not_in_time"),
        AttemptNotCharged(ATTEMPT, Proof.PERSON, reason="asked the issuer"),
        DiscrepancyFound(ATTEMPT, "last_transaction", records.GIROCARD),
    )
    assert not await night.is_due(HOUR_MS)


@virtual
async def test_a_manager_has_it_restart_within_a_minute_whatever_it_says_of_itself(
    tmp_path: Path,
) -> None:
    terminal = RestartingTerminal()
    async with store(tmp_path, Stripe(account_default()), terminal).living() as posd:
        await posd.restarts.ask_for(LANE_1, "It hangs.", actor="page:manager")
        await asyncio.sleep(60)
        assert len(terminal.restarts) == 1
        entries = posd.journal.queries.history("store")
        newest = posd.journal.queries.entry(max(entries))
        assert newest is not None
        assert newest.fact == ManagerActed("restart", LANE_1, "It hangs.")
        assert newest.actor == "page:manager"
        await asyncio.sleep(HOUR_S)
        assert len(terminal.restarts) == 1
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED


async def test_a_wish_counts_for_two_minutes_and_for_a_terminal_that_takes_no_card(
    night: Night,
) -> None:
    night.window = RebootWindow(13, 14)
    wants = Readiness(ready=False, status=0xF0)
    assert not await night.is_due(0, wants)
    await night.restarts.ask_for(READER, "It hangs.", actor="key_1")
    assert await night.is_due(MINUTE_MS, wants)
    assert not await night.is_due(MINUTE_MS, wants)
    await night.restarts.ask_for(READER, "It hangs.", actor="key_1")
    assert not await night.is_due(3 * MINUTE_MS, wants)


async def test_by_itself_only_a_terminal_that_takes_cards_restarts(night: Night) -> None:
    assert not await night.is_due(0, Readiness(ready=False, status=0xF0))
    assert await night.is_due(0)


async def test_no_wish_restarts_the_only_witness_of_a_payment(night: Night) -> None:
    await night.restarts.ask_for(READER, "It hangs.", actor="key_1")
    await night.happened(intent(), started())
    assert not await night.is_due(MINUTE_MS)
    with pytest.raises(PaymentRefused, match="witness"):
        await night.restarts.ask_for(READER, "It hangs.", actor="key_1")
    with pytest.raises(PaymentRefused, match="No such"):
        await night.restarts.ask_for("tmr_nobody", "It hangs.", actor="key_1")
