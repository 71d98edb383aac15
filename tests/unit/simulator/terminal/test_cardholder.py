"""Cardholders: scripted one after another, else by default."""

import pytest

from posd_simulator.terminal.cardholder import (
    Act,
    Behaviour,
    Cardholder,
    EnterPin,
    Insert,
    PressStop,
    Prompt,
    Soon,
    Tap,
)
from posd_simulator.terminal.cards import CARDS

VISA = CARDS["visa"]


def test_one_whom_nobody_told_anything_taps_after_a_second() -> None:
    cardholder = Cardholder()
    cardholder.arrive()
    assert cardholder.asked(Prompt.CARD) == Soon(Tap(VISA), 1.0)


def test_one_without_a_script_stands_there_in_manual_mode() -> None:
    cardholder = Cardholder(auto=False)
    cardholder.arrive()
    assert cardholder.asked(Prompt.CARD) is None
    assert cardholder.told(Behaviour.TAP, Prompt.CARD) == Soon(Tap(VISA), 0.0)


def test_one_who_is_given_a_card_taps_it_at_once_and_knows_its_pin() -> None:
    cardholder = Cardholder(auto=False)
    cardholder.arrive()
    assert cardholder.holds(CARDS["amex"]) == Soon(Tap(CARDS["amex"]), 0.0)
    assert cardholder.asked(Prompt.PIN) == Soon(EnterPin(right=True), 2.0)


@pytest.mark.parametrize(
    ("behaviour", "act"),
    [
        (Behaviour.TAP, Tap(VISA)),
        (Behaviour.DECLINE, Tap(CARDS["card_declined"])),
        (Behaviour.INSERT, Insert(VISA)),
        (Behaviour.WRONG_PIN, Insert(VISA)),
        (Behaviour.CANCEL, PressStop()),
    ],
)
def test_what_each_does_when_asked_for_a_card(behaviour: Behaviour, act: Act) -> None:
    cardholder = Cardholder()
    cardholder.script([behaviour])
    cardholder.arrive()
    assert cardholder.asked(Prompt.CARD) == Soon(act, 1.0)


def test_one_who_walks_away_does_nothing() -> None:
    cardholder = Cardholder()
    cardholder.script([Behaviour.WALK_AWAY])
    cardholder.arrive()
    assert cardholder.asked(Prompt.CARD) is None


def test_the_pin_is_wrong_once() -> None:
    cardholder = Cardholder()
    cardholder.script([Behaviour.WRONG_PIN])
    cardholder.arrive()
    answers = [cardholder.asked(Prompt.PIN) for _ in range(2)]
    assert answers == [Soon(EnterPin(right=False), 2.0), Soon(EnterPin(right=True), 2.0)]


def test_scripts_are_used_up_in_order() -> None:
    cardholder = Cardholder()
    cardholder.script([Behaviour.WALK_AWAY, Behaviour.CANCEL])
    seen = []
    for _ in range(3):
        cardholder.arrive()
        seen.append(cardholder.asked(Prompt.CARD))
    assert seen == [None, Soon(PressStop(), 1.0), Soon(Tap(VISA), 1.0)]
