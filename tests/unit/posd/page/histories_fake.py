"""What has happened, as a test says it, in the shape of the journal's look-ups."""

import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import chain

from posd.journal.command import Entry
from posd.journal.histories import NOW, Begun, Told, ToldPage
from posd.model.belonging import object_of
from posd.model.facts import AttemptStarted, Fact
from posd.model.reader import Reader
from tests.unit.posd import records
from tests.unit.posd.api.store import Store


class HistoriesFake:
    """Facts in the order in which they are told, a second apart."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.entries: list[Entry] = []

    def tell(self, fact: Fact, *, took_ms: int | None = None, actor: str = "attempts") -> Entry:
        """One more fact, `took_ms` after its attempt began."""
        seq = len(self.entries) + 1
        legs = {} if took_ms is None else {"since_started_ms": took_ms}
        entry = Entry(
            seq=seq,
            kind=type(fact).__name__,
            version=1,
            object=object_of(fact),
            boot=1,
            node="lane-1",
            actor=actor,
            account="",
            livemode=False,
            wall_ms=records.CREATED_MS + 1000 * seq,
            legs=json.dumps(legs).encode(),
            body=b"{}",
            previous=b"",
            hash=b"",
            fact=fact,
        )
        self.entries.append(entry)
        return entry

    def latest(self, objects: Sequence[str], each: int, before: int = NOW) -> list[Entry]:
        newest_first = [one for one in reversed(self.entries) if one.seq < before]
        of_each = ([one for one in newest_first if one.object == id_][:each] for id_ in objects)
        return sorted(chain.from_iterable(of_each), key=lambda one: -one.seq)

    def events(self, kinds: str, limit: int, before: int = NOW) -> ToldPage:
        """Of the API's tests, at positions of their number."""
        told = [
            (place, Told(one.event.id, one.event.type, one.event.object, one.created_ms))
            for place, one in enumerate(self._store.known_events.values())
        ]
        fitting = [
            (place, one)
            for place, one in reversed(told)
            if place < before and fnmatchcase(one.kind, kinds)
        ]
        older = fitting[limit - 1][0] if len(fitting) > limit else None
        return ToldPage(tuple(one for _, one in fitting[:limit]), older)

    def attempts_at(self, reader: Reader, limit: int, before: int = NOW) -> list[Begun]:
        begun = [
            Begun(one.seq, self._store.attempts[one.fact.attempt])
            for one in reversed(self.entries)
            if isinstance(one.fact, AttemptStarted) and one.seq < before
        ]
        return [one for one in begun if one.attempt.reader == reader.id][:limit]
