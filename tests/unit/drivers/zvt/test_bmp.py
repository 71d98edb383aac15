import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.errors import Malformed
from posd_drivers.zvt.bmp import (
    BY_NAME,
    BY_NUMBER,
    TABLE,
    Bmp,
    Length,
    encode_bcd,
    encode_var_length,
    parse_bcd,
    parse_currency,
    take_var_length,
)
from posd_drivers.zvt.coding import Coding
from posd_drivers.zvt.cursor import Cursor
from tests.tidy.tree import ROOT
from tests.unit.drivers.zvt.strategies import bmp_value

# Typed from zvt.md 11, row by row: number, size in bytes or how the length is said.
MANUAL = """
01 1, 02 1, 03 1, 04 6, 05 1, 06 TLV, 0B 3, 0C 3, 0D 2, 0E 2, 17 2, 19 1, 22 LL, 23 LL, 24 LLL,
27 1, 29 4, 2A 15, 2D LL, 2E LLL, 37 3, 3A 2, 3B 8, 3C LLL, 3D 3, 49 2, 4C LL, 60 LLL,
70 4, 71 4, 72 1, 73 1, 74 1, 75 1, 87 2, 88 3, 8A 1, 8B LL, 8C 1, 92 LLL, 9A LLL, A0 1, A7 LL,
AA 3, AF LLL, BA 5, D0 1, D1 LL, D2 1, D3 1, E0 1, E1 LL, E2 LL, E3 LL, E4 LL, E5 LL, E6 LL,
E7 LL, E8 LL, E9 1, EA 1, EB 8, F0 1, F1 LL, F2 LL, F3 LL, F4 LL, F5 LL, F6 LL, F7 LL, F8 LL,
F9 1, FA 1, FB 1, FC 1, FD 1
"""
LENGTHS = {Length.LL: "LL", Length.LLL: "LLL", Length.BER: "TLV"}


def test_every_bitmap_of_the_manual_has_a_row() -> None:
    rows = [
        f"{row.number:02X} {row.size if isinstance(row.size, int) else LENGTHS[row.size]}"
        for row in TABLE
    ]
    assert rows == [row.strip() for row in MANUAL.split(",")]


def test_every_row_names_a_section_that_exists() -> None:
    document = (ROOT / "docs" / "zvt.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^#+ (\d+(?:\.\d+)?)", document, re.MULTILINE))
    assert {row.section for row in TABLE} <= sections


def test_numbers_and_names_are_unique_and_in_the_documents_order() -> None:
    assert len(BY_NUMBER) == len(BY_NAME) == len(TABLE)
    assert [row.number for row in TABLE] == sorted(BY_NUMBER)


@pytest.mark.parametrize(
    ("octets", "name", "value"),
    [
        ("04 00 00 00 00 12 50", "amount", "00 00 00 00 12 50"),
        ("49 09 78", "currency", "09 78"),
        ("29 12 34 56 78", "terminal_id", "12 34 56 78"),
        ("87 FF FF", "receipt", "FF FF"),
        ("3C F0 F0 F3 41 42 43", "text", "41 42 43"),
        ("8B F0 F5 56 49 53 41 00", "card_name", "56 49 53 41 00"),
        ("06 03 1B 01 01", "container", "1B 01 01"),
        ("06 00", "container", ""),
        ("0E 99 99", "expiry", "99 99"),
    ],
)
def test_worked_bitmaps(octets: str, name: str, value: str) -> None:
    """zvt.md 11, 14.1, 14.2, 14.10, 14.12."""
    row = BY_NAME[name]
    cursor = Cursor(bytes.fromhex(octets))
    assert cursor.take(1)[0] == row.number
    assert row.take(cursor) == bytes.fromhex(value)
    assert cursor.left == 0
    assert row.encode(bytes.fromhex(value)) == bytes.fromhex(octets)


