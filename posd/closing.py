"""The end of a reader's day: its terminal closes the period and submits it (M11).

Nothing is closed while anything at the reader is unproven or reserved: afterwards the terminal may
no longer tell what became of it. The terminal's totals are asked first and are on disk with the
attempt, so that an outcome that stays unknown can be proven by them.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, assert_never

from msgspec import Struct
from msgspec.structs import replace

from posd import admission, capabilities, gap, turns
from posd.attachments import Attachment
from posd.capabilities import LearnUnsupported
from posd.errors import Refused, check_seen
from posd.handover import hand_over
from posd.ids import Ids
from posd.journal.command import Answered, Claim, Committed, Decision, Ledger
from posd.journal.store import Journal
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import (
    AttemptFact,
    AttemptKind,
    AttemptNotCharged,
    AttemptStarted,
    Baseline,
    DiscrepancyClosed,
    Proof,
)
from posd.model.projection import Circumstance
from posd.model.reader import Reader
from posd.outcome import Conclude, approval
from posd_drivers.ability import Operation
from posd_drivers.card_reader import CardReader, Totals
from posd_drivers.errors import Refused as TerminalRefused
from posd_drivers.errors import Unsupported


class MayClose(Struct, frozen=True):
    """Whether a reader's day may be closed now; writes nothing.

    Asked before the terminal is asked for its totals, so that nobody waits for them in vain.
    """

    reader: str
    actor: str
    claim: Claim | None = None

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """Nothing. Answers with the attempt that closes it at this moment, or ""."""
        closing = _closing_at(self.reader, ledger)
        if closing is None:
            _closable(self.reader, ledger, at)
        return Decision(facts=(), answer=closing.id if closing is not None else "")


class CloseDay(Struct, frozen=True):
    """The command behind `end_of_day`: AttemptStarted, if nothing stands in the way.

    Attributes:
        baseline: None while the terminal is not there, and once posd begins nothing new.
        totals: What the terminal adds up just before, or None where it does not tell.
    """

    attempt: str
    reader: str
    baseline: Baseline | None
    totals: Totals | None
    actor: str
    claim: Claim | None

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """AttemptStarted; or nothing, if this reader closes its day at this moment (M14)."""
        closing = _closing_at(self.reader, ledger)
        if closing is not None:
            return Decision(facts=(), answer=closing.id)
        reader = _closable(self.reader, ledger, at)
        fact = AttemptStarted(
            attempt=self.attempt,
            kind=AttemptKind.END_OF_DAY,
            payment_intent="",
            reader=reader.id,
            amount=0,
            currency=reader.currency,
            baseline=admission.on_the_line(reader, self.baseline),
            totals=self.totals,
        )
        return Decision(facts=(fact,), answer=self.attempt)


class DayRuling(Enum):
    """What a person found out about an end of day that nothing else can tell (M6)."""

    CLOSED = "closed"
    NOT_CLOSED = "not_closed"


class RuleOnDay(Struct, frozen=True):
    """The command behind `end_of_day/resolve`: whether the day is closed, on a person's word.

    Where the terminal proves the opposite later, the same ruling once more, with a new reason, says
    that somebody has seen it and ends the alarm.
    """

    reader: str
    ruling: DayRuling
    reason: str
    actor: str
    claim: Claim | None
    seen: str | None = None

    def decide(self, ledger: Ledger, at: Circumstance, /) -> Decision:
        """AttemptApproved, AttemptNotCharged, or DiscrepancyClosed. Answers with the attempt."""
        attempt = _to_rule_on(admission.attached(self.reader, ledger), ledger)
        check_seen(self.seen, "" if attempt is None else attempt.id)
        if attempt is not None and attempt.contradicted and attempt.state is _RULED[self.ruling]:
            seen = DiscrepancyClosed(attempt.id, self.reason)
            return Decision(facts=(seen,), answer=attempt.id)
        if attempt is None or attempt.state not in FOR_A_PERSON:
            raise Refused(
                "parameter_invalid",
                f"No end of day of reader '{self.reader}' waits for a person.",
                param="reader",
            )
        return Conclude(self._fact(attempt)).decide(ledger, at)

    def _fact(self, attempt: Attempt) -> AttemptFact:
        match self.ruling:
            case DayRuling.CLOSED:
                return replace(approval(attempt, Proof.PERSON, None), reason=self.reason)
            case DayRuling.NOT_CLOSED:
                return AttemptNotCharged(attempt.id, Proof.PERSON, attempt.last, self.reason)
            case _:
                assert_never(self.ruling)


FOR_A_PERSON: Final = frozenset({AttemptState.PERSON, AttemptState.SET_ASIDE})
_RULED: Final = {
    DayRuling.CLOSED: AttemptState.APPROVED,
    DayRuling.NOT_CLOSED: AttemptState.NOT_CHARGED,
}


class Closings:
    """The use cases of an end of day."""

    def __init__(self, journal: Journal, attachments: Mapping[str, Attachment], ids: Ids) -> None:
        self._journal = journal
        self._attachments = attachments
        self._ids = ids
        self._open = True

    def close_doors(self) -> None:
        """Close no day from here on: posd is about to stop."""
        self._open = False

    async def close(self, reader: str, *, actor: str, claim: Claim | None) -> Answered[Attempt]:
        """Have the reader close its day; returns once its terminal took the command, or said no.

        A call while it closes answers with the attempt that is in hand. Raises Refused, before
        anything is journaled: `terminal_reader_busy` while an attempt there is not proven, or a
        pre-authorisation is open, `terminal_reader_offline`; and as `hand_over` does.
        """
        begins = await self._begins(reader, actor, claim)
        totals = await self._totals(reader) if begins else None
        attachment = self._attachments.get(reader)
        command = CloseDay(
            attempt=self._ids.new("att_posd"),
            reader=reader,
            baseline=attachment.baseline if attachment and begins and self._open else None,
            totals=totals,
            actor=actor,
            claim=claim,
        )
        committed = await self._journal.commit(command)
        started = committed.record(Attempt, command.attempt)
        if started is not None:
            assert attachment is not None, reader
            await hand_over(self._journal, attachment, started)
        return self._answered(committed)

    async def rule(
        self,
        reader: str,
        ruling: DayRuling,
        reason: str,
        *,
        actor: str,
        claim: Claim | None,
        seen: str | None = None,
    ) -> Answered[Attempt]:
        """Make a person's word on the latest end of day durable. Raises Refused."""
        command = RuleOnDay(reader, ruling, reason, actor, claim, seen)
        return self._answered(await self._journal.commit(command))

    def _answered(self, committed: Committed) -> Answered[Attempt]:
        attempt = self._journal.queries.attempt(committed.answer)
        assert attempt is not None, committed
        return Answered(attempt, committed.replayed)

    async def _begins(self, reader: str, actor: str, claim: Claim | None) -> bool:
        """Whether it would begin something, and not only tell what was begun. Raises Refused."""
        if claim is not None and self._journal.queries.claimed(claim) is not None:
            return False
        return not (await self._journal.commit(MayClose(reader, actor))).answer

    async def _totals(self, reader: str) -> Totals | None:
        """What the terminal adds up; None where it does not tell, or not in the state it is in.

        One that demands an end of day refuses every question until it has it (ZVT, status F0).
        """
        attachment, known = self._attachments.get(reader), self._journal.queries.reader(reader)
        if attachment is None:
            raise turns.offline()
        if known is not None and Operation.TOTALS in known.cannot:
            return None
        try:
            return await attachment.ask(_totals)
        except Unsupported:
            await self._journal.commit(LearnUnsupported(reader, Operation.TOTALS))
        except TerminalRefused:
            pass
        return None


