"""Payments that wait for a person (M6, M15)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import AttemptKind
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader, made
from posd.snapshot.payments import ATTEMPT_STATUS, label_of
from posd.snapshot.queries import Queries
from posd.snapshot.views import Errand, PaymentStatus, ReaderView

ERRANDS_MAX: Final = 20
UNHEARD_MS: Final = 2 * 60 * 1000
"""How long a till may take to ask what became of a payment that is approved (M15)."""
UNHEARD_SHOWN_MS: Final = 24 * 3600 * 1000
"""A till that has not asked for a day is not about to take the money again."""
_FOR_A_PERSON: Final = frozenset({AttemptState.PERSON, AttemptState.SET_ASIDE})


def errands(
    queries: Queries, held: Sequence[Reader], readers: Mapping[str, ReaderView], at_ms: int
) -> tuple[Errand, ...]:
    """The first ERRANDS_MAX of them: what is unproven or contradicted, then what waits."""
    holding = queries.held_attempts()
    found = (
        *_unproven(queries, readers),
        *_unheard(queries, readers, at_ms),
        *_uncaptured(holding, queries, readers),
        *_out_of_reach(holding, queries, held, readers),
    )
    return found[:ERRANDS_MAX]


def _unproven(queries: Queries, readers: Mapping[str, ReaderView]) -> tuple[Errand, ...]:
    waiting = [attempt for attempt in queries.unproven_attempts() if attempt.state in _FOR_A_PERSON]
    waiting += queries.contradicted_attempts()
    waiting = [attempt for attempt in waiting if attempt.kind is not AttemptKind.END_OF_DAY]
    waiting.sort(key=lambda attempt: (attempt.state is AttemptState.SET_ASIDE, attempt.started_ms))
    return tuple(_errand(attempt, queries, readers) for attempt in waiting)


def _errand(attempt: Attempt, queries: Queries, readers: Mapping[str, ReaderView]) -> Errand:
    return _errand_of(queries.payment_intent(attempt.payment_intent), attempt, readers)


def _errand_of(
    intent: PaymentIntent | None, attempt: Attempt, readers: Mapping[str, ReaderView]
) -> Errand:
    return Errand(
        payment_intent=attempt.payment_intent,
        kind=attempt.kind,
        status=_errand_status(attempt),
        amount=attempt.amount,
        currency=attempt.currency,
        order=intent.order if intent else None,
        reader=label_of(attempt.reader, readers),
        since_ms=attempt.started_ms,
        reason=attempt.discrepancy or attempt.reason,
    )


def _unheard(queries: Queries, readers: Mapping[str, ReaderView], at_ms: int) -> Iterator[Errand]:
    """Paid, and its till has not asked since; it may be about to take the money again (M15)."""
    intents = queries.unheard_payment_intents()
    for intent, tries in zip(intents, queries.tries_at(intents), strict=True):
        attempt = tries.telling
        if attempt is not None and UNHEARD_MS <= at_ms - attempt.changed_ms < UNHEARD_SHOWN_MS:
            errand = _errand_of(intent, attempt, readers)
            yield replace(errand, status=PaymentStatus.UNHEARD, since_ms=attempt.changed_ms)


def _uncaptured(
    holding: Sequence[Attempt], queries: Queries, readers: Mapping[str, ReaderView]
) -> Iterator[Errand]:
    """Sold to be captured later, and its terminal has closed the day since: the money is taken."""
    for attempt in holding:
        closings = queries.closings_since(attempt)
        closed_ms = [one.changed_ms for one in closings if one.state is AttemptState.APPROVED]
        if closed_ms:
            errand = _errand(attempt, queries, readers)
            yield replace(errand, status=PaymentStatus.UNCAPTURED, since_ms=closed_ms[0])


def _out_of_reach(
    holding: Sequence[Attempt],
    queries: Queries,
    held: Sequence[Reader],
    readers: Mapping[str, ReaderView],
) -> Iterator[Errand]:
    """Reserved by a terminal that its reader has no more: nobody captures or releases it here."""
    for attempt in holding:
        reader = next((one for one in held if one.id == attempt.reader), None)
        reserved = attempt.kind is AttemptKind.PREAUTHORISATION
        if reserved and reader is not None and not made(reader, attempt):
            errand = _errand(attempt, queries, readers)
            yield replace(errand, status=PaymentStatus.OUT_OF_REACH, since_ms=attempt.changed_ms)


def _errand_status(attempt: Attempt) -> PaymentStatus:
    return PaymentStatus.CONTRADICTED if attempt.contradicted else ATTEMPT_STATUS[attempt.state]
