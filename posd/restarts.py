"""The nightly restart of terminals that stand idle, where a configuration asks for one.

Terminals have to restart once a day for their certification (PCI); a window keeps that out of
opening hours. Nothing is restarted while a payment there is young, or open in any way: the terminal
may be its only witness.
"""

from collections.abc import Callable
from datetime import tzinfo
from typing import Final, TypeAlias

from posd.clock import Clock
from posd.journal.store import Journal
from posd.model.reboot_window import RebootWindow

QUIET_MS: Final = 5 * 60 * 1000
"""How long ago the latest payment at a terminal must have begun."""
APART_MS: Final = 20 * 3600 * 1000
"""A window that is moved during the day brings no second restart."""

WindowOf: TypeAlias = Callable[[str], RebootWindow | None]
"""The window that is in force at a reader, or None."""


class Restarts:
    """Who restarts when. `zone` is the store's."""

    def __init__(self, journal: Journal, clock: Clock, zone: tzinfo, window_of: WindowOf) -> None:
        self._journal = journal
        self._clock = clock
        self._zone = zone
        self._window_of = window_of

    async def due(self, reader: str) -> bool:
        """Whether this idle reader restarts now.

        If so it is on disk that it did: neither a crash nor a refusal makes it try twice a night.
        """
        now_ms = self._clock.wall_ms()
        window = self._window_of(reader)
        began_ms = None if window is None else window.began_ms(now_ms, self._zone)
        if began_ms is None or not self._is_quiet(reader, now_ms):
            return False
        mark = f"restart of {reader}"
        last_ms = self._journal.marks.at(mark)
        if last_ms is not None and (last_ms >= began_ms or now_ms - last_ms < APART_MS):
            return False
        await self._journal.marks.set(mark, now_ms)
        return True

    def _is_quiet(self, reader: str, now_ms: int) -> bool:
        known = self._journal.queries.reader(reader)
        latest = known.attempt if known is not None else None
        attempt = None if latest is None else self._journal.queries.attempt(latest)
        if attempt is None:
            return True
        is_open = attempt.unended or attempt.unproven or attempt.contradicted
        return not is_open and now_ms - attempt.started_ms >= QUIET_MS
