"""The cards a cardholder may hold: Stripe's simulated cards, with ZVT's words for them.

Numbers are those of Stripe's "Test Stripe Terminal", simulated cards, which nobody was ever given.
Card types are the decimal codes of ZVT (A, table of card types, BMP 8A). Two of Stripe's cards are
not here, since no terminal's table names their networks: interac and eftpos_au_debit.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the terminal reads it.

    Attributes:
        name: Stripe's name of the simulated card, unique in `CARDS`.
        label: The product name the terminal prints (BMP 8B).
        number: The card number. The terminal tells its last four digits and how long it is.
        card_type: ZVT card type, 0..254 (BMP 8A).
        aid: The EMV application identifier (TLV 43).
        refusal: The host code (ISO 8583, decimal) its issuer always answers, or None.
        wants_pin: Whether its issuer asks for a PIN, whatever the amount.
        refuses_refunds: Whether its issuer declines refunds.
    """

    name: str
    label: str
    number: str
    card_type: int
    aid: bytes
    refusal: int | None = None
    wants_pin: bool = False
    refuses_refunds: bool = False

    @property
    def last4(self) -> str:
        """The last four digits of the card number."""
        return self.number[-4:]


_VISA = bytes.fromhex("A0000000031010")
_MASTERCARD = bytes.fromhex("A0000000041010")
_AMEX = bytes.fromhex("A000000025010801")
_DISCOVER = bytes.fromhex("A0000001523010")
_JCB = bytes.fromhex("A0000000651010")
_UNIONPAY = bytes.fromhex("A000000333010101")
_GIROCARD = bytes.fromhex("A0000003591010028001")

_ROWS = (
    Card("visa", "VISA", "4242424242424242", 10, _VISA),
    Card("visa_debit", "VISA DEBIT", "4000056655665556", 10, _VISA),
    Card("mastercard", "MASTERCARD", "5555555555554444", 6, _MASTERCARD),
    Card("mastercard_debit", "DEBIT MASTERCARD", "5200828282828210", 6, _MASTERCARD),
    Card("mastercard_prepaid", "MASTERCARD PREPAID", "5105105105105100", 6, _MASTERCARD),
    Card("amex", "AMERICAN EXPRESS", "378282246310005", 8, _AMEX),
    Card("amex2", "AMERICAN EXPRESS", "371449635398431", 8, _AMEX),
    Card("discover", "DISCOVER", "6011111111111117", 232, _DISCOVER),
    Card("discover2", "DISCOVER", "6011000990139424", 232, _DISCOVER),
    Card("diners", "DINERS", "3056930009020004", 12, _DISCOVER),
    Card("diners_14digits", "DINERS", "36227206271667", 12, _DISCOVER),
    Card("jcb", "JCB", "3566002020360505", 14, _JCB),
    Card("unionpay", "UNIONPAY", "6200000000000005", 198, _UNIONPAY),
    Card("eftpos_au_visa_debit", "VISA DEBIT", "4000050360000001", 10, _VISA),
    Card("eftpos_au_mastercard_debit", "DEBIT MASTERCARD", "5555050360000080", 6, _MASTERCARD),
    Card("cartes_bancaires_visa_debit", "VISA DEBIT", "4000002500001001", 10, _VISA),
    Card(
        "cartes_bancaires_mastercard_debit", "DEBIT MASTERCARD", "5555552500001001", 6, _MASTERCARD
    ),
    Card("girocard_debit", "GIROCARD", "4711009900000316877", 5, _GIROCARD),
    Card("offline_pin_cvm", "VISA", "4001007020000002", 10, _VISA, wants_pin=True),
    Card("offline_pin_sca_retry", "VISA", "4000008260000075", 10, _VISA, wants_pin=True),
    Card("online_pin_cvm", "VISA", "4001000360000005", 10, _VISA, wants_pin=True),
    Card("online_pin_sca_retry", "VISA", "4000002760000008", 10, _VISA, wants_pin=True),
    Card("card_declined", "VISA", "4000000000000002", 10, _VISA, refusal=5),
    Card("insufficient_funds", "VISA", "4000000000009995", 10, _VISA, refusal=51),
    Card("lost_card", "VISA", "4000000000009987", 10, _VISA, refusal=41),
    Card("stolen_card", "VISA", "4000000000009979", 10, _VISA, refusal=43),
    Card("expired_card", "VISA", "4000000000000069", 10, _VISA, refusal=54),
    Card("processing_error", "VISA", "4000000000000119", 10, _VISA, refusal=96),
    Card("refund_fails", "VISA", "4000000000005126", 10, _VISA, refuses_refunds=True),
)

CARDS = {card.name: card for card in _ROWS}
"""Every card by Stripe's name for it."""
CARDS_BY_NUMBER = {card.number: card for card in _ROWS}

DEFAULT_CARD = "visa"
DECLINED_CARD = "card_declined"
