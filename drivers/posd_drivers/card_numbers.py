"""Card numbers in a text, however they are grouped: the wide net, of no protocol.

A driver masks what its protocol says is card data. This is for where more may have slipped
through, and for what is to be shown to anybody.
"""

import re
from collections.abc import Iterator
from typing import Final

DIGITS_MIN: Final = 13
DIGITS_MAX: Final = 19
"""Of a card number (ISO/IEC 7812-1)."""
SHOWN_DIGITS: Final = 4
MASK: Final = "*"

_DIGITS: Final = re.compile(r"[0-9]+")
_RUN: Final = re.compile(r"[0-9]+(?:[ .\-\xa0]{1,2}[0-9]+)*")
"""Digits in one piece, or in groups with one or two blanks (U+00A0 too), dots or dashes between."""


def masked(line: str) -> str:
    """The line with all but the last four digits of every card number replaced by `*`.

    A card number is 13 to 19 digits with a right check digit, whole groups of a run of digits. A
    number that looks like one by chance is masked too. The line keeps its length, and what is no
    digit stays as it is.
    """
    while (places := set(_hidden(line))) != set():
        line = "".join(MASK if at in places else char for at, char in enumerate(line))
    return line


def has_check_digit(digits: list[int]) -> bool:
    """Whether Luhn's sum is right (ISO/IEC 7812-1, annex B)."""
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _hidden(line: str) -> Iterator[int]:
    """Where a digit stands that must not be shown."""
    for run in _RUN.finditer(line):
        groups = [range(*group.span()) for group in _DIGITS.finditer(line, *run.span())]
        for first in range(len(groups)):
            places: list[int] = []
            for group in groups[first:]:
                places += group
                if len(places) > DIGITS_MAX:
                    break
                if len(places) >= DIGITS_MIN and has_check_digit([int(line[at]) for at in places]):
                    yield from places[:-SHOWN_DIGITS]
