"""Receipts while money moves: durable before the last message of each is acknowledged."""

import pytest

from posd_drivers.zvt.money import DECISION_S
from posd_drivers.zvt.outcome import Approval, Decline, Doubt, Printed, Stopped
from tests.unit.drivers.zvt.bench import Bench
from tests.unit.drivers.zvt.payment import (
    ABORT,
    COMPLETION,
    GOOD,
    LAST_LINE,
    LINE,
    NEGATIVE,
    NOT_PRINTED,
    POSITIVE,
    TOO_LATE,
    aborted,
    doubt,
)

SIGNED = "04 0f 12 27 00 04 00 00 00 00 12 50 87 00 12 06 04 1f 10 01 01"


def lines_of(printed: object) -> list[tuple[str, ...]]:
    assert isinstance(printed, Printed)
    return [receipt.lines for receipt in printed.receipts]


class TestDurableFirst:
    def test_the_last_message_waits_for_it_and_the_others_do_not(self, reported: Bench) -> None:
        reported.hear(LINE)
        assert reported.take() == GOOD
        reported.hear(LAST_LINE)
        assert reported.take() == ""
        assert lines_of(reported.decide(accepted=True)) == [("A", "B")]
        assert reported.take() == GOOD

    def test_the_approval_follows_with_what_was_never_cut(self, reported: Bench) -> None:
        reported.hear(LAST_LINE)
        reported.decide(accepted=True)
        reported.hear(LINE)
        reported.hear(COMPLETION)
        reported.decide(accepted=True)
        assert isinstance(reported.outcome, Approval)
        assert [receipt.lines for receipt in reported.outcome.receipts] == [("A",)]

    def test_another_type_of_receipt_ends_the_one_before(self, reported: Bench) -> None:
        reported.hear("06 d3 0e 06 0c 1f 07 01 01 25 06 07 01 41 09 01 00")
        assert reported.take() == GOOD
        reported.hear("06 d3 0e 06 0c 1f 07 01 02 25 06 07 01 42 09 01 00")
        assert reported.take() == ""
        assert lines_of(reported.decide(accepted=True)) == [("A",)]
        assert reported.take() == GOOD

    def test_a_declines_receipt_too(self, running: Bench) -> None:
        running.hear("04 0f 02 27 05")
        running.hear(LAST_LINE)
        assert lines_of(running.decide(accepted=True)) == [("B",)]
        running.hear(aborted(5))
        assert isinstance(running.outcome, Decline)
        assert running.outcome.receipts == ()

    def test_the_merchants_is_to_be_signed_if_the_status_says_so(self, running: Bench) -> None:
        running.hear(SIGNED)
        running.decide(accepted=True)
        required = []
        for _copy in ("merchant's", "customer's"):
            running.hear(LAST_LINE)
            about = running.decide(accepted=True)
            assert isinstance(about, Printed)
            required += [receipt.signature_required for receipt in about.receipts]
        assert required == [True, False]


class TestNotDurable:
    def test_what_cannot_be_kept_was_not_printed_and_the_outcome_is_unknown(
        self, reported: Bench
    ) -> None:
        reported.hear(LAST_LINE)
        reported.decide(accepted=False)
        assert reported.take() == NOT_PRINTED
        reported.hear(COMPLETION)
        assert doubt(reported) is Doubt.NOT_DURABLE

    def test_a_late_journal_is_answered_for_and_not_asked_again(self, reported: Bench) -> None:
        reported.hear(LAST_LINE)
        reported.wait(DECISION_S - 0.01)
        assert reported.take() == ""
        reported.wait(0.02)
        assert reported.take() == NOT_PRINTED
        reported.hear(LAST_LINE)
        assert reported.take() == NOT_PRINTED
        assert len(reported.asked) == 1
        reported.decide(accepted=True)  # too late: the terminal has had its answer
        assert reported.take() == ""
        reported.hear(COMPLETION)
        assert doubt(reported) is Doubt.DECISION_LATE

    def test_in_doubt_receipts_are_still_kept(self, running: Bench) -> None:
        running.hear(POSITIVE)
        running.decide(accepted=False)
        assert running.take() == NEGATIVE
        running.hear(LAST_LINE)
        assert lines_of(running.decide(accepted=True)) == [("B",)]
        assert running.take() == GOOD
        running.hear(LAST_LINE)
        running.decide(accepted=False)
        running.hear(COMPLETION)
        assert doubt(running) is Doubt.NOT_ACCEPTED


class TestWhilePrinting:
    @pytest.mark.parametrize("message", [LINE, POSITIVE, COMPLETION, "06 1e 01 6c", "04"])
    def test_nothing_else_is_acknowledged(self, reported: Bench, message: str) -> None:
        reported.hear(LAST_LINE)
        reported.hear(message)
        assert reported.take() == NOT_PRINTED
        if not reported.finished:
            reported.decide(accepted=True)
            assert reported.take() == ""
            reported.hear(COMPLETION)
        assert doubt(reported) is Doubt.OUT_OF_TURN

    def test_a_lost_link_is_unknown(self, reported: Bench) -> None:
        reported.hear(LAST_LINE)
        reported.lose_link(sent=True)
        assert doubt(reported) is Doubt.LINK_LOST

    def test_a_wish_to_stop_waits_for_the_answer(self, running: Bench) -> None:
        running.hear(LAST_LINE)
        running.abort()
        assert running.take() == ""
        running.decide(accepted=True)
        assert running.take() == f"{GOOD}\n{ABORT}"

    def test_an_answer_to_the_abort_is_heard(self, running: Bench) -> None:
        running.abort()
        running.take()
        running.hear(LAST_LINE)
        running.hear(TOO_LATE)
        running.decide(accepted=True)
        assert running.take() == GOOD
        running.hear(aborted(0x6C))
        assert isinstance(running.outcome, Stopped)
