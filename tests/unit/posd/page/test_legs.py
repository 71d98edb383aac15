"""The parts of a payment, timed by its facts."""

from msgspec.structs import replace

from posd.model.facts import AttemptAborted, AttemptApproved, AttemptDeclined, EffectDone, Proof
from posd.page.legs import Legs, Spread, legs, spreads
from posd_drivers.card_reader import AbortCause
from tests.unit.posd.api.store import Store
from tests.unit.posd.page.desk import Desk
from tests.unit.posd.page.histories_fake import HistoriesFake
from tests.unit.posd.page.sold import STARTED, YES, sold
from tests.unit.posd.records import ATTEMPT, INTENT


def test_a_sale_has_every_part() -> None:
    desk = Desk()
    sold(desk)
    assert legs(ATTEMPT, desk.histories.entries) == Legs(2100, 1300, 1000, 2000)
    assert legs(ATTEMPT, reversed(desk.histories.entries)) == Legs(2100, 1300, 1000, 2000)


def test_what_is_of_another_attempt_counts_for_nothing() -> None:
    desk = Desk()
    sold(desk)
    told = [one for one in desk.histories.entries if one.object != INTENT]
    assert legs("att_posd_other", told) == Legs()


def test_a_no_has_one_part() -> None:
    for no in (AttemptDeclined(ATTEMPT, 0x64), AttemptAborted(ATTEMPT, 0x6C, AbortCause.TILL)):
        history = HistoriesFake(Store())
        history.tell(STARTED)
        history.tell(no, took_ms=900)
        assert legs(ATTEMPT, history.entries) == Legs(card=900)


def test_what_was_proven_later_is_no_time_of_the_reader() -> None:
    history = HistoriesFake(Store())
    history.tell(STARTED)
    history.tell(YES, took_ms=2000)
    history.tell(AttemptApproved(ATTEMPT, None, 1250, Proof.TERMINAL, None), took_ms=90_000)
    assert legs(ATTEMPT, history.entries) == Legs(card=2000)


def test_the_first_report_counts_and_a_clock_that_jumps_back_takes_no_time() -> None:
    desk = Desk()
    sold(desk)
    desk.histories.tell(EffectDone(f"{ATTEMPT}-guarantee", INTENT, None))
    assert legs(ATTEMPT, desk.histories.entries).stripe == 2000
    approved = desk.histories.entries[5]
    assert isinstance(approved.fact, AttemptApproved)
    early = [one for one in desk.histories.entries if one.wall_ms <= approved.wall_ms]
    heard = desk.histories.entries[6]
    assert legs(ATTEMPT, [*early, replace(heard, wall_ms=approved.wall_ms - 5000)]).till == 0


def test_half_and_nine_of_ten_are_the_nearest_ranks() -> None:
    times = [Legs(card=n * 100, till=None if n > 1 else 7) for n in range(1, 11)]
    assert spreads(times) == (Spread("card", 10, (500, 900)), Spread("till", 1, (7, 7)))
    assert spreads([Legs(card=1), Legs(card=9)])[0].within_ms == (1, 9)
    assert spreads([]) == ()
