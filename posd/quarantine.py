"""A reader that breaks posd twice in a row is not touched again until a person accepts it (M18).

A break is counted where it is found: by the next start, if the process ended with the reader's
attempt in hand, and by the supervisor, if a bug ended the attachment. The count is in the journal,
so that neither a restart nor a power cut forgets it; a dialogue that comes to its end clears it.
"""

import logging
from typing import Final

from msgspec import Struct

from posd.clock import utc
from posd.errors import Refused, check_seen
from posd.intents import no_such
from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.facts import Fact, OutcomeUnknown
from posd.model.projection import Circumstance
from posd.model.quarantine_facts import (
    AttachmentBroken,
    BreakCause,
    ReaderAccepted,
    ReaderQuarantined,
)
from posd.model.reader import Reader
from posd.outcome import IN_DIALOGUE

log = logging.getLogger(__name__)

BREAKS_MAX: Final = 2
"""So many in a row, and the reader is quarantined."""


class NoteBreak(Struct, frozen=True):
    """posd broke with this reader in hand. `error` is the type of the exception, if there was one.

    What is in dialogue there becomes unknown and the break is counted, in one transaction: however
    often posd dies over it, an attempt counts once.
    """

    reader: str
    cause: BreakCause
    error: str | None = None
    actor: str = "quarantine"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """AttachmentBroken, before it OutcomeUnknown, after it ReaderQuarantined, where true."""
        known = ledger.reader(self.reader)
        assert known is not None, self.reader
        taken = ledger.unended_at(self.reader)
        attempt = taken.id if taken is not None and taken.state in IN_DIALOGUE else None
        facts: list[Fact] = [AttachmentBroken(self.reader, self.cause, attempt, self.error)]
        if attempt is not None:
            facts.insert(0, OutcomeUnknown(attempt, self.cause.value))
        if known.quarantine is None and known.breaks + 1 >= BREAKS_MAX:
            facts.append(ReaderQuarantined(self.reader, self.cause, attempt, self.error))
        return Decision(facts=tuple(facts), answer=self.reader)


class AcceptReader(Struct, frozen=True):
    """The command behind `accept`: a person takes a quarantined reader back, with a reason."""

    reader: str
    reason: str
    actor: str
    claim: Claim | None
    seen: str | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ReaderAccepted. Raises Refused for a reader that is not quarantined."""
        known = ledger.reader(self.reader)
        if known is None or known.deleted:
            raise no_such("reader", self.reader)
        if known.quarantine is None:
            found = "" if known.stranger is None else " Say as what: 'replacement' or 'new'."
            raise Refused(
                "parameter_invalid",
                f"Reader '{self.reader}' is not quarantined: there is nothing to accept.{found}",
                param="reader" if known.stranger is None else "as",
            )
        check_seen(self.seen, str(known.quarantine.since_ms))
        return Decision(facts=(ReaderAccepted(self.reader, self.reason),), answer=self.reader)


async def note_interrupted(journal: Journal) -> None:
    """At the start, before any device is opened: count what the last process left in dialogue.

    From here on each of these attempts is told as unproven, and its five minutes run (M6).
    """
    for attempt in journal.queries.unended_attempts():
        if attempt.state in IN_DIALOGUE:
            await note(journal, NoteBreak(attempt.reader, BreakCause.INTERRUPTED))


async def note(journal: Journal, command: NoteBreak) -> None:
    """Make the break durable, and say so where it quarantines the reader. Raises JournalFailed."""
    committed = await journal.commit(command)
    if any(isinstance(one, Reader) and one.quarantine for one in committed.records):
        log.error("reader quarantined reader=%s cause=%s", command.reader, command.cause.value)


def type_of(bug: Exception) -> str:
    """The type of the exception, of the first one where a group of tasks failed."""
    while isinstance(bug, ExceptionGroup):
        bug = bug.exceptions[0]
    return type(bug).__name__


def refuse(reader: Reader, payment_intent: str | None) -> None:
    """Raise Refused if the reader is quarantined; it names the payment that is in hand there."""
    if reader.quarantine is None:
        return
    since = utc(reader.quarantine.since_ms).isoformat(timespec="seconds")
    raise Refused(
        "terminal_reader_offline",
        f"Reader '{reader.id}' is quarantined since {since}: posd failed twice in a row with it in "
        "hand. Use another reader; a manager looks at this one and accepts it with "
        f"POST /posd/v1/readers/{reader.id}/accept.",
        payment_intent=payment_intent,
    )
