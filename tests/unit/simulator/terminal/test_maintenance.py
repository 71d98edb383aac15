"""Diagnosis, initialisation, clock, offline store, update; bytes from zvt.md 6.1 and 14.12."""

from datetime import timedelta

import pytest

from posd_simulator.terminal.habits import Habits
from posd_simulator.terminal.settings import Settings
from tests.unit.simulator.terminal.till import GOOD, REGISTER_PRINTING, Till

INITIALISE = "06 93 03 00 00 00"


@pytest.mark.parametrize("command", ["06 70 00", INITIALISE, "06 51 03 00 00 00"])
def test_they_ask_the_host_and_complete(command: str) -> None:
    assert Till().registers().runs(command) == ["06 0F 00"]


def test_a_diagnosis_tells_what_it_waits_for_and_may_set_the_tills_clock() -> None:
    till = Till(settings=Settings(habits=Habits(tells_time=True)))
    till.registers("06 00 06 00 00 00 18 09 78")
    told = till.runs("06 70 05 06 03 1B 01 01")
    assert told == ["04 FF 01 04", "04 01 08 AA 26 11 23 0C 12 34 56", "06 0F 00"]


def test_a_till_that_does_not_list_the_clock_is_not_told_the_time() -> None:
    till = Till(settings=Settings(habits=Habits(tells_time=True))).registers(REGISTER_PRINTING)
    assert till.runs("06 70 00") == ["04 FF 01 04", "06 0F 00"]


def test_the_clock_is_set_to_what_the_till_says() -> None:
    till = Till().registers()
    till.pt.machine.clock_off = timedelta(hours=-3)
    assert till.runs("06 91 0B 00 00 00 AA 26 11 24 0C 06 07 08") == ["06 0F 00"]
    assert till.pt.machine.clock.isoformat() == "2026-11-24T06:07:08+01:00"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("06 91 0B 00 00 00 AA 26 13 40 0C 06 07 08", "84 9A 00"),
        ("06 91 07 00 00 00 AA 26 11 24", "84 9A 00"),
        ("06 91 0B 11 11 11 AA 26 11 24 0C 06 07 08", "84 37 00"),
        ("06 93 03 11 11 11", "84 37 00"),
        ("06 93 00", "84 9A 00"),
        ("06 51 03 11 11 11", "84 37 00"),
        ("08 30 01 10", "84 9A 00"),
        ("08 30 02 01 01", "84 9A 00"),
        ("06 12 03 00 00 00", "84 9A 00"),
        ("06 12 08 00 00 00 00 01 00 02 00", "84 9A 00"),
    ],
)
def test_what_is_refused(command: str, answer: str) -> None:
    assert Till().registers().says(command) == [answer]


@pytest.mark.parametrize(
    ("aborts", "end"), [(False, "06 0F 00"), (True, "06 1E 01 E0")], ids=["completes", "aborts"]
)
@pytest.mark.parametrize("heard", [True, False])
def test_an_update_ends_first_and_is_then_silent_for_minutes(
    *, aborts: bool, end: str, heard: bool
) -> None:
    till = Till(settings=Settings(habits=Habits(update_aborts=aborts))).registers()
    assert till.says("08 10 00") == [GOOD, end]
    if heard:
        till.says(GOOD)
    else:
        till.lost()
    assert till.restarts_s == [240.0]
    assert till.pt.machine.registration.config == 0x86


def test_the_language_is_kept() -> None:
    till = Till()
    assert till.says("08 30 01 01") == [GOOD, "06 0F 00"]
    assert till.pt.machine.language == 1
