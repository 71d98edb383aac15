"""The manual's code tables: results, intermediate and terminal status, card types, currencies.

From A rev 13.08, in its order and numbers; rows of later revisions and of vendors say so.
An unknown code is shown as a number and never fails.
"""

from typing import Final

from posd_drivers.errors import Unsupported

RESULT_OK: Final = 0x00
RESULT_ABORTED: Final = 0x6C
RESULT_WRONG_CURRENCY: Final = 0x6F
RESULT_UNSUPPORTED: Final = 0x83
RESULT_PARSE_ERROR: Final = 0x9A
RESULT_PLEASE_WAIT: Final = 0x9C
RESULT_PREAUTHORISATION: Final = 0xB8
RESULT_OTHER: Final = 0xFF
COMPLETION_UPDATE: Final = 0xE0
COMPLETION_RESTART: Final = 0xFC
"""Results in a completion after which the terminal is gone for minutes (card complete)."""
HOST_RESULTS = range(0x01, 0x64)
"""Results of the network's own business, decimal 1 to 99."""
HOST_RESULTS_NOT_BCD = range(0xA0, 0xB0)
"""The network's too, told in BMP A0 beside a result (27) of 00 (A, chapter 10)."""

RESULTS: dict[int, str] = {
    0x00: "ok",
    0x64: "card not readable",
    0x65: "card data not present",
    0x66: "processing error",
    0x67: "not permitted for ec and Maestro cards",
    0x68: "not permitted for credit and fuel cards",
    0x6A: "turnover store full",
    0x6B: "not registered or deactivated",
    0x6C: "abort by timeout or stop key",
    0x6E: "card on blocked list",
    0x6F: "wrong currency",
    0x71: "credit on chip too low",
    0x72: "chip error",
    0x73: "card data wrong",
    0x74: "DUKPT exhausted",
    0x75: "text not authentic",
    0x76: "PAN not on allow list",
    0x77: "end-of-day not possible",
    0x78: "card expired",
    0x79: "card not yet valid",
    0x7A: "card unknown",
    0x7B: "fallback not possible for girocard",
    0x7C: "fallback not possible",
    0x7D: "communication error",
    0x7E: "fallback not possible, debit advice possible",
    0x83: "not possible, not supported",
    0x85: "key missing",
    0x89: "PIN pad defective",
    0x9A: "protocol error",
    0x9B: "dial-up error",
    0x9C: "please wait",
    0xA0: "receiver not ready",
    0xA1: "remote station does not answer",
    0xA3: "no connection",
    0xA4: "submission of Geldkarte not possible",
    0xA5: "refused by PCI or P2PE rules",
    0xB1: "memory full",
    0xB2: "merchant journal full",
    0xB4: "already reversed",
    0xB5: "reversal not possible",
    0xB7: "pre-authorisation amount wrong",
    0xB8: "pre-authorisation error",
    0xBF: "supply voltage",
    0xC0: "card locking mechanism defective",
    0xC1: "merchant card locked",
    0xC2: "diagnosis required",
    0xC3: "over maximum amount",
    0xC4: "card profile invalid",
    0xC5: "payment method not supported",
    0xC6: "currency not applicable",
    0xC8: "amount too small",
    0xC9: "maximum amount too small",
    0xCB: "only in euro",
    0xCC: "printer not ready",
    0xCD: "cashback not possible",
    0xD2: "not permitted for service cards",
    0xDC: "card inserted",
    0xDD: "error on card eject",
    0xDE: "error on card insert",
    0xE0: "remote maintenance activated",
    0xE2: "card reader does not answer",
    0xE3: "shutter closed",
    0xE4: "terminal activation required",
    0xE7: "goods group not found",
    0xE8: "no goods group table",
    0xE9: "restriction code",
    0xEA: "card code not permitted",
    0xEB: "PIN algorithm unknown",
    0xEC: "PIN processing not possible",
    0xED: "PIN pad defective",
    0xF0: "end-of-day batch pending",
    0xF1: "offline error",
    0xF5: "OPT error",
    0xF6: "OPT data not available",
    0xFA: "error sending offline transactions",
    0xFB: "turnover record defective",
    0xFC: "device not present or defective",
    0xFD: "baud rate not supported",
    0xFE: "register unknown",
    0xFF: "other error, see tags 1F16 and 1F17",
}
"""Results (BMP 27), aborts (06 1E) and negative answers (84 xx)."""

