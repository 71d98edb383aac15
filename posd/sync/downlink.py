"""Brings down what Stripe knows of the fleet: every location, configuration and reader.

No event tells of them (Stripe API reference, "Types of events"), so Stripe is asked now and then;
what has not changed is no fact. Nobody waits for this: whoever asks posd is answered by the mirror.
The first round after the start also shows which permissions the credential lacks.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from posd.errors import CredentialRefused, UpstreamRefused, UpstreamUnavailable
from posd.ids import Chance
from posd.mirror import Mirror
from posd.model.configuration import Sources, offline_forbidden_by
from posd.model.hardware import UNDER_WAY, status
from posd.model.upstream_facts import MirrorKind
from posd.upstream import terminal
from posd.upstream.limiter import Limiter
from posd.upstream.uplink import Uplink

log = logging.getLogger(__name__)

EVERY_S: Final = 60.0
ALL_EVERY_S: Final = 600.0
"""How often everything is asked for; in between only readers, where there are any."""
PAGES_MAX: Final = 100
"""A list that goes on beyond this is taken for a fault of whoever answers."""
KINDS: Final = (MirrorKind.LOCATION, MirrorKind.CONFIGURATION, MirrorKind.READER)
HARDWARE: Final = MirrorKind.HARDWARE_ORDER
ACCOUNT: Final = "account"
PASSING_STATUSES: Final = frozenset({409, 429})
"""With 5xx, what Stripe answers when the same question may do a minute later."""


class Downlink:
    """Keeps the mirror young: all of it every ten minutes, the readers every minute.

    The readers, too, where there are none and a configuration forbids sales without Stripe: what is
    wanted then is an answer.

    Attributes:
        refused: Why Stripe does not tell a kind, by Stripe's word for the kind, as it last
            answered; under `account`, why it does not take the credential.
    """

    def __init__(self, uplink: Uplink, limiter: Limiter, mirror: Mirror, *, chance: Chance) -> None:
        self.refused: dict[str, str] = {}
        self._uplink = uplink
        self._limiter = limiter
        self._mirror = mirror
        self._chance = chance
        self._all_due_at = 0.0

    async def run(self) -> None:
        """For ever. Stripe lets ten minutes pass itself before a change reaches its readers."""
        self._all_due_at = now = asyncio.get_running_loop().time()
        while True:
            try:
                if now >= self._all_due_at:
                    await self.bring_down()
                    self._all_due_at = now + ALL_EVERY_S
                elif self._mirror.objects(MirrorKind.READER) or self._line_matters():
                    await self._take(MirrorKind.READER)
            except CredentialRefused as error:
                self._note_refusal(ACCOUNT, str(error))
            except UpstreamUnavailable as error:
                log.debug("mirror not refreshed reason=%s", error)
            # Stores that lose and regain Stripe together do not come back together.
            await asyncio.sleep(self._chance.uniform(EVERY_S * 0.9, EVERY_S * 1.1))
            now = asyncio.get_running_loop().time()

    def _line_matters(self) -> bool:
        """Whether a sale may depend on the line: then a cut must not stay unseen for long."""
        known = self._mirror.objects(MirrorKind.CONFIGURATION)
        return any(offline_forbidden_by(Sources(one)) for one in known)

    async def bring_down(self) -> None:
        """Ask for every kind once, and for hardware orders while one is under way.

        Raises UpstreamUnavailable, CredentialRefused; what Stripe told of other kinds is kept.
        """
        for kind in self._kinds():
            await self._take(kind)
        if not self.refused.keys() - {HARDWARE.value}:
            await self._mirror.told_everything()

    def _kinds(self) -> tuple[MirrorKind, ...]:
        """Hardware orders are a preview that an account may lose: they make nothing else old."""
        under_way = any(status(one.body) in UNDER_WAY for one in self._mirror.objects(HARDWARE))
        return (*KINDS, HARDWARE) if under_way else KINDS

    async def _take(self, kind: MirrorKind) -> None:
        async with self._mirror.asking:
            try:
                told = await self._all(kind)
            except UpstreamRefused as error:
                if error.status in PASSING_STATUSES or error.status >= 500:
                    raise UpstreamUnavailable(str(error)) from error
                self._note_refusal(kind.value, _reason(error))
                return
            self._note_told(kind.value)
            await self._mirror.take_all(kind, told)

    async def _all(self, kind: MirrorKind) -> list[Mapping[str, Any]]:
        told: list[Mapping[str, Any]] = []
        for _page in range(PAGES_MAX):
            await self._limiter.acquire()
            answer = await self._uplink.call(terminal.page(kind, told[-1]["id"] if told else None))
            self._note_told(ACCOUNT)
            told += answer["data"]
            if not answer["has_more"]:
                return told
            if not answer["data"]:
                break
        raise UpstreamUnavailable(f"a list of {kind.value} without an end")

    def _note_refusal(self, what: str, why: str) -> None:
        if self.refused.get(what) != why:
            log.warning("stripe does not tell %s reason=%s", what, why)
        self.refused[what] = why

    def _note_told(self, what: str) -> None:
        if self.refused.pop(what, None) is not None:
            log.info("stripe tells %s again", what)


def _reason(error: UpstreamRefused) -> str:
    """Stripe's own sentence, which names the permission that is missing."""
    said = error.error.get("message")
    return f"{error}: {said}" if isinstance(said, str) else str(error)
