"""Made-up card numbers to look for where none may be."""

from typing import Final

LENGTHS: Final = range(13, 20)
SEPARATORS: Final = ("", " ", "-", ".", "  ", "\N{NO-BREAK SPACE}")
_DIGITS: Final = "492913578024864209"
_GROUP_DIGITS: Final = 4


def canary(length: int) -> str:
    """A number of so many digits with a right check digit."""
    body = _DIGITS[: length - 1]
    return next(body + digit for digit in "0123456789" if _luhn(body + digit))


def grouped(number: str, separator: str) -> str:
    """In groups of four, as cards show it."""
    return separator.join(
        number[at : at + _GROUP_DIGITS] for at in range(0, len(number), _GROUP_DIGITS)
    )


def _luhn(number: str) -> bool:
    total = 0
    for place, char in enumerate(reversed(number)):
        digit = int(char) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0
