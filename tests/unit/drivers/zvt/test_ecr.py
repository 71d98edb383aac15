"""Questions: what a terminal tells, and what is left alone because it may be about money."""

import pytest

from posd_drivers.zvt.charset import Charset
from posd_drivers.zvt.ecr import (
    LEGAL,
    Denied,
    Question,
    QuestionDialogue,
    State,
    Told,
    Untold,
    Why,
)
from posd_drivers.zvt.messages import (
    AbortMessage,
    Completion,
    Registration,
    RepeatReceipt,
    StatusEnquiry,
    StatusEnquiryCompletion,
)
from posd_drivers.zvt.receipts import Receipts
from posd_drivers.zvt.turn import T3_S, T4_S, Timing
from tests.unit.drivers.zvt.bench import Bench

GOOD = "80 00 00"
STATUS = "04 0f 0c 27 00 04 00 00 00 00 12 50 87 00 12"
COMPLETION = "06 0f 00"

REGISTRATION = Registration("000000", 0xBE, "eur", 1, ())
PLAIN_REGISTRATION = Registration("000000", 0xBE, "eur")
STATUS_ENQUIRY = StatusEnquiry("000000")
REPEAT_RECEIPT = RepeatReceipt("000000", 3)


def asked(question: Question, fallback: Question | None = None) -> Bench:
    bench = Bench(QuestionDialogue(question, Timing(), Receipts(Charset.CP437), fallback))
    bench.begin()
    bench.take()
    return bench


def running(question: Question) -> Bench:
    bench = asked(question)
    bench.hear(GOOD)
    return bench


def test_a_status_enquiry_ends_with_the_status_of_the_terminal() -> None:
    bench = running(STATUS_ENQUIRY)
    bench.hear("06 0f 01 dc")
    assert isinstance(bench.outcome, Told)
    assert isinstance(bench.outcome.completion, StatusEnquiryCompletion)
    assert bench.outcome.completion.status == 0xDC


def test_a_repeated_receipt_comes_with_its_status_information() -> None:
    bench = running(REPEAT_RECEIPT)
    bench.hear(STATUS)
    assert bench.take() == GOOD
    bench.hear(COMPLETION)
    assert isinstance(bench.outcome, Told)
    assert isinstance(bench.outcome.completion, Completion)
    assert [status.fields.receipt for status in bench.outcome.statuses] == [12]


def test_what_is_printed_although_nobody_asked_is_kept() -> None:
    bench = running(REPEAT_RECEIPT)
    bench.hear("06 d1 02 00 41")
    bench.hear("06 d3 0b 06 09 25 07 07 01 42 09 02 81 00")
    assert bench.take() == f"{GOOD}\n{GOOD}"
    bench.hear(COMPLETION)
    assert isinstance(bench.outcome, Told)
    assert [receipt.lines for receipt in bench.outcome.receipts] == [("A", "B")]


@pytest.mark.parametrize("question", [REGISTRATION, STATUS_ENQUIRY])
def test_a_status_information_that_nobody_asked_for_is_left_unanswered(question: Question) -> None:
    bench = running(question)
    bench.hear(STATUS)
    assert bench.take() == ""
    assert not bench.finished


@pytest.mark.parametrize(
    "message", [STATUS, "04 ff 01 0a", COMPLETION, "06 1e 01 6c", "06 d1 02 00 41", "04", ""]
)
@pytest.mark.parametrize("question", [REGISTRATION, STATUS_ENQUIRY, REPEAT_RECEIPT])
def test_what_comes_before_the_answer_is_left_unanswered(question: Question, message: str) -> None:
    bench = asked(question)
    bench.hear(message)
    assert bench.take() == ""
    assert not bench.finished


def test_an_abort_is_a_no_with_its_code() -> None:
    bench = running(REPEAT_RECEIPT)
    bench.hear("06 1e 01 9c")
    assert bench.take() == GOOD
    assert bench.outcome == Denied(0x9C, AbortMessage(0x9C))


def test_an_abort_without_a_code_is_a_no() -> None:
    bench = running(REPEAT_RECEIPT)
    bench.hear("06 1e 00")
    assert bench.outcome == Denied(0xFF, AbortMessage())


def test_a_refused_command_is_a_no_with_its_code() -> None:
    bench = asked(STATUS_ENQUIRY)
    bench.hear("84 37 00")
    assert bench.outcome == Denied(0x37)


def test_a_refusal_after_an_answer_that_was_not_ours_ends_the_question() -> None:
    """The repeated 80 00 of a sale that nobody runs any more, then what was said to us."""
    bench = running(REGISTRATION)
    bench.hear("04 ff 01 0a")
    bench.hear("84 9c 00")
    assert bench.outcome == Denied(0x9C)


def test_a_question_that_is_not_understood_is_asked_more_simply_once() -> None:
    bench = asked(REGISTRATION, PLAIN_REGISTRATION)
    bench.hear("84 9a 00")
    assert bench.take() == "06 00 06 00 00 00 be 09 78"
    bench.hear("84 9a 00")
    assert bench.outcome == Denied(0x9A)


def test_no_answer_within_t3() -> None:
    bench = asked(STATUS_ENQUIRY)
    bench.wait(T3_S)
    assert bench.outcome == Untold(Why.NO_ANSWER)


def test_no_end_within_t4_which_each_intermediate_status_starts_anew() -> None:
    bench = running(STATUS_ENQUIRY)
    bench.wait(T4_S - 1)
    bench.hear("04 ff 02 0e 01")
    assert bench.take() == GOOD
    bench.wait(59.0)
    assert not bench.finished
    bench.wait(1.0)
    assert bench.outcome == Untold(Why.NO_ANSWER)


@pytest.mark.parametrize(("sent", "why"), [(False, Why.NOT_SENT), (True, Why.LINK_LOST)])
def test_a_lost_link_says_whether_the_question_left(sent: bool, why: Why) -> None:  # noqa: FBT001
    bench = asked(STATUS_ENQUIRY)
    bench.lose_link(sent=sent)
    assert bench.outcome == Untold(why)


def test_what_the_till_does_not_offer_is_declined() -> None:
    bench = running(REGISTRATION)
    bench.hear("06 d8 00")
    assert bench.take() == "84 83 00"
    assert not bench.finished


def test_an_unreadable_end_is_no_answer() -> None:
    bench = running(REPEAT_RECEIPT)
    bench.hear("06 0f 01 fe")
    assert bench.take() == "84 9a 00"
    assert bench.outcome == Untold(Why.UNREADABLE)


def test_unreadable_texts_are_only_texts() -> None:
    bench = running(REPEAT_RECEIPT)
    bench.hear("04 ff 00")
    assert bench.take() == GOOD
    assert not bench.finished


def test_a_question_cannot_be_aborted() -> None:
    bench = running(STATUS_ENQUIRY)
    bench.abort()
    assert bench.take() == ""
    assert not bench.finished


def test_every_state_has_its_row() -> None:
    assert set(LEGAL) == set(State)
