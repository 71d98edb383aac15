"""What a lane is shown as when its reader falls silent."""

import pytest
from msgspec.structs import replace

from posd.live import Live, Trouble
from posd.model.attempt import AttemptState
from posd.snapshot.colours import GRACE_MS
from posd.snapshot.readers import PASSES
from posd.snapshot.views import Lane, Level, Snapshot
from posd_drivers.ability import Need
from tests.unit.posd.snapshots import Shop, nothing_lately, offline, online

SECOND_MS = 1000


class Watched:
    """A store with one lane that somebody looks at, second by second."""

    def __init__(self) -> None:
        self.shop = Shop()
        self.front = self.shop.add_reader("front")
        self.back = self.shop.add_reader("back")
        self.shop.lanes = (Lane("1", self.front), Lane("2", self.back))
        self._lately = nothing_lately()
        self._now_ms = 0

    def look(self, after_ms: int = SECOND_MS) -> Snapshot:
        """What is shown after that time, in which somebody looks each second."""
        for _ in range(after_ms // SECOND_MS - 1):
            self._second()
        return self._second()

    def _second(self) -> Snapshot:
        self._now_ms += SECOND_MS
        return self.shop.snapshot(lately=replace(self._lately, steady_ms=self._now_ms))

    def becomes(self, live: Live) -> None:
        self.shop.live[self.front] = live


@pytest.fixture
def store() -> Watched:
    store = Watched()
    assert store.look().verdict.level is Level.OK
    return store


def test_a_silent_reader_is_being_connected_again_and_then_its_lane_stands(store: Watched) -> None:
    store.becomes(offline(Trouble.CABLE))
    told = store.look()
    assert (told.verdict.level, told.verdict.said.key) == (Level.RESTING, "verdict.connecting")
    assert told.verdict.said.names == ("1",)
    assert told.needs.shown == ()
    told = store.look(GRACE_MS)
    assert (told.verdict.level, told.verdict.said.key) == (Level.STOP, "verdict.some_lanes")
    assert [one.kind.value for one in told.needs.shown] == ["reader_lost"]


def test_a_reader_that_is_asked_how_it_stands_after_its_day_is_no_alarm(store: Watched) -> None:
    store.becomes(offline(Trouble.RESOLVING))
    assert store.look().verdict.level is Level.RESTING
    store.becomes(online())
    assert store.look().verdict.level is Level.OK


def test_that_it_answers_again_is_green_after_a_minute(store: Watched) -> None:
    store.becomes(offline(Trouble.CABLE))
    store.look(2 * GRACE_MS)
    store.becomes(online())
    told = store.look()
    assert (told.verdict.level, told.verdict.said.key) == (Level.ATTENTION, "verdict.every_lane")
    assert store.look(60 * SECOND_MS).verdict.level is Level.OK


def test_a_reader_that_is_lost_over_a_payment_is_no_matter_of_a_moment(store: Watched) -> None:
    store.shop.add_payment(store.front, AttemptState.UNKNOWN)
    store.becomes(offline(Trouble.CABLE))
    assert store.look().verdict.level is Level.STOP


@pytest.mark.parametrize("trouble", [one for one in Trouble if one.value not in PASSES])
def test_what_does_not_pass_by_itself_is_told_at_once(store: Watched, trouble: Trouble) -> None:
    store.becomes(offline(trouble))
    away = trouble in (Trouble.RESTARTING, Trouble.UPDATING)
    assert store.look().lanes[0].level is (Level.RESTING if away else Level.STOP)


def test_a_terminal_that_wants_a_person_is_told_at_once(store: Watched) -> None:
    store.becomes(replace(online(), need=Need.TECHNICIAN))
    assert store.look().lanes[0].level is Level.STOP


def test_money_that_is_unproven_is_told_at_once_and_is_amber_when_it_is_settled(
    store: Watched,
) -> None:
    store.shop.add_payment(store.back, AttemptState.PERSON)
    assert store.look().verdict.level is Level.STOP
    store.shop.attempts.clear()
    assert store.look().verdict.level is Level.ATTENTION
    assert store.look(60 * SECOND_MS).verdict.level is Level.OK
