"""Why a reader is away: a closed list, the time of its last answer, one line in the log."""

import errno
import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from posd.live import Trouble, trouble_of
from posd.presence import AWAY_MS_MAX, Presence
from posd_drivers.ability import Need
from posd_drivers.card_reader import Step
from posd_drivers.errors import (
    Ambiguous,
    DeviceBusy,
    DeviceGone,
    DriverError,
    NoAnswer,
    NotSent,
    OutcomeUnknown,
    Refused,
)
from tests.unit.posd.journal.scenario import TurnedClock

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 23, 12, tzinfo=BERLIN)
MINUTE_MS = 60_000


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def presence(at: datetime = NOON) -> tuple[Presence, TurnedClock]:
    """A reader that is on the line since that moment."""
    clock = TurnedClock()
    clock.now_ms = ms(at)
    stands = Presence("tmr_posd_1", clock, BERLIN, lambda: None)
    stands.found("52523535")
    return stands, clock


def goes(stands: Presence, trouble: Trouble = Trouble.ABSENT) -> Trouble | None:
    """Why it is away, once its link is lost."""
    stands.let_go()
    stands.lost(trouble)
    return stands.live.trouble


def caused(error: DriverError, number: int) -> DriverError:
    error.__cause__ = OSError(number, "as the system says")
    return error


def timed_out() -> DriverError:
    error = NotSent("nobody answered")
    error.__cause__ = TimeoutError()
    return error


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (caused(NotSent("open"), errno.ENOENT), Trouble.CABLE),
        (caused(DeviceGone("read"), errno.EIO), Trouble.CABLE),
        (caused(DeviceGone("read"), errno.ENODEV), Trouble.CABLE),
        (caused(NotSent("open"), errno.EACCES), Trouble.NO_PERMISSION),
        (caused(NotSent("open"), errno.EPERM), Trouble.NO_PERMISSION),
        (caused(NotSent("connect"), errno.EHOSTUNREACH), Trouble.POWER),
        (timed_out(), Trouble.POWER),
        (caused(NotSent("connect"), errno.ECONNREFUSED), Trouble.ABSENT),
        (DeviceGone("end of file"), Trouble.ABSENT),
        (NoAnswer("silent"), Trouble.NO_ANSWER),
        (DeviceBusy("locked"), Trouble.BUSY_ELSEWHERE),
        (Ambiguous("two of them"), Trouble.AMBIGUOUS),
        (Refused(0x6F), Trouble.REFUSED),
        (OutcomeUnknown("link_lost"), Trouble.ABSENT),
    ],
    ids=lambda value: value.value if isinstance(value, Trouble) else repr(value),
)
def test_every_loss_has_a_reason_of_the_list(error: DriverError, trouble: Trouble) -> None:
    assert trouble_of(error) is trouble


def test_what_the_driver_said_is_in_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    stands, _ = presence()
    for _ in range(2):
        stands.lost(Trouble.NO_PERMISSION, NotSent("install systemd/70-posd.rules"))
    stands.lost(Trouble.OTHER_CURRENCY)
    assert [record.message.partition(" trouble=")[2] for record in caplog.records] == [
        "no_permission reason=NotSent('install systemd/70-posd.rules')",
        "other_currency",
    ]


def test_the_time_of_the_last_answer_is_kept() -> None:
    stands, clock = presence()
    clock.now_ms += MINUTE_MS
    stands.seen(Step.PRESENT_CARD)
    clock.now_ms += MINUTE_MS
    goes(stands)
    assert (stands.live.online, stands.live.last_seen_ms) == (False, ms(NOON) + MINUTE_MS)
    assert stands.live.step is None
    clock.now_ms += MINUTE_MS
    stands.answered()
    assert (stands.live.online, stands.live.last_seen_ms) == (False, ms(NOON) + 3 * MINUTE_MS)