@pytest.mark.parametrize(
    ("octets", "name", "offset"),
    [
        ("00 00 00 00 12 5A", "amount", 0),
        ("00 00", "amount", 0),
        ("0A 78", "currency", 0),
        ("10 00", "currency", 0),
        ("F0 E0", "pan", 0),
        ("F0", "pan", 0),
        ("F0 F0 03 41 42 43", "text", 0),
        ("F0 F0 F4 41 42 43", "text", 3),
        ("03 1B 02 01", "container", 3),
        ("80", "container", 0),
    ],
)
def test_wrong_bitmaps_are_malformed(octets: str, name: str, offset: int) -> None:
    """zvt.md 5.1: anything but F0..F9 in a length is a format error, do not guess."""
    with pytest.raises(Malformed) as caught:
        BY_NAME[name].take(Cursor(bytes.fromhex(octets)))
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("octets", "name", "value"),
    [
        ("F0 F8 41 11 11 11 11 11 11 11", "pan", "EE EE EE EE EE EE 11 11"),
        ("F0 F3 41 11 1D", "track_2", ""),
        ("F0 F0 F3 41 11 1D", "track_3", ""),
        ("F0 F2 42 34", "track_1", ""),
        ("12 3F", "card_verification", "2A 2A"),
        ("F0 F2 59 66", "chip_ef_id", ""),
        ("F0 F0 F2 59 66", "geldkarte", ""),
    ],
)
def test_card_data_is_masked_on_the_way_in_and_out(octets: str, name: str, value: str) -> None:
    row = BY_NAME[name]
    wire = bytes.fromhex(octets)
    assert row.take(Cursor(wire)) == bytes.fromhex(value)
    skip = 0 if isinstance(row.size, int) else row.size.value
    assert row.take(Cursor(row.encode(wire[skip:])[1:])) == bytes.fromhex(value)
    assert wire[skip:] not in row.encode(wire[skip:])


def test_card_numbers_in_texts_are_masked_on_the_way_in_and_out() -> None:
    row = BY_NAME["text"]
    wire = b"\xf0\xf1\xf6" + b"4111111111111111"
    assert row.take(Cursor(wire)) == b"************1111"
    assert row.encode(b"4111111111111111") == b"\x3c\xf0\xf1\xf6************1111"


@pytest.mark.parametrize(
    ("octets", "length", "size"),
    [("F0 F0", Length.LL, 0), ("F9 F9", Length.LL, 99), ("F0 F7 F3", Length.LLL, 73),
     ("F9 F9 F9", Length.LLL, 999), ("81 80", Length.BER, 128)],
)  # fmt: skip
def test_lengths(octets: str, length: Length, size: int) -> None:
    assert take_var_length(Cursor(bytes.fromhex(octets)), length) == size
    assert encode_var_length(size, length) == bytes.fromhex(octets)


def test_bcd() -> None:
    assert parse_bcd(bytes.fromhex("00 00 00 01 10 00")) == 11000
    assert encode_bcd(11000, 6) == bytes.fromhex("00 00 00 01 10 00")
    with pytest.raises(Malformed) as caught:
        parse_bcd(b"\x1a", "trace", 7)
    assert (caught.value.what, caught.value.offset) == ("trace", 7)
    with pytest.raises(Malformed):
        parse_bcd(b"")


def test_a_currency_number_has_three_digits() -> None:
    assert parse_currency(b"\x09\x78") == "eur"
    assert parse_currency(b"\x09\x99") == "999"
    with pytest.raises(Malformed):
        parse_currency(b"\x10\x00", 3)


@given(st.sampled_from(TABLE).flatmap(lambda row: st.tuples(st.just(row), bmp_value(row))))
def test_decoding_what_was_encoded_gives_it_back(drawn: tuple[Bmp, bytes]) -> None:
    row, value = drawn
    cursor = Cursor(row.encode(value))
    assert cursor.take(1)[0] == row.number
    assert row.take(cursor) == value
    assert cursor.left == 0


@given(st.sampled_from(TABLE), st.binary(max_size=40))
def test_noise_is_a_value_or_malformed(row: Bmp, octets: bytes) -> None:
    with suppress(Malformed):
        value = row.take(Cursor(octets))
        if row.coding not in (Coding.CARD, Coding.PAN):
            assert row.encode(value)[0] == row.number
