import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.errors import Malformed
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, take_fields
from posd_drivers.zvt.totals import CARDS, CardTotal, TurnoverTotals, parse_totals

OCTETS = bytes.fromhex(
    "00 01 00 17"
    " 02 00 00 00 00 25 00"
    " 00 00 00 00 00 00 00"
    " 0A 00 00 00 01 00 05"
    " 01 00 00 00 00 09 99"
    " FF 00 00 00 20 00 00"
    " 00 00 00 00 00 00 00"
    " 03 00 00 00 00 00 30"
)
TOTALS = TurnoverTotals(
    1,
    17,
    (
        CardTotal("girocard", 2, 2500),
        CardTotal("JCB", 0, 0),
        CardTotal("Mastercard", 10, 10005),
        CardTotal("American Express", 1, 999),
        CardTotal("Visa", 255, 200_000),
        CardTotal("Diners", 0, 0),
        CardTotal("other", 3, 30),
    ),
)

RECEIPTS = st.none() | st.integers(0, 9999)
SUMS = st.integers(0, 999_999_999_999)


def test_the_totals_of_a_period() -> None:
    """zvt.md 8.1: receipts, then seven times a binary count and a sum of digits; 53 bytes."""
    assert parse_totals(OCTETS) == TOTALS
    assert TOTALS.encode() == OCTETS
    assert TOTALS.amount == 213_534


def test_they_stand_in_bitmap_60() -> None:
    fields = take_fields(Cursor(bytes.fromhex("60 F0 F5 F3") + OCTETS))
    assert fields.totals == TOTALS
    assert Fields.of(totals=TOTALS.encode()).encode() == bytes.fromhex("60 F0 F5 F3") + OCTETS


def test_a_period_without_receipts() -> None:
    empty = TurnoverTotals(None, None, tuple(CardTotal(card, 0, 0) for card in CARDS))
    assert empty.encode() == bytes.fromhex("FF FF FF FF") + bytes(49)
    assert parse_totals(empty.encode()) == empty


def test_a_count_overflows_at_one_octet() -> None:
    """zvt.md 8.1."""
    totals = TurnoverTotals(1, 300, (CardTotal("girocard", 300, 0), *TOTALS.cards[1:]))
    assert parse_totals(totals.encode()).cards[0].count == 44


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        OCTETS[:-1],
        OCTETS + b"\0",
        b"\xff\xfe" + OCTETS[2:],
        OCTETS[:-1] + b"\x3d",
    ],
)
def test_other_octets_are_malformed_and_as_a_bitmap_no_totals(octets: bytes) -> None:
    with pytest.raises(Malformed):
        parse_totals(octets)
    assert Fields.of(totals=octets).totals is None


def test_the_kinds_of_card_are_the_manuals() -> None:
    with pytest.raises(AssertionError):
        TurnoverTotals(1, 2, (CardTotal("girocard", 1, 1),)).encode()


@given(RECEIPTS, RECEIPTS, st.lists(SUMS, min_size=len(CARDS), max_size=len(CARDS)))
def test_decoding_what_was_encoded_gives_it_back(
    first: int | None, last: int | None, sums: list[int]
) -> None:
    cards = (CardTotal(card, 7, amount) for card, amount in zip(CARDS, sums, strict=True))
    totals = TurnoverTotals(first, last, tuple(cards))
    assert parse_totals(totals.encode()) == totals
