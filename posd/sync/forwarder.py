"""Pays the outbox: each effect verbatim, under its one key, until Stripe answered (M12, M13).

An answer settles an effect in the journal; a refusal for good parks it with its cause and delays no
other; silence, 409, 429 and 5xx are tried again under the same key. A key older than KEY_AGE_MAX_MS
may run anew at Stripe, and a 500 may hide a success: then posd looks before it sends.
"""

import asyncio
import json
import logging
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, assert_never
from urllib.parse import urlencode

from posd.clock import Clock
from posd.errors import UpstreamUnavailable
from posd.failpoints import Failpoint, Reach
from posd.ids import Chance
from posd.journal.command import Claim, Decision, Ledger
from posd.journal.outbox import Owed
from posd.journal.store import Journal
from posd.model.effect import Effect
from posd.model.facts import AccountLearned, EffectDone, EffectParked
from posd.model.projection import Circumstance
from posd.snapshot.views import Upstream, UpstreamState
from posd.upstream.client import Answer, StripeClient
from posd.upstream.limiter import Limiter
from posd.upstream.payment_records import REPORT_SUFFIX, PaymentRecordReports, attempt_of

log = logging.getLogger(__name__)

RETRY_MIN_MS: Final = 500
RETRY_MAX_MS: Final = 300_000
RETRY_DOUBLINGS_MAX: Final = 12
PAUSE_MS: Final = 60_000
KEY_AGE_MAX_MS: Final = 23 * 3600 * 1000
LOOK_AFTER_TRIES: Final = 3
LOOK_BACK_S: Final = 3600
LOOK_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class _Learn:
    account: str
    livemode: bool
    actor: str = "sync"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        if ledger.account() == self.account:
            return Decision(facts=())
        return Decision(facts=(AccountLearned(self.account, self.livemode),))


@dataclass(frozen=True, slots=True)
class _Settle:
    """An effect is done, and what it makes possible is owed from the same transaction on."""

    effect: Effect
    result: str | None
    reports: PaymentRecordReports
    actor: str = "sync"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        done = EffectDone(self.effect.id, self.effect.payment_intent, self.result)
        return Decision((done,), effects=self._next(ledger), settled=(self.effect.id,))

    def _next(self, ledger: Ledger) -> tuple[Effect, ...]:
        if self.result is None or not self.effect.id.endswith(REPORT_SUFFIX):
            return ()
        attempt = ledger.attempt(attempt_of(self.effect))
        intent = ledger.payment_intent(self.effect.payment_intent)
        assert attempt is not None, self.effect
        assert intent is not None, self.effect
        return (self.reports.guaranteed(intent, attempt, self.result),)


@dataclass(frozen=True, slots=True)
class _Park:
    effect: Effect
    status: int
    code: str
    message: str
    actor: str = "sync"
    claim: Claim | None = None

    def decide(self, _ledger: Ledger, _at: Circumstance, /) -> Decision:
        effect = self.effect
        fact = EffectParked(effect.id, effect.payment_intent, self.status, self.code, self.message)
        return Decision((fact,), settled=(effect.id,))


class Meaning(Enum):
    """What an answer of Stripe's says about an effect."""

    DONE = "done"
    AGAIN = "again"
    INDETERMINATE = "indeterminate"
    STOP = "stop"
    REFUSED = "refused"


def meaning(answer: Answer, path: str) -> Meaning:
    """Class an answer by its status alone; bodies are evidence, not policy."""
    match answer.status:
        case 200:
            return Meaning.DONE
        case 401 | 403:
            return Meaning.STOP
        case 404 if path.endswith("/report_payment"):
            return Meaning.STOP
        case 409 | 429:
            return Meaning.AGAIN
        case status if status >= 500:
            return Meaning.INDETERMINATE
        case _:
            return Meaning.REFUSED


