"""A journal of events that a test writes itself."""

from collections.abc import Sequence

from posd.journal.command import Event
from posd.journal.event_ids import event_id
from posd.journal.feed import Place, Stretch


class FeedFake:
    """Events in memory, all of one type; the n-th has position n."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def end(self) -> int:
        """The position of the last one."""
        return len(self.bodies)

    def place(self, last_id: str) -> Place:
        """Where it stands, if it does."""
        ids = [event_id(place) for place in range(1, len(self.bodies) + 1)]
        return (
            Place(ids.index(last_id) + 1, whole=True) if last_id in ids else Place(0, whole=False)
        )

    def after(self, place: int, _kinds: Sequence[str]) -> Stretch:
        """One at most."""
        if place == len(self.bodies):
            return Stretch((), place)
        body = self.bodies[place]
        return Stretch((Event(event_id(place + 1), "test.told", "it", body),), place + 1)
