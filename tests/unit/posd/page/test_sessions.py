"""Who stays signed in, and for how long."""

import pytest

from posd.page.sessions import SESSIONS_MAX, Sessions
from tests.unit.posd.journal.scenario import TurnedClock

MINUTE_MS = 60_000


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def sessions(clock: TurnedClock) -> Sessions:
    return Sessions(clock)


def test_a_token_opens_its_session_and_no_other(sessions: Sessions) -> None:
    first, one = sessions.begin()
    second, other = sessions.begin()
    assert len(first) == len(one.csrf) == 43
    assert len({first, second, one.csrf, other.csrf}) == 4
    opened = sessions.of(second)
    assert opened is not None
    assert (opened.csrf, opened.actor) == (other.csrf, "page:manager")
    assert sessions.of(first[:-1]) is sessions.of("") is sessions.of(one.csrf) is None


def test_what_opens_it_is_in_no_log_line(sessions: Sessions) -> None:
    _, session = sessions.begin()
    assert session.csrf not in repr(session)


def test_a_quarter_of_an_hour_without_a_visit_ends_it(
    sessions: Sessions, clock: TurnedClock
) -> None:
    token, _ = sessions.begin()
    for _ in range(4):
        clock.now_ms += 15 * MINUTE_MS - 1
        assert sessions.of(token) is not None
    clock.now_ms += 15 * MINUTE_MS
    assert sessions.of(token) is None


def test_a_page_that_loads_itself_is_nobodys_presence(
    sessions: Sessions, clock: TurnedClock
) -> None:
    token, _ = sessions.begin()
    for _ in range(2):
        assert sessions.glance(token) is not None
        clock.now_ms += 14 * MINUTE_MS
    assert sessions.glance(token) is None


def test_twelve_hours_end_it_however_busy_it_is(sessions: Sessions, clock: TurnedClock) -> None:
    token, _ = sessions.begin()
    for _ in range(12 * 6 - 1):
        clock.now_ms += 10 * MINUTE_MS
        assert sessions.of(token) is not None
    clock.now_ms += 10 * MINUTE_MS
    assert sessions.of(token) is None


def test_signing_out_ends_one_and_another_pin_ends_all(sessions: Sessions) -> None:
    tokens = [sessions.begin()[0] for _ in range(3)]
    sessions.end(tokens[0])
    assert [sessions.of(token) is None for token in tokens] == [True, False, False]
    sessions.end_all()
    assert [sessions.of(token) for token in tokens] == [None, None, None]


def test_there_are_so_many_and_the_idlest_makes_room(
    sessions: Sessions, clock: TurnedClock
) -> None:
    tokens = []
    for _ in range(SESSIONS_MAX):
        tokens.append(sessions.begin()[0])
        clock.now_ms += 1
    assert sessions.of(tokens[0]) is not None
    sessions.begin()
    assert sessions.of(tokens[1]) is None
    assert sessions.of(tokens[0]) is not None
