"""A terminal that is not ready; zvt.md 7.5 and 12.3."""

import pytest

from posd_simulator.terminal.events import Timer
from posd_simulator.terminal.ledger import Book
from tests.unit.simulator.terminal.till import GOOD, PAY_12_50, Till

CLOSE, DIAGNOSE, INITIALISE = "06 50 03 00 00 00", "06 70 00", "06 93 03 00 00 00"
SET_CLOCK = "06 91 0B 00 00 00 AA 26 11 24 0C 06 07 08"


def locked(status: int) -> Till:
    till = Till(book=Book()).registers()
    till.pt.machine.status = status
    return till


@pytest.mark.parametrize(
    ("status", "code", "cure"),
    [
        (0x51, "6B", INITIALISE),
        (0x62, "6B", SET_CLOCK),
        (0x62, "6B", DIAGNOSE),
        (0xB1, "B1", CLOSE),
        (0xC1, "C1", DIAGNOSE),
        (0xC2, "C2", DIAGNOSE),
        (0xF0, "F0", CLOSE),
    ],
)
def test_every_command_is_aborted_but_the_one_that_cures(status: int, code: str, cure: str) -> None:
    till = locked(status)
    assert till.says("05 01 03 00 00 00") == [GOOD, f"06 0F 01 {status:02X}"]
    till.says(GOOD)
    assert till.says(PAY_12_50) == [GOOD, f"06 1E 01 {code}"]
    till.says(GOOD)
    assert till.runs(cure)[-1] == "06 0F 00"
    assert till.says("05 01 03 00 00 00") == [GOOD, "06 0F 01 00"]


def test_an_update_cures_the_need_for_one() -> None:
    till = locked(0xC4)
    assert till.runs("08 10 00") == ["06 0F 00"]
    assert till.pt.machine.status == 0


@pytest.mark.parametrize("command", [CLOSE, DIAGNOSE, INITIALISE, "06 20 05 00 00 00 03 03"])
def test_a_person_has_to_come_where_no_command_cures(command: str) -> None:
    assert locked(0xDF).says(command)[0] == GOOD
    assert locked(0xDF).says(command)[1].startswith("06 1E 01")


@pytest.mark.parametrize("command", ["06 E0 00", "06 02 00", "06 B0 00"])
def test_what_a_locked_terminal_does_all_the_same(command: str) -> None:
    assert locked(0x51).says(command) == [GOOD]


@pytest.mark.parametrize(("status", "byte"), [(0x51, "01"), (0xC2, "02"), (0xF0, "00")])
def test_registration_tells_what_comes_first(status: int, byte: str) -> None:
    (_, completed) = locked(status).says("06 00 06 00 00 00 10 09 78")
    assert completed == f"06 0F 0A 19 {byte} 29 12 34 56 78 49 09 78"


def test_a_closing_that_was_not_stored_cures_nothing() -> None:
    till = locked(0xF0)
    till.says(CLOSE)
    till.lost()
    till.fires(Timer.STEP)
    assert not till.pt.busy
    assert till.pt.machine.status == 0xF0


def test_an_abort_returns_a_card_that_was_left_inside() -> None:
    till = locked(0xDC)
    assert till.says(PAY_12_50) == [GOOD, "06 1E 01 DC"]
    till.says(GOOD)
    assert till.says("06 B0 00") == [GOOD]
    assert till.pt.machine.status == 0
