"""A terminal that was found where another one was: the reader's from here on, or a new reader.

A person says which. Either way posd sells with it at once. What the old terminal left unproven
stays with that one: a person's, and guarded by its payment and its order (M6, M7), until somebody
rules on it, or the old terminal is on the line again and tells.
"""

from typing import Final

from msgspec import Struct

from posd.errors import Refused, check_seen
from posd.intents import no_such
from posd.journal.command import Claim, Decision, Ledger
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import AttemptSetAside, Fact, PersonNeeded
from posd.model.projection import Circumstance
from posd.model.quarantine_facts import ReaderAccepted
from posd.model.reader import Reader, Stranger
from posd.model.reader_facts import ReaderDisplaced, ReaderRegistered, ReaderReplaced
from posd.outcome import IN_DIALOGUE

REPLACED: Final = "terminal_replaced"


class AcceptReplacement(Struct, frozen=True):
    """The command behind `accept` as a replacement: the reader goes on with what was found."""

    reader: str
    reason: str
    actor: str
    claim: Claim | None
    seen: str | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ReaderReplaced; before it, what sets aside that which the old terminal left unproven."""
        known, stranger = _met(self.reader, ledger, self.seen)
        facts: list[Fact] = []
        if known.quarantine is not None:
            facts.append(ReaderAccepted(known.id, self.reason))
        for attempt in ledger.unproven_at(known.id):
            facts += _left_behind(attempt, self.reason)
        found = (stranger.terminal_id, stranger.device)
        facts.append(ReaderReplaced(known.id, *found, self.reason))
        return Decision(facts=tuple(facts), answer=known.id)


class AcceptAsNew(Struct, frozen=True):
    """The command behind `accept` as a new reader, `new`: it gets the address, the old one none."""

    reader: str
    new: str
    reason: str
    actor: str
    claim: Claim | None
    seen: str | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ReaderRegistered and ReaderDisplaced. Answers with the new reader."""
        known, _ = _met(self.reader, ledger, self.seen)
        if known.declared:
            raise Refused(
                "parameter_invalid",
                f"Reader '{known.id}' stands in the configuration file: declare the new one there, "
                "or accept it as replacement.",
                param="as",
            )
        registered = ReaderRegistered(
            reader=self.new,
            address=known.address,
            label="",
            location=known.location,
            currency=known.currency,
            declared=False,
            simulated=known.simulated,
            control=known.control,
        )
        displaced = ReaderDisplaced(known.id, self.new, self.reason)
        return Decision(facts=(registered, displaced), answer=self.new)


def _met(reader_id: str, ledger: Ledger, seen: str | None) -> tuple[Reader, Stranger]:
    """The reader, and what was found at its place. Raises Refused."""
    known = ledger.reader(reader_id)
    if known is None or known.deleted:
        raise no_such("reader", reader_id)
    if known.stranger is None:
        raise Refused(
            "parameter_invalid",
            f"No other terminal has been found at reader '{reader_id}'.",
            param="as",
        )
    check_seen(seen, known.stranger.name)
    taken = ledger.unended_at(reader_id)
    if taken is not None and taken.state in IN_DIALOGUE:
        raise Refused(
            "terminal_reader_busy",
            f"Reader '{reader_id}' has a payment in hand.",
            payment_intent=taken.payment_intent or None,
        )
    return known, known.stranger


def _left_behind(attempt: Attempt, reason: str) -> tuple[Fact, ...]:
    """What makes an unproven attempt a person's, and the reader free of it."""
    aside = AttemptSetAside(attempt.id, reason)
    match attempt.state:
        case AttemptState.SET_ASIDE:
            return ()
        case AttemptState.UNKNOWN:
            return (PersonNeeded(attempt.id, REPLACED), aside)
        case _:
            return (aside,)
