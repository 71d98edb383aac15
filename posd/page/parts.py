"""What the pages stand on; made by the composition root before READY, so nothing slow is loaded."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field

from posd.api.services import Services
from posd.bus.store_view import StoreView
from posd.journal.command import Entry
from posd.journal.histories import NOW, Begun, ToldPage
from posd.model.reader import Reader
from posd.naming import Names
from posd.page.drawn import Drawn
from posd.page.entrance import Entrance
from posd.page.open_pages import OpenPages
from posd.page.sessions import Sessions
from posd.snapshot.views import Snapshot


class HistoriesPort(Protocol):
    """posd.journal.histories.Histories, as the pages use it."""

    def latest(self, objects: Sequence[str], each: int, before: int = NOW) -> Sequence[Entry]:
        """The facts of these objects, newest first; of each its latest."""
        ...

    def attempts_at(self, reader: Reader, limit: int, before: int = NOW) -> Sequence[Begun]:
        """The latest attempts at the reader, newest first."""
        ...

    def events(self, kinds: str, limit: int, before: int = NOW) -> ToldPage:
        """Events whose type fits the GLOB, newest first."""
        ...


class SetValue(Struct, frozen=True):
    """One value of this posd's own settings, as people read it; never a secret.

    `declared` where the configuration file says so, or a manager at the page.
    """

    section: str
    name: str
    value: str
    declared: bool


class PageParts(Struct, frozen=True):
    """The use cases that the API has too, the snapshot, who is signed in, and how one signs in.

    Attributes:
        snapshot: What is true right now; called on the loop.
        settings: What is set, by section.
        texts: The store's own texts, laid over the English ones, or None.
        open_pages: Which pages are kept fresh.
        drawn: The front page as it was drawn last.
        far: All lanes of the store, or None where posd does not listen to the others.
    """

    services: Services
    snapshot: Callable[[], Awaitable[Snapshot]]
    sessions: Sessions
    entrance: Entrance
    names: Names
    histories: HistoriesPort
    settings: Callable[[], Sequence[SetValue]]
    texts: Path | None = None
    open_pages: OpenPages = field(default_factory=OpenPages)
    drawn: Drawn = field(default_factory=Drawn)
    far: Callable[[], StoreView] | None = None
