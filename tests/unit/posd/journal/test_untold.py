"""The sums that triggers keep are those of a scan, whatever happens in whichever order (I15)."""

import asyncio
from pathlib import Path
from typing import Final

import apsw
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posd.journal.command import Decision
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.model.attempt import IllegalMove
from posd.model.effect import Effect
from posd.model.facts import (
    AttemptApproved,
    AttemptDeclined,
    AttemptNotCharged,
    AttemptSetAside,
    EffectDone,
    EffectParked,
    Fact,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
)
from posd.model.queue_facts import EffectRetried, EffectWrittenOff
from tests.in_memory import folder_in_memory
from tests.unit.posd.journal.scenario import (
    Deciding,
    Facts,
    approved,
    effect,
    intent,
    open_journal,
    reader,
    reported,
    started,
)

LANES: Final = ("tmr_1", "tmr_2")
SCAN: Final = """
    SELECT currency, count(*), sum(amount) FROM (
        SELECT currency, in_hand AS amount FROM untold WHERE in_hand IS NOT NULL
        UNION ALL
        SELECT currency, received FROM outbox JOIN untold ON untold.id = payment_intent
            WHERE state = 'waiting' AND path NOT LIKE '%/report_refund'
    ) GROUP BY currency HAVING count(*) > 0"""
STEPS: Final = (
    *("sell", "report", "approve", "decline", "lose", "not charged", "a person", "set aside"),
    *("Stripe takes it", "Stripe refuses it", "a manager retries it", "a manager gives it up"),
)


class Sales:
    """One sale after the other at each lane, by the facts alone."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._count = 0
        self._in_hand = dict.fromkeys(LANES, "att_none")
        self._waiting: list[str] = []
        self._parked: list[str] = []

    async def take(self, lane: str, step: str) -> None:
        """The next thing that happens there, where it may."""
        attempt = self._in_hand[lane]
        match step:
            case "sell":
                self._count += 1
                new = f"att_{self._count}"
                sale = (intent(f"pi_{new}"), started(new, f"pi_{new}", lane))
                if await self._commit(*sale):
                    self._in_hand[lane] = new
            case "Stripe takes it" if self._waiting:
                told = self._waiting.pop(0)
                await self._settle(EffectDone(told, _payment(told), "pr_1"))
            case "Stripe refuses it" if self._waiting:
                self._parked.append(told := self._waiting.pop(0))
                await self._settle(EffectParked(told, _payment(told), 400, "no", "No."))
            case "a manager retries it" if self._parked:
                self._waiting.append(told := self._parked.pop(0))
                await self._requeue(EffectRetried(told, "Mended."))
            case "a manager gives it up" if self._waiting:
                await self._settle(EffectWrittenOff(self._waiting.pop(0), "Never mind."))
            case _:
                if (fact := _fact(step, attempt)) is not None:
                    await self._move(fact, attempt)

    async def _move(self, fact: Fact, attempt: str) -> None:
        owed = effect(f"{attempt}-report", f"pi_{attempt}")
        owes = isinstance(fact, AttemptApproved)
        if await self._commit(fact, owed=(owed,) if owes else ()) and owes:
            self._waiting.append(owed.id)

    async def _commit(self, *facts: Fact, owed: tuple[Effect, ...] = ()) -> bool:
        try:
            await self._journal.commit(Facts(facts, effects=owed))
        except (IllegalMove, apsw.ConstraintError, AssertionError):
            return False
        return True

    async def _settle(self, fact: EffectDone | EffectParked | EffectWrittenOff) -> None:
        await self._journal.commit(Facts((fact,), settled=(fact.effect,)))

    async def _requeue(self, fact: EffectRetried) -> None:
        decision = Decision((fact,), requeued=(fact.effect,))
        await self._journal.commit(Deciding(lambda _ledger: decision))


def _payment(effect_id: str) -> str:
    return f"pi_{effect_id.removesuffix('-report')}"


def _fact(step: str, attempt: str) -> Fact | None:
    """What becomes true of the attempt in that step."""
    facts: dict[str, Fact] = {
        "report": reported(attempt),
        "approve": approved(attempt, f"ch_{attempt}"),
        "decline": AttemptDeclined(attempt, 5),
        "lose": OutcomeUnknown(attempt, "no_answer"),
        "not charged": AttemptNotCharged(attempt, Proof.TERMINAL),
        "a person": PersonNeeded(attempt, "not_in_time"),
        "set aside": AttemptSetAside(attempt, "Queue is waiting."),
    }
    return facts.get(step)


@settings(deadline=None, max_examples=20)
@given(steps=st.lists(st.tuples(st.sampled_from(LANES), st.sampled_from(STEPS)), max_size=40))
@example(
    steps=[
        (lane, step)
        for step in (*STEPS[:3], *STEPS[:3], *STEPS[8:10], *STEPS[10:], *STEPS[8:10])
        for lane in LANES
    ]
)
def test_the_sums_are_those_of_a_scan(steps: list[tuple[str, str]]) -> None:
    with folder_in_memory() as directory:
        asyncio.run(_live(directory, steps))


async def _live(directory: Path, steps: list[tuple[str, str]]) -> None:
    journal = open_journal(directory, executor=LoopExecutor(lambda: 0.0))
    await journal.commit(Facts(tuple(reader(lane, f"zvt+tcp://{lane}:1") for lane in LANES)))
    looking = apsw.Connection(str(directory / "journal.sqlite"))
    sales = Sales(journal)
    for lane, step in steps:
        await sales.take(lane, step)
        found = list(looking.execute(SCAN))
        told = journal.queries.backlog()
        assert told.payments == sum(payments for _, payments, _ in found)
        assert dict(told.amounts) == {currency: amount for currency, _, amount in found}
    looking.close()
    journal.close()