async def _totals(reader: CardReader) -> Totals:
    return await reader.totals()


def _closing_at(reader: str, ledger: Ledger) -> Attempt | None:
    """The end of day that takes the reader, proven or not."""
    taken = ledger.unended_at(reader)
    closes = taken is not None and taken.kind is AttemptKind.END_OF_DAY
    return taken if closes else None


def _to_rule_on(reader: Reader, ledger: Ledger) -> Attempt | None:
    """The latest end of day there, or one that a terminal left unproven which was replaced."""
    left = [one for one in ledger.unproven_at(reader.id) if one.state is AttemptState.SET_ASIDE]
    closings = [one for one in left if one.kind is AttemptKind.END_OF_DAY]
    if closings:
        return closings[0]
    return None if reader.end_of_day is None else ledger.attempt(reader.end_of_day)


def _closable(reader_id: str, ledger: Ledger, at: Circumstance) -> Reader:
    """The reader whose day may be closed. Raises Refused."""
    gap.refuse(ledger)
    reader = admission.admit(reader_id, ledger, at)
    capabilities.refuse(reader, Operation.END_OF_DAY)
    unproven, reserved = ledger.unproven_with(reader), ledger.reserved_with(reader)
    if unproven:
        payment = unproven[0].payment_intent
        raise Refused(
            "terminal_reader_busy",
            f"Payment '{payment}' at reader '{reader.id}' is set aside and not proven: a manager "
            "has to say first what became of it.",
            payment_intent=payment,
        )
    if reserved:
        held = reserved[0].id
        raise Refused(
            "terminal_reader_busy",
            f"Reader '{reader.id}' holds a pre-authorisation for PaymentIntent '{held}': capture "
            "or cancel it first.",
            payment_intent=held,
        )
    return reader
