"""What stands behind the API where a person decides, and where a till has heard."""

from posd.decisions import Matter, Ruling
from posd.errors import Refused
from posd.hearing import Delivery
from posd.journal.command import Answered
from posd.model.payment_intent import PaymentIntent
from tests.unit.posd.api.store import Store


class DecisionsFake:
    """Decides what it is told, on whatever the store holds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[tuple[Matter, Ruling | None]] = []

    async def resolve(self, matter: Matter, ruling: Ruling) -> Answered[PaymentIntent]:
        return self._answer(matter, ruling)

    async def set_aside(self, matter: Matter) -> Answered[PaymentIntent]:
        return self._answer(matter, None)

    def _answer(self, matter: Matter, ruling: Ruling | None) -> Answered[PaymentIntent]:
        intent = self._store.intents.get(matter.payment_intent)
        if intent is None:
            raise Refused("resource_missing", "Nothing to decide.", status=404)
        self._store.commits += 1
        self.asked.append((matter, ruling))
        return Answered(intent, replayed=False)


class HearingFake:
    """Remembers what was delivered."""

    def __init__(self) -> None:
        self.heard: list[Delivery] = []

    async def delivered(self, delivery: Delivery) -> None:
        self.heard.append(delivery)
