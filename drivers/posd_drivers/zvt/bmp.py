"""The bitmaps (BMP): a row each, from which reading and writing both come (A, table of BMPs)."""

from enum import Enum
from typing import assert_never

from msgspec import Struct

from posd_drivers.errors import Malformed
from posd_drivers.zvt.codes import currency_code, currency_number
from posd_drivers.zvt.coding import Coding
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.masking import blank, mask_pan, mask_text
from posd_drivers.zvt.tlv import encode_length, mask_tlv, parse_tlv, take_length

ISO_4217_NUMBER_MAX = 999

_LENGTH_MARK = 0xF0


class Length(Enum):
    """How a bitmap without a fixed size says its length."""

    LL = 2  # LLVAR: Fx Fy, decimal
    LLL = 3  # LLLVAR: Fx Fy Fz, decimal
    BER = 0  # container: BER length


class Bmp(Struct, frozen=True):
    """A row of the table.

    Attributes:
        number: Its number, the octet in front of it on the wire.
        name: The standard's word for it, as an identifier.
        size: Its fixed size in bytes, or how it says its length.
        coding: What its octets are.
        section: Of docs/zvt.md, where it is used.
    """

    number: int
    name: str
    size: int | Length
    coding: Coding
    section: str

    def take(self, cursor: Cursor) -> bytes:
        """The value, card data masked. Raises Malformed."""
        length = self.size if isinstance(self.size, int) else take_var_length(cursor, self.size)
        offset = cursor.offset
        value = cursor.expect(length, self.name)
        match self.coding:
            case Coding.BCD:
                parse_bcd(value, self.name, offset)
            case Coding.CURRENCY:
                parse_currency(value, offset)
            case Coding.OBJECTS:
                parse_tlv(value, offset)
            case _:
                pass
        return self.masked(value)

    def encode(self, value: bytes) -> bytes:
        """The value with its number and length in front, card data masked on this way too."""
        value = self.masked(value)
        if isinstance(self.size, int):
            assert len(value) == self.size, (self.name, len(value))
            return bytes([self.number]) + value
        return bytes([self.number]) + encode_var_length(len(value), self.size) + value

    def masked(self, value: bytes) -> bytes:
        """The value without card data; its size is kept where the manual fixes it."""
        match self.coding:
            case Coding.PAN:
                return mask_pan(value).encode()
            case Coding.CARD:
                return blank(value) if isinstance(self.size, int) else b""
            case Coding.TEXT:
                return mask_text(value)
            case Coding.OBJECTS:
                return mask_tlv(value)
            case Coding.BCD | Coding.NIBBLES | Coding.OCTETS | Coding.CURRENCY:
                return value
            case _:
                assert_never(self.coding)


_LL = Length.LL
_LLL = Length.LLL

