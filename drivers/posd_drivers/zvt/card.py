"""ZVT's words in those of the port, which are Stripe's: the one place where they meet.

Card types and brands: zvt.md 12.4 and Stripe's `card_present`. What Stripe has no brand for
(girocard, Bancontact …) is `unknown`, and `brand_product` names it.
"""

from functools import lru_cache

from posd_drivers.card_reader import (
    GENERIC_DECLINE,
    BrandTotals,
    CardDetails,
    Kind,
    Step,
    Totals,
    Transaction,
)
from posd_drivers.zvt.charset import Charset, decode_text
from posd_drivers.zvt.codes import (
    CARD_TYPES,
    HOST_RESULTS_NOT_BCD,
    RESULT_OK,
    RESULT_OTHER,
    split_remove_card,
)
from posd_drivers.zvt.fields import Fields
from posd_drivers.zvt.messages import IntermediateStatus, StatusInformation
from posd_drivers.zvt.outcome import tells_an_error
from posd_drivers.zvt.tlv import find

BRANDS: dict[int, str] = {
    6: "mastercard",
    8: "amex",
    10: "visa",
    11: "visa",
    12: "diners",
    13: "visa",
    14: "jcb",
    46: "mastercard",
    197: "visa",
    198: "unionpay",
    232: "discover",
}
"""Stripe's brand by ZVT card type (BMP 8A, tag 41)."""

BRANDS_BY_RID: dict[str, str] = {
    "A000000003": "visa",
    "A000000004": "mastercard",
    "A000000025": "amex",
    "A000000042": "cartes_bancaires",
    "A000000065": "jcb",
    "A000000152": "discover",
    "A000000333": "unionpay",
    "A000000384": "eftpos_au",
}
"""Stripe's brand by the registered provider of the EMV application (the AID's first 5 bytes)."""

READ_METHODS: dict[int, str] = {
    0x00: "magnetic_stripe_track2",
    0x01: "contact_emv",
    0x02: "contactless_emv",
}
"""Tag 1F12."""

VERIFICATIONS: dict[int, str] = {
    0x00: "none",
    0x01: "signature",
    0x02: "online_pin",
    0x03: "offline_pin",
    0x04: "offline_pin",
    0x05: "offline_pin_and_signature",
    0x06: "offline_pin_and_signature",
    0x07: "online_pin",
}
"""Tag 1F10. BMP 19 = 70 is no proof of a PIN (card complete) and is not read here."""

STEPS: dict[int, Step] = {
    0x00: Step.CONFIRM_AMOUNT,
    0x01: Step.FOLLOW_READER,
    0x02: Step.FOLLOW_READER,
    0x03: Step.CARD_NOT_ACCEPTED,
    0x04: Step.AUTHORISING,
    0x05: Step.REVERSING,
    0x06: Step.MAINTENANCE,
    0x07: Step.CARD_NOT_ACCEPTED,
    0x08: Step.CARD_NOT_ACCEPTED,
    0x09: Step.CARD_NOT_ACCEPTED,
    0x0A: Step.PRESENT_CARD,
    0x0B: Step.REMOVE_CARD,
    0x0C: Step.CARD_UNREADABLE,
    0x0D: Step.READER_TROUBLE,
    0x0F: Step.MAINTENANCE,
    0x10: Step.CARD_NOT_ACCEPTED,
    0x11: Step.FOLLOW_READER,
    0x12: Step.READER_TROUBLE,
    0x13: Step.CARD_NOT_ACCEPTED,
    0x14: Step.CARD_NOT_ACCEPTED,
    0x15: Step.WRONG_PIN,
    0x16: Step.CARD_NOT_ACCEPTED,
    0x18: Step.CARD_NOT_ACCEPTED,
    0x19: Step.CARD_UNREADABLE,
    0x1A: Step.MAINTENANCE,
    0x26: Step.FOLLOW_READER,
    0x27: Step.FOLLOW_READER,
    0x28: Step.FOLLOW_READER,
    0x29: Step.FOLLOW_READER,
    0x2A: Step.PRESENT_CARD,
    0x2B: Step.AUTHORISING,
    0x2C: Step.FOLLOW_READER,
    0x4B: Step.REMOVE_CARD,
    0x68: Step.FOLLOW_READER,
    0x69: Step.FOLLOW_READER,
    0x6A: Step.ENTER_PIN,
    0x6B: Step.ENTER_PIN,
    0x6C: Step.ENTER_PIN,
    0x6D: Step.ENTER_PIN,
    0xC7: Step.FOLLOW_READER,
    0xC8: Step.WAITS_FOR_CASHIER,
    0xC9: Step.MAINTENANCE,
    0xCA: Step.MAINTENANCE,
    0xCB: Step.READER_TROUBLE,
    0xCC: Step.ENTER_PIN,
    0xD2: Step.CONNECTING,
    0xD3: Step.AUTHORISING,
    0xE0: Step.FOLLOW_READER,
    0xE1: Step.FOLLOW_READER,
    0xE2: Step.MAINTENANCE,
    0xF1: Step.AUTHORISING,
    0xF2: Step.AUTHORISING,
    0xF3: Step.AUTHORISING,
}
"""Intermediate status. "Approved" (1B, 1C) and "declined" (1D) are no steps: not final (M2, M4)."""

