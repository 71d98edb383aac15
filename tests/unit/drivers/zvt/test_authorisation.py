"""The payment's rules: what is decided when, and what is never concluded (M2, M3, M9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.card_reader import AbortCause
from posd_drivers.zvt.authorisation import (
    ABORT_SENDS_MAX,
    DECISION_S,
    GUARD_S,
    LEGAL,
    AuthorisationDialogue,
    State,
)
from posd_drivers.zvt.charset import Charset
from posd_drivers.zvt.messages import Authorisation
from posd_drivers.zvt.outcome import (
    Approval,
    CommandAccepted,
    Decline,
    Doubt,
    PositiveStatus,
    Stopped,
    Unknown,
    Unsent,
)
from posd_drivers.zvt.receipts import Receipts
from posd_drivers.zvt.turn import T3_S, T4_S, Timing
from tests.unit.drivers.zvt.bench import Bench

# Typed from zvt.md 14.2 to 14.5.
SALE = "06 01 0a 04 00 00 00 00 12 50 49 09 78"
GOOD = "80 00 00"
INSERT_CARD = "04 ff 01 0a"
INSERT_CARD_ONE_MINUTE = "04 ff 02 0a 01"
POSITIVE = "04 0f 0c 27 00 04 00 00 00 00 12 50 87 00 12"
WRONG_PIN = "04 0f 02 27 37"
STOPPED = "04 0f 02 27 6c"
WITHOUT_RESULT = "04 0f 03 87 00 12"
COMPLETION = "06 0f 00"
LINE = "06 d1 02 00 41"
ABORT = "06 b0 00"
TOO_LATE = "84 83 00"
NEGATIVE = "84 66 00"
NOT_UNDERSTOOD = "84 9a 00"


def aborted(code: int) -> str:
    return f"06 1e 01 {code:02x}"


@pytest.fixture
def bench() -> Bench:
    """A payment that has begun."""
    command = Authorisation(1250, "eur")
    bench = Bench(AuthorisationDialogue(command, Timing(), Receipts(Charset.CP437)))
    bench.begin()
    assert bench.take() == SALE
    return bench


@pytest.fixture
def running(bench: Bench) -> Bench:
    """A payment that the terminal took."""
    bench.hear(GOOD)
    return bench


@pytest.fixture
def reported(running: Bench) -> Bench:
    """A payment whose positive status was accepted and acknowledged."""
    running.hear(POSITIVE)
    running.decide(accepted=True)
    assert running.take() == GOOD
    return running


def doubt(bench: Bench) -> Doubt:
    assert isinstance(bench.outcome, Unknown), bench.outcome
    return bench.outcome.doubt


class TestApproval:
    def test_a_positive_status_is_decided_before_it_is_acknowledged(self, running: Bench) -> None:
        running.hear(POSITIVE)
        assert running.take() == ""
        about = running.decide(accepted=True)
        assert isinstance(about, PositiveStatus)
        assert about.status.fields.receipt == 12
        assert running.take() == GOOD
        assert not running.finished

    def test_only_the_completion_approves_and_is_decided_too(self, reported: Bench) -> None:
        reported.hear(COMPLETION)
        assert reported.take() == GOOD
        assert not reported.finished
        about = reported.decide(accepted=True)
        assert isinstance(about, Approval)
        assert reported.outcome == about

    def test_the_acknowledgement_of_the_command_is_told(self, running: Bench) -> None:
        assert running.progress == [CommandAccepted()]

    def test_84_00_is_good_too(self, bench: Bench) -> None:
        bench.hear("84 00 00")
        assert bench.progress == [CommandAccepted()]

    def test_the_last_accepted_status_is_the_one_approved(self, reported: Bench) -> None:
        reported.hear("04 0f 0c 27 00 04 00 00 00 00 12 50 87 00 13")
        reported.decide(accepted=True)
        reported.hear(COMPLETION)
        reported.decide(accepted=True)
        assert isinstance(reported.outcome, Approval)
        assert reported.outcome.status.fields.receipt == 13

    def test_another_amount_is_reported_as_it_is(self, running: Bench) -> None:
        running.hear("04 0f 0c 27 00 04 00 00 00 00 99 99 87 00 12")
        about = running.decide(accepted=False)
        assert isinstance(about, PositiveStatus)
        assert about.status.fields.amount == 9999
        assert running.take() == NEGATIVE

    def test_receipts_come_with_it(self, reported: Bench) -> None:
        reported.hear(LINE)
        reported.hear(COMPLETION)
        reported.decide(accepted=True)
        assert isinstance(reported.outcome, Approval)
        assert [receipt.lines for receipt in reported.outcome.receipts] == [("A",)]

    def test_a_lost_link_after_the_completion_does_not_undo_it(self, reported: Bench) -> None:
        reported.hear(COMPLETION)
        reported.lose_link(sent=True)
        assert not reported.finished
        reported.decide(accepted=True)
        assert isinstance(reported.outcome, Approval)

    def test_a_completion_that_is_not_durable_is_unknown(self, reported: Bench) -> None:
        reported.hear(COMPLETION)
        reported.decide(accepted=False)
        assert doubt(reported) is Doubt.NOT_DURABLE


class TestNotAccepted:
    def test_a_refusal_is_answered_negatively_and_unknown_whatever_follows(
        self, running: Bench
    ) -> None:
        running.hear(POSITIVE)
        running.decide(accepted=False)
        assert running.take() == NEGATIVE
        running.hear(STOPPED)
        assert running.take() == GOOD
        running.hear(aborted(0x6C))
        assert doubt(running) is Doubt.NOT_ACCEPTED

    def test_a_completion_after_it_is_no_approval(self, running: Bench) -> None:
        running.hear(POSITIVE)
        running.decide(accepted=False)
        running.hear(COMPLETION)
        assert running.asked == []
        assert doubt(running) is Doubt.NOT_ACCEPTED

    def test_a_decision_that_takes_too_long_is_answered_negatively(self, running: Bench) -> None:
        running.hear(POSITIVE)
        running.wait(DECISION_S - 0.01)
        assert running.take() == ""
        running.wait(0.02)
        assert running.take() == NEGATIVE
        running.decide(accepted=True)  # too late: the terminal has had its answer
        assert running.take() == ""
        running.hear(COMPLETION)
        assert running.asked == []
        assert doubt(running) is Doubt.DECISION_LATE

    def test_a_positive_status_after_it_is_refused_as_well(self, running: Bench) -> None:
        running.hear(POSITIVE)
        running.decide(accepted=False)
        running.take()
        running.hear(POSITIVE)
        assert running.take() == NEGATIVE
        assert running.asked == []

    def test_the_answer_leaves_before_the_terminal_stops_waiting(self) -> None:
        assert DECISION_S < T3_S


class TestCompletionWithoutApproval:
    @pytest.mark.parametrize("status", [WRONG_PIN, WITHOUT_RESULT, STOPPED])
    def test_after_a_status_that_is_not_positive(self, running: Bench, status: str) -> None:
        running.hear(status)
        assert running.take() == GOOD
        running.hear(COMPLETION)
        assert running.asked == []
        assert doubt(running) is Doubt.COMPLETED_WITHOUT_APPROVAL

    def test_after_a_positive_status_that_was_taken_back(self, reported: Bench) -> None:
        reported.hear(STOPPED)
        reported.hear(COMPLETION)
        assert doubt(reported) is Doubt.COMPLETED_WITHOUT_APPROVAL


class TestNotBooked:
    @pytest.mark.parametrize("code", [0x01, 0x05, 0x63, 0x64, 0x6E, 0x78, 0x7E])
    def test_issuer_and_card_decline(self, running: Bench, code: int) -> None:
        running.hear(aborted(code))
        assert running.outcome == Decline(code, None, ())

    @pytest.mark.parametrize("code", [0x66, 0x6A, 0x6B, 0x83, 0x9C, 0xA0, 0xC2, 0xF0, 0xFF])
    def test_the_terminals_own_state_stops(self, running: Bench, code: int) -> None:
        running.hear(aborted(code))
        assert running.outcome == Stopped(code, AbortCause.DEVICE)

    def test_the_customers_stop(self, running: Bench) -> None:
        running.hear(aborted(0x6C))
        assert running.outcome == Stopped(0x6C, AbortCause.CUSTOMER)

    def test_an_abort_without_a_code_means_the_last_result(self, running: Bench) -> None:
        running.hear("04 0f 02 27 05")
        running.hear("06 1e 00")
        assert isinstance(running.outcome, Decline)
        assert running.outcome.code == 5

    def test_an_abort_without_a_code_or_a_result_is_the_terminals(self, running: Bench) -> None:
        running.hear("06 1e 00")
        assert running.outcome == Stopped(0xFF, AbortCause.DEVICE)

    @pytest.mark.parametrize("code", [0x66, 0x6C, 0x05])
    def test_after_an_accepted_status_it_is_a_decline(self, reported: Bench, code: int) -> None:
        reported.hear(aborted(code))
        assert isinstance(reported.outcome, Decline)
        assert reported.outcome.code == code
        assert reported.outcome.status is not None

    def test_a_refused_command_moved_nothing(self, bench: Bench) -> None:
        bench.hear("84 6b 00")
        assert bench.outcome == Stopped(0x6B, AbortCause.DEVICE)

    @pytest.mark.parametrize("answer", ["84 9c 00", "84 a0 00"])
    def test_busy_may_speak_of_a_first_copy_of_the_command(self, bench: Bench, answer: str) -> None:
        bench.hear(answer)
        assert doubt(bench) is Doubt.BUSY


class TestSilence:
    def test_no_answer_within_t3(self, bench: Bench) -> None:
        bench.wait(T3_S)
        assert doubt(bench) is Doubt.NO_ANSWER

    def test_no_end_within_t4(self, running: Bench) -> None:
        running.wait(T4_S - 0.1)
        assert not running.finished
        running.wait(0.2)
        assert doubt(running) is Doubt.SILENCE

    def test_an_intermediate_status_starts_t4_anew(self, running: Bench) -> None:
        running.wait(T4_S - 1)
        running.hear(INSERT_CARD)
        running.wait(T4_S - 1)
        assert not running.finished

    def test_an_intermediate_status_may_shorten_t4_and_the_next_resets_it(
        self, running: Bench
    ) -> None:
        running.hear(INSERT_CARD_ONE_MINUTE)
        running.wait(59.0)
        running.hear(INSERT_CARD)
        running.wait(61.0)
        assert not running.finished
        running.hear(INSERT_CARD_ONE_MINUTE)
        running.wait(60.0)
        assert doubt(running) is Doubt.SILENCE

    def test_printing_does_not_put_t4_off(self, running: Bench) -> None:
        for _ in range(3):
            running.wait(T4_S / 3)
            if not running.finished:
                running.hear(LINE)
        assert doubt(running) is Doubt.SILENCE

    def test_after_an_error_the_guard_is_short(self, running: Bench) -> None:
        running.hear(WRONG_PIN)
        running.wait(GUARD_S)
        assert doubt(running) is Doubt.SILENCE_AFTER_ERROR

    def test_the_guard_ends_with_the_next_message(self, running: Bench) -> None:
        running.hear(WRONG_PIN)
        running.wait(GUARD_S - 1)
        running.hear("04 ff 01 15")
        running.wait(GUARD_S + 1)
        assert not running.finished

    def test_after_the_acknowledged_status_silence_is_unknown(self, reported: Bench) -> None:
        reported.wait(T4_S)
        assert doubt(reported) is Doubt.SILENCE


class TestLostLink:
    def test_before_the_first_octet_nothing_was_sent(self, bench: Bench) -> None:
        bench.lose_link(sent=False)
        assert bench.outcome == Unsent()

    def test_after_the_first_octet_it_is_unknown(self, bench: Bench) -> None:
        bench.lose_link(sent=True)
        assert doubt(bench) is Doubt.LINK_LOST

    def test_in_the_dialogue(self, running: Bench) -> None:
        running.lose_link(sent=True)
        assert doubt(running) is Doubt.LINK_LOST

    def test_while_deciding(self, running: Bench) -> None:
        running.hear(POSITIVE)
        running.lose_link(sent=True)
        assert doubt(running) is Doubt.LINK_LOST

    def test_after_the_acknowledged_status(self, reported: Bench) -> None:
        reported.lose_link(sent=True)
        assert doubt(reported) is Doubt.LINK_LOST

    def test_in_doubt_the_first_doubt_is_told(self, running: Bench) -> None:
        running.hear(POSITIVE)
        running.decide(accepted=False)
        running.lose_link(sent=True)
        assert doubt(running) is Doubt.NOT_ACCEPTED


class TestOutOfTurn:
    @pytest.mark.parametrize("message", [INSERT_CARD, LINE, "06 d8 00"])
    def test_what_comes_before_the_answer_puts_the_outcome_in_doubt(
        self, bench: Bench, message: str
    ) -> None:
        bench.hear(message)
        assert bench.take() == GOOD
        bench.hear(GOOD)
        bench.hear(POSITIVE)
        assert bench.take() == NEGATIVE
        bench.hear(COMPLETION)
        assert doubt(bench) is Doubt.OUT_OF_TURN

    def test_a_status_before_the_answer_may_be_of_an_earlier_payment(self, bench: Bench) -> None:
        bench.hear(POSITIVE)
        assert bench.asked == []
        assert bench.take() == NEGATIVE
        bench.hear(COMPLETION)
        assert doubt(bench) is Doubt.OUT_OF_TURN

    @pytest.mark.parametrize("end", [COMPLETION, "06 1e 01 6c"])
    def test_an_end_before_the_answer_is_unknown(self, bench: Bench, end: str) -> None:
        bench.hear(end)
        assert doubt(bench) is Doubt.OUT_OF_TURN

    @pytest.mark.parametrize("message", [INSERT_CARD, LINE, POSITIVE, COMPLETION, "06 1e 01 6c"])
    def test_while_deciding_nothing_is_acknowledged(self, running: Bench, message: str) -> None:
        running.hear(POSITIVE)
        running.hear(message)
        assert running.take() == NEGATIVE
        if not running.finished:
            running.decide(accepted=True)
            assert running.take() == ""
            running.hear(COMPLETION)
        assert doubt(running) is Doubt.OUT_OF_TURN

    def test_while_completing_nothing_more_is_heard(self, reported: Bench) -> None:
        reported.hear(COMPLETION)
        reported.take()
        reported.hear(POSITIVE)
        reported.hear(aborted(5))
        assert reported.take() == ""
        reported.decide(accepted=True)
        assert isinstance(reported.outcome, Approval)

    def test_every_state_has_its_row(self) -> None:
        assert set(LEGAL) == set(State)


class TestUnreadable:
    @pytest.mark.parametrize(
        "message",
        [
            "04 0f 03 27 00 04",  # an amount without its octets
            "04 0f 02 27",  # the length says more than there is
            "04 0f 01 fe",  # no such bitmap
            "04",
            "",
        ],
    )
    def test_it_may_have_spoken_of_money(self, running: Bench, message: str) -> None:
        running.hear(message)
        assert running.take() == NOT_UNDERSTOOD
        running.hear(POSITIVE)
        assert running.take() == NEGATIVE
        running.hear(aborted(0x6C))
        assert doubt(running) is Doubt.UNREADABLE

    @pytest.mark.parametrize("message", ["06 0f 01 fe", "06 1e 02 6c fe"])
    def test_an_end_that_cannot_be_read_is_an_end(self, reported: Bench, message: str) -> None:
        reported.hear(message)
        assert reported.take() == NOT_UNDERSTOOD
        assert doubt(reported) is Doubt.UNREADABLE

    @pytest.mark.parametrize("message", ["04 ff 00", "06 d1 00", "06 d3 02 06 05"])
    def test_texts_that_cannot_be_read_are_only_texts(self, reported: Bench, message: str) -> None:
        reported.hear(message)
        assert reported.take() == GOOD
        reported.hear(COMPLETION)
        reported.decide(accepted=True)
        assert isinstance(reported.outcome, Approval)


class TestTheTillStops:
    def test_an_abort_is_sent_at_once_when_it_is_the_terminals_turn(self, running: Bench) -> None:
        running.abort()
        assert running.take() == ABORT

    def test_before_the_answer_it_waits_for_it(self, bench: Bench) -> None:
        bench.abort()
        assert bench.take() == ""
        bench.hear(GOOD)
        assert bench.take() == ABORT

    def test_heard_is_not_stopped(self, running: Bench) -> None:
        running.abort()
        running.hear(GOOD)
        assert not running.finished
        running.hear(aborted(0x6C))
        assert running.outcome == Stopped(0x6C, AbortCause.TILL)

    def test_after_too_late_a_stop_is_the_customers(self, running: Bench) -> None:
        running.abort()
        running.hear(TOO_LATE)
        running.hear(aborted(0x6C))
        assert running.outcome == Stopped(0x6C, AbortCause.CUSTOMER)

    def test_without_an_answer_it_is_repeated_and_then_left(self, running: Bench) -> None:
        running.abort()
        running.wait(10 * T3_S)
        assert running.take() == "\n".join([ABORT] * ABORT_SENDS_MAX)

    def test_an_answer_ends_the_repeating(self, running: Bench) -> None:
        running.abort()
        running.hear(GOOD)
        running.take()
        running.wait(10 * T3_S)
        assert running.take() == ""

    def test_a_second_wish_is_the_same(self, running: Bench) -> None:
        running.abort()
        running.abort()
        assert running.take() == ABORT

    def test_after_a_positive_status_it_is_too_late(self, running: Bench) -> None:
        running.hear(POSITIVE)
        running.abort()
        assert running.take() == ""
        running.decide(accepted=True)
        running.take()
        running.abort()
        running.wait(T3_S)
        assert running.take() == ""

    def test_an_answer_that_crosses_the_status_does_not_decide(self, running: Bench) -> None:
        running.abort()
        running.take()
        running.hear(POSITIVE)
        running.hear(TOO_LATE)
        assert running.take() == ""
        running.decide(accepted=True)
        assert running.take() == GOOD

    def test_an_answer_to_nothing_is_nothing(self, reported: Bench) -> None:
        reported.hear(TOO_LATE)
        reported.hear(GOOD)
        assert reported.take() == ""
        assert not reported.finished


PT_MESSAGES = st.sampled_from(
    [
        *(GOOD, TOO_LATE, "84 9c 00", INSERT_CARD, POSITIVE, WRONG_PIN, WITHOUT_RESULT, STOPPED),
        *(COMPLETION, aborted(0x6C), aborted(0x05), LINE, "06 d8 00", "04 0f 01 fe", "04"),
    ]
)
MOVES = st.one_of(
    PT_MESSAGES,
    st.binary(max_size=12),
    st.sampled_from(["abort", "accept", "refuse", "lose"]),
    st.floats(min_value=0.1, max_value=200.0),
)


def move(bench: Bench, step: str | bytes | float, accepted: list[object]) -> None:
    match step:
        case "abort":
            bench.abort()
        case "lose":
            bench.lose_link(sent=True)
        case "accept" | "refuse":
            if bench.asked:
                about = bench.decide(accepted=step == "accept")
                accepted += [about] if step == "accept" else []
        case float():
            bench.wait(step)
        case _:
            bench.hear(step)


@given(st.lists(MOVES, max_size=25))
def test_whatever_happens_an_approval_was_accepted_twice_and_completed(
    steps: list[str | bytes | float],
) -> None:
    command = Authorisation(1250, "eur")
    bench = Bench(AuthorisationDialogue(command, Timing(), Receipts(Charset.CP437)))
    bench.begin()
    accepted: list[object] = []
    for step in steps:
        if not bench.finished:
            move(bench, step, accepted)
    match bench.outcome:
        case Approval(status):
            assert PositiveStatus(status) in accepted
            assert bench.outcome in accepted
            assert COMPLETION in steps
        case Decline() | Stopped():
            ends = ("06 1e", TOO_LATE)
            assert any(isinstance(step, str) and step.startswith(ends) for step in steps)
        case _:
            assert bench.outcome is None or isinstance(bench.outcome, Unknown)
