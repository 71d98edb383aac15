"""One request about an effect, at the store's pace, and what its answer says of the line."""

import asyncio
import json
from collections.abc import Awaitable, Callable

from msgspec import Struct

from posd.errors import CredentialRefused, UpstreamUnavailable
from posd.failpoints import Failpoint, Reach
from posd.journal.outbox import Outbox
from posd.model.effect import Effect, EffectState
from posd.sync.line import Line
from posd.sync.meaning import Meaning, meaning
from posd.sync.turns import Turns, Withdrawn
from posd.upstream.client import Answer, StripeClient
from posd.upstream.limiter import Priority


class Way(Struct, frozen=True):
    """By what right a request leaves: whose account it is for, how soon, and with which ticket."""

    account: str
    priority: Priority
    ticket: int


class Exchange:
    """Sends effects and asks about them. Nothing is repeated here."""

    def __init__(
        self, client: StripeClient, outbox: Outbox, turns: Turns, line: Line, reach: Reach
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._turns = turns
        self._line = line
        self._reach = reach

    async def send(self, effect: Effect, way: Way, prove: Callable[[Answer], None]) -> Answer:
        """Send the effect as it was stored; when and to whom is durable before (M13).

        Raises UpstreamUnavailable: it may have been carried out; so does `prove` if the answer is
        not about this effect. Withdrawn: nothing left; a person may have parked it meanwhile.
        """
        if not await self._outbox.mark_sending(effect.id, way.account):
            raise Withdrawn

        async def sent() -> Answer:
            owed = self._outbox.effect(effect.id)  # its turn may have come long after
            if owed is None or owed.state is not EffectState.WAITING:
                raise Withdrawn
            self._reach(Failpoint.BEFORE_UPSTREAM_SEND)
            answer = await self._client.send(
                effect.method,
                effect.path,
                effect.body,
                idempotency_key=effect.key,
                api_version=effect.api_version,
                connected_account=effect.connected_account,
            )
            self._reach(Failpoint.AFTER_UPSTREAM_ANSWER)
            prove(answer)
            return answer

        return await self._carried(sent, way)

    async def ask(self, effect: Effect, path: str, way: Way) -> Answer:
        """Look before the next step.

        Raises UpstreamUnavailable unless Stripe told, 200 or 4xx; CredentialRefused, Withdrawn.
        """
        answer = await self._carried(lambda: self._client.get(path, effect.connected_account), way)
        match meaning(answer, path):
            case Meaning.DONE | Meaning.REFUSED:
                return answer
            case Meaning.STOP:
                raise CredentialRefused(said(answer))
            case Meaning.AGAIN | Meaning.INDETERMINATE:
                raise UpstreamUnavailable(f"HTTP {answer.status}")

    async def _carried(self, request: Callable[[], Awaitable[Answer]], way: Way) -> Answer:
        async with self._turns.taken(way.priority, way.ticket):
            sent_at = asyncio.get_running_loop().time()
            try:
                answer = await request()
            except UpstreamUnavailable as error:
                self._line.unanswered(sent_at, str(error))
                if self._line.problem is not None:
                    self._turns.call_back()
                raise
            self._line.answered()
            self._turns.heard(answer)
            return answer


def said(answer: Answer) -> str:
    """What Stripe said, for support."""
    return f"HTTP {answer.status} {json.dumps(answer.body.get('error', {}))[:200]}"
