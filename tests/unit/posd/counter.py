"""A house whose terminals hang on cables that somebody swaps: the address says what answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from posd.composition import Posd
from posd.fleet import NewReader
from posd.journal.command import Claim
from posd.model.facts import Fact
from posd.model.reader import AcceptAs, Reader
from posd.whereabouts import Devices
from posd_drivers.card_reader import Answer, Attendant, CardReader
from posd_drivers.errors import NotSent, OutcomeUnknown
from tests.unit.posd.house import House, config, declared
from tests.unit.posd.stage import OTHER_ID, ScriptedTerminal, booked

MANAGER = "key_posd_manager"
FIRST, SECOND = (f"zvt+tcp://10.0.0.7:{port}" for port in (1, 2))
"""Where the lanes of TWO_LANES lead."""
TRIED_S = 12.0
"""Longer than two pauses between openings."""


@dataclass
class Plugged(Devices):
    """The identity of the device at each address, and the one that it is known as, too."""

    at: dict[str, str] = field(default_factory=dict)
    known_as: dict[str, str] = field(default_factory=dict)

    @override
    async def identity_of(self, address: str, known: str | None = None) -> str | None:
        still = known is not None and self.known_as.get(address) == known
        return known if still else self.at.get(address)

    @override
    async def moved(self, address: str, identity: str) -> str | None:
        return next((place for place, one in self.at.items() if one == identity), None)


@dataclass
class Counter(House):
    """The terminal at the end of each cable, by the address that the cable is plugged in at."""

    cables: dict[str, ScriptedTerminal] = field(default_factory=dict)

    @override
    async def _open(self, reader: Reader) -> CardReader:
        terminal = self.cables.get(reader.address)
        if terminal is None:
            raise NotSent("no such device")
        return await terminal.open()

    def plug(self, cables: Mapping[str, ScriptedTerminal]) -> None:
        """Pull every plug, and put these in: each terminal is at its own end of its new cable."""
        for terminal in self.cables.values():
            terminal.unplug()
        self.cables = dict(cables)
        for terminal in cables.values():
            terminal.plugged = True


def one_lane(folder: Path, terminal: ScriptedTerminal) -> Counter:
    """A store with one lane that the file declares."""
    return Counter(folder, file=config(declared("lane-1", 1)), cables={FIRST: terminal})


def other_terminal() -> ScriptedTerminal:
    """Another one, with a book of its own."""
    return ScriptedTerminal(terminal_id=OTHER_ID, stored=booked(700))


async def loses_its_word(
    on: ScriptedTerminal, amount: int, _currency: str, sale: Attendant
) -> Answer:
    """Books, and is unplugged before it can say so."""
    sale.acknowledged()
    on.stored = booked(on.next_receipt, amount)
    on.unplug()
    raise OutcomeUnknown("link_lost")


async def accepted(
    posd: Posd, reader: str, stranger: AcceptAs | None, claim: Claim | None = None
) -> Reader:
    """What a manager gets who accepts it."""
    answered = await posd.fleet.accept(
        reader, "the old one fell", stranger, actor=MANAGER, claim=claim
    )
    return answered.record


async def registered(posd: Posd, address: str) -> Reader:
    """A reader that a manager registers at that address."""
    new = NewReader(f"{address}?simulated=true")
    return (await posd.fleet.register(new, actor=MANAGER, claim=None)).record


def history(posd: Posd, object_: str) -> list[Fact]:
    """The facts of a reader or an attempt, in order."""
    return [entry.fact for entry in posd.journal.queries.entries(object_) if entry.fact]


def known(posd: Posd, reader: str) -> Reader:
    """The reader's record."""
    found = posd.journal.queries.reader(reader)
    assert found is not None
    return found
