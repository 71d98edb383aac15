"""Restarts of terminals that stand idle: each night where a configuration asks for it, or at once.

Terminals have to restart once a day for their certification (PCI); a window keeps that out of
opening hours. Nothing is restarted while a payment there is young, or open in any way: the terminal
may be its only witness.
"""

from collections.abc import Callable
from datetime import tzinfo
from typing import Final, TypeAlias

from posd import capabilities
from posd.clock import Clock
from posd.errors import Refused
from posd.intents import no_such
from posd.journal.store import Journal
from posd.model.reboot_window import RebootWindow
from posd.model.store_facts import ManagerActed
from posd.notes import Note
from posd_drivers.ability import Operation, Readiness

QUIET_MS: Final = 5 * 60 * 1000
"""How long ago the latest payment at a terminal must have begun."""
APART_MS: Final = 20 * 3600 * 1000
"""A window that is moved during the day brings no second restart."""
ASKED_MS: Final = 2 * 60 * 1000
"""How long a wish to restart counts: a reader that is away meanwhile comes back by itself."""

WindowOf: TypeAlias = Callable[[str], RebootWindow | None]
"""The window that is in force at a reader, or None."""


class Restarts:
    """Who restarts when. `zone` is the store's."""

    def __init__(self, journal: Journal, clock: Clock, zone: tzinfo, window_of: WindowOf) -> None:
        self._journal = journal
        self._clock = clock
        self._zone = zone
        self._window_of = window_of
        self._asked: dict[str, int] = {}

    async def ask_for(self, reader: str, reason: str, *, actor: str) -> None:
        """Have the reader restart as soon as it is looked after next, within a minute.

        Durable is only that somebody asked: a restart is nothing that a crash has to make up for.
        Raises Refused for one that nobody knows, that does not do this, or whose latest payment is
        open in any way.
        """
        known = self._journal.queries.reader(reader)
        if known is None or known.deleted:
            raise no_such("terminal.reader", reader, "reader")
        capabilities.refuse(known, Operation.RESTART)
        if not self._is_quiet(reader, self._clock.wall_ms(), 0):
            raise Refused(
                "terminal_reader_busy",
                "The latest payment there is not decided: the terminal may be its only witness.",
            )
        await self._journal.commit(Note(ManagerActed("restart", reader, reason), actor))
        self._asked[reader] = self._clock.monotonic_ms() + ASKED_MS

    async def due(self, reader: str, told: Readiness) -> bool:
        """Whether this idle reader restarts now; by itself only if it would take a payment.

        If so it is on disk that it did: neither a crash nor a refusal makes it try twice a night.
        """
        now_ms = self._clock.wall_ms()
        asked_until_ms = self._asked.pop(reader, 0)
        if asked_until_ms > self._clock.monotonic_ms():
            return self._is_quiet(reader, now_ms, 0)
        return told.ready and await self._is_due_tonight(reader, now_ms)

    async def _is_due_tonight(self, reader: str, now_ms: int) -> bool:
        window = self._window_of(reader)
        began_ms = None if window is None else window.began_ms(now_ms, self._zone)
        if began_ms is None or not self._is_quiet(reader, now_ms, QUIET_MS):
            return False
        mark = f"restart of {reader}"
        last_ms = self._journal.marks.at(mark)
        if last_ms is not None and (last_ms >= began_ms or now_ms - last_ms < APART_MS):
            return False
        await self._journal.marks.set(mark, now_ms)
        return True

    def _is_quiet(self, reader: str, now_ms: int, quiet_ms: int) -> bool:
        known = self._journal.queries.reader(reader)
        latest = known.attempt if known is not None else None
        attempt = None if latest is None else self._journal.queries.attempt(latest)
        if attempt is None:
            return True
        is_open = attempt.unended or attempt.unproven or attempt.contradicted
        return not is_open and now_ms - attempt.started_ms >= quiet_ms
