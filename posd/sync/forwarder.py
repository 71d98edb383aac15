"""Pays the outbox: each effect verbatim, under its one key, until Stripe answered (M12, M13).

An answer settles an effect in the journal; a refusal for good parks it with its cause and delays no
other; silence, 409, 429 and 5xx are tried again under the same key. A key older than KEY_AGE_MAX_MS
may run anew at Stripe, and a 500 may hide a success: then posd looks before it sends.
"""

import asyncio
import json
import logging
from enum import Enum
from typing import Any, Final, assert_never
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from posd.clock import Clock
from posd.errors import CredentialRefused, UpstreamUnavailable
from posd.failpoints import Failpoint, Reach
from posd.ids import Chance
from posd.journal.outbox import Owed
from posd.journal.store import Journal
from posd.model.effect import Effect
from posd.snapshot.views import Upstream, UpstreamState
from posd.sync.settlement import Park, Settle
from posd.upstream.account import AccountCheck
from posd.upstream.client import Answer, StripeClient
from posd.upstream.limiter import Limiter
from posd.upstream.payment_records import (
    GUARANTEE_SUFFIX,
    REFUND_SUFFIX,
    REPORT_SUFFIX,
    PaymentRecordReports,
    attempt_of,
    record_of,
    refunded_with,
)

log = logging.getLogger(__name__)