INTERMEDIATE_STATUS: dict[int, str] = {
    0x00: "waiting for amount confirmation",
    0x01: "look at the PIN pad",
    0x02: "look at the PIN pad",
    0x03: "not accepted",
    0x04: "waiting for the host",
    0x05: "automatic reversal",
    0x06: "post-bookings",
    0x07: "card not admitted",
    0x08: "card unknown",
    0x09: "card expired",
    0x0A: "insert card",
    0x0B: "remove card",
    0x0C: "card not readable",
    0x0D: "processing error",
    0x0E: "please wait",
    0x0F: "automatic end-of-day",
    0x10: "card invalid",
    0x11: "balance",
    0x12: "malfunction",
    0x13: "payment not possible",
    0x14: "credit too low",
    0x15: "wrong PIN",
    0x16: "limit too low",
    0x17: "please wait",
    0x18: "PIN tries used up",
    0x19: "card data wrong",
    0x1A: "service mode",
    0x1B: "approved, fill up",
    0x1C: "approved, take the goods",
    0x1D: "declined",
    0x26: "enter mobile number",
    0x27: "repeat mobile number",
    0x28: "currency selection",
    0x29: "language selection",
    0x2A: "insert card to load",
    0x2B: "offline emergency operation",
    0x2C: "debit or credit selection",
    0x4A: "unused",
    0x5E: "contactless reading done",  # 13.13
    0x68: "customer card detected",
    0x69: "currency conversion selection",
    0x6A: "PIN entry",  # 13.13, as are the next three
    0x6B: "PIN entry",
    0x6C: "PIN entry",
    0x6D: "PIN entry",
    0xA0: "payment processed",  # Ingenico, as are the next five
    0xA1: "payment processed",
    0xA2: "payment cancelled",
    0xA3: "payment cancelled",
    0xA4: "cancellation not possible",
    0xA5: "cancellation not possible",
    0xC7: "enter mileage",
    0xC8: "waiting for the cashier",
    0xC9: "automatic diagnosis",
    0xCA: "automatic initialisation",
    0xCB: "journal full",
    0xCC: "debit advice not possible, PIN required",
    0xD2: "dialling",
    0xD3: "connected",
    0xE0: "application selection",
    0xE1: "language selection",
    0xE2: "use the cleaning card",
    0xF1: "offline",
    0xF2: "online",
    0xF3: "offline transaction",
    0xFF: "see tag 24",
}
"""Intermediate status (04 FF), without "and remove the card"."""

_REMOVE_CARD = 0x0B
_REMOVE_CARD_TOO = 0x40
_REMOVABLE = frozenset({*range(0x01, 0x1E), 0x26, 0x27} - {0x0A})

TERMINAL_STATUS: dict[int, str] = {
    0x00: "ready",
    0x51: "initialisation required",
    0x62: "date and time wrong",
    0x64: "re-insert card",
    0x65: "OPT action required",
    0x9C: "please wait",
    0x9D: "partial issue of goods pending",
    0xB1: "memory full",
    0xB2: "merchant journal full",
    0xBF: "supply voltage",
    0xC0: "card locking mechanism defective",
    0xC1: "diagnosis required",
    0xC2: "diagnosis required",
    0xC4: "update required",
    0xCC: "printer not ready",
    0xDC: "card inserted",
    0xDF: "out of order",
    0xE0: "remote maintenance activated",
    0xE1: "card not removed",
    0xE2: "card reader does not answer",
    0xE3: "shutter closed",
    0xE4: "terminal activation required",
    0xF0: "end-of-day required",
    0xF6: "OPT data not available",
}
"""Terminal status: completion of a status enquiry (05 01)."""

