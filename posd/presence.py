"""How one attached reader stands, for everybody who looks, and in the log once at each turn.

A terminal goes away for good reasons too: it restarts at midnight, it updates itself. That is told
as such, for as long as such things take; then it is lost like any other.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, time, tzinfo
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from posd.clock import Clock
from posd.live import Live, OnLive, Trouble
from posd_drivers.ability import Need
from posd_drivers.card_reader import Step
from posd_drivers.errors import DriverError

log = logging.getLogger(__name__)

NIGHT_FROM: Final = time(0, 0)
NIGHT_UNTIL: Final = time(0, 6)
"""Terminals restart by themselves once a night, for their certification (PCI)."""
AWAY_MS_MAX: Final[Mapping[Trouble, int]] = {
    Trouble.RESTARTING: 15 * 60 * 1000,
    Trouble.UPDATING: 30 * 60 * 1000,
}
"""What takes longer has failed."""
UNEXPLAINED: Final = frozenset(
    {Trouble.ABSENT, Trouble.CABLE, Trouble.POWER, Trouble.NO_ANSWER, Trouble.REFUSED}
)
"""What a terminal that restarts or updates itself looks like from outside."""
ONE_LOSS: Final = UNEXPLAINED | {Trouble.RESOLVING}
"""What a single loss looks like, one after the other: the plug is out, then the line is silent."""


class _Away(Struct, frozen=True):
    """Why it is away, if posd knows, and until when that is believed (wall milliseconds)."""

    trouble: Trouble
    until_ms: int


class Presence:
    """Keeps `live` true. `zone` is the store's."""

    def __init__(self, reader_id: str, clock: Clock, zone: tzinfo, on_live: OnLive) -> None:
        self._reader_id = reader_id
        self._clock = clock
        self._zone = zone
        self._on_live = on_live
        self._live = Live(online=False)
        self._away: _Away | None = None
        self._logged: set[Trouble] = set()

    @property
    def live(self) -> Live:
        """What is known right now; whoever looks is told of each change (R13)."""
        return self._live

    def answered(self) -> None:
        """The terminal answered; whether it takes payments is another matter."""
        self._show(replace(self._live, last_seen_ms=self._clock.wall_ms()))

    def seen(self, step: Step | None = None) -> None:
        """It is there and takes payments, or is taking one."""
        now_ms, need = self._clock.wall_ms(), self._live.need
        self._show(Live(online=True, last_seen_ms=now_ms, step=step, trouble=None, need=need))

    def wants(self, need: Need | None) -> None:
        """What the idle terminal said that it wants first."""
        if need is not self._live.need:
            log.info("reader wants reader=%s need=%s", self._reader_id, need and need.value)
        self._show(replace(self._live, need=need))

    def found(self, terminal_id: str | None) -> None:
        """It is held, and posd knows where its counters stand."""
        self._away = None
        self._logged.clear()
        self.seen()
        log.info("reader online reader=%s terminal=%s", self._reader_id, terminal_id)

    def let_go(self) -> None:
        """Its device is closed."""
        if self._away is None:
            self._away = self._by_itself()
        self._show(replace(self._live, online=False, step=None))

    def start_over(self) -> None:
        """It was not lost: it is opened again at once, and asked where it stands."""
        trouble = self._live.trouble or Trouble.RESOLVING
        self._show(replace(self._live, trouble=trouble))

    def expect(self, trouble: Trouble) -> None:
        """It is about to go away for this reason, RESTARTING or UPDATING."""
        self._away = _Away(trouble, self._clock.wall_ms() + AWAY_MS_MAX[trouble])

    def lost(self, trouble: Trouble, error: DriverError | None = None) -> None:
        """It takes no payments, and why; `error` is what the driver said of it."""
        away = self._away
        if trouble in UNEXPLAINED and away is not None and self._clock.wall_ms() < away.until_ms:
            trouble = away.trouble
        if trouble not in self._logged:
            self._log(trouble, error)
        back_by_ms = away.until_ms if away is not None and away.trouble is trouble else None
        live = Live(online=False, last_seen_ms=self._live.last_seen_ms, trouble=trouble)
        self._show(replace(live, back_by_ms=back_by_ms))

    def _log(self, trouble: Trouble, error: DriverError | None) -> None:
        """Each reason once until it is back; of one loss only the first is an alarm."""
        goes_on = trouble in ONE_LOSS and not ONE_LOSS.isdisjoint(self._logged)
        level = logging.INFO if goes_on or trouble in AWAY_MS_MAX else logging.WARNING
        event = "reader still lost" if goes_on else "reader lost"
        reason = "" if error is None else f" reason={error!r}"
        log.log(level, "%s reader=%s trouble=%s%s", event, self._reader_id, trouble.value, reason)
        self._logged.add(trouble)

    def _by_itself(self) -> _Away | None:
        """Why a terminal that was there a moment ago went, where that can be known."""
        if not self._live.online:
            return None
        now_ms = self._clock.wall_ms()
        local = datetime.fromtimestamp(now_ms / 1000, self._zone).time()
        if self._live.need is Need.UPDATE:
            return _Away(Trouble.UPDATING, now_ms + AWAY_MS_MAX[Trouble.UPDATING])
        if NIGHT_FROM <= local < NIGHT_UNTIL:
            return _Away(Trouble.RESTARTING, now_ms + AWAY_MS_MAX[Trouble.RESTARTING])
        return None

    def _show(self, live: Live) -> None:
        self._live = live
        self._on_live()