@pytest.mark.parametrize(
    ("at", "trouble"),
    [
        (datetime(2026, 11, 24, 0, 0, tzinfo=BERLIN), Trouble.RESTARTING),
        (datetime(2026, 11, 24, 0, 5, 59, tzinfo=BERLIN), Trouble.RESTARTING),
        (datetime(2026, 11, 24, 0, 6, tzinfo=BERLIN), Trouble.ABSENT),
        (datetime(2026, 11, 24, 0, 2, tzinfo=UTC), Trouble.ABSENT),
        (NOON, Trouble.ABSENT),
    ],
)
def test_a_terminal_that_goes_at_the_stores_midnight_restarts(
    at: datetime, trouble: Trouble
) -> None:
    stands, _ = presence(at)
    assert goes(stands) is trouble


def test_one_that_does_not_come_back_is_lost_after_all() -> None:
    stands, clock = presence(datetime(2026, 11, 24, 0, 1, tzinfo=BERLIN))
    goes(stands)
    clock.now_ms += AWAY_MS_MAX[Trouble.RESTARTING]
    stands.lost(Trouble.POWER)
    assert stands.live.trouble is Trouble.POWER


def test_one_that_came_back_at_midnight_may_not_go_again_at_noon() -> None:
    stands, clock = presence(datetime(2026, 11, 24, 0, 1, tzinfo=BERLIN))
    goes(stands)
    stands.found("52523535")
    clock.now_ms = ms(NOON)
    assert goes(stands, Trouble.CABLE) is Trouble.CABLE


def test_one_that_wanted_its_update_updates_itself() -> None:
    stands, _ = presence()
    stands.wants(Need.UPDATE)
    assert goes(stands, Trouble.NO_ANSWER) is Trouble.UPDATING


def test_one_that_posd_told_to_restart_does() -> None:
    stands, _ = presence()
    stands.expect(Trouble.RESTARTING)
    assert goes(stands, Trouble.CABLE) is Trouble.RESTARTING


@pytest.mark.parametrize(
    "trouble",
    [Trouble.OTHER_TERMINAL, Trouble.BUSY_ELSEWHERE, Trouble.RESOLVING, Trouble.QUARANTINED],
)
def test_what_is_certain_is_not_taken_for_a_restart(trouble: Trouble) -> None:
    stands, _ = presence(datetime(2026, 11, 24, 0, 1, tzinfo=BERLIN))
    assert goes(stands, trouble) is trouble


def test_a_reader_that_was_never_there_does_not_restart() -> None:
    clock = TurnedClock()
    clock.now_ms = ms(datetime(2026, 11, 24, 0, 1, tzinfo=BERLIN))
    stands = Presence("tmr_posd_1", clock, BERLIN, lambda: None)
    assert goes(stands) is Trouble.ABSENT


def test_a_loss_is_one_alarm_and_each_reason_is_logged_once_until_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    stands, _ = presence()
    for _ in range(3):
        goes(stands, Trouble.ABSENT)
        goes(stands, Trouble.CABLE)
        goes(stands, Trouble.OTHER_TERMINAL)
        goes(stands, Trouble.NO_ANSWER)
    stands.found("52523535")
    goes(stands, Trouble.CABLE)
    told = [(record.levelname, record.message.rpartition("=")[2]) for record in caplog.records]
    assert told == [
        ("INFO", "52523535"),
        ("WARNING", "absent"),
        ("INFO", "cable"),
        ("WARNING", "other_terminal"),
        ("INFO", "no_answer"),
        ("INFO", "52523535"),
        ("WARNING", "cable"),
    ]


def test_whoever_looks_is_told_of_each_change() -> None:
    told: list[bool] = []
    clock = TurnedClock()
    stands = Presence("tmr_posd_1", clock, BERLIN, lambda: told.append(stands.live.online))
    stands.found(None)
    stands.seen(Step.ENTER_PIN)
    stands.let_go()
    assert told == [True, True, False]
