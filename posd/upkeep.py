"""What posd does for a terminal that says why it takes no payment, before a person has to.

Only where its own manual names the command as the cure, only while it is idle, and once: what does
not help the first time is shown instead.
"""

import logging
from datetime import datetime, tzinfo
from typing import Final

from posd.clock import Clock
from posd_drivers.ability import Need, Readiness
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import NoAnswer, Refused, Unsupported

log = logging.getLogger(__name__)

CURABLE: Final = frozenset({Need.INITIALISATION, Need.DIAGNOSIS, Need.CLOCK})


class Upkeep:
    """Looks after one terminal. `zone` is the store's."""

    def __init__(self, reader_id: str, clock: Clock, zone: tzinfo) -> None:
        self._reader_id = reader_id
        self._clock = clock
        self._zone = zone
        self._tried: set[Need] = set()

    async def look(self, reader: CardReader) -> Readiness:
        """What the terminal says of itself, after a cure if it wants one that posd has.

        Raises NoAnswer, DeviceGone.
        """
        told = await reader.readiness()
        if told.ready:
            self._tried.clear()
        if told.need is None or told.need not in CURABLE - self._tried:
            return told
        self._tried.add(told.need)
        await self._cure(reader, told.need)
        return await reader.readiness()

    async def _cure(self, reader: CardReader, need: Need) -> None:
        try:
            match need:
                case Need.INITIALISATION:
                    await reader.initialise()
                case Need.CLOCK:
                    await self._set_clock(reader)
                case _:
                    await reader.diagnose()
        except (Unsupported, Refused, NoAnswer) as error:
            log.warning("no cure reader=%s need=%s why=%r", self._reader_id, need.value, error)
        else:
            log.info("cured reader=%s need=%s", self._reader_id, need.value)

    async def _set_clock(self, reader: CardReader) -> None:
        """A diagnosis sets it too, where the terminal takes no time from a till."""
        try:
            local = datetime.fromtimestamp(self._clock.wall_ms() / 1000, self._zone)
            await reader.set_clock(local.replace(tzinfo=None))
        except (Unsupported, Refused):
            await reader.diagnose()
