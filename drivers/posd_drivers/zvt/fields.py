"""What the bitmaps of a message mean (zvt.md 8.1, 11, 13)."""

from enum import Enum

from posd_drivers.errors import Malformed
from posd_drivers.zvt.bitmaps import Bitmaps, take_bitmaps
from posd_drivers.zvt.bmp import parse_currency
from posd_drivers.zvt.charset import TAG_14, Charset
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.masking import MaskedPan, mask_pan
from posd_drivers.zvt.tlv import find_all
from posd_drivers.zvt.totals import TurnoverTotals, parse_totals

SIGNATURE_LINE = 0x02
"""The bit of tag 1F37 that says that a receipt has a line for the signature."""

_TYPE_IN_TLV = 0xFF
_NOT_ONLINE = frozenset({0x40, 0x50})
_OFFLINE = 0x00
_DEBIT_ADVICE = 9
_SIGNED = frozenset({0x01, 0x05, 0x06, 0x07})


class ReceiptNeed(Enum):
    """When somebody needs a receipt."""

    NEVER = "never"
    IF_APPROVED = "if approved"
    ALWAYS = "always"


RECEIPT_NEEDS = {0: ReceiptNeed.NEVER, 1: ReceiptNeed.IF_APPROVED, 2: ReceiptNeed.ALWAYS}
"""A digit of tag 45."""


