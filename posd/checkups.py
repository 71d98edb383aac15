"""Whether a terminal would take a payment now, without taking one; and its diagnosis."""

from collections.abc import Mapping
from typing import TypeVar

from msgspec import Struct

from posd import capabilities
from posd.attachments import Attachment
from posd.capabilities import LearnUnsupported
from posd.errors import Refused
from posd.intents import no_such
from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.projection import Circumstance
from posd.model.reader import Reader
from posd.model.reader_facts import UnsupportedForgotten
from posd.turns import Ask, offline
from posd_drivers.ability import Operation, Readiness
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import Refused as TerminalRefused
from posd_drivers.errors import Unsupported

T = TypeVar("T")


class ForgetUnsupported(Struct, frozen=True):
    """A manager had the terminal diagnosed: what it refused before may have been put right."""

    reader: str
    actor: str
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """UnsupportedForgotten, if anything was learned."""
        known = ledger.reader(self.reader)
        assert known is not None, self.reader
        facts = (UnsupportedForgotten(self.reader),) if known.learned_cannot else ()
        return Decision(facts=facts)


class Checkups:
    """Asks terminals how they are. None of it moves money, or is a payment's dialogue."""

    def __init__(self, journal: Journal, attachments: Mapping[str, Attachment]) -> None:
        self._journal = journal
        self._attachments = attachments

    async def test(self, reader: str) -> Readiness:
        """What the terminal says of itself, by a status enquiry alone: a test without a charge.

        Raises Refused where it is gone, or has something else in hand.
        """
        self._found(reader)
        return await self._ask(reader, _how_it_is)

    async def diagnose(self, reader: str, *, actor: str) -> Readiness:
        """What it says after it checked its line to its host; that can take minutes.

        What it once refused to do is tried again from here on. Raises Refused as `test`, and where
        it does not do this.
        """
        known = self._found(reader)
        capabilities.refuse(known, Operation.DIAGNOSIS)
        try:
            told = await self._ask(reader, _how_it_is_then)
        except Unsupported:
            await self._journal.commit(LearnUnsupported(reader, Operation.DIAGNOSIS))
            raise Refused(
                "parameter_invalid", "This terminal runs no diagnosis.", param="reader"
            ) from None
        await self._journal.commit(ForgetUnsupported(reader, actor))
        return told

    def _found(self, reader: str) -> Reader:
        known = self._journal.queries.reader(reader)
        if known is None or known.deleted:
            raise no_such("terminal.reader", reader, "reader")
        return known

    async def _ask(self, reader: str, question: Ask[T]) -> T:
        attachment = self._attachments.get(reader)
        if attachment is None:
            raise offline()
        try:
            return await attachment.ask(question)
        except TerminalRefused as no:
            raise Refused(
                "terminal_reader_busy", f"The terminal says no: result {no.code:02X}."
            ) from no


async def _how_it_is(reader: CardReader) -> Readiness:
    return await reader.readiness()


async def _how_it_is_then(reader: CardReader) -> Readiness:
    await reader.diagnose()
    return await reader.readiness()
