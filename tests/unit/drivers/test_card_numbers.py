"""No card number that a terminal prints is kept."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd.model.printed import masked_receipt
from posd_drivers.card_numbers import masked
from posd_drivers.card_reader import Receipt
from tests.unit.canaries import LENGTHS, SEPARATORS, canary, grouped

TEXTS = st.text("0123456789 .-*:aé\N{NO-BREAK SPACE}", max_size=60)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("4111111111111111", "************1111"),
        ("PAN 4111 1111 1111 1111 gueltig", "PAN **** **** **** 1111 gueltig"),
        ("4111-1111-1111-1111", "****-****-****-1111"),
        ("4111.1111.1111.1111", "****.****.****.1111"),
        ("4111  1111  1111  1111", "****  ****  ****  1111"),
        ("3782 822463 10005", "**** ****** *0005"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "* * * * * * * * * * * * 1 1 1 1"),
        ("4222222222222", "*********2222"),
        ("6304000000000000000", "***************0000"),
        ("Nr. 17 4111 1111 1111 1111", "Nr. 17 **** **** **** 1111"),
        ("4111 1111 1111 1111 12/25", "**** **** **** 1111 12/25"),
        ("4111111111111111 378282246310005", "************1111 ***********0005"),
        # What is left of the first begins a second one.
        ("4111111111111111 222233334444", "**************** ********4444"),
    ],
)
def test_the_last_four_digits_of_a_card_number_stay(line: str, kept: str) -> None:
    assert masked(line) == kept


@pytest.mark.parametrize(
    "line",
    [
        "",
        "4111111111111112",  # no check digit
        "411111111111",  # 12 digits
        "41111111111111111111",  # 20 digits, and no card has as many
        "EUR 1.234,50",
        "09.10.2025 11:15:01",
        "Terminal-ID 52523535 TA-Nr 000123",
        "AID A0000000041010",
        "############1111",
    ],
)
def test_the_rest_of_a_receipt_stays_as_it_is(line: str) -> None:
    assert masked(line) == line


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("length", LENGTHS)
def test_every_length_and_every_separator(length: int, separator: str) -> None:
    number = canary(length)
    line = masked(f"Karte {grouped(number, separator)} ok")
    left = re.sub(r"[^0-9]", "", line)
    assert left == number[-4:]


@given(TEXTS)
def test_nothing_but_digits_changes_and_once_is_enough(line: str) -> None:
    kept = masked(line)
    assert len(kept) == len(line)
    assert all(
        now == was or (was.isdigit() and now == "*") for was, now in zip(line, kept, strict=True)
    )
    assert masked(kept) == kept


@given(st.sampled_from(LENGTHS), st.sampled_from(SEPARATORS), TEXTS, TEXTS)
def test_a_number_is_found_wherever_it_stands(
    length: int, separator: str, before: str, after: str
) -> None:
    number = grouped(canary(length), separator)
    assert number not in masked(f"{before}:{number}:{after}")


def test_every_line_of_a_receipt_is_masked_and_nothing_else() -> None:
    printed = Receipt("merchant", ("  Kasse", "4111 1111 1111 1111"), signature_required=True)
    assert masked_receipt(printed) == Receipt(
        "merchant", ("  Kasse", "**** **** **** 1111"), signature_required=True
    )
