"""Unknown → proven, or handed to a person (M5, M6).

The resolver asks an idle terminal what it has stored and lets `matching` judge. It never repeats
what moves money and never reverses by guess. Beside it, a deadline hands every unproven outcome to
a person within five minutes, whether the reader is there or not.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from posd.clock import Clock
from posd.journal.command import Entry
from posd.journal.store import Journal
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import (
    AttemptFact,
    AttemptKind,
    AttemptNotCharged,
    DiscrepancyFound,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd.model.matching import (
    OTHER_MONEY,
    Charged,
    Doubt,
    NotCharged,
    Told,
    Unproven,
    Verdict,
    judge,
)
from posd.outcome import CHARGES, IN_DIALOGUE, Conclude, Reports, approval
from posd_drivers.ability import Readiness
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import NoAnswer, Refused, Unsupported

log = logging.getLogger(__name__)

T = TypeVar("T")

POLL_S: Final = 2.0
PERSON_AFTER_S: Final = 300.0
NOT_IN_TIME: Final = "not_resolved_in_time"
LEFT_BEHIND: Final = "left_behind"
RESTORED: Final = "journal_restored"
RESERVES: Final = frozenset(
    {AttemptKind.PREAUTHORISATION, AttemptKind.CAPTURE, AttemptKind.RELEASE}
)
"""Kinds that change what the terminal has reserved."""
OPEN_QUESTIONS: Final = frozenset(
    {AttemptState.UNKNOWN, AttemptState.PERSON, AttemptState.SET_ASIDE}
)


class Resolver:
    """Asks terminals what became of attempts."""

    def __init__(self, journal: Journal, reports: Reports) -> None:
        self._journal = journal
        self._reports = reports

    async def admit_unknown(self, reader: str) -> None:
        """Write down that a dialogue at `reader` which nobody runs any more left its outcome open.

        At the start of every hold on it. From here on it is told as unproven, and its five minutes
        run (M6). What a crash left has been written down before (posd.quarantine).
        """
        for attempt in self._journal.queries.unended_attempts():
            if attempt.state in IN_DIALOGUE and attempt.reader == reader:
                fact = OutcomeUnknown(attempt.id, LEFT_BEHIND)
                await self._journal.commit(Conclude(fact, only_from=IN_DIALOGUE, actor="resolver"))

    async def resolve(self, attempt: Attempt, asked: "Asked") -> None:
        """Ask until the terminal gives a usable answer, then make its verdict durable.

        Returns when the outcome is proven or a person has it. What a person decided meanwhile, or
        before, stays decided: proof against it is a discrepancy, and it is asked for only once.
        Raises DeviceGone and NotSent when the link is lost; the attempt is then asked for again.
        Where facts may have been lost since it began, the terminal's last transaction may be that
        of a sale posd has forgotten: then a person decides.
        """
        if self._journal.queries.is_before_restore(attempt.id):
            if self._now(attempt).state is AttemptState.UNKNOWN:
                await self._conclude(PersonNeeded(attempt.id, RESTORED))
            return
        told = await asked.tell(attempt)
        if told is None and not _can_be_proven(attempt):
            await self._conclude(PersonNeeded(attempt.id, Doubt.NO_BASELINE.value))
            return
        while told is None and self._now(attempt).unended:
            await asyncio.sleep(POLL_S)
            told = await asked.tell(attempt)
        if told is not None:
            await self._judge(self._now(attempt), told)

    async def _judge(self, attempt: Attempt, told: Told) -> None:
        original = None if attempt.original is None else self._found(attempt.original)
        verdict = judge(attempt, told, original)
        log.info("resolved attempt=%s verdict=%s", attempt.id, type(verdict).__name__)
        if attempt.unproven:
            await self._conclude(_fact(attempt, verdict))
        elif (contradiction := _contradiction(verdict, attempt)) is not None:
            log.error("discrepancy attempt=%s found=%s", attempt.id, contradiction)
            found = DiscrepancyFound(attempt.id, contradiction, told.last)
            await self._journal.commit(Conclude(found, actor="resolver"))

    async def _conclude(self, fact: AttemptFact) -> None:
        may_follow = (
            frozenset({AttemptState.UNKNOWN}) if isinstance(fact, PersonNeeded) else OPEN_QUESTIONS
        )
        command = Conclude(fact, self._reports, only_from=may_follow, actor="resolver")
        await self._journal.commit(command)

    def _now(self, attempt: Attempt) -> Attempt:
        return self._found(attempt.id)

    def _found(self, attempt_id: str) -> Attempt:
        attempt = self._journal.queries.attempt(attempt_id)
        assert attempt is not None, attempt_id
        return attempt


class Asked(Struct, frozen=True):
    """A terminal that is asked what became of an attempt.

    `look` says whether it is idle, and cures it if that is what keeps it from answering.
    """

    reader: CardReader
    terminal_id: str | None
    look: Callable[[], Awaitable[Readiness]]

    async def tell(self, attempt: Attempt) -> Told | None:
        """What it says, idle before and after it; None if it cannot tell now. Raises DeviceGone.

        A terminal in the middle of a payment may still name the one before it.
        """
        try:
            if (await self.look()).ready:
                told = await self._hear(attempt)
                if (await self.look()).ready:
                    return told
        except (NoAnswer, Refused) as error:
            log.info("terminal cannot tell yet reason=%s", error)
        return None

    async def _hear(self, attempt: Attempt) -> Told:
        """What this kind of attempt needs to hear."""
        told = Told(self.terminal_id)
        try:
            told = replace(told, last=await self.reader.last_transaction())
        except Unsupported:
            told = replace(told, repeats=False)
        if attempt.kind in RESERVES:
            reserved = await _if_it_can(self.reader.open_preauthorisations())
            told = replace(told, reserved=reserved)
        if attempt.totals is not None or attempt.baseline.totals is not None:
            told = replace(told, totals=await _if_it_can(self.reader.totals()))
        return told


def _can_be_proven(attempt: Attempt) -> bool:
    """Whether anything the terminal may say later can be compared with what it said before."""
    before = attempt.baseline.asked or attempt.baseline.totals or attempt.totals
    return bool(before) or attempt.kind in RESERVES


async def _if_it_can(question: Awaitable[T]) -> T | None:
    try:
        return await question
    except Unsupported:
        return None


def _contradiction(verdict: Verdict, attempt: Attempt) -> str | None:
    """What the terminal proves against a person's word, if that is news (M6)."""
    if attempt.proof is not Proof.PERSON or attempt.discrepancy is not None:
        return None
    done = "charged" if attempt.kind in CHARGES else "done"
    match verdict, attempt.state:
        case Charged(), AttemptState.NOT_CHARGED:
            return f"terminal_says_{done}"
        case NotCharged(), AttemptState.APPROVED:
            return f"terminal_says_not_{done}"
        case Unproven(doubt), AttemptState.APPROVED if doubt in OTHER_MONEY:
            return "terminal_says_other_amount"
        case _:
            return None


