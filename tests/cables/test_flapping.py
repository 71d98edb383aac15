"""A plug that comes and goes ten times a second, in a payment, on every kind of line (F4)."""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from posd.model.attempt import AttemptState
from posd.steadiness import PAUSE_S_MAX
from posd_simulator.terminal.faults import At, Cut, Moment
from posd_simulator.terminal.settings import Settings, StorageRule
from tests.cables.lines import Line
from tests.cables.shop import Lane, Plan, held, opened, until

CYCLES: Final = 200
CYCLE_S: Final = 0.1
OUT_S: Final = 0.05
FIRST_OPENINGS: Final = 6
"""So many come sooner than PAUSE_S_MAX after each other."""
OPENINGS_MAX: Final = CYCLES * CYCLE_S / PAUSE_S_MAX + FIRST_OPENINGS
BACK_S: Final = 60.0
AMOUNT: Final = 1200
NEXT_AMOUNT: Final = 1300
STATUS_INFORMATION: Final = 7
"""The message of a payment that reports its result, counted from the command."""
SETTINGS: Final = Settings(storage_rule=StorageRule.NEW, host_delay_s=0.05)
"""What the terminal has stored stands: a payment that is made twice would be in its book twice."""


def told(caplog: pytest.LogCaptureFixture, lane: Lane) -> list[str]:
    """What was logged of a reader: level and event."""
    return [
        f"{record.levelname} {record.getMessage().partition(' reader=')[0]}"
        for record in caplog.records
        if f"reader={lane.reader} " in record.getMessage()
    ]


async def paid_in_the_flapping(lane: Lane) -> str:
    """A payment whose cable begins to flap when the terminal tells that it was approved."""
    lane.terminal.faults.arm(At(STATUS_INFORMATION, Moment.BEFORE, Cut()))
    intent = await lane.pay(AMOUNT)
    await until(lambda: not lane.terminal.cable.plugged, BACK_S, "the payment never came so far")
    await lane.flap(CYCLES, CYCLE_S, OUT_S)
    return intent


@pytest.mark.timeout(240)
async def test_two_hundred_flaps_are_one_loss_and_one_payment_and_leave_nothing_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    caplog.set_level(logging.INFO)
    async with opened(tmp_path, [Plan(line, SETTINGS) for line in Line]) as lanes:
        before = held()
        caplog.clear()
        openings = [lane.opened for lane in lanes]
        async with asyncio.TaskGroup() as flapping:
            paying = [flapping.create_task(paid_in_the_flapping(lane)) for lane in lanes]
        openings = [lane.opened - then for lane, then in zip(lanes, openings, strict=True)]
        for lane in lanes:
            await lane.until_online(BACK_S)
        with suppress(AssertionError):  # what differs is said below
            await until(lambda: held() == before, BACK_S, "something is left behind")
        assert held() == before
        for lane, intent, opened_again in zip(lanes, paying, openings, strict=True):
            with subtests.test(lane.line.value):
                assert opened_again <= OPENINGS_MAX
                alarms = [one for one in told(caplog, lane) if one.startswith("WARNING")]
                assert alarms == ["WARNING reader lost"]
                assert lane.state(intent.result()) is AttemptState.APPROVED
                assert (lane.commands(), lane.booked(AMOUNT)) == (1, 1)
                await lane.pay(NEXT_AMOUNT)
                await lane.until_booked(NEXT_AMOUNT, BACK_S)
