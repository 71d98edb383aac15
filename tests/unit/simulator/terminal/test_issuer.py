"""The issuer's rules against Stripe's table of amount endings."""

import pytest

from posd_simulator.terminal.cards import CARDS, CARDS_BY_NUMBER
from posd_simulator.terminal.issuer import (
    HostApproved,
    HostDeclined,
    PinNeeded,
    Verification,
    decide,
)

VISA = CARDS["visa"]


@pytest.mark.parametrize("amount", [1200, 1, 99, 100, 1210, 4298, 111_111])
def test_other_endings_approve(amount: int) -> None:
    if amount == 1:
        amount = 10_004
    assert decide(amount, VISA, Verification.NONE, 7) == HostApproved("000007")


@pytest.mark.parametrize("ending", [1, 5, 55, 65, 75])
def test_declining_endings_are_the_host_code(ending: int) -> None:
    verdict = decide(1200 + ending, VISA, Verification.ONLINE_PIN, 7)
    assert isinstance(verdict, HostDeclined)
    assert verdict.code == ending


@pytest.mark.parametrize("ending", [2, 3])
def test_pin_endings_want_a_pin_and_then_approve(ending: int) -> None:
    assert decide(1200 + ending, VISA, Verification.NONE, 7) == PinNeeded()
    assert decide(1200 + ending, VISA, Verification.ONLINE_PIN, 7) == HostApproved("000007")


def test_a_refused_card_is_refused_whatever_the_amount() -> None:
    verdict = decide(1200, CARDS["insufficient_funds"], Verification.NONE, 7)
    assert verdict == HostDeclined(51, "insufficient funds")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("4000000000000002", 5),
        ("4000000000009995", 51),
        ("4000000000009987", 41),
        ("4000000000009979", 43),
        ("4000000000000069", 54),
        ("4000000000000119", 96),
    ],
)
def test_stripes_error_cards_are_refused_with_codes_of_iso_8583(number: str, code: int) -> None:
    verdict = decide(1200, CARDS_BY_NUMBER[number], Verification.NONE, 7)
    assert isinstance(verdict, HostDeclined)
    assert verdict.code == code


@pytest.mark.parametrize(
    "number", ["4001007020000002", "4000008260000075", "4001000360000005", "4000002760000008"]
)
def test_a_pin_card_wants_its_pin_whatever_the_amount(number: str) -> None:
    card = CARDS_BY_NUMBER[number]
    assert decide(1200, card, Verification.NONE, 7) == PinNeeded()
    assert decide(1200, card, Verification.ONLINE_PIN, 7) == HostApproved("000007")


def test_each_card_has_a_name_and_a_number_of_its_own() -> None:
    assert all(name == card.name for name, card in CARDS.items())
    assert all(number == card.number for number, card in CARDS_BY_NUMBER.items())
    assert len(CARDS) == len(CARDS_BY_NUMBER) == 29
    assert all(passes_luhn(number) for number in CARDS_BY_NUMBER)


def passes_luhn(number: str) -> bool:
    """ISO/IEC 7812-1, annex B: a digit that was typed wrong is found."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
