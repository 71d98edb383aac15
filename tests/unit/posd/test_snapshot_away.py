"""A terminal that goes away by itself is no alarm; one that is at work for itself is busy."""

import pytest
from msgspec.structs import replace

from posd.live import Live, Trouble
from posd.model.attempt import AttemptState
from posd.page import reader_words
from posd.page.words import TONES
from posd.snapshot.views import Lane, Level, ReaderStatus, ReaderView, Snapshot
from posd_drivers.ability import Need
from tests.unit.posd.page.telling import english
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop

HOUR_MS = 60 * MINUTE_MS


def away(trouble: Trouble) -> Live:
    return Live(online=False, last_seen_ms=NOW_MS, trouble=trouble)


def reader(snapshot: Snapshot) -> ReaderView:
    (lane,) = snapshot.lanes
    assert lane.reader is not None
    return lane.reader


@pytest.mark.parametrize("trouble", [Trouble.RESTARTING, Trouble.UPDATING])
def test_what_comes_back_by_itself_is_grey_and_no_alarm(trouble: Trouble) -> None:
    shop = Shop()
    shop.add_reader("front", away(trouble))
    snapshot = shop.snapshot()
    assert reader(snapshot).status is ReaderStatus.AWAY
    assert (snapshot.lanes[0].level, snapshot.verdict.level) == (Level.RESTING, Level.RESTING)
    assert snapshot.verdict.sentence.endswith("and will be back: front.")
    assert TONES[ReaderStatus.AWAY] is Level.RESTING


def test_a_lane_whose_reader_updates_itself_is_sent_to_the_other_one() -> None:
    shop = Shop()
    front = shop.add_reader("front", away(Trouble.UPDATING))
    shop.lanes = (Lane("Front", front, shop.add_reader("back")),)
    snapshot = shop.snapshot()
    assert snapshot.lanes[0].level is Level.ATTENTION
    assert reader_words.lane(snapshot.lanes[0], english(snapshot)) == "Use back instead."


def test_money_that_is_unproven_there_is_no_rest() -> None:
    shop = Shop()
    shop.add_payment(shop.add_reader("front", away(Trouble.RESTARTING)), AttemptState.UNKNOWN)
    snapshot = shop.snapshot()
    assert (reader(snapshot).status, snapshot.lanes[0].level) == (ReaderStatus.OFFLINE, Level.STOP)


def test_the_time_of_the_last_answer_is_told() -> None:
    shop = Shop(locale="de-DE")
    shop.add_reader("front", away(Trouble.UPDATING))
    snapshot = shop.snapshot()
    assert reader_words.about(reader(snapshot), english(snapshot)) == (
        "Updating itself. Leave it switched on, for up to half an hour. "
        "Its last answer came at 14:02."
    )


def test_a_terminal_at_work_for_itself_is_busy_without_an_alarm() -> None:
    shop = Shop()
    shop.add_reader("front", Live(online=True, trouble=None, need=Need.WAIT))
    snapshot = shop.snapshot()
    assert (reader(snapshot).status, snapshot.verdict.level) == (ReaderStatus.BUSY, Level.OK)
    words = english(snapshot)
    assert reader_words.status(reader(snapshot), words) == "Busy with itself"
    assert reader_words.about(reader(snapshot), words).endswith("will be free soon.")


@pytest.mark.parametrize(
    ("age_ms", "level"), [(HOUR_MS, Level.ATTENTION), (25 * HOUR_MS, Level.OK)]
)
def test_who_else_uses_a_terminal_is_told_for_a_day(age_ms: int, level: Level) -> None:
    shop = Shop()
    shop.add_reader("front")
    shop.held = [replace(shop.held[0], used_elsewhere_ms=NOW_MS - age_ms)]
    verdict = shop.snapshot().verdict
    said = "Somebody else uses a terminal, by hand or by program: front."
    assert (verdict.level, verdict.details) == (level, () if level is Level.OK else (said,))
