"""Amounts, and the one table between Stripe's unit and the terminal's (M10).

Stripe counts most currencies in hundredths and some in whole units; a terminal counts in the minor
unit of ISO 4217. Where both agree, the same integer serves both. Where they differ or where nobody
has tested, posd refuses: a factor of a hundred is no rounding error.
"""

from typing import Final

AMOUNT_MIN: Final = 1
AMOUNT_MAX: Final = 99_999_999
"""Stripe's limit of eight digits; a ZVT amount holds twelve."""

AGREED_DIGITS: Final = {
    "bgn": 2,
    "chf": 2,
    "clp": 0,
    "czk": 2,
    "dkk": 2,
    "eur": 2,
    "gbp": 2,
    "jpy": 0,
    "nok": 2,
    "pln": 2,
    "ron": 2,
    "sek": 2,
    "usd": 2,
}
"""Currencies in which Stripe's unit is ISO 4217's minor unit, with that unit's decimal digits.

Not here: isk and ugx (Stripe counts hundredths, ISO 4217 whole units), mga (the other way round),
huf and twd (hundredths that must end in 00), and whatever nobody has tried.
"""


class CurrencyRefused(Exception):
    """No tested conversion between Stripe's unit and a terminal's for this currency."""


def terminal_amount(amount: int, currency: str) -> int:
    """Stripe's integer as the terminal's. Raises CurrencyRefused.

    `amount` is in Stripe's minor units of `currency`, a lower-case ISO 4217 code.
    """
    if currency not in AGREED_DIGITS:
        raise CurrencyRefused(currency)
    return amount
