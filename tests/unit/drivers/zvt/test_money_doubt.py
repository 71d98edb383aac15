"""The payment's doubts: silence, a lost link, messages out of turn or unreadable (M3)."""

import pytest

from posd_drivers.zvt.money import GUARD_S
from posd_drivers.zvt.moves import LEGAL, State
from posd_drivers.zvt.outcome import Approval, Doubt, Unsent
from posd_drivers.zvt.turn import T3_S, T4_S
from tests.unit.drivers.zvt.bench import Bench
from tests.unit.drivers.zvt.payment import (
    COMPLETION,
    GOOD,
    INSERT_CARD,
    INSERT_CARD_ONE_MINUTE,
    LINE,
    NEGATIVE,
    NOT_PRINTED,
    NOT_UNDERSTOOD,
    POSITIVE,
    WRONG_PIN,
    aborted,
    doubt,
)


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
    @pytest.mark.parametrize(
        ("message", "answer"), [(INSERT_CARD, GOOD), ("06 d8 00", GOOD), (LINE, NOT_PRINTED)]
    )
    def test_what_comes_before_the_answer_puts_the_outcome_in_doubt(
        self, bench: Bench, message: str, answer: str
    ) -> None:
        bench.hear(message)
        assert bench.take() == answer
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
