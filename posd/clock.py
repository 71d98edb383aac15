"""Time, injected. Wall time is a label; deadlines use the loop's own clock."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC by the machine's clock, which may jump either way."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds that never go back, from an arbitrary start."""
        ...


class SystemClock:
    """The machine's clocks."""

    def wall_ms(self) -> int:
        """Wall time in milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """Monotonic time in milliseconds."""
        return time.monotonic_ns() // 1_000_000


def utc(wall_ms: int) -> datetime:
    """The wall time as an aware datetime in UTC."""
    return datetime.fromtimestamp(wall_ms / 1000, tz=UTC)
