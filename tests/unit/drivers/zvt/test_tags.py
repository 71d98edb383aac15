import re

import pytest

from posd_drivers.zvt.coding import Coding
from posd_drivers.zvt.tags import BY_NAME, BY_NUMBER, TABLE
from tests.tidy.tree import ROOT

# Typed from zvt.md 13, line by line.
MANUAL = """
07 09 08 0A 0B 0C 13 10 11 12 14 15 16 17 18 19 1A 1B 1C 1D 1E 1F00 20 21 22 23 24 25 26 27 28
2B 2C 2D 2E 34 35 2F 30 31 32 40 41 42 44 4A 43 45 46 47 48 49 4B 4C 4D 60 61 62 6A
64 65 66 67 68 69
1F01 1F02 1F03 1F04 1F05 1F06 1F07 1F37 1F0B 1F10 1F11 1F12 1F13 1F14 1F15 1F16 1F17 1F1F 1F73
1F20 1F21 1F1E 1F25 1F36 1F30 1F26 1F2B 1F38 1F39 1F3A 1F3B 1F40 1F41 1F42 1F43 1F44
1F45 1F46 1F47 1F4C 1F4D 1F4F 1F50 1F54 1F55 1F56 1F57 1F58 1F59 1F5B 1F60 1F62 1F63 1F6A
1F6B 1F6C 1F70 1F71 1F72 1F76 1F78 1F79
E1 E2 E3 E4 E6 E7 E8 E9 EA
D0 D1 C0 DF01
FF40 FF41
"""
# Named in other sections only: 5.1, 5.3, 6.1, 6.2, 8.3 to 8.5, and inside others in 13.
ELSEWHERE = """
1F08 1F80 1F81 1F82 1F83 1F3F 29 2A 33 1F2E 1F2F 1F51 1F52 1F53 1F5E 1F5F 1F1D
1F0E 1F0F 1F19 1F1A
"""
CONSTRUCTED_BIT = 0x20
RAW_AGAINST_THEIR_BIT = frozenset({0xFF40, 0xFF41})


def test_every_tag_of_the_manual_has_a_row() -> None:
    typed = [int(number, 16) for number in (MANUAL + ELSEWHERE).split()]
    assert len(typed) == len(set(typed))
    assert set(BY_NUMBER) == set(typed)


def test_numbers_and_names_are_unique() -> None:
    assert len(BY_NUMBER) == len(BY_NAME) == len(TABLE)
    assert all(row.name.isidentifier() for row in TABLE)


def test_what_holds_objects_has_the_constructed_bit() -> None:
    """zvt.md 5.3: bit 6; Feig's two are raw."""
    for row in TABLE:
        first = row.number.to_bytes(2, "big").lstrip(b"\0")[0]
        constructed = bool(first & CONSTRUCTED_BIT) and row.number not in RAW_AGAINST_THEIR_BIT
        assert (row.coding is Coding.OBJECTS) is constructed, row


def test_what_may_stand_inside_another_names_one_that_holds_objects() -> None:
    within = [row.within for row in TABLE if row.within is not None]
    assert within
    assert all(BY_NUMBER[number].coding is Coding.OBJECTS for number in within)


@pytest.mark.parametrize(
    ("name", "number", "coding"),
    [
        ("text_line", 0x07, Coding.TEXT),
        ("receipt", 0x08, Coding.BCD),
        ("charset", 0x14, Coding.OCTETS),
        ("open_preauthorisations", 0x23, Coding.OBJECTS),
        ("aid", 0x43, Coding.OCTETS),
        ("ef_id", 0x4D, Coding.CARD),
        ("track_1", 0x1F08, Coding.CARD),
        ("card_apdu", 0x1F46, Coding.CARD),
        ("card_apdu_error", 0x1F47, Coding.CARD),
        ("long_trace", 0x1F2B, Coding.BCD),
        ("tip", 0x1F36, Coding.BCD),
    ],
)
def test_what_posd_acts_on(name: str, number: int, coding: Coding) -> None:
    assert (BY_NAME[name].number, BY_NAME[name].coding) == (number, coding)


def test_every_row_names_a_section_that_exists() -> None:
    document = (ROOT / "docs" / "zvt.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^#+ (\d+(?:\.\d+)?)", document, re.MULTILINE))
    assert {row.section for row in TABLE} <= sections
