"""One effect on its way: looked for, sent, and what the answer makes of it (M12, M13).

It is sent verbatim, under its one key, until Stripe answered. An answer settles it in the journal;
a refusal for good parks it with its cause; silence, 409, 429 and 5xx put it off. A key older than
KEY_AGE_MAX_MS may run anew at Stripe: of a report that leaves one more record, which guarantees
nothing; a refund is looked for first. A 500 may hide a success: then posd looks as well.
"""

import logging
from functools import partial
from typing import Final, assert_never

from posd.clock import Clock
from posd.errors import CredentialRefused, UpstreamUnavailable
from posd.ids import Chance
from posd.journal.store import Journal
from posd.model.effect import Effect, Owed
from posd.sync.exchange import Exchange, Way, said
from posd.sync.found import Finder
from posd.sync.meaning import Meaning, meaning
from posd.sync.settlement import Park, Settle
from posd.upstream.client import Answer
from posd.upstream.payment_records import (
    REFUND_SUFFIX,
    REPORT_SUFFIX,
    PaymentRecordReports,
)

log = logging.getLogger(__name__)

RETRY_MIN_MS: Final = 500
RETRY_MAX_MS: Final = 300_000
RETRY_DOUBLINGS_MAX: Final = 12
KEY_AGE_MAX_MS: Final = 23 * 3600 * 1000
LOOK_AFTER_TRIES: Final = 3
OK: Final = 200


class Delivery:
    """Carries effects out, one at a time or many beside each other."""

    def __init__(
        self,
        journal: Journal,
        exchange: Exchange,
        reports: PaymentRecordReports,
        *,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._journal = journal
        self._exchange = exchange
        self._finder = Finder(journal.queries, journal.outbox, exchange)
        self._reports = reports
        self._clock = clock
        self._chance = chance

    async def deliver(self, owed: Owed, way: Way) -> None:
        """Settle, park or put off the effect.

        Raises CredentialRefused if nothing can be sent at all, Withdrawn if nothing was: then no
        try is counted.
        """
        try:
            if self._must_look(owed):
                there = await self._finder.is_there(owed.effect, way)
                if there is not None:
                    await self._settle(owed.effect, there.result)
                    return
            prove = partial(self._prove, owed.effect)
            await self._take(owed, await self._exchange.send(owed.effect, way, prove), way)
        except UpstreamUnavailable as error:
            await self.put_off(owed, str(error))

    async def put_off(self, owed: Owed, problem: str, *, doubts: int = 0) -> None:
        """Try again later, the later the more often it was tried."""
        longest = min(RETRY_MAX_MS, RETRY_MIN_MS << min(owed.tries, RETRY_DOUBLINGS_MAX))
        until_ms = self._clock.wall_ms() + round(longest * self._chance.uniform(0.5, 1.0))
        await self._journal.outbox.postpone(owed.effect.id, until_ms, problem, doubts=doubts)

    def _must_look(self, owed: Owed) -> bool:
        if owed.look_first or owed.doubts >= LOOK_AFTER_TRIES:
            return True
        if not owed.effect.id.endswith(REFUND_SUFFIX) or owed.first_sent_ms is None:
            return False
        age_ms = self._clock.wall_ms() - owed.first_sent_ms
        return owed.tries >= LOOK_AFTER_TRIES or not 0 <= age_ms < KEY_AGE_MAX_MS

    def _prove(self, effect: Effect, answer: Answer) -> None:
        """Raise UpstreamUnavailable if what was made of the report is another payment."""
        if answer.status != OK or not effect.id.endswith(REPORT_SUFFIX):
            return
        if not self._finder.tells_amount(effect, answer.body, "amount_requested"):
            raise UpstreamUnavailable("what answered is not Stripe: another amount")

    async def _take(self, owed: Owed, answer: Answer, way: Way) -> None:
        effect = owed.effect
        match meaning(answer, effect.path):
            case Meaning.DONE if effect.id.endswith(REPORT_SUFFIX):
                await self._settle(effect, answer.body["id"])
            case Meaning.DONE:
                await self._settle(effect, None)
            case Meaning.AGAIN:
                await self.put_off(owed, f"HTTP {answer.status}")
            case Meaning.INDETERMINATE:
                await self.put_off(owed, f"HTTP {answer.status}", doubts=1)
            case Meaning.STOP:
                raise CredentialRefused(said(answer))
            case Meaning.REFUSED:
                await self._refused(effect, answer, way)
            case never:
                assert_never(never)

    async def _refused(self, effect: Effect, answer: Answer, way: Way) -> None:
        """Park it, unless Stripe holds what it asks for already, to the same amount (M12)."""
        if not effect.id.endswith(REPORT_SUFFIX) and await self._finder.is_told(effect, way):
            await self._settle(effect, None)
            return
        error = answer.body.get("error", {})
        code = str(error.get("code") or error.get("type") or "")
        message = str(error.get("message") or "")
        log.error("parked effect=%s status=%d code=%s", effect.id, answer.status, code)
        await self._journal.commit(Park(effect, answer.status, code, message))

    async def _settle(self, effect: Effect, result: str | None) -> None:
        await self._journal.commit(Settle(effect, result, self._reports))
        log.info("reported effect=%s result=%s", effect.id, result)