CARD_TYPES: dict[int, str] = {
    2: "ec-card",
    5: "girocard",
    6: "Mastercard",
    8: "American Express",
    9: "debit advice",
    10: "Visa",
    11: "Visa Electron",
    12: "Diners",
    13: "V PAY",
    14: "JCB",
    15: "REKA",
    16: "Esso",
    18: "DKV",
    20: "Shell",
    22: "DEA",
    24: "LeasePlan",
    27: "UTA",
    30: "Geldkarte",
    46: "Maestro",  # also what most debit Mastercards come as: show BMP 8B, not this
    69: "PostFinance",
    87: "Bancontact",
    97: "Alipay",
    107: "Alipay",
    111: "instant payment",
    113: "WeChat",  # 13.13, as are 114 to 118 and 261
    114: "WeChat",
    115: "WeChat",
    116: "WeChat",
    117: "WeChat",
    118: "WeChat",
    127: "AirPlus",
    180: "paysafecard",
    181: "paysafecard",
    196: "Dankort",
    197: "Visa Dankort",
    198: "UnionPay",
    217: "Austria Card",
    232: "Discover",
    256: "MIFARE",
    258: "Ratenkauf",
    260: "BlueCode",
    261: "WeChat",
}
"""Card types (BMP 8A, or tag 41 where one byte is not enough), decimal as in the manual."""

LANGUAGES: dict[int, str] = {
    0x00: "de",
    0x01: "en",
    0x02: "fr",
    0x03: "it",
    0x04: "hu",
    0x05: "sl",
    0x06: "es",
    0x07: "cs",
    0x08: "sv",
    0x09: "nl",
    0x0A: "pl",
    0x0B: "sk",
    0x0C: "da",
    0x0D: "el",
    0x0E: "pt",
    0x0F: "lt",
}
"""Languages (08 30) by ISO 639-1 code."""

CURRENCY_NUMBERS: dict[str, int] = {
    "aud": 36,
    "bgn": 975,
    "cad": 124,
    "chf": 756,
    "czk": 203,
    "dkk": 208,
    "eur": 978,
    "gbp": 826,
    "huf": 348,
    "jpy": 392,
    "nok": 578,
    "pln": 985,
    "ron": 946,
    "sek": 752,
    "try": 949,
    "usd": 840,
}
"""ISO 4217 numeric codes by lower-case alphabetic code."""

_CURRENCY_BY_NUMBER = {number: code for code, number in CURRENCY_NUMBERS.items()}


def result_text(code: int) -> str:
    """What a result, an abort code or a negative answer means."""
    if code in HOST_RESULTS:
        return f"host result {code}"
    return RESULTS.get(code, f"result {code:02X}")


def intermediate_text(code: int) -> str:
    """What an intermediate status asks for."""
    base, remove_card = split_remove_card(code)
    text = INTERMEDIATE_STATUS.get(base, f"intermediate status {base:02X}")
    return f"{text}, remove card" if remove_card and base != _REMOVE_CARD else text


def split_remove_card(code: int) -> tuple[int, bool]:
    """An intermediate status without "and remove the card", and whether it said so."""
    base = code - _REMOVE_CARD_TOO
    return (base, True) if base in _REMOVABLE else (code, False)


def terminal_status_text(code: int) -> str:
    """What the terminal needs before it is ready."""
    return TERMINAL_STATUS.get(code, f"terminal status {code:02X}")


def currency_number(currency: str) -> int:
    """The ISO 4217 number of a lower-case code, or of a number that `currency_code` had to leave.

    Raises Unsupported for any other.
    """
    if currency in CURRENCY_NUMBERS:
        return CURRENCY_NUMBERS[currency]
    if len(currency) == 3 and currency.isascii() and currency.isdecimal():
        return int(currency)
    raise Unsupported(f"no ISO 4217 number for currency {currency!r}")


def currency_code(number: int) -> str:
    """The lower-case ISO 4217 code; its three digits if the table lacks it.

    Never an "absent": an unknown currency must not look like none (M5).
    """
    return _CURRENCY_BY_NUMBER.get(number, f"{number:03}")