class Fields(Bitmaps, frozen=True):
    """The bitmaps of a message in their order, and what each says.

    The accessors give the first of a kind, None where the message does not say. Numbers are
    integers, amounts in minor units; what is only evidence (time, date, expiry) is None if it is
    not made of digits.
    """

    @property
    def result(self) -> int | None:
        """BMP 27: 00 is the only approval."""
        return self._byte("result")

    @property
    def host_result(self) -> int | None:
        """BMP A0: the host's result where it is not BCD; 27 says 00 then."""
        return self._byte("host_result")

    @property
    def amount(self) -> int | None:
        """BMP 04, in minor units."""
        return self._number("amount")

    @property
    def currency(self) -> str | None:
        """BMP 49 as lower-case ISO 4217 code, or the bare number if it is an unknown one."""
        value = self.get("currency")
        return None if value is None else parse_currency(value)

    @property
    def terminal_id(self) -> str | None:
        """BMP 29, the TID: 8 digits."""
        value = self.get("terminal_id")
        return None if value is None else value.hex()

    @property
    def receipt(self) -> int | None:
        """BMP 87, the receipt number; None for FFFF."""
        digits = self._digits("receipt")
        return None if digits is None else int(digits)

    @property
    def trace(self) -> int | None:
        """BMP 0B, or tag 1F2B where the trace number is longer than six digits."""
        if not self._number("trace") and self._tag("long_trace") is not None:
            return self._tag_number("long_trace")
        return self._number("trace")

    @property
    def original_trace(self) -> int | None:
        """BMP 37: the trace number of what was reversed."""
        return self._number("original_trace")

    @property
    def turnover(self) -> int | None:
        """BMP 88, the turnover record number."""
        return self._number("turnover")

    @property
    def time(self) -> str | None:
        """BMP 0C: HHMMSS by the terminal's clock."""
        return self._digits("time")

    @property
    def date(self) -> str | None:
        """BMP 0D: MMDD by the terminal's clock, without a year."""
        return self._digits("date")

    @property
    def day(self) -> str | None:
        """BMP AA: YYMMDD, where a clock is set."""
        return self._digits("day")

    @property
    def expiry(self) -> str | None:
        """BMP 0E: YYMM; 9999 if the terminal hides it (hobex)."""
        return self._digits("expiry")

    @property
    def card_sequence(self) -> int | None:
        """BMP 17, the card sequence number."""
        digits = self._digits("card_sequence")
        return None if digits is None else int(digits)

    @property
    def status_byte(self) -> int | None:
        """BMP 19: terminal status, payment type or kind of card, by message."""
        return self._byte("status_byte")

    @property
    def service(self) -> int | None:
        """BMP 03, the service byte."""
        return self._byte("service")

    @property
    def pan(self) -> MaskedPan | None:
        """BMP 22, of which only the last four digits are left."""
        value = self.get("pan")
        return None if value is None else mask_pan(value)

    @property
    def card_type(self) -> int | None:
        """BMP 8A, or tag 41 (loose, or in the application 60) where that says more."""
        number = self._byte("card_type")
        if number in (None, _TYPE_IN_TLV):
            long_type = self._tag("card_type")
            return number if long_type is None else int.from_bytes(long_type, "big")
        return number

    @property
    def card_name(self) -> bytes | None:
        """BMP 8B without its closing 00."""
        value = self.get("card_name")
        return None if value is None else value.rstrip(b"\0")

    @property
    def authorisation(self) -> bytes | None:
        """BMP 3B, the authorisation attribute, without padding; None if it is nothing else."""
        return _unpadded(self.get("authorisation"))

    @property
    def contract(self) -> bytes | None:
        """BMP 2A, the contract (VU) number, without padding; None if it is nothing else."""
        return _unpadded(self.get("contract"))

    @property
    def text(self) -> bytes | None:
        """BMP 3C: additional text, lines separated by CR where a host wrote it."""
        return self.get("text")

    @property
    def aid(self) -> bytes | None:
        """Tag 43 (loose, or in the application 60): the EMV application id."""
        return self._tag("aid")

    @property
    def product_name(self) -> bytes | None:
        """Tag 4A (loose, or in 60): the name of the product, in a DC-POS terminal."""
        return self._tag("product_name")

    @property
    def application_name(self) -> bytes | None:
        """Tag 44, the preferred name, else 42, the label, of the application (loose or in 60)."""
        preferred = self._tag("application_preferred_name")
        return self._tag("application_label") if preferred is None else preferred

    @property
    def verification(self) -> int | None:
        """Tag 1F10 (loose, or in 2F): how the cardholder was verified, e.g. 01 signature."""
        return self._tag_byte("verification")

    @property
    def online(self) -> int | None:
        """Tag 1F11 (loose, or in 2F): 00 authorised offline, 01 online."""
        return self._tag_byte("online")

    @property
    def read_method(self) -> int | None:
        """Tag 1F12 (loose, or in 2F): 00 magnetic stripe, 01 chip, 02 contactless."""
        return self._tag_byte("read_method")

    @property
    def at_risk(self) -> bool:
        """Whether an approval may still come back unpaid: no issuer has authorised it.

        BMP 19 says offline (4x) or that the card was only checked (5x), tag 1F11 says offline, or
        it is a debit advice (ELV, card type 9).
        """
        unauthorised = (self.status_byte or 0) & 0xF0 in _NOT_ONLINE
        return unauthorised or self.online == _OFFLINE or self.card_type == _DEBIT_ADVICE

    @property
    def signature_required(self) -> bool:
        """Whether the cardholder has to sign: tag 1F10, or tag 1F37 of a receipt; never BMP 19."""
        has_line = (self._tag_byte("receipt_info") or 0) & SIGNATURE_LINE
        return self.verification in _SIGNED or bool(has_line)

    @property
    def merchant_receipt(self) -> ReceiptNeed | None:
        """Tag 45, first digit: whether the merchant needs a receipt."""
        need = self._tag_byte("receipt_need")
        return None if need is None else RECEIPT_NEEDS.get(need >> 4)

    @property
    def customer_receipt(self) -> ReceiptNeed | None:
        """Tag 45, second digit: whether the customer needs a receipt."""
        need = self._tag_byte("receipt_need")
        return None if need is None else RECEIPT_NEEDS.get(need & 0x0F)

    @property
    def tip(self) -> int | None:
        """Tag 1F36: the tip in minor units, contained in the amount."""
        return self._tag_number("tip")

    @property
    def vendor_error_code(self) -> str | None:
        """Tag 1F16: the make's own number of an error, in hex."""
        value = self._tag("vendor_error_code")
        return None if value is None else value.hex().upper()

    @property
    def vendor_error_text(self) -> bytes | None:
        """Tag 1F17: the make's own words for an error."""
        return self._tag("vendor_error_text")

    @property
    def charset(self) -> Charset | None:
        """Tag 14: the set of these texts, or the one in 27 that a terminal chose at registration.

        None too if 27 lists several, for then none was chosen, and for a number that names none.
        """
        numbers = [*find_all(self.objects, 0x14)] or [*find_all(self.objects, 0x27, 0x14)]
        return TAG_14.get(numbers[0][0]) if len(numbers) == 1 and numbers[0] else None

    @property
    def totals(self) -> TurnoverTotals | None:
        """BMP 60: the turnover by kind of card; None too if it is not as the manual has it."""
        value = self.get("totals")
        try:
            return None if value is None else parse_totals(value)
        except Malformed:
            return None


def take_fields(cursor: Cursor) -> Fields:
    """All bitmaps up to the end, card data masked.

    Raises Malformed: an unknown number has an unknown length, so nothing after it can be read;
    and a result, an amount or a number that identifies the transaction is there twice, different.
    """
    return Fields(take_bitmaps(cursor))


def _unpadded(value: bytes | None) -> bytes | None:
    return value.strip(b"\0 ") or None if value is not None else None