TABLE = (
    Bmp(0x01, "timeout_s", 1, Coding.OCTETS, "6.3"),
    Bmp(0x02, "status_infos_max", 1, Coding.OCTETS, "7.2"),
    Bmp(0x03, "service", 1, Coding.OCTETS, "6.2"),
    Bmp(0x04, "amount", 6, Coding.BCD, "5.1"),  # minor units
    Bmp(0x05, "pump", 1, Coding.OCTETS, "6.3"),
    Bmp(0x06, "container", Length.BER, Coding.OBJECTS, "5.3"),
    Bmp(0x0B, "trace", 3, Coding.BCD, "8.1"),
    Bmp(0x0C, "time", 3, Coding.NIBBLES, "8.1"),  # HHMMSS
    Bmp(0x0D, "date", 2, Coding.NIBBLES, "8.1"),  # MMDD
    Bmp(0x0E, "expiry", 2, Coding.NIBBLES, "8.1"),  # YYMM; 9999 is hidden (hobex)
    Bmp(0x17, "card_sequence", 2, Coding.NIBBLES, "8.1"),
    Bmp(0x19, "status_byte", 1, Coding.OCTETS, "8.1"),  # its sense depends on the command
    Bmp(0x22, "pan", _LL, Coding.PAN, "5.1"),  # or EF_ID
    Bmp(0x23, "track_2", _LL, Coding.CARD, "5.1"),
    Bmp(0x24, "track_3", _LLL, Coding.CARD, "5.1"),
    Bmp(0x27, "result", 1, Coding.OCTETS, "12.2"),
    Bmp(0x29, "terminal_id", 4, Coding.BCD, "8.1"),
    Bmp(0x2A, "contract", 15, Coding.TEXT, "5.1"),  # blank padded
    Bmp(0x2D, "track_1", _LL, Coding.CARD, "5.1"),
    Bmp(0x2E, "chip_synchronous", _LLL, Coding.CARD, "8.1"),
    Bmp(0x37, "original_trace", 3, Coding.BCD, "14.9"),
    Bmp(0x3A, "card_verification", 2, Coding.CARD, "11"),
    Bmp(0x3B, "authorisation", 8, Coding.OCTETS, "5.1"),  # digits, then 00 padding
    Bmp(0x3C, "text", _LLL, Coding.TEXT, "8.1"),
    Bmp(0x3D, "password", 3, Coding.BCD, "11.1"),
    Bmp(0x49, "currency", 2, Coding.CURRENCY, "6.3"),
    Bmp(0x4C, "blocked_goods", _LL, Coding.OCTETS, "8.1"),
    Bmp(0x60, "totals", _LLL, Coding.OCTETS, "8.1"),
    Bmp(0x70, "image_id", 4, Coding.OCTETS, "11"),
    Bmp(0x71, "image_bytes", 4, Coding.OCTETS, "11"),
    Bmp(0x72, "image_mime", 1, Coding.OCTETS, "11"),
    Bmp(0x73, "image_encoding", 1, Coding.OCTETS, "11"),
    Bmp(0x74, "image_chunks", 1, Coding.OCTETS, "11"),
    Bmp(0x75, "image_chunk", 1, Coding.OCTETS, "11"),
    Bmp(0x87, "receipt", 2, Coding.NIBBLES, "14.10"),  # FFFF is none
    Bmp(0x88, "turnover", 3, Coding.BCD, "8.1"),
    Bmp(0x8A, "card_type", 1, Coding.OCTETS, "12.4"),  # FF: see tag 41
    Bmp(0x8B, "card_name", _LL, Coding.TEXT, "5.1"),  # ends with 00
    Bmp(0x8C, "network_card_type", 1, Coding.OCTETS, "8.1"),  # FF: see tag 49
    Bmp(0x92, "offline_aid", _LLL, Coding.OCTETS, "8.5"),  # named in the chapter on receipts only
    Bmp(0x9A, "geldkarte", _LLL, Coding.CARD, "8.1"),  # holds the number of the card
    Bmp(0xA0, "host_result", 1, Coding.OCTETS, "8.1"),
    Bmp(0xA7, "chip_ef_id", _LL, Coding.CARD, "8.1"),
    Bmp(0xAA, "day", 3, Coding.NIBBLES, "14.12"),  # YYMMDD
    Bmp(0xAF, "ef_info", _LLL, Coding.CARD, "11"),
    Bmp(0xBA, "aid_parameter", 5, Coding.OCTETS, "8.5"),
    Bmp(0xD0, "pin_algorithm", 1, Coding.OCTETS, "11"),
    Bmp(0xD1, "pin_offset", _LL, Coding.CARD, "11"),
    Bmp(0xD2, "card_output", 1, Coding.OCTETS, "6.5"),
    Bmp(0xD3, "dukpt_key", 1, Coding.OCTETS, "11"),
    Bmp(0xE0, "input_length_min", 1, Coding.OCTETS, "11"),
    Bmp(0xE1, "text_2_line_1", _LL, Coding.TEXT, "11"),
    Bmp(0xE2, "text_2_line_2", _LL, Coding.TEXT, "11"),
    Bmp(0xE3, "text_2_line_3", _LL, Coding.TEXT, "11"),
    Bmp(0xE4, "text_2_line_4", _LL, Coding.TEXT, "11"),
    Bmp(0xE5, "text_2_line_5", _LL, Coding.TEXT, "11"),
    Bmp(0xE6, "text_2_line_6", _LL, Coding.TEXT, "11"),
    Bmp(0xE7, "text_2_line_7", _LL, Coding.TEXT, "11"),
    Bmp(0xE8, "text_2_line_8", _LL, Coding.TEXT, "11"),
    Bmp(0xE9, "input_length_max", 1, Coding.OCTETS, "11"),
    Bmp(0xEA, "echo", 1, Coding.OCTETS, "11"),
    Bmp(0xEB, "text_mac", 8, Coding.OCTETS, "11"),
    Bmp(0xF0, "display_s", 1, Coding.OCTETS, "6.1"),  # 00 is for ever
    Bmp(0xF1, "text_1_line_1", _LL, Coding.TEXT, "11"),
    Bmp(0xF2, "text_1_line_2", _LL, Coding.TEXT, "11"),
    Bmp(0xF3, "text_1_line_3", _LL, Coding.TEXT, "11"),
    Bmp(0xF4, "text_1_line_4", _LL, Coding.TEXT, "11"),
    Bmp(0xF5, "text_1_line_5", _LL, Coding.TEXT, "11"),
    Bmp(0xF6, "text_1_line_6", _LL, Coding.TEXT, "11"),
    Bmp(0xF7, "text_1_line_7", _LL, Coding.TEXT, "11"),
    Bmp(0xF8, "text_1_line_8", _LL, Coding.TEXT, "11"),
    Bmp(0xF9, "beeps", 1, Coding.OCTETS, "11"),
    Bmp(0xFA, "card_reader", 1, Coding.OCTETS, "6.5"),
    Bmp(0xFB, "ok_required", 1, Coding.OCTETS, "11"),
    Bmp(0xFC, "dialog_control", 1, Coding.OCTETS, "6.6"),
    Bmp(0xFD, "display_device", 1, Coding.OCTETS, "11"),
)