DECLINE_CODES: dict[int, str] = {
    0x37: "incorrect_pin",
    0x67: "card_not_supported",
    0x68: "card_not_supported",
    0x71: "insufficient_funds",
    0x76: "card_not_supported",
    0x78: "expired_card",
    0x7A: "card_not_supported",
    0xD2: "card_not_supported",
    0xEA: "card_not_supported",
}
"""Stripe's `decline_code` by result (zvt.md 12.2), where the manual itself says why.

Of the network's own results (01 to 63) it names one: 37, a wrong PIN (8.1). The others are the
network's business, and networks differ.
"""

BRANDS_OF_TOTALS: dict[str, str] = {
    "JCB": "jcb",
    "Mastercard": "mastercard",
    "American Express": "amex",
    "Visa": "visa",
    "Diners": "diners",
}
"""Stripe's brand by kind of card in a turnover (BMP 60); others keep the manual's word."""

_HIDDEN_EXPIRY = "9999"
_CENTURY = 2000
_RID_DIGITS = 10
_TRANSACTIONS_KEPT_MAX = 16
"""A payment of each reader of a large store; nothing is in it that posd does not keep anyway."""


def step_of(message: IntermediateStatus) -> Step:
    """What the terminal waits for; what posd has no word for is `please_wait`."""
    if message.code in STEPS:
        return STEPS[message.code]
    code, remove_card = split_remove_card(message.code)
    return Step.REMOVE_CARD if remove_card else STEPS.get(code, Step.PLEASE_WAIT)


def decline_code(result: int) -> str:
    """Why a card or its issuer said no, as Stripe's `decline_code`."""
    return DECLINE_CODES.get(result, GENERIC_DECLINE)


@lru_cache(_TRANSACTIONS_KEPT_MAX)
def transaction(
    message: StatusInformation, charset: Charset, kind: Kind | None = None
) -> Transaction:
    """A status information as the port's transaction. Without a result it is not an approval.

    It is asked for when the status comes, at the completion, and for the outcome. `kind` is what it
    is if that is known; its own words tell a reversal and an end of day from the rest. A character
    set that the message names (zvt.md 5.4) beats `charset`, the terminal's.
    """
    fields = message.fields
    result = _result(message)
    charset = fields.charset or charset
    return Transaction(
        kind=_kind(fields) if kind is None else kind,
        terminal_id=fields.terminal_id,
        amount=fields.amount,
        currency=fields.currency,
        result_code=result,
        receipt=fields.receipt,
        trace=fields.trace,
        turnover=fields.turnover,
        tip=fields.tip,
        date=fields.date,
        time=fields.time,
        card=card_details(fields, charset),
        text=_text(fields, charset),
        original_trace=fields.original_trace,
        totals=totals(fields),
        at_risk=fields.at_risk and result == RESULT_OK and _kind(fields) is Kind.SALE,
    )


