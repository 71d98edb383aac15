"""The till's wish to stop a payment, which the terminal decides (M9)."""

from posd_drivers.card_reader import AbortCause
from posd_drivers.zvt.outcome import Stopped
from posd_drivers.zvt.stopping import ABORT_SENDS_MAX
from posd_drivers.zvt.turn import T3_S
from tests.unit.drivers.zvt.bench import Bench
from tests.unit.drivers.zvt.payment import ABORT, GOOD, POSITIVE, TOO_LATE, aborted


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

    def test_in_doubt_it_is_not_repeated(self, running: Bench) -> None:
        running.abort()
        running.hear("04 0f 01 fe")
        running.take()
        running.wait(T3_S)
        assert running.take() == ""
        assert not running.finished

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
