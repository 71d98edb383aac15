"""The configuration that is in force at each reader, as far as posd has heard.

Configurations are Stripe's: read from the mirror, written through the gateway. What they mean for a
reader is worked out here, and what posd has to obey at an attached one is asked here.
"""

from collections.abc import Mapping
from typing import Protocol

from posd.clock import Clock
from posd.journal.store import Journal
from posd.mirror import Mirror
from posd.model import configuration
from posd.model.configuration import (
    AttachedReader,
    CloudReader,
    ConfiguredReader,
    OwnSetting,
    ReaderConfiguration,
    Sources,
)
from posd.model.mirrored import Mirrored
from posd.model.reboot_window import RebootWindow
from posd.model.upstream_facts import MirrorKind


class Line(Protocol):
    """posd.upstream.uplink.Uplink, as far as its state decides something here."""

    @property
    def down_since_ms(self) -> int | None:
        """Wall time in milliseconds since when the line to Stripe counts as down, or None."""
        ...


class Configurations:
    """What is in force where.

    Args:
        line: The line to Stripe; None where the store has no Stripe account.
        own: What the config file says of its readers, by their ids.
        unnamed: What holds of an attached reader that is not in the file.
    """

    def __init__(
        self,
        journal: Journal,
        mirror: Mirror,
        line: Line | None,
        *,
        clock: Clock,
        own: Mapping[str, tuple[OwnSetting, ...]],
        unnamed: tuple[OwnSetting, ...],
    ) -> None:
        self._journal = journal
        self._mirror = mirror
        self._line = line
        self._clock = clock
        self._own = own
        self._unnamed = unnamed

    def declare(self, own: Mapping[str, tuple[OwnSetting, ...]]) -> None:
        """That is what the file says of its readers from now on."""
        self._own = own

    def of(self, reader: str) -> ReaderConfiguration | None:
        """What is in force at that reader, attached or Stripe's own; None for one nobody knows."""
        attached = self._journal.queries.reader(reader)
        if attached is not None and not attached.deleted:
            own = self._own.get(reader, self._unnamed)
            found = self._sources(attached.location)
            kind = AttachedReader(attached.currency, own)
            return self._told(reader, attached.location, found, kind)
        cloud = self._mirror.object(MirrorKind.READER, reader)
        if cloud is None:
            return None
        location = _text(cloud.body.get("location"))
        found = self._sources(location, cloud)
        device_type = _text(cloud.body.get("device_type")) or ""
        return self._told(reader, location, found, CloudReader(device_type))

    def offline_forbidden_by(self, reader: str) -> str | None:
        """Id of the configuration that forbids a sale at this attached reader now; None if none.

        None as long as the line to Stripe is up, and in a store that has none.
        """
        if self._line is None or self._line.down_since_ms is None:
            return None
        return configuration.offline_forbidden_by(self._sources_of_attached(reader))

    def reboot_window_of(self, reader: str) -> RebootWindow | None:
        """When this attached reader restarts if it stands idle, or None."""
        return configuration.reboot_window(self._sources_of_attached(reader))

    def _sources_of_attached(self, reader: str) -> Sources:
        attached = self._journal.queries.reader(reader)
        return Sources() if attached is None else self._sources(attached.location)

    def _sources(self, location: str | None, reader: Mirrored | None = None) -> Sources:
        """A store without Stripe has none, whatever it remembers of when it had."""
        if self._line is None:
            return Sources()
        there = None if location is None else self._mirror.object(MirrorKind.LOCATION, location)
        known = self._mirror.objects(MirrorKind.CONFIGURATION)
        return configuration.sources(known, there, reader)

    def _told(
        self, reader: str, location: str | None, found: Sources, kind: ConfiguredReader
    ) -> ReaderConfiguration:
        settings = configuration.effective(found, kind, self._clock.wall_ms())
        heard_ms = self._mirror.heard_ms()
        return ReaderConfiguration(reader, location, heard_ms, found.unheard, settings)


def _text(told: object) -> str | None:
    """A text of Stripe's, or None where it tells something else (M18)."""
    return told if isinstance(told, str) else None
