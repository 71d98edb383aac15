"""The payment's answers: what is decided when, and what a no is (M2, M3)."""

import pytest

from posd_drivers.card_reader import AbortCause
from posd_drivers.zvt.money import DECISION_S
from posd_drivers.zvt.outcome import (
    Approval,
    CommandAccepted,
    Decline,
    Doubt,
    PositiveStatus,
    Stopped,
)
from posd_drivers.zvt.turn import T3_S
from tests.unit.drivers.zvt.bench import Bench
from tests.unit.drivers.zvt.payment import (
    COMPLETION,
    GOOD,
    LINE,
    NEGATIVE,
    POSITIVE,
    STOPPED,
    WITHOUT_RESULT,
    WRONG_PIN,
    aborted,
    doubt,
)


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

    def test_a_late_no_is_not_said_twice(self, running: Bench) -> None:
        running.hear(POSITIVE)
        running.wait(DECISION_S)
        assert running.take() == NEGATIVE
        running.decide(accepted=False)
        assert running.take() == ""

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

    def test_after_a_positive_status_that_names_an_error(self, running: Bench) -> None:
        running.hear("04 0f 0b 27 00 87 00 12 06 04 1f 16 01 a4")
        running.decide(accepted=True)
        running.hear(COMPLETION)
        assert running.asked == []
        assert doubt(running) is Doubt.COMPLETED_WITH_ERROR

    def test_an_error_of_00_is_none(self, running: Bench) -> None:
        running.hear("04 0f 0b 27 00 87 00 12 06 04 1f 16 01 00")
        running.decide(accepted=True)
        running.hear(COMPLETION)
        running.decide(accepted=True)
        assert isinstance(running.outcome, Approval)

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

    @pytest.mark.parametrize("code", [0x05, 0x72])
    def test_after_an_accepted_status_issuer_and_card_may_still_decline(
        self, reported: Bench, code: int
    ) -> None:
        reported.hear(aborted(code))
        assert isinstance(reported.outcome, Decline)
        assert reported.outcome.code == code
        assert reported.outcome.status is not None

    @pytest.mark.parametrize(
        ("code", "cause"), [(0x66, AbortCause.DEVICE), (0x6C, AbortCause.CUSTOMER)]
    )
    def test_after_an_accepted_status_a_state_of_the_device_is_no_decline(
        self, reported: Bench, code: int, cause: AbortCause
    ) -> None:
        reported.hear(aborted(code))
        assert reported.outcome == Stopped(code, cause)

    def test_a_refused_command_moved_nothing(self, bench: Bench) -> None:
        bench.hear("84 6b 00")
        assert bench.outcome == Stopped(0x6B, AbortCause.DEVICE)

    @pytest.mark.parametrize("answer", ["84 9c 00", "84 a0 00"])
    def test_busy_may_speak_of_a_first_copy_of_the_command(self, bench: Bench, answer: str) -> None:
        bench.hear(answer)
        assert doubt(bench) is Doubt.BUSY
