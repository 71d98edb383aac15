"""Where things are told: `posd/1/<store>/<node>/…`; pure.

A name of the shop's is one level of a topic: whatever is no letter, digit, `_`, `.` or `-` is
percent-encoded as UTF-8, so that no name makes a level or a wildcard.
"""

from typing import Final
from urllib.parse import quote, unquote

from msgspec import Struct

ROOT: Final = "posd/1"


def level(name: str) -> str:
    """The name as one level of a topic."""
    return quote(name, safe="").replace("~", "%7E")


def name_of(one_level: str) -> str:
    """The name that a level stands for."""
    return unquote(one_level)


class Topics(Struct, frozen=True):
    """The topics of one posd."""

    store: str
    node: str

    @property
    def prefix(self) -> str:
        """What all of them begin with, and all that this posd writes to."""
        return f"{ROOT}/{level(self.store)}/{level(self.node)}"

    @property
    def state(self) -> str:
        """Whether this posd is there; also where its will is told."""
        return f"{self.prefix}/state"

    @property
    def info(self) -> str:
        """What this posd is: its lanes, its readers."""
        return f"{self.prefix}/info"

    @property
    def health(self) -> str:
        """How its machine and its lines are."""
        return f"{self.prefix}/health"

    def lane(self, name: str) -> str:
        """Whether that lane takes cards."""
        return f"{self.prefix}/lane/{level(name)}/state"

    def reader(self, reader_id: str) -> str:
        """How that reader is."""
        return f"{self.prefix}/reader/{level(reader_id)}/state"

    def queue(self, stream: str) -> str:
        """What is owed to Stripe."""
        return f"{self.prefix}/queue/{level(stream)}"

    def alarm(self, code: str, subject: str) -> str:
        """That somebody must come."""
        about = f"/{level(subject)}" if subject else ""
        return f"{self.prefix}/alarm/{level(code)}{about}"

    def event(self, kind: str) -> str:
        """That something has happened."""
        return f"{self.prefix}/evt/{kind}"


class Told(Struct, frozen=True):
    """A topic of a store, taken apart: whose it is, and its levels behind that."""

    node: str
    path: tuple[str, ...]


def of_store(store: str) -> tuple[str, ...]:
    """What to subscribe to for the truth about all lanes of a store."""
    nodes = f"{ROOT}/{level(store)}/+"
    return (f"{nodes}/state", f"{nodes}/lane/+/state", f"{nodes}/alarm/#")


def told_in(topic: str) -> Told | None:
    """The topic taken apart; None if it is none of posd's."""
    levels = topic.split("/")
    if len(levels) < 5 or levels[:2] != ROOT.split("/"):
        return None
    return Told(name_of(levels[3]), tuple(map(name_of, levels[4:])))
