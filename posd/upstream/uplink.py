"""Stripe for somebody who waits: one call, one deadline, and no call while the line is down.

After CALLS_LOST_MAX calls in a row without a provable answer the line counts as down: from then on
callers are told so at once, and a probe of its own, off everybody's path, finds out when Stripe is
back. Nothing is repeated here: whoever called holds the key under which a repetition is safe (M13).
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from msgspec import Struct

from posd.clock import Clock
from posd.errors import CredentialRefused, UpstreamRefused, UpstreamUnavailable
from posd.ids import Chance
from posd.upstream.account import AccountCheck
from posd.upstream.client import CREDENTIAL_REFUSED, Answer, StripeClient
from posd.upstream.contact import Heard
from posd.upstream.limiter import Limiter
from posd.upstream.payment_records import API_VERSION

log = logging.getLogger(__name__)

CALLS_LOST_MAX: Final = 2
CALL_S: Final = 15.0
"""How long a caller waits for Stripe: a till waits behind it, and SDKs give up after 80 s."""
PROBE_MIN_S: Final = 1.0
PROBE_MAX_S: Final = 60.0
PROBE_PATH: Final = "/v1/account"


class UpstreamCall(Struct, frozen=True):
    """One request to Stripe.

    Attributes:
        method: GET, POST or DELETE.
        path: From `/v1` on, with its query; one that `proof` knows.
        body: The form; empty where the method has none.
        key: The idempotency key, or None for a call that is harmless when doubled.
        api_version: Stripe-Version, with the header of a preview where the resource is one.
    """

    method: str
    path: str
    body: bytes = b""
    key: str | None = None
    api_version: str = API_VERSION


class Uplink:
    """The line to Stripe, and whether it is up.

    Args:
        limiter: The store's pace, which nobody waits for here, but which hears what Stripe says.

    Attributes:
        down_since_ms: Wall time in milliseconds since when the line counts as down, or None.
    """

    def __init__(
        self,
        client: StripeClient,
        account: AccountCheck,
        *,
        clock: Clock,
        chance: Chance,
        limiter: Limiter | None = None,
    ) -> None:
        self.down_since_ms: int | None = None
        self._client = client
        self._account = account
        self._clock = clock
        self._chance = chance
        self._limiter = limiter
        self._lost = 0
        self._down = asyncio.Event()

    async def call(self, asked: UpstreamCall) -> dict[str, Any]:
        """Stripe's object, list or deletion, proven to be what was asked for.

        Raises:
            UpstreamRefused: Stripe answered with an error; nothing was done, but see its status:
                behind a 5xx it may have acted.
            CredentialRefused: The credential is not of the journal's account; nothing was sent.
            UpstreamUnavailable: No answer, or not Stripe's: it may have acted. At once, and
                certainly without having acted, while the line counts as down.
        """
        if self._down.is_set():
            raise UpstreamUnavailable(
                "the line to Stripe is down", down_since_ms=self.down_since_ms
            )
        if not self._account.known:
            async with self._counted():
                await self._account.own()
        answer = await self._carried(asked)
        if answer.status in CREDENTIAL_REFUSED:
            self._account.forget()
        if answer.status != 200:
            raise UpstreamRefused(
                answer.status,
                answer.body["error"],
                should_retry=answer.should_retry,
                retry_after_s=answer.retry_after_s,
            )
        return answer.body

    async def run(self) -> None:
        """For ever: while the line counts as down, probe it, ever less often."""
        while True:
            await self._down.wait()
            pause_s = PROBE_MIN_S
            while self._down.is_set():
                await asyncio.sleep(self._chance.uniform(pause_s / 2, pause_s))
                pause_s = min(pause_s * 2, PROBE_MAX_S)
                await self._probe()

    async def _probe(self) -> None:
        try:
            await self._carried(UpstreamCall("GET", PROBE_PATH))
        except UpstreamUnavailable as error:
            log.debug("uplink still down reason=%s", error)

    async def _carried(self, asked: UpstreamCall) -> Answer:
        async with self._counted():
            answer = await self._client.send(
                asked.method,
                asked.path,
                asked.body,
                idempotency_key=asked.key,
                api_version=asked.api_version,
            )
        if self._limiter is not None:
            self._limiter.heard(answer)
        return answer

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        """Holds what is asked inside to CALL_S, and counts whether Stripe answered."""
        sent_at = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(CALL_S):
                yield
        except TimeoutError as error:
            self._client.contact.missed(sent_at, Heard.SILENT)
            self._missed()
            raise UpstreamUnavailable(f"no answer within {CALL_S:g} s") from error
        except UpstreamUnavailable:
            self._missed()
            raise
        except CredentialRefused:
            self._answered()
            raise
        self._answered()

    def _missed(self) -> None:
        self._lost += 1
        if self._lost >= CALLS_LOST_MAX and not self._down.is_set():
            log.warning("uplink down calls_lost=%d", self._lost)
            self.down_since_ms = self._clock.wall_ms()
            self._down.set()

    def _answered(self) -> None:
        self._lost = 0
        if self._down.is_set():
            log.info("uplink back")
            self.down_since_ms = None
            self._down.clear()