def _fact(attempt: Attempt, verdict: Verdict) -> AttemptFact:
    match verdict:
        case Charged(transaction):
            return approval(attempt, Proof.TERMINAL, transaction)
        case NotCharged(last):
            return AttemptNotCharged(attempt.id, Proof.TERMINAL, last)
        case Unproven(doubt, last):
            return PersonNeeded(attempt.id, doubt.value, last)


async def _next_doubt(facts: AsyncIterator[Entry]) -> None:
    """Return at the next fact that leaves an outcome unknown."""
    async for entry in facts:
        match entry.fact:
            case OutcomeUnknown() | StatusReported(accepted=False):
                return
            case _:
                continue


class PersonDeadline:
    """Hands every outcome that stays unknown for PERSON_AFTER_S to a person (M6)."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._due: dict[str, float] = {}

    async def run(self) -> None:
        """For ever: wake at each new doubt and at each deadline."""
        tail = self._journal.tail(self._journal.head)
        loop = asyncio.get_running_loop()
        for attempt in self._unknown():
            self._due[attempt.id] = loop.time() + self._left_s(attempt)
        while True:
            self._note(loop.time())
            await self._hand_over(loop.time())
            try:
                async with asyncio.timeout_at(min(self._due.values(), default=None)):
                    await _next_doubt(tail)
            except TimeoutError:
                tail = self._journal.tail(self._journal.head)

    def _note(self, now: float) -> None:
        """Doubts that arose since the last look have all their time; those that are gone, none."""
        unknown = [attempt.id for attempt in self._unknown()]
        self._due = {id_: self._due.get(id_, now + PERSON_AFTER_S) for id_ in unknown}

    def _unknown(self) -> list[Attempt]:
        unended = self._journal.queries.unended_attempts()
        return [attempt for attempt in unended if attempt.state is AttemptState.UNKNOWN]

    def _left_s(self, attempt: Attempt) -> float:
        """Of a doubt from before this start; where the clock was set back, nobody knows its age."""
        age_s = (self._clock.wall_ms() - attempt.changed_ms) / 1000
        return max(PERSON_AFTER_S - age_s, 0.0) if age_s >= 0 else 0.0

    async def _hand_over(self, now: float) -> None:
        for attempt, due in list(self._due.items()):
            if due <= now:
                fact = PersonNeeded(attempt, NOT_IN_TIME)
                only_unknown = frozenset({AttemptState.UNKNOWN})
                await self._journal.commit(Conclude(fact, only_from=only_unknown, actor="resolver"))
                del self._due[attempt]
                log.error("needs a person attempt=%s reason=%s", attempt, NOT_IN_TIME)
