"""The cable is pulled at every message of a payment, over USB as over a serial line (F4).

Every run meets each message once, over one of the two kinds of USB; with `POSD_EVERY_CABLE=1` each
message is met before, inside and after, by both storage rules, on every line. In virtual time every
move of money meets the same in `tests/simulation/stories/test_link_loss.py`.
"""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from typing_extensions import override

from posd.model.attempt import AttemptState
from posd_simulator.terminal.faults import At, Cut, Moment
from posd_simulator.terminal.settings import Settings, StorageRule
from tests.cables.lines import EVERY_CABLE, Line
from tests.cables.shop import AUTHORISATION, Lane, Plan, opened, until
from tests.figures import FIGURE

SETTINGS: Final = Settings(host_delay_s=0.05)
OUT_S: Final = 0.3
INSIDE_BYTE: Final = 5
FIRST_AMOUNT: Final = 1000
BACK_S: Final = 120.0
"""A terminal waits three times T3, 5 s, for the till that it lost."""
TERMINALS_OF_EACH: Final = 8
"""On each line and by each rule, at most: what takes long is waiting."""
SEEN_S: Final = 0.5
USABLE_S: Final = 3.0
BUSY: Final = 5
"""A machine that has other things to do may take so many times as long."""
REPLUGS: Final = 2
AWAY_S: Final = 2.0
"""Long enough for posd to open it less often."""


@dataclass(frozen=True, slots=True)
class Case:
    """Where the cable is pulled."""

    line: Line
    rule: StorageRule
    message: int
    moment: Moment

    @override
    def __str__(self) -> str:
        where = f"{self.moment.value} message {self.message}"
        return f"{self.line.value}, {self.rule.value} rule, {where}"


ENDED: Final = frozenset({AttemptState.APPROVED, AttemptState.NOT_CHARGED, AttemptState.ABORTED})


def cases(messages: int) -> list[Case]:
    """Each message once, in turn over what else there is; or everything."""
    numbers = range(1, messages + 1)
    if EVERY_CABLE:
        return list(itertools.starmap(Case, itertools.product(Line, StorageRule, numbers, Moment)))
    usb, rules, moments = (Line.CDC, Line.BULK), tuple(StorageRule), tuple(Moment)
    return [
        Case(usb[number % 2], rules[number // 2 % 2], number, moments[number % 3])
        for number in numbers
    ]


async def messages_of_a_payment(lane: Lane) -> int:
    """From the command to the answer to the completion, both sides counted."""
    await paid(lane, FIRST_AMOUNT)
    said = [message.line for message in lane.terminal.messages]
    return len(said) - next(at for at, line in enumerate(said) if line.startswith(AUTHORISATION))


async def paid(lane: Lane, amount: int) -> None:
    """An ordinary payment, to its good end."""
    intent = await lane.pay(amount)
    await until(lambda: lane.state(intent) is AttemptState.APPROVED, BACK_S, "not approved")
    await until(lambda: lane.is_free, BACK_S, "not free")
    assert lane.booked(amount) == 1


async def charged(lane: Lane, case: Case, amount: int) -> bool:
    """Whether a payment was charged in which the cable was out for a moment."""
    commands, opened_before = lane.commands(), lane.opened
    lane.terminal.faults.arm(At(case.message, case.moment, Cut(OUT_S), byte=INSIDE_BYTE))
    intent = await lane.pay(amount)
    await until(lambda: lane.state(intent) in ENDED, BACK_S, f"{case}: the payment never ends")
    approved = lane.state(intent) is AttemptState.APPROVED
    assert lane.booked(amount) == approved, case
    assert lane.commands() - commands <= 1, case
    await until(lambda: lane.opened > opened_before and lane.is_free, BACK_S, f"{case}: not back")
    return approved


async def in_turn(lane: Lane, mine: Sequence[Case]) -> list[bool]:
    """Which of these cases charged, each with an amount of its own; then an ordinary payment."""
    endings = [
        await charged(lane, case, FIRST_AMOUNT + 100 * number)
        for number, case in enumerate(mine, 1)
    ]
    await paid(lane, FIRST_AMOUNT)
    return endings


def shared_out(met: Sequence[Case]) -> list[tuple[Plan, list[Case]]]:
    """A terminal for some of the cases on its line and by its rule, and which these are."""
    return [
        (Plan(line, replace(SETTINGS, storage_rule=rule)), mine)
        for line, rule in itertools.product(Line, StorageRule)
        for first in range(TERMINALS_OF_EACH)
        if (
            mine := [it for it in met if (it.line, it.rule) == (line, rule)][
                first::TERMINALS_OF_EACH
            ]
        )
    ]


@pytest.mark.timeout(900 if EVERY_CABLE else 300)
async def test_a_cable_that_is_pulled_at_any_message_loses_no_payment_and_doubles_none(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Terminals and till agree in the end, and nobody has to be asked."""
    async with opened(tmp_path_factory.mktemp("first"), [Plan(Line.CDC, SETTINGS)]) as (lane,):
        messages = await messages_of_a_payment(lane)
    shared = shared_out(cases(messages))
    plans = [plan for plan, _ in shared]
    async with opened(tmp_path_factory.mktemp("all"), plans) as lanes, asyncio.TaskGroup() as group:
        trials = [
            group.create_task(in_turn(lane, mine))
            for lane, (_, mine) in zip(lanes, shared, strict=True)
        ]
        endings = [ending for trial in trials for ending in await trial]
    assert len(endings) == len(cases(messages))
    assert set(endings) == {True, False}, "it is met undone and done"


@pytest.mark.timeout(180)
async def test_a_cable_is_seen_to_be_out_and_in_again(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """How soon is a figure: what holds on any machine is that it is a matter of seconds."""
    async with opened(tmp_path, [Plan(line, SETTINGS) for line in Line]) as lanes:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(replugged(lane)) for lane in lanes]
        for lane, task in zip(lanes, tasks, strict=True):
            seen_s, usable_s = task.result()
            told = (
                f"unplugged, seen after {seen_s:.2f} s; plugged in, usable after {usable_s:.2f} s"
            )
            record_property(FIGURE, f"{lane.line.value}: {told}")


async def replugged(lane: Lane) -> tuple[float, float]:
    """The longest it took to be seen to be out, and to be usable again, in seconds."""
    seen_s, usable_s = list[float](), list[float]()
    for _ in range(REPLUGS):
        await lane.terminal.pull_cable()
        seen_s.append(await until(lambda: not lane.online, BUSY * SEEN_S, "not seen"))
        await asyncio.sleep(AWAY_S)
        lane.terminal.cable.plug()
        usable_s.append(await lane.until_online(BUSY * USABLE_S))
    return max(seen_s), max(usable_s)
