"""The clock of the machine that posd runs on: anybody may set it, and it may wake up in 1970."""

from typing_extensions import override

from tests.simulation.loop import VirtualClock


class MachineClock(VirtualClock):
    """A wall clock that can be wrong; what is measured by `monotonic_ms` never is.

    Attributes:
        ahead_ms: How far it is ahead of the true time; negative if it is behind.
    """

    ahead_ms = 0

    @override
    def wall_ms(self) -> int:
        return super().wall_ms() + self.ahead_ms
