"""What Stripe has of an effect already, asked of its Payment Records (M12, M13)."""

from collections.abc import AsyncIterator
from typing import Any, Final

from msgspec import Struct

from posd.errors import UpstreamUnavailable
from posd.journal.outbox import Outbox
from posd.journal.queries import Queries
from posd.model.attempt import Attempt
from posd.model.effect import Effect, EffectState
from posd.model.refund import Refund
from posd.sync.exchange import Exchange, Way, said
from posd.upstream import record_list
from posd.upstream.client import Answer
from posd.upstream.payment_records import (
    REFUND_SUFFIX,
    REPORT_SUFFIX,
    attempt_of,
    record_of,
    refunded_with,
)
from posd.upstream.uplink import UpstreamCall

LOOK_BACK_S: Final = 3600


class There(Struct, frozen=True):
    """Stripe has it, under this id if it has one of its own."""

    result: str | None


class Finder:
    """Looks for effects at Stripe; every look keeps to the pace of what is sent."""

    def __init__(self, queries: Queries, outbox: Outbox, exchange: Exchange) -> None:
        self._queries = queries
        self._outbox = outbox
        self._exchange = exchange

    async def is_there(self, effect: Effect, way: Way) -> There | None:
        """What Stripe knows of the effect already, or None if it has not heard of it.

        Raises UpstreamUnavailable unless Stripe told, CredentialRefused, Withdrawn.
        """
        if not effect.id.endswith(REPORT_SUFFIX):
            return There(None) if await self.is_told(effect, way) else None
        found = await self._record(effect, way)
        return None if found is None else There(found)

    async def is_told(self, effect: Effect, way: Way) -> bool:
        """Whether the payment's record says what this effect is to make it say. Raises as above."""
        answer = await self._exchange.ask(effect, record_of(effect), way)
        if effect.id.endswith(REFUND_SUFFIX):
            return self._tells_refund(effect, answer)
        return self.tells_amount(effect, answer.body, "amount_guaranteed")

    def tells_amount(self, effect: Effect, record: dict[str, Any], field: str) -> bool:
        """Whether the record names the amount that the terminal took."""
        attempt = self._attempt(effect)
        asked = {"currency": attempt.currency, "value": attempt.approved_amount}
        return bool(record.get(field) == asked)

    def _tells_refund(self, effect: Effect, answer: Answer) -> bool:
        """Whether Stripe names all that went back with this refund, and none is missing."""
        attempt = self._attempt(effect)
        assert attempt.refund is not None, effect
        refunds = self._queries.refunds_of(attempt.payment_intent)
        sent = {one.id for one in refunds if self._was_sent(one)}
        value = refunded_with(attempt.refund, refunds, sent)
        lost = self._queries.refunded_in_gap(attempt.payment_intent)
        asked = {"currency": attempt.currency, "value": value + lost}
        return bool(answer.body.get("amount_refunded") == asked)

    def _was_sent(self, refund: Refund) -> bool:
        """Whether Stripe may know of it: it was sent once, or is done since Stripe had it."""
        owed = self._outbox.effect(f"{refund.attempt}{REFUND_SUFFIX}")
        return owed is not None and (
            owed.first_sent_ms is not None or owed.state is EffectState.DONE
        )

    async def _record(self, effect: Effect, way: Way) -> str | None:
        """The id under which Stripe has this report: the one that is guaranteed, if any is."""
        attempt = self._attempt(effect)
        found: str | None = None
        async for record in self._records_since(attempt, effect, way):
            if _attempt_named(record) != attempt.id:
                continue
            found = str(record["id"])
            if self.tells_amount(effect, record, "amount_guaranteed"):
                break
        return found

    async def _records_since(
        self, attempt: Attempt, effect: Effect, way: Way
    ) -> AsyncIterator[dict[str, Any]]:
        async def ask(asked: UpstreamCall) -> dict[str, Any]:
            answer = await self._exchange.ask(effect, asked.path, way)
            if answer.status != 200:
                raise UpstreamUnavailable(f"Stripe does not list its records: {said(answer)}")
            return answer.body

        since = attempt.started_ms // 1000 - LOOK_BACK_S
        async for page in record_list.pages(ask, created_after=since):
            for record in page:
                yield record

    def _attempt(self, effect: Effect) -> Attempt:
        attempt = self._queries.attempt(attempt_of(effect))
        assert attempt is not None, effect
        return attempt


def _attempt_named(record: dict[str, Any]) -> object:
    metadata = record.get("metadata")
    return metadata.get("posd_attempt") if isinstance(metadata, dict) else None
