"""Who an attached terminal is, asked after every opening: this reader's, another's, a stranger."""

import logging

from msgspec import Struct

from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.live import Trouble
from posd.model.projection import Circumstance
from posd.model.reader import Reader
from posd.model.reader_facts import ReaderIdentified, StrangerFound
from posd.whereabouts import Place, Sightings, WrongTerminal
from posd_drivers.card_reader import CardReader, Registered

log = logging.getLogger(__name__)


class Identify(Struct, frozen=True):
    """The terminal said who it is; journaled only when it says something new.

    `device` is the identity of the USB device at the reader's own address, or None.
    """

    reader: str
    registered: Registered
    device: str | None = None
    actor: str = "attachments"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """ReaderIdentified, or nothing."""
        known = ledger.reader(self.reader)
        assert known is not None, self.reader
        told = self.registered
        cannot = tuple(sorted(told.cannot, key=lambda operation: operation.value))
        device = self.device or known.device
        fact = ReaderIdentified(self.reader, told.terminal_id, told.outcome_proof, cannot, device)
        before = ReaderIdentified(
            known.id, known.terminal_id, known.outcome_proof, known.told_cannot, known.device
        )
        if known.stranger is None and fact == before:
            return Decision(facts=())
        return Decision(facts=(fact,))


class MeetStranger(Struct, frozen=True):
    """Something else is at the reader's own address; journaled once for each that is met there."""

    reader: str
    terminal_id: str | None
    device: str | None
    actor: str = "attachments"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """StrangerFound, or nothing."""
        known = ledger.reader(self.reader)
        assert known is not None, self.reader
        met = (self.terminal_id, self.device)
        if (
            known.stranger is not None
            and (known.stranger.terminal_id, known.stranger.device) == met
        ):
            return Decision(facts=())
        return Decision(facts=(StrangerFound(self.reader, self.terminal_id, self.device),))


async def recognise(place: Place, known: Reader, sightings: Sightings, journal: Journal) -> None:
    """Look at what is plugged in there, before a single octet goes there.

    Raises WrongTerminal where it is another device than the one at which `known` was last.
    """
    if not place.home or known.device in (None, place.device):
        return
    if not any(one.device == place.device for one in _others(known, sightings, journal)):
        await _note(MeetStranger(known.id, None, place.device), journal)
    raise WrongTerminal(Trouble.OTHER_DEVICE)


async def greet(
    reader: CardReader, known: Reader, place: Place, sightings: Sightings, journal: Journal
) -> Registered:
    """Log on to the terminal, and write down what is new about who it is.

    From here on it is this reader's. Raises WrongTerminal where it is not the one that `known` is
    for, and what `register` raises.
    """
    registered = await reader.register()
    met = registered.terminal_id
    if sightings.holder(met) not in (None, known.id):
        raise WrongTerminal(Trouble.SAME_TERMINAL)
    owner = _owner(met, known, sightings, journal)
    sightings.met(met, place, None if place.home and owner == known.id else owner)
    if owner != known.id:
        if owner is None and place.home:
            await _note(MeetStranger(known.id, met, place.device), journal)
        raise WrongTerminal(Trouble.OTHER_TERMINAL)
    if registered.currency not in (None, known.currency):
        raise WrongTerminal(Trouble.OTHER_CURRENCY)
    sightings.hold(met, known.id)
    await journal.commit(Identify(known.id, registered, place.device if place.home else None))
    return registered


def _owner(
    terminal_id: str | None, known: Reader, sightings: Sightings, journal: Journal
) -> str | None:
    """The reader whose terminal this is; None: of none that is held.

    At its first contact a reader takes what it meets, but from a reader that has a place.
    """
    if terminal_id == known.terminal_id:
        return known.id
    first = known.terminal_id is None
    for other in _others(known, sightings, journal):
        if None is not terminal_id == other.terminal_id and (other.address or not first):
            return other.id
    return known.id if first else None


def _others(known: Reader, sightings: Sightings, journal: Journal) -> list[Reader]:
    readers = journal.queries.readers()
    return [one for one in readers if one.id != known.id and sightings.joined(one.id)]


async def _note(met: MeetStranger, journal: Journal) -> None:
    committed = await journal.commit(met)
    if committed.records:
        log.error(
            "stranger reader=%s terminal=%s device=%s", met.reader, met.terminal_id, met.device
        )
