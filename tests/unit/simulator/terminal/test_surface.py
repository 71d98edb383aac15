"""Display and paper on behalf of the till; bytes typed from zvt.md 6.1, 8.4 and 11."""

from tests.unit.simulator.terminal.book import entry, stored
from tests.unit.simulator.terminal.till import GOOD, REGISTER_PRINTING, Till


def test_lines_for_the_display() -> None:
    till = Till()
    # F1 "Hallo", F2 "Welt", three seconds.
    assert till.says("06 E0 11 F0 03 F1 F0 F5 48 61 6C 6C 6F F2 F0 F4 57 65 6C 74") == [GOOD]
    assert till.shown[0] == "Hallo\nWelt"
    assert not till.pt.busy


def test_a_line_and_a_block_for_the_paper() -> None:
    till = Till()
    assert till.says("06 D1 06 40 48 61 6C 6C 81") == [GOOD]
    assert till.says("06 D3 0C 06 0A 25 08 07 02 48 69 07 02 84 62") == [GOOD]
    assert till.printed == [("Hallü",), ("Hi", "äb")]


def test_without_paper_nothing_is_printed() -> None:
    till = Till()
    till.pt.machine.status = 0xCC
    assert till.says("06 D1 02 00 48") == ["84 CC 00"]
    assert till.says("06 D3 08 06 06 25 04 07 02 48 69") == ["84 CC 00"]
    assert till.printed == []


def test_receipts_of_the_open_period_are_printed_again() -> None:
    book = stored(entry("sale", 1), entry("closing", 1), entry("sale", 2), entry("sale", 3))
    till = Till(book=book).registers()
    assert till.runs("06 12 07 00 00 00 00 01 00 02") == ["06 0F 00"]
    assert [receipt[2] for receipt in till.printed] == ["Receipt             0002"] * 2
    assert till.says("06 12 05 00 00 00 00 01") == [GOOD, "06 1E 01 66"]


def test_they_are_printed_again_at_a_till_that_prints() -> None:
    till = Till(book=stored(entry("sale", 1))).registers(REGISTER_PRINTING)
    merchant, customer, completed = till.runs("06 12 05 00 00 00 00 01")
    assert merchant.endswith("1F 07 01 01")
    assert customer.endswith("1F 07 01 02")
    assert completed == "06 0F 00"
