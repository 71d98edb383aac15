"""Brings down what Stripe knows of the fleet: every location, configuration and reader.

No event tells of them (Stripe API reference, "Types of events"), so Stripe is asked now and then;
what has not changed is no fact. Nobody waits for this: whoever asks posd is answered by the mirror.
"""

import asyncio
import logging
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from posd.errors import CredentialRefused, UpstreamRefused, UpstreamUnavailable
from posd.ids import Chance
from posd.mirror import Mirror
from posd.model.upstream_facts import MirrorKind
from posd.upstream import terminal
from posd.upstream.limiter import Limiter
from posd.upstream.uplink import Uplink

log = logging.getLogger(__name__)

EVERY_S: Final = 60.0
ALL_EVERY: Final = 10
"""Of so many rounds one asks for everything; the others for readers, where there are any."""
PAGES_MAX: Final = 100
"""A list that goes on beyond this is taken for a fault of whoever answers."""
KINDS: Final = (MirrorKind.LOCATION, MirrorKind.CONFIGURATION, MirrorKind.READER)


class Downlink:
    """Keeps the mirror young: all of it every ten minutes, the readers every minute.

    Attributes:
        refused: Why Stripe does not tell a kind, by the kind, as it last answered.
    """

    def __init__(self, uplink: Uplink, limiter: Limiter, mirror: Mirror, *, chance: Chance) -> None:
        self.refused: dict[MirrorKind, str] = {}
        self._uplink = uplink
        self._limiter = limiter
        self._mirror = mirror
        self._chance = chance

    async def run(self) -> None:
        """For ever. Stripe lets ten minutes pass itself before a change reaches its readers."""
        for round_ in count():
            try:
                if round_ % ALL_EVERY == 0 or self._mirror.heard_ms() is None:
                    await self.bring_down()
                elif self._mirror.objects(MirrorKind.READER):
                    await self._take(MirrorKind.READER)
            except (UpstreamUnavailable, CredentialRefused) as error:
                log.debug("mirror not refreshed reason=%s", error)
            # Stores that lose and regain Stripe together do not come back together.
            await asyncio.sleep(self._chance.uniform(EVERY_S * 0.9, EVERY_S * 1.1))

    async def bring_down(self) -> None:
        """Ask for every kind once.

        Raises UpstreamUnavailable, CredentialRefused; what Stripe told of other kinds is kept.
        """
        for kind in KINDS:
            await self._take(kind)
        if not self.refused:
            await self._mirror.told_everything()

    async def _take(self, kind: MirrorKind) -> None:
        async with self._mirror.asking:
            try:
                told = await self._all(kind)
            except UpstreamRefused as error:
                self._note_refusal(kind, str(error))
                return
            self.refused.pop(kind, None)
            await self._mirror.take_all(kind, told)

    async def _all(self, kind: MirrorKind) -> list[Mapping[str, Any]]:
        told: list[Mapping[str, Any]] = []
        for _page in range(PAGES_MAX):
            await self._limiter.acquire()
            answer = await self._uplink.call(terminal.page(kind, told[-1]["id"] if told else None))
            told += answer["data"]
            if not answer["has_more"]:
                return told
            if not answer["data"]:
                break
        raise UpstreamUnavailable(f"a list of {kind.value} without an end")

    def _note_refusal(self, kind: MirrorKind, why: str) -> None:
        if self.refused.get(kind) != why:
            log.warning("stripe does not tell kind=%s reason=%s", kind.value, why)
        self.refused[kind] = why
