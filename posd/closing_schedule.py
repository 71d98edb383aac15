"""Closes the readers' days by itself, at the time that the store has set for each (M11).

One after the other, so that a store does not stand still, and each only while it is idle: a
payment that is there first goes on, and the end of day waits for it.
"""

import asyncio
import logging
from typing import Final

from posd.clock import Clock
from posd.closing import Closings
from posd.errors import Refused
from posd.handover import last_word
from posd.journal.store import Journal
from posd.model.attempt import AttemptState
from posd.model.closing_time import TimeOf
from posd.model.reader import Reader

log = logging.getLogger(__name__)

ACTOR: Final = "schedule"
LOOK_S: Final = 60.0
"""How often it is looked whether a day is due; what is busy or gone is tried again as often."""
AFTER_A_NO_S: Final = 15 * 60.0
"""How long a terminal is left alone after it began an end of day and did not close it."""
TRIED_MS: Final = 4 * 3600 * 1000
"""How long after its time a day is still closed by itself: not in the next one's business."""
DIALOGUE_S_MAX: Final = 660.0
"""How long one end of day is waited for before the next reader's: longer than a driver may take."""


class ClosingSchedule:
    """Looks once a minute whose day is due."""

    def __init__(self, journal: Journal, closings: Closings, clock: Clock, time_of: TimeOf) -> None:
        self._journal = journal
        self._closings = closings
        self._clock = clock
        self._time_of = time_of
        self._not_before: dict[str, float] = {}
        self._waits: dict[str, str] = {}

    async def run(self) -> None:
        """For ever: close what is due, one reader after the other."""
        while True:
            for reader in self._journal.queries.readers():
                if self._is_due(reader):
                    await self._close(reader.id)
            await asyncio.sleep(LOOK_S)

    def _is_due(self, reader: Reader) -> bool:
        time = self._time_of(reader.id)
        if time is None:
            return False
        queries, now_ms = self._journal.queries, self._clock.wall_ms()
        latest = queries.attempt(reader.end_of_day) if reader.end_of_day else None
        since_ms = time.due_since(reader, latest, now_ms)
        if since_ms is None or now_ms - since_ms > TRIED_MS:
            return False
        return asyncio.get_running_loop().time() >= self._not_before.get(reader.id, 0.0)

    async def _close(self, reader: str) -> None:
        try:
            begun = await self._closings.close(reader, actor=ACTOR, claim=None)
        except Refused as why:
            if self._waits.get(reader) != why.message:
                log.info("end of day waits reader=%s reason=%s", reader, why.message)
            self._waits[reader] = why.message
            return
        self._waits.pop(reader, None)
        ended = await last_word(self._journal, begun.record.id, DIALOGUE_S_MAX)
        if ended.state is not AttemptState.APPROVED:
            log.warning("end of day failed reader=%s outcome=%s", reader, ended.state.value)
            self._not_before[reader] = asyncio.get_running_loop().time() + AFTER_A_NO_S
