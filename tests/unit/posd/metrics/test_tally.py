"""What came of payments, counted from the facts of a real journal."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from posd.durations import Buckets
from posd.metrics import families
from posd.metrics.families import Family
from posd.metrics.readings import Labels
from posd.metrics.tally import ENDS, OTHER_READERS, READERS_MAX, Tally
from posd.model.attempt import UNPROVEN, AttemptState
from posd.model.facts import (
    ApprovalHeard,
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptKind,
    AttemptNotCharged,
    AttemptNotSent,
    DiscrepancyFound,
    EffectParked,
    Fact,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
)
from posd_drivers.card_reader import AbortCause
from tests.unit.posd.journal.scenario import (
    ATTEMPT,
    CHARGE,
    GIROCARD,
    INTENT,
    READER,
    Facts,
    TurnedClock,
    approved,
    done,
    effect,
    intent,
    open_journal,
    reader,
    reported,
    started,
)

REPORT = f"{ATTEMPT}-report"


class Counting:
    """A journal, its clock, and a tally of everything in it."""

    def __init__(self, folder: Path) -> None:
        self.clock = TurnedClock()
        self.journal = open_journal(folder, clock=self.clock)

    async def tell(self, *facts: Fact, took_ms: int | None = None) -> None:
        """Each in a commit of its own, `took_ms` after its attempt began."""
        legs = {} if took_ms is None else {"since_started_ms": took_ms}
        for fact in facts:
            await self.journal.commit(Facts((fact,), legs=legs))

    async def counted(self) -> Tally:
        """All facts until now."""
        tally, tail = Tally(self.journal.queries), self.journal.tail(0)
        for _ in range(self.journal.head):
            tally.note(await anext(tail))
        return tally


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Counting]:
    counting = Counting(tmp_path)
    await counting.tell(reader(), intent())
    yield counting
    counting.journal.close()


def values(tally: Tally, family: Family) -> dict[Labels, float | Buckets]:
    """What the metric reads."""
    (found,) = [dict(one.values) for one in tally.readings() if one.family is family]
    return found


def sums_s(tally: Tally) -> dict[str, float]:
    """What each leg of the reader took in all."""
    told = values(tally, families.LEGS)
    return {leg: one.sum_s for (_, leg), one in told.items() if isinstance(one, Buckets)}


async def test_a_sale_is_counted_once_and_timed_leg_by_leg(store: Counting) -> None:
    await store.tell(started())
    await store.tell(reported(), took_ms=2100)
    await store.journal.commit(
        Facts((approved(),), effects=(effect(REPORT),), legs={"since_started_ms": 3400})
    )
    store.clock.now_ms += 700
    await store.tell(ApprovalHeard(INTENT))
    store.clock.now_ms += 1300
    await store.journal.commit(done(REPORT))
    tally = await store.counted()
    assert values(tally, families.PAYMENTS) == {(READER, "sale", "approved"): 1}
    assert sums_s(tally) == pytest.approx({"card": 2.1, "finish": 1.3, "till": 0.7, "stripe": 2.0})
    assert values(tally, families.REPORTS) == {("done",): 1, ("parked",): 0}


@pytest.mark.parametrize(
    ("no", "outcome", "legs"),
    [
        (AttemptDeclined(ATTEMPT, 0x64), "declined", {"card": 0.9}),
        (AttemptAborted(ATTEMPT, 0x6C, AbortCause.TILL), "aborted", {}),
        (AttemptNotSent(ATTEMPT), "not_sent", {}),
    ],
    ids=["declined", "aborted", "not sent"],
)
async def test_a_no_is_told_apart_and_only_an_issuers_is_timed(
    store: Counting, no: Fact, outcome: str, legs: dict[str, float]
) -> None:
    await store.tell(started())
    await store.tell(no, took_ms=900)
    tally = await store.counted()
    assert values(tally, families.PAYMENTS) == {(READER, "sale", outcome): 1}
    assert sums_s(tally) == legs


async def test_what_was_proven_later_counts_and_takes_no_time(store: Counting) -> None:
    late = AttemptApproved(ATTEMPT, CHARGE, 1250, Proof.PERSON, GIROCARD)
    await store.tell(started())
    await store.tell(reported(), took_ms=2000)
    await store.tell(OutcomeUnknown(ATTEMPT, "link_lost"), PersonNeeded(ATTEMPT, "no_answer"))
    await store.tell(late, took_ms=90_000)
    await store.tell(ApprovalHeard(INTENT), DiscrepancyFound(ATTEMPT, "not_booked"))
    tally = await store.counted()
    assert values(tally, families.PAYMENTS) == {(READER, "sale", "approved"): 1}
    for family in (families.UNKNOWN, families.PERSONS, families.CONTRADICTED):
        assert values(tally, family) == {(READER,): 1}
    assert sums_s(tally) == {}


async def test_what_is_proven_not_to_be_charged_has_an_outcome_too(store: Counting) -> None:
    await store.tell(started(), OutcomeUnknown(ATTEMPT, "link_lost"))
    await store.tell(AttemptNotCharged(ATTEMPT, Proof.TERMINAL))
    told = values(await store.counted(), families.PAYMENTS)
    assert told == {(READER, "sale", "not_charged"): 1}


async def test_an_end_of_day_is_no_payment(store: Counting) -> None:
    closing = replace(started(payment_intent=""), kind=AttemptKind.END_OF_DAY, amount=0)
    await store.tell(closing)
    await store.tell(AttemptDeclined(ATTEMPT, 0x64), took_ms=500)
    tally = await store.counted()
    assert values(tally, families.PAYMENTS) == {}
    assert values(tally, families.DAYS_ENDED) == {(READER, "declined"): 1}
    assert sums_s(tally) == {}


async def test_a_report_that_stripe_refused_is_counted_apart(store: Counting) -> None:
    await store.tell(started())
    await store.tell(reported(), took_ms=2100)
    await store.journal.commit(Facts((approved(),), effects=(effect(REPORT),)))
    parked = EffectParked(REPORT, INTENT, 400, "parameter_invalid", "no")
    await store.journal.commit(Facts((parked,), settled=(REPORT,)))
    assert values(await store.counted(), families.REPORTS) == {("done",): 0, ("parked",): 1}


async def test_at_a_reader_that_is_held_counts_begin_at_nought(store: Counting) -> None:
    tally = await store.counted()
    assert values(tally, families.UNKNOWN) == {}
    began = {one.family: dict(one.values) for one in tally.readings([READER])}
    assert began[families.UNKNOWN] == {(READER,): 0}
    assert began[families.PAYMENTS] == {(READER, "sale", end.value): 0 for end in ENDS}
    await store.tell(started(), AttemptNotSent(ATTEMPT))
    counted = values(await store.counted(), families.PAYMENTS)
    assert counted == {(READER, "sale", "not_sent"): 1}


def test_an_attempt_ends_in_what_is_neither_open_nor_unproven() -> None:
    assert set(ENDS) == set(AttemptState) - UNPROVEN


async def test_readers_without_end_make_no_series_without_end(store: Counting) -> None:
    for n in range(READERS_MAX + 2):
        at, id_, paid = f"tmr_posd_many_{n}", f"att_posd_many_{n}", f"pi_posd_many_{n}"
        await store.tell(reader(at, f"zvt+tcp://10.0.1.{n}:20007"), intent(paid))
        await store.tell(started(id_, paid, at), AttemptNotSent(id_))
    told = values(await store.counted(), families.PAYMENTS)
    assert len(told) == READERS_MAX + 1
    assert told[OTHER_READERS, "sale", "not_sent"] == 2