BY_NUMBER = {row.number: row for row in TABLE}
BY_NAME = {row.name: row for row in TABLE}


def parse_bcd(octets: bytes, what: str = "bcd", offset: int = 0) -> int:
    """Packed BCD, most significant digit first. Raises Malformed if a nibble exceeds 9."""
    digits = octets.hex()
    if not digits.isdecimal():
        raise Malformed(what, offset)
    return int(digits)


def encode_bcd(number: int, octets: int) -> bytes:
    """A number as packed BCD, zeros in front, in so many bytes."""
    assert 0 <= number < 10 ** (2 * octets), (number, octets)
    return bytes.fromhex(f"{number:0{2 * octets}}")


def parse_currency(octets: bytes, offset: int = 0) -> str:
    """A currency number in BCD (0978) as its lower-case code. Raises Malformed."""
    number = parse_bcd(octets, "currency", offset)
    if number > ISO_4217_NUMBER_MAX:
        raise Malformed("currency", offset)
    return currency_code(number)


def encode_currency(currency: str) -> bytes:
    """The currency's number in BCD. Raises Unsupported if the table lacks it."""
    return encode_bcd(currency_number(currency), 2)


def take_var_length(cursor: Cursor, length: Length) -> int:
    """The length in front of a value. Raises Malformed if a digit is not F0 to F9: no guessing."""
    if length is Length.BER:
        return take_length(cursor)
    offset = cursor.offset
    number = 0
    for octet in cursor.expect(length.value, "length"):
        digit = octet - _LENGTH_MARK
        if not 0 <= digit <= 9:
            raise Malformed("length", offset)
        number = 10 * number + digit
    return number


def encode_var_length(size: int, length: Length) -> bytes:
    """The length to stand in front of a value of `size` bytes."""
    if length is Length.BER:
        return encode_length(size)
    assert size < 10**length.value, size
    return bytes(_LENGTH_MARK + int(digit) for digit in f"{size:0{length.value}}")