def totals(fields: Fields) -> Totals | None:
    """The turnover it tells (BMP 60); None if it tells none, or none that can be read.

    The sum is the terminal's own (BMP 04) where it tells one.
    """
    told = fields.totals
    if told is None:
        return None
    brands = tuple(
        BrandTotals(BRANDS_OF_TOTALS.get(each.card, each.card), each.count, each.amount)
        for each in told.cards
    )
    amount = told.amount if fields.amount is None else fields.amount
    return Totals(amount, brands, told.first_receipt, told.last_receipt)


def card_details(fields: Fields, charset: Charset) -> CardDetails:
    """What a receipt may show of the card."""
    aid = None if fields.aid is None else fields.aid.hex().upper()
    exp_month, exp_year = _expiry(fields.expiry)
    name = _line(fields.card_name, charset) or _line(fields.product_name, charset)
    application = _line(fields.application_name, charset)
    return CardDetails(
        brand=_brand(fields.card_type, aid),
        brand_product=name or application or CARD_TYPES.get(fields.card_type or 0),
        last4=None if fields.pan is None else fields.pan.last4,
        exp_month=exp_month,
        exp_year=exp_year,
        read_method=_word(READ_METHODS, fields.read_method),
        cardholder_verification_method=_word(VERIFICATIONS, fields.verification),
        dedicated_file_name=aid,
        application_preferred_name=application,
        authorization_code=_line(fields.authorisation, charset),
        acquirer_contract=_line(fields.contract, charset),
    )


def _result(status: StatusInformation) -> int:
    """Its result; where an ok is contradicted, what contradicts it (zvt.md 8.1).

    While the command runs its completion or its abort says which of the two is right. When a
    receipt is repeated nothing does: what is told of it must not prove an approval (M5).
    """
    result, of_host = status.fields.result, status.fields.host_result
    if result == RESULT_OK and of_host is not None and of_host in HOST_RESULTS_NOT_BCD:
        return of_host
    if result is None or (result == RESULT_OK and tells_an_error(status)):
        return RESULT_OTHER
    return result


def _kind(fields: Fields) -> Kind:
    if fields.totals is not None:
        return Kind.END_OF_DAY
    return Kind.SALE if fields.original_trace is None else Kind.REVERSAL


def _brand(card_type: int | None, aid: str | None) -> str:
    by_application = BRANDS_BY_RID.get((aid or "")[:_RID_DIGITS], "unknown")
    return by_application if card_type is None else BRANDS.get(card_type, by_application)


def _expiry(digits: str | None) -> tuple[int | None, int | None]:
    """Month and year of YYMM; nothing if the terminal hides it or the month is none."""
    if digits is None or digits == _HIDDEN_EXPIRY or not 1 <= int(digits[2:]) <= 12:
        return None, None
    return int(digits[2:]), _CENTURY + int(digits[:2])


def _text(fields: Fields, charset: Charset) -> str | None:
    """Additional text, or the texts for the display, or the make's own words for an error.

    Hosts part their lines by CR.
    """
    octets = fields.text or find(fields.objects, 0x24, 0x07) or fields.vendor_error_text
    if not octets:
        return None
    return decode_text(octets, charset).replace("\r\n", "\n").replace("\r", "\n")


def _line(octets: bytes | None, charset: Charset) -> str | None:
    if octets is None:
        return None
    return decode_text(octets, charset).strip() or None


def _word(words: dict[int, str], code: int | None) -> str | None:
    return None if code is None else words.get(code)
