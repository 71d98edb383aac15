"""The cards a cardholder may hold: Stripe's simulated cards, with ZVT's words for them.

Numbers are those of Stripe's "Test Stripe Terminal", simulated cards; only the last four digits
are kept. Card types are the decimal codes of ZVT (A, table of card types, BMP 8A).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the terminal reads it.

    Attributes:
        name: Stripe's name of the simulated card, unique in `CARDS`.
        label: The product name the terminal prints (BMP 8B).
        last4: The last four digits of the card number.
        digits: How many digits the card number has.
        card_type: ZVT card type, 0..254 (BMP 8A).
        aid: The EMV application identifier (TLV 43).
        refusal: The host code (ISO 8583, decimal) its issuer always answers, or None.
    """

    name: str
    label: str
    last4: str
    card_type: int
    aid: bytes
    digits: int = 16
    refusal: int | None = None


_VISA = bytes.fromhex("A0000000031010")
_MASTERCARD = bytes.fromhex("A0000000041010")
_AMEX = bytes.fromhex("A000000025010801")
_DISCOVER = bytes.fromhex("A0000001523010")
_JCB = bytes.fromhex("A0000000651010")
_UNIONPAY = bytes.fromhex("A000000333010101")
_GIROCARD = bytes.fromhex("A0000003591010028001")

_ROWS = (
    Card("visa", "VISA", "4242", 10, _VISA),
    Card("visa_debit", "VISA DEBIT", "5556", 10, _VISA),
    Card("mastercard", "MASTERCARD", "4444", 6, _MASTERCARD),
    Card("mastercard_debit", "DEBIT MASTERCARD", "8210", 6, _MASTERCARD),
    Card("mastercard_prepaid", "MASTERCARD PREPAID", "5100", 6, _MASTERCARD),
    Card("amex", "AMERICAN EXPRESS", "0005", 8, _AMEX, digits=15),
    Card("amex2", "AMERICAN EXPRESS", "8431", 8, _AMEX, digits=15),
    Card("discover", "DISCOVER", "1117", 232, _DISCOVER),
    Card("discover2", "DISCOVER", "9424", 232, _DISCOVER),
    Card("diners", "DINERS", "0004", 12, _DISCOVER),
    Card("diners_14digits", "DINERS", "1667", 12, _DISCOVER, digits=14),
    Card("jcb", "JCB", "0505", 14, _JCB),
    Card("unionpay", "UNIONPAY", "0005", 198, _UNIONPAY),
    Card("girocard_debit", "GIROCARD", "6877", 5, _GIROCARD, digits=19),
    Card("card_declined", "VISA", "0002", 10, _VISA, refusal=5),
    Card("insufficient_funds", "VISA", "9995", 10, _VISA, refusal=51),
    Card("lost_card", "VISA", "9987", 10, _VISA, refusal=41),
    Card("stolen_card", "VISA", "9979", 10, _VISA, refusal=43),
    Card("expired_card", "VISA", "0069", 10, _VISA, refusal=54),
    Card("processing_error", "VISA", "0119", 10, _VISA, refusal=96),
)

CARDS = {card.name: card for card in _ROWS}
"""Every card by Stripe's name for it."""

DEFAULT_CARD = "visa"
DECLINED_CARD = "card_declined"
