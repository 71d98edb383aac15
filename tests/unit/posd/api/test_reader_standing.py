"""How a reader stands, for a till that waits for it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from posd.api.reader_standing import NEEDS, STATUSES, reader_standing
from posd.live import Live, Trouble
from posd.model.attempt import Attempt
from posd.snapshot.views import ReaderStatus
from posd.texts.sayings import Saying
from posd_drivers.ability import Need
from posd_drivers.card_reader import Step
from tests.unit.posd import records
from tests.unit.posd.api.test_waiting import Till, goes_by_steps, now, till_at
from tests.unit.posd.house import LANE_1, ordered
from tests.unit.posd.stage import ScriptedTerminal
from tests.unit.posd.test_render import PERSON, UNKNOWN
from tests.unit.posd.virtual import virtual

ONLINE = Live(online=True, trouble=None)


async def asks(till: Till, reader: str = LANE_1, **params: str | int) -> dict[str, Any]:
    answer = await till.client.get(f"/posd/v1/readers/{reader}", params=params)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize(
    ("attempt", "live", "status", "saying"),
    [
        (None, ONLINE, ReaderStatus.ONLINE, Saying.READER_READY),
        (
            None,
            Live(online=True, trouble=None, need=Need.CLOCK),
            ReaderStatus.NOT_READY,
            Saying.READER_CLOCK,
        ),
        (
            None,
            Live(online=False, trouble=Trouble.CABLE),
            ReaderStatus.OFFLINE,
            Saying.READER_CABLE,
        ),
        (
            None,
            Live(online=False, trouble=Trouble.UPDATING),
            ReaderStatus.AWAY,
            Saying.READER_UPDATING,
        ),
        (records.attempt(), ONLINE, ReaderStatus.BUSY, Saying.READER_BUSY),
        (
            records.attempt(),
            Live(online=True, trouble=None, step=Step.ENTER_PIN),
            ReaderStatus.BUSY,
            Saying.ENTER_PIN,
        ),
        (records.attempt(UNKNOWN), ONLINE, ReaderStatus.RESOLVING, Saying.READER_RESOLVING),
        (
            records.attempt(UNKNOWN, PERSON),
            ONLINE,
            ReaderStatus.NEEDS_A_PERSON,
            Saying.NEEDS_A_PERSON,
        ),
    ],
)
def test_what_a_cashier_is_told(
    attempt: Attempt | None, live: Live, status: ReaderStatus, saying: Saying
) -> None:
    stands = reader_standing(records.reader(), attempt, live)
    assert (stands.status, stands.saying) == (status, saying)
    assert (stands.payment_intent is None) is (attempt is None)


def test_there_is_something_to_say_of_every_reader() -> None:
    assert set(STATUSES) == set(ReaderStatus)
    assert set(NEEDS) == set(Need)


@virtual
async def test_who_names_nothing_is_answered_at_once(tmp_path: Path) -> None:
    async with till_at(tmp_path, ScriptedTerminal()) as till:
        began = now()
        told = await asks(till, wait=25)
        assert (told["status"], told["takes_payments"], now()) == ("online", True, began)
        assert told["cashier_text"] == "The card reader is ready."
        assert (await asks(till, language="de"))["language"] == "de"


@virtual
async def test_a_till_that_waits_is_told_each_step_when_it_comes(tmp_path: Path) -> None:
    async with till_at(tmp_path, ScriptedTerminal(dialogue=goes_by_steps)) as till:
        intent = await ordered(till.posd)
        told = await asks(till)
        steps: list[tuple[str, str | None, bool]] = []
        await till.posd.payments.process(LANE_1, intent.id, actor="key_posd_till", claim=None)
        while told["status"] != "online" or not steps:
            told = await asks(till, wait=25, known=told["version"])
            steps.append((told["status"], told["step"], told["payment_intent"] == intent.id))
        assert steps == [
            ("busy", "present_card", True),
            ("busy", "enter_pin", True),
            ("online", None, False),
        ]


@virtual
async def test_nothing_new_is_said_when_the_time_is_up(tmp_path: Path) -> None:
    async with till_at(tmp_path, ScriptedTerminal()) as till:
        version, began = (await asks(till))["version"], now()
        assert (await asks(till, wait=5, known=version))["version"] == version
        assert now() - began == pytest.approx(5)


@virtual
async def test_a_reader_that_is_lost_wakes_who_waits(tmp_path: Path) -> None:
    terminal = ScriptedTerminal()
    async with till_at(tmp_path, terminal) as till:
        version = (await asks(till))["version"]
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(asks(till, wait=25, known=version))
            await asyncio.sleep(1)
            terminal.unplug()
        assert waiting.result()["takes_payments"] is False


@virtual
async def test_of_a_reader_that_is_not_posds_nothing_is_known(tmp_path: Path) -> None:
    async with till_at(tmp_path, ScriptedTerminal()) as till:
        answer = await till.client.get("/posd/v1/readers/tmr_stripes")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "resource_missing")
