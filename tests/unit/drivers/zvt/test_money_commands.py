"""Every command that moves money keeps the rules of a payment (M2, M3, M9, M11)."""

import pytest

from posd_drivers.card_reader import AbortCause
from posd_drivers.zvt.messages import (
    Authorisation,
    BookTotal,
    EndOfDay,
    Preauthorisation,
    PreauthorisationReversal,
    Refund,
    Reversal,
)
from posd_drivers.zvt.moves import MoneyCommand
from posd_drivers.zvt.outcome import Approval, Decline, Doubt, PositiveStatus, Stopped, Unsent
from posd_drivers.zvt.turn import T3_S, T4_S
from tests.unit.drivers.zvt.bench import Bench
from tests.unit.drivers.zvt.payment import (
    ABORT,
    COMPLETION,
    GOOD,
    NEGATIVE,
    POSITIVE,
    SALE,
    aborted,
    begun,
    doubt,
)

# Octets typed from zvt.md 6.1 and 14.9 to 14.11.
COMMANDS: dict[str, tuple[MoneyCommand, str]] = {
    "06 01": (Authorisation(1250, "eur"), SALE),
    "06 22": (Preauthorisation(5000, "eur"), "06 22 0a 04 00 00 00 00 50 00 49 09 78"),
    "06 24": (BookTotal(23, 3150, "eur"), "06 24 0d 87 00 23 04 00 00 00 00 31 50 49 09 78"),
    "06 25": (
        PreauthorisationReversal(23, 5000, "eur"),
        "06 25 0d 87 00 23 04 00 00 00 00 50 00 49 09 78",
    ),
    "06 30": (
        Reversal("000000", 12, 1250, "eur"),
        "06 30 10 00 00 00 87 00 12 04 00 00 00 00 12 50 49 09 78",
    ),
    "06 31": (Refund("000000", 500, "eur"), "06 31 0d 00 00 00 04 00 00 00 00 05 00 49 09 78"),
    "06 50": (EndOfDay("000000"), "06 50 03 00 00 00"),
}


@pytest.fixture(params=COMMANDS)
def sent(request: pytest.FixtureRequest) -> Bench:
    """A command whose octets have left."""
    return begun(*COMMANDS[request.param])


def test_a_positive_status_and_the_completion_are_decided_in_this_order(sent: Bench) -> None:
    sent.hear(GOOD)
    sent.hear(POSITIVE)
    assert sent.take() == ""
    assert isinstance(sent.decide(accepted=True), PositiveStatus)
    assert sent.take() == GOOD
    sent.hear(COMPLETION)
    assert not sent.finished
    about = sent.decide(accepted=True)
    assert isinstance(about, Approval)
    assert sent.outcome == about


def test_a_refused_report_is_unknown_whatever_follows(sent: Bench) -> None:
    sent.hear(GOOD)
    sent.hear(POSITIVE)
    sent.decide(accepted=False)
    assert sent.take() == NEGATIVE
    sent.hear(COMPLETION)
    assert doubt(sent) is Doubt.NOT_ACCEPTED


def test_a_no_is_an_answer(sent: Bench) -> None:
    sent.hear(GOOD)
    sent.hear(aborted(5))
    assert sent.outcome == Decline(5, None, ())


@pytest.mark.parametrize("code", [0x77, 0x83, 0xB4, 0xB5, 0xB7, 0xB8])
def test_what_the_terminal_cannot_do_is_no_decline(sent: Bench, code: int) -> None:
    sent.hear(GOOD)
    sent.hear(aborted(code))
    assert sent.outcome == Stopped(code, AbortCause.DEVICE)


def test_a_refusal_at_once_is_an_answer(sent: Bench) -> None:
    sent.hear("84 83 00")
    assert sent.outcome == Stopped(0x83, AbortCause.DEVICE)


def test_silence_is_unknown_and_nothing_is_said_again(sent: Bench) -> None:
    sent.wait(T3_S)
    assert doubt(sent) is Doubt.NO_ANSWER
    assert sent.take() == ""


def test_silence_in_the_dialogue_is_unknown(sent: Bench) -> None:
    sent.hear(GOOD)
    sent.wait(T4_S)
    assert doubt(sent) is Doubt.SILENCE
    assert sent.take() == ""


def test_a_lost_link_is_unknown_unless_nothing_left(sent: Bench) -> None:
    sent.lose_link(sent=False)
    assert sent.outcome == Unsent()


def test_a_lost_link_after_the_first_octet_is_unknown(sent: Bench) -> None:
    sent.lose_link(sent=True)
    assert doubt(sent) is Doubt.LINK_LOST


def test_a_wish_to_stop_is_told_and_the_terminals_end_decides(sent: Bench) -> None:
    sent.hear(GOOD)
    sent.abort()
    assert sent.take() == ABORT
    sent.hear(GOOD)
    sent.hear(aborted(0x6C))
    assert sent.outcome == Stopped(0x6C, AbortCause.TILL)
