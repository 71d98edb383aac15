"""Who an attached terminal is, asked after every opening."""

from msgspec import Struct

from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.live import Trouble
from posd.model.projection import Circumstance
from posd.model.reader import Reader
from posd.model.reader_facts import ReaderIdentified
from posd_drivers.card_reader import CardReader, Registered


class WrongTerminal(Exception):
    """The device answers, but it is not the terminal this reader is for."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


class Identify(Struct, frozen=True):
    """The terminal said who it is; journaled only when it says something new."""

    reader: str
    registered: Registered
    actor: str = "attachments"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ReaderIdentified, or nothing."""
        known = ledger.reader(self.reader)
        assert known is not None, self.reader
        told = self.registered
        cannot = tuple(sorted(told.cannot, key=lambda operation: operation.value))
        fact = ReaderIdentified(self.reader, told.terminal_id, told.outcome_proof, cannot)
        if known.terminal_id == fact.terminal_id and (
            (known.outcome_proof, known.told_cannot) == (fact.outcome_proof, fact.cannot)
        ):
            return Decision(facts=())
        return Decision(facts=(fact,))


async def greet(reader: CardReader, known: Reader, journal: Journal) -> Registered:
    """Log on to the terminal, and write down what is new about who it is.

    Raises WrongTerminal where it is not the one that `known` is for, and what `register` raises.
    """
    registered = await reader.register()
    if registered.currency not in (None, known.currency):
        raise WrongTerminal(Trouble.OTHER_CURRENCY)
    if known.terminal_id is not None and registered.terminal_id != known.terminal_id:
        raise WrongTerminal(Trouble.OTHER_TERMINAL)
    await journal.commit(Identify(known.id, registered))
    return registered
