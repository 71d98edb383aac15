"""What the store and its lanes are called, as far as the configuration file leaves it open.

What the file says counts and cannot be changed here. What a manager says at the page is a fact.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from msgspec import Struct

from posd.errors import Refused
from posd.intents import no_such
from posd.journal.command import Claim, Decision, Ledger
from posd.model.projection import Circumstance
from posd.model.store import StoreLanes, StoreName
from posd.model.store_facts import LanesNamed, NamedLane, StoreNamed
from posd.notes import Commits, Note

NAME_CHARACTERS_MAX: Final = 100
LANES_MAX: Final = 100
UNNAMED: Final = "posd"
"""What a store is called that nobody has named yet."""


class NameLanes(Struct, frozen=True):
    """The command that says which lanes there are."""

    lanes: tuple[NamedLane, ...]
    actor: str
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """LanesNamed. Raises Refused for a reader that nobody knows."""
        for lane in self.lanes:
            known = ledger.reader(lane.reader)
            if known is None or known.deleted:
                raise no_such("terminal.reader", lane.reader, "reader")
        return Decision((LanesNamed(self.lanes),))


class Said(Protocol):
    """What was said at the page: posd.journal.queries.Queries, as far as it is asked here."""

    def store_name(self) -> StoreName | None:
        """What the store is called, if it was said."""
        ...

    def store_lanes(self) -> StoreLanes | None:
        """Its lanes, if they were said."""
        ...


class Names:
    """The store's name and lanes.

    Args:
        journal: Where it is kept what is said at the page.
        said: What was said there so far.
        name: The file's name of the store, or None.
        lanes: The file's lanes; without any, a manager names them.
    """

    def __init__(
        self, journal: Commits, said: Said, name: str | None, lanes: Sequence[NamedLane]
    ) -> None:
        self._journal = journal
        self._said = said
        self._name = name
        self._lanes = tuple(lanes)

    def declare(self, lanes: Sequence[NamedLane]) -> None:
        """These are the lanes of the file from now on."""
        self._lanes = tuple(lanes)

    @property
    def store_is_declared(self) -> bool:
        """Whether the file names the store."""
        return self._name is not None

    @property
    def lanes_are_declared(self) -> bool:
        """Whether the file has lanes."""
        return bool(self._lanes)

    def store(self) -> str:
        """What the store is called; UNNAMED before anybody has said so."""
        if self._name is not None:
            return self._name
        said = self._said.store_name()
        return UNNAMED if said is None else said.name

    def lanes(self) -> tuple[NamedLane, ...]:
        """The lanes, in the order in which they are shown."""
        if self._lanes:
            return self._lanes
        said = self._said.store_lanes()
        return () if said is None else said.lanes

    async def name_store(self, name: str, *, actor: str) -> None:
        """Durable when it returns. Raises Refused."""
        if self.store_is_declared:
            raise _declared("store.name")
        await self._journal.commit(Note(StoreNamed(_fit(name, "name")), actor))

    async def name_lanes(self, lanes: Sequence[NamedLane], *, actor: str) -> None:
        """The same for the lanes, all of them. Raises Refused."""
        if self.lanes_are_declared:
            raise _declared("lane")
        names = [_fit(lane.name, "lane") for lane in lanes]
        if len(names) > LANES_MAX or len(set(names)) < len(names):
            raise Refused(
                "parameter_invalid", f"Up to {LANES_MAX} lanes, each by a name of its own."
            )
        fit = zip(names, lanes, strict=True)
        named = tuple(NamedLane(name, lane.reader, lane.fallback) for name, lane in fit)
        await self._journal.commit(NameLanes(named, actor))


def _fit(name: str, param: str) -> str:
    plain = name.strip()
    if not plain or len(plain) > NAME_CHARACTERS_MAX or not plain.isprintable():
        raise Refused(
            "parameter_invalid", f"A name has 1 to {NAME_CHARACTERS_MAX} characters.", param=param
        )
    return plain


def _declared(key: str) -> Refused:
    return Refused(
        "parameter_invalid", f"The configuration file says it ({key}): change it there.", param=key
    )
