"""The configuration is read again while posd sells: on SIGHUP, as `systemctl reload posd` sends it.

A file with a mistake in it is refused whole, and what counted goes on to count. Keys, lanes, limits
and the log's form count at once; a reader that is new, changed or gone does, unless it has
something in hand. What else has changed waits for a restart, and is named.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path

from posd.composition import Posd
from posd.config import Config, load
from posd.config.changes import Changes, changes, taken_over
from posd.config.closing_times import closing_times
from posd.config.declared import (
    declared_keys,
    declared_lanes,
    declared_limits,
    declared_readers,
)
from posd.config.own_settings import own_settings
from posd.driver_settings import DriverSettings, driver_settings
from posd.errors import ConfigError
from posd.model.backlog import NO_LIMITS
from posd.service import logs
from posd.service.sd_notify import ServiceNotifier
from posd_drivers.catalogue import ReaderSettings

log = logging.getLogger(__name__)


class Reload:
    """Takes SIGHUP from when it is made; asked for before `run`, it is done once that runs.

    Args:
        path: The file.
        drivers: What drivers are opened with, by reader; it is written to.
        on_refused: Told the first mistake of a file that was refused, or None once one was taken.
    """

    def __init__(
        self,
        path: Path,
        posd: Posd,
        drivers: MutableMapping[str, ReaderSettings],
        notifier: ServiceNotifier,
        on_refused: Callable[[str | None], None],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._path = path
        self._posd = posd
        self._drivers = drivers
        self._notifier = notifier
        self._on_refused = on_refused
        self._environ = environ
        self._asked = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._asked.set)

    async def run(self) -> None:
        """For ever: once for however many asked meanwhile."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            self._notifier.reloading()
            try:
                await self.once()
            finally:
                self._notifier.reloaded()

    async def once(self) -> None:
        """Read the file, and have what can be taken over count. Raises JournalFailed."""
        try:
            after = await asyncio.to_thread(load, self._path)
            found = changes(self._posd.config, after)
            settings = await asyncio.to_thread(driver_settings, after, self._environ)
        except ConfigError as error:
            mistakes = str(error).splitlines()
            for line in mistakes:
                log.error("configuration not taken over: %s", line)  # noqa: TRY400 (no bug)
            self._on_refused(mistakes[0])
            return
        kept = await self._take_over(after, settings, found)
        self._on_refused(None)
        _tell(found, kept)

    async def _take_over(
        self, after: Config, settings: DriverSettings, found: Changes
    ) -> frozenset[str]:
        """The names of the readers that have something in hand, and stay as they were."""
        posd = self._posd
        known = {one.name for one in posd.config.reader} & found.readers
        kept = frozenset(name for name in known if posd.fleet.has_in_hand(_id(name)))
        config = taken_over(posd.config, after, kept)
        for name in found.readers - kept:
            self._drivers.pop(_id(name), None)
        self._drivers.update({id_: told for id_, told in settings.items() if id_ not in _ids(kept)})
        posd.config = config
        posd.limits = posd.payments.limits = declared_limits(config) if posd.reports else NO_LIMITS
        posd.closing_times = closing_times(config)
        posd.keys.declare(declared_keys(config))
        posd.names.declare(declared_lanes(config))
        posd.configurations.declare(own_settings(config))
        logs.configure(sys.stderr, self._environ, config.log.format, config.log.level)
        await posd.fleet.redeclare(declared_readers(config), _ids(found.readers - kept))
        return kept


def _id(name: str) -> str:
    return f"tmr_posd_{name}"


def _ids(names: frozenset[str]) -> frozenset[str]:
    return frozenset(map(_id, names))


def _tell(found: Changes, kept: frozenset[str]) -> None:
    log.info("configuration taken over readers=%s", ",".join(sorted(found.readers - kept)) or "-")
    for key in found.waiting:
        log.warning("configuration waits for a restart key=%s", key)
    for name in sorted(kept):
        log.warning("reader has something in hand and stays as it was, reload again name=%s", name)
