"""A clock that is set is said once, one that is kept right is not."""

import pytest

from posd.service.clock_jumps import ClockJumps


class TwoClocks:
    """A wall clock that a test sets, and one that goes on."""

    def __init__(self) -> None:
        self.wall = 1_800_000_000_000
        self.steady = 5_000

    def pass_by(self, ms: int, jump_ms: int = 0) -> None:
        self.steady += ms
        self.wall += ms + jump_ms

    def wall_ms(self) -> int:
        return self.wall

    def monotonic_ms(self) -> int:
        return self.steady


@pytest.mark.parametrize(("jump_ms", "told"), [(3_600_000, "+3600.0"), (-86_400_000, "-86400.0")])
def test_a_jump_is_told_once(caplog: pytest.LogCaptureFixture, jump_ms: int, told: str) -> None:
    clock = TwoClocks()
    jumps = ClockJumps(clock)
    clock.pass_by(10_000, jump_ms)
    jumps.look()
    clock.pass_by(10_000)
    jumps.look()
    (line,) = caplog.messages
    assert f"the clock jumped by_s={told} now=20" in line


def test_a_clock_that_is_kept_right_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    clock = TwoClocks()
    jumps = ClockJumps(clock)
    for _ in range(1000):
        clock.pass_by(10_000, jump_ms=5)
        jumps.look()
    assert caplog.messages == []
