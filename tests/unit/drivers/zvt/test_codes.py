import pytest

from posd_drivers.errors import Unsupported
from posd_drivers.zvt.codes import (
    CARD_TYPES,
    CURRENCY_NUMBERS,
    INTERMEDIATE_STATUS,
    LANGUAGES,
    RESULTS,
    TERMINAL_STATUS,
    currency_code,
    currency_number,
    intermediate_text,
    result_text,
    split_remove_card,
    terminal_status_text,
)

# Typed from zvt.md 12.1, 12.2 and 12.3, in their order.
INTERMEDIATE_STATUS_TYPED = """
00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 12 13 14 15 16 17 18 19 1A 1B 1C 1D 26 27
28 29 2A 2B 2C 4A 68 69 C7 C8 C9 CA CB CC D2 D3 E0 E1 E2 F1 F2 F3 FF
5E 6A 6B 6C 6D A0 A1 A2 A3 A4 A5
"""
RESULTS_TYPED = """
00 64 65 66 67 68 6A 6B 6C 6E 6F 71 72 73 74 75 76 77 78 79 7A 7B 7C 7D 7E 83 85 89 9A 9B 9C A0
A1 A3 A4 A5 B1 B2 B4 B5 B7 B8 BF C0 C1 C2 C3 C4 C5 C6 C8 C9 CB CC CD D2 DC DD DE E0 E2 E3 E4 E7
E8 E9 EA EB EC ED F0 F1 F5 F6 FA FB FC FD FE FF
"""
TERMINAL_STATUS_TYPED = """
00 51 62 64 65 9C 9D B1 B2 BF C0 CC DF E0 E2 E3 E4 C1 C2 C4 DC E1 F0 F6
"""
LANGUAGES_TYPED = "de en fr it hu sl es cs sv nl pl sk da el pt lt"


@pytest.mark.parametrize(
    ("table", "typed"),
    [
        (INTERMEDIATE_STATUS, INTERMEDIATE_STATUS_TYPED),
        (RESULTS, RESULTS_TYPED),
        (TERMINAL_STATUS, TERMINAL_STATUS_TYPED),
    ],
)
def test_every_code_of_the_manual_has_a_row(table: dict[int, str], typed: str) -> None:
    assert set(table) == {int(code, 16) for code in typed.split()}


def test_languages_are_numbered_as_in_the_manual() -> None:
    """zvt.md 6.1, 08 30."""
    assert list(LANGUAGES.items()) == list(enumerate(LANGUAGES_TYPED.split()))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0x00, "ok"),
        (0x05, "host result 5"),
        (0x63, "host result 99"),
        (0x6C, "abort by timeout or stop key"),
        (0x9C, "please wait"),
        (0x9F, "result 9F"),
    ],
)
def test_results(code: int, text: str) -> None:
    """zvt.md 12.2."""
    assert result_text(code) == text


@pytest.mark.parametrize(
    ("code", "base", "remove_card", "text"),
    [
        (0x0A, 0x0A, False, "insert card"),
        (0x0B, 0x0B, False, "remove card"),
        (0x41, 0x01, True, "look at the PIN pad, remove card"),
        (0x4A, 0x4A, False, "unused"),
        (0x4B, 0x0B, True, "remove card"),
        (0x55, 0x15, True, "wrong PIN, remove card"),
        (0x5D, 0x1D, True, "declined, remove card"),
        (0x5E, 0x5E, False, "contactless reading done"),
        (0x66, 0x26, True, "enter mobile number, remove card"),
        (0x67, 0x27, True, "repeat mobile number, remove card"),
        (0x68, 0x68, False, "customer card detected"),
        (0x40, 0x40, False, "intermediate status 40"),
        (0xFF, 0xFF, False, "see tag 24"),
    ],
)
def test_intermediate_status(code: int, base: int, *, remove_card: bool, text: str) -> None:
    """zvt.md 12.1: +40 on 01..1D, 26 and 27 asks to remove the card too."""
    assert split_remove_card(code) == (base, remove_card)
    assert intermediate_text(code) == text


def test_terminal_status() -> None:
    """zvt.md 12.3."""
    assert terminal_status_text(0x00) == "ready"
    assert terminal_status_text(0xF0) == "end-of-day required"
    assert terminal_status_text(0x77) == "terminal status 77"


def test_card_types() -> None:
    """zvt.md 12.4; a peer calls 46 V PAY, which is 13."""
    assert (CARD_TYPES[5], CARD_TYPES[13], CARD_TYPES[46]) == ("girocard", "V PAY", "Maestro")


@pytest.mark.parametrize(
    ("code", "number"), [("eur", 978), ("chf", 756), ("usd", 840), ("gbp", 826), ("aud", 36)]
)
def test_currencies_both_ways(code: str, number: int) -> None:
    """ISO 4217."""
    assert currency_number(code) == number
    assert currency_code(number) == code


def test_every_currency_has_a_number_of_its_own() -> None:
    assert [currency_code(currency_number(code)) for code in CURRENCY_NUMBERS] == [
        *CURRENCY_NUMBERS
    ]


def test_an_unknown_number_is_never_taken_for_no_currency() -> None:
    assert currency_code(12) == "012"
    assert currency_number("012") == 12


@pytest.mark.parametrize("currency", ["EUR", "xyz", "", "0978", "12", "²²²"])
def test_an_unknown_currency_is_unsupported(currency: str) -> None:
    with pytest.raises(Unsupported):
        currency_number(currency)