RETRY_MIN_MS: Final = 500
RETRY_MAX_MS: Final = 300_000
RETRY_DOUBLINGS_MAX: Final = 12
PAUSE_MS: Final = 60_000
KEY_AGE_MAX_MS: Final = 23 * 3600 * 1000
LOOK_AFTER_TRIES: Final = 3
LOOK_BACK_S: Final = 3600
LOOK_PAGE: Final = 100


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
        account: AccountCheck,
        limiter: Limiter,
        reports: PaymentRecordReports,
        *,
        clock: Clock,
        chance: Chance,
        reach: Reach,
    ) -> None:
        self._standing = Upstream(UpstreamState.UNTRIED, clock.wall_ms())
        self._journal = journal
        self._client = client
        self._owner = account
        self._limiter = limiter
        self._reports = reports
        self._clock = clock
        self._chance = chance
        self._reach = reach
        self._account: str | None = None
        self._account_tries = 0

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
        await self._limiter.acquire()
        try:
            self._account = await self._owner.own()
        except UpstreamUnavailable as error:
            self._stand(UpstreamState.OFFLINE, str(error))
            await asyncio.sleep(self._backoff_ms(self._account_tries) / 1000)
            self._account_tries += 1
            return False
        except CredentialRefused as refused:
            await self._pause(str(refused))
            return False
        self._account_tries = 0
        return True

    async def _pay(self, owed: Owed) -> None:
        assert self._account is not None
        effect = owed.effect
        if effect.account not in (None, self._account):
            await self._pause(f"{effect.id} is owed to {effect.account}")
            return
        try:
            if self._must_look(owed) and (done := await self._is_there(effect)) is not None:
                await self._settle(effect, done.result)
                return
            await self._take(owed, await self._send(effect, self._account))
        except UpstreamUnavailable as error:
            self._stand(UpstreamState.OFFLINE, str(error))
            await self._postpone(owed, str(error))
        except CredentialRefused as refused:
            await self._pause(str(refused))

    async def _send(self, effect: Effect, account: str) -> Answer:
        await self._limiter.acquire()
        await self._journal.outbox.mark_sending(effect.id, account)
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
        return answer

    async def _ask(self, effect: Effect, path: str) -> Answer:
        """Look before the next step. Raises UpstreamUnavailable unless Stripe told: 200 or 4xx."""
        await self._limiter.acquire()
        answer = await self._client.get(path, effect.connected_account)
        match meaning(answer, path):
            case Meaning.DONE | Meaning.REFUSED:
                return answer
            case Meaning.AGAIN | Meaning.INDETERMINATE:
                raise UpstreamUnavailable(f"HTTP {answer.status}")
            case Meaning.STOP:
                raise CredentialRefused(_said(answer))
            case never:
                assert_never(never)

    async def _take(self, owed: Owed, answer: Answer) -> None:
        effect = owed.effect
        match meaning(answer, effect.path):
            case Meaning.DONE if effect.id.endswith(REPORT_SUFFIX):
                if not self._tells_amount(effect, answer, "amount_requested"):
                    raise UpstreamUnavailable("what answered is not Stripe: another amount")
                self._stand(UpstreamState.OK, None)
                await self._settle(effect, answer.body["id"])
            case Meaning.DONE:
                self._stand(UpstreamState.OK, None)
                await self._settle(effect, None)
            case Meaning.AGAIN | Meaning.INDETERMINATE:
                await self._postpone(owed, f"HTTP {answer.status}")
            case Meaning.STOP:
                await self._pause(_said(answer))
            case Meaning.REFUSED:
                await self._refused(effect, answer)
            case never:
                assert_never(never)

    async def _pause(self, problem: str) -> None:
        """Nothing is sent and no try is counted until the account has been asked for again."""
        self._account = None
        self._owner.forget()
        self._stand(UpstreamState.PAUSED, problem)
        await asyncio.sleep(PAUSE_MS / 1000)

    async def _refused(self, effect: Effect, answer: Answer) -> None:
        """Park it, unless Stripe holds what it asks for already, to the same amount (M12)."""
        if not effect.id.endswith(REPORT_SUFFIX) and await self._is_told(effect):
            await self._settle(effect, None)
            return
        error = answer.body.get("error", {})
        code = str(error.get("code") or error.get("type") or "")
        log.error("parked effect=%s status=%d code=%s", effect.id, answer.status, code)
        await self._journal.commit(
            Park(effect, answer.status, code, str(error.get("message") or ""))
        )

    async def _is_told(self, effect: Effect) -> bool:
        """Whether the payment's record says what this effect is to make it say."""
        answer = await self._ask(effect, record_of(effect))
        if effect.id.endswith(REFUND_SUFFIX):
            return self._tells_refund(effect, answer)
        return self._tells_amount(effect, answer, "amount_guaranteed")

    def _tells_refund(self, effect: Effect, answer: Answer) -> bool:
        """Whether Stripe names all that went back up to this refund."""
        queries = self._journal.queries
        attempt = queries.attempt(attempt_of(effect))
        assert attempt is not None, effect
        assert attempt.refund is not None, effect
        value = refunded_with(attempt.refund, queries.refunds_of(attempt.payment_intent))
        asked = {"currency": attempt.currency, "value": value}
        return bool(answer.body.get("amount_refunded") == asked)

    def _tells_amount(self, effect: Effect, answer: Answer, field: str) -> bool:
        """Whether Stripe names the amount that the terminal took."""
        attempt = self._journal.queries.attempt(attempt_of(effect))
        assert attempt is not None, effect
        asked = {"currency": attempt.currency, "value": attempt.approved_amount}
        return bool(answer.body.get(field) == asked)

    def _must_look(self, owed: Owed) -> bool:
        if owed.first_sent_ms is None or owed.effect.id.endswith(GUARANTEE_SUFFIX):
            return False
        age_ms = self._clock.wall_ms() - owed.first_sent_ms
        return owed.tries >= LOOK_AFTER_TRIES or not 0 <= age_ms < KEY_AGE_MAX_MS

    async def _is_there(self, effect: Effect) -> "_There | None":
        """What Stripe knows of the effect already, or None if it has not heard of it."""
        if effect.id.endswith(REFUND_SUFFIX):
            return _There(None) if await self._is_told(effect) else None
        found = await self._look(effect)
        return None if found is None else _There(found)

    async def _look(self, effect: Effect) -> str | None:
        """The id under which Stripe has this report already, or None."""
        attempt = self._journal.queries.attempt(attempt_of(effect))
        assert attempt is not None, effect
        since = attempt.started_ms // 1000 - LOOK_BACK_S
        query: dict[str, Any] = {"created_after": since, "limit": LOOK_PAGE}
        while True:
            answer = await self._ask(effect, f"/v1/payment_records?{urlencode(query)}")
            if answer.status != 200:
                raise UpstreamUnavailable(f"Stripe does not list its records: {_said(answer)}")
            records = answer.body["data"]
            for record in records:
                if _attempt_named(record) == attempt.id:
                    return str(record["id"])
            if not records or not answer.body["has_more"]:
                return None
            query["starting_after"] = records[-1]["id"]

    async def _settle(self, effect: Effect, result: str | None) -> None:
        await self._journal.commit(Settle(effect, result, self._reports))
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


class _There(Struct, frozen=True):
    """Stripe has it, under this id if it has one of its own."""

    result: str | None


def _attempt_named(record: dict[str, Any]) -> object:
    metadata = record.get("metadata")
    return metadata.get("posd_attempt") if isinstance(metadata, dict) else None


def _said(answer: Answer) -> str:
    return f"HTTP {answer.status} {json.dumps(answer.body.get('error', {}))[:200]}"