class Forwarder:
    """Takes effects from the outbox in order, at most one of a lane at a time."""

    def __init__(  # noqa: PLR0913 (composition: each part is one seam)
        self,
        journal: Journal,
        client: StripeClient,
        limiter: Limiter,
        reports: PaymentRecordReports,
        *,
        clock: Clock,
        chance: Chance,
        livemode: bool,
        reach: Reach,
    ) -> None:
        self._standing = Upstream(UpstreamState.UNTRIED, clock.wall_ms())
        self._journal = journal
        self._client = client
        self._limiter = limiter
        self._reports = reports
        self._clock = clock
        self._chance = chance
        self._livemode = livemode
        self._reach = reach
        self._account: str | None = None

    def standing(self) -> Upstream:
        """How posd stands with Stripe, and what still waits to be sent."""
        outbox = self._journal.outbox
        return replace(
            self._standing,
            waiting=outbox.waiting_count(),
            oldest_ms=outbox.oldest_waiting_ms(),
            parked=len(outbox.parked()),
        )

    async def run(self) -> None:
        """For ever: send what is due, then sleep until a fact or a retry is."""
        while True:
            head = self._journal.head
            now = self._clock.wall_ms()
            due = self._journal.outbox.due(now, limit=1)
            if not due:
                await self._rest(head, now)
            elif await self._know_account():
                await self._pay(due[0])

    async def _rest(self, head: int, now: int) -> None:
        next_ms = self._journal.outbox.next_due_ms()
        pause_s = None if next_ms is None else max(next_ms - now, 1) / 1000
        try:
            async with asyncio.timeout(pause_s):
                await anext(self._journal.tail(head))
        except TimeoutError:
            return

    async def _know_account(self) -> bool:
        """Whether the credential opens the account that the journal belongs to (M13)."""
        if self._account is not None:
            return True
        try:
            account = await self._client.account()
        except UpstreamUnavailable as error:
            self._stand(UpstreamState.OFFLINE, str(error))
            await asyncio.sleep(self._backoff_ms(LOOK_AFTER_TRIES) / 1000)
            return False
        known = self._journal.queries.account()
        if account.livemode is not self._livemode or known not in (None, account.id):
            self._stand(UpstreamState.PAUSED, f"the credential opens {account.id}, not {known}")
            await asyncio.sleep(PAUSE_MS / 1000)
            return False
        await self._journal.commit(_Learn(account.id, account.livemode))
        self._account = account.id
        return True

    async def _pay(self, owed: Owed) -> None:
        assert self._account is not None
        effect = owed.effect
        if effect.account not in (None, self._account):
            self._stand(UpstreamState.PAUSED, f"{effect.id} is owed to {effect.account}")
            await asyncio.sleep(PAUSE_MS / 1000)
            return
        await self._limiter.acquire()
        try:
            if self._must_look(owed) and (found := await self._look(effect)) is not None:
                await self._settle(effect, found)
                return
            await self._journal.outbox.mark_sending(effect.id, self._account)
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
            await self._take(owed, answer)
        except UpstreamUnavailable as error:
            self._stand(UpstreamState.OFFLINE, str(error))
            await self._postpone(owed, str(error))

    async def _take(self, owed: Owed, answer: Answer) -> None:
        effect = owed.effect
        match meaning(answer, effect.path):
            case Meaning.DONE:
                self._stand(UpstreamState.OK, None)
                result = answer.body.get("id") if effect.id.endswith(REPORT_SUFFIX) else None
                await self._settle(effect, result)
            case Meaning.AGAIN | Meaning.INDETERMINATE:
                await self._postpone(owed, f"HTTP {answer.status}")
            case Meaning.STOP:
                self._account = None
                self._stand(UpstreamState.PAUSED, _said(answer))
                await asyncio.sleep(PAUSE_MS / 1000)
            case Meaning.REFUSED:
                await self._refused(effect, answer)
            case never:
                assert_never(never)

    async def _refused(self, effect: Effect, answer: Answer) -> None:
        """Park it, unless Stripe holds what it asks for already, to the same amount (M12)."""
        if not effect.id.endswith(REPORT_SUFFIX) and await self._is_guaranteed(effect):
            await self._settle(effect, None)
            return
        error = answer.body.get("error", {})
        code = str(error.get("code") or error.get("type") or "")
        log.error("parked effect=%s status=%d code=%s", effect.id, answer.status, code)
        await self._journal.commit(
            _Park(effect, answer.status, code, str(error.get("message") or ""))
        )

    async def _is_guaranteed(self, effect: Effect) -> bool:
        record_path, _, _ = effect.path.rpartition("/")
        answer = await self._client.get(record_path)
        attempt = self._journal.queries.attempt(attempt_of(effect))
        assert attempt is not None, effect
        guaranteed = answer.body.get("amount_guaranteed")
        asked = {"currency": attempt.currency, "value": attempt.approved_amount}
        return isinstance(guaranteed, dict) and guaranteed == asked

    def _must_look(self, owed: Owed) -> bool:
        if owed.first_sent_ms is None or not owed.effect.id.endswith(REPORT_SUFFIX):
            return False
        age_ms = self._clock.wall_ms() - owed.first_sent_ms
        return owed.tries >= LOOK_AFTER_TRIES or not 0 <= age_ms < KEY_AGE_MAX_MS

    async def _look(self, effect: Effect) -> str | None:
        """The id under which Stripe has this report already, or None."""
        attempt = self._journal.queries.attempt(attempt_of(effect))
        assert attempt is not None, effect
        since = attempt.started_ms // 1000 - LOOK_BACK_S
        query: dict[str, Any] = {"created_after": since, "limit": LOOK_PAGE}
        while True:
            answer = await self._client.get(f"/v1/payment_records?{urlencode(query)}")
            records = answer.body.get("data", [])
            for record in records:
                if record["metadata"].get("posd_attempt") == attempt.id:
                    return str(record["id"])
            if not records or not answer.body.get("has_more"):
                return None
            query["starting_after"] = records[-1]["id"]

    async def _settle(self, effect: Effect, result: str | None) -> None:
        await self._journal.commit(_Settle(effect, result, self._reports))
        log.info("reported effect=%s result=%s", effect.id, result)

    async def _postpone(self, owed: Owed, problem: str) -> None:
        until_ms = self._clock.wall_ms() + self._backoff_ms(owed.tries)
        await self._journal.outbox.postpone(owed.effect.id, until_ms, problem)

    def _backoff_ms(self, tries: int) -> int:
        longest = min(RETRY_MAX_MS, RETRY_MIN_MS << min(tries, RETRY_DOUBLINGS_MAX))
        return round(longest * self._chance.uniform(0.5, 1.0))

    def _stand(self, state: UpstreamState, problem: str | None) -> None:
        if (state, problem) != (self._standing.state, self._standing.problem):
            log.log(
                logging.INFO if state is UpstreamState.OK else logging.WARNING,
                "upstream state=%s problem=%s",
                state.value,
                problem,
            )
            self._standing = Upstream(state, self._clock.wall_ms(), problem)


def _said(answer: Answer) -> str:
    return f"HTTP {answer.status} {json.dumps(answer.body.get('error', {}))[:200]}"
