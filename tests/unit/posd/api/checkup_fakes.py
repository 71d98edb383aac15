"""What stands behind tests, diagnoses and cards of terminals in the API's tests."""

from posd.errors import Refused
from posd.model.reader import Reader
from posd.simulator_control import CardNumber
from posd_drivers.ability import Readiness
from tests.unit.posd.api.store import Store


class CheckupsFake:
    """Every terminal says this of itself, or posd raises what it is told to."""

    def __init__(self) -> None:
        self.told = Readiness(ready=True, status=0)
        self.failure: Exception | None = None
        self.diagnosed_by: list[str] = []
        self.restarted: list[tuple[str, str, str]] = []

    async def test(self, _reader: str) -> Readiness:
        if self.failure is not None:
            raise self.failure
        return self.told

    async def diagnose(self, reader: str, *, actor: str) -> Readiness:
        self.diagnosed_by.append(actor)
        return await self.test(reader)

    async def ask_for(self, reader: str, reason: str, *, actor: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.restarted.append((reader, reason, actor))


class PresentingFake:
    """Every reader takes every card, and its payment goes on waiting."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.cards: list[CardNumber | None] = []

    async def present(self, reader: str, card: CardNumber | None) -> Reader:
        known = self._store.known_readers.get(reader)
        if known is None:
            raise Refused("resource_missing", "No such reader.", param="reader", status=404)
        self.cards.append(card)
        return known
