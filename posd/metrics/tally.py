"""Facts, counted: what came of payments, by reader, and how long their parts took; pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, Protocol

import msgspec

from posd.durations import Durations
from posd.journal.command import Entry
from posd.metrics import families
from posd.metrics.families import Family
from posd.metrics.readings import Labels, Reading, every
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import (
    ApprovalHeard,
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptKind,
    AttemptNotCharged,
    AttemptNotSent,
    DiscrepancyFound,
    EffectDone,
    EffectParked,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd.model.payment_intent import PaymentIntent
from posd.outcome import SINCE_STARTED, attempt_of_charge
from posd.upstream.payment_records import REPORT_SUFFIX

LEG_BOUNDS_S: Final = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 60.0, 180.0, 3600.0, 86400.0)
"""A card takes seconds, a cardholder a minute, a report behind a line that is down a day."""
READERS_MAX: Final = 64
OTHER_READERS: Final = "other"
"""What all readers beyond READERS_MAX are counted as, so that nobody can make series for ever."""
DONE, PARKED = "done", "parked"
ENDS: Final = (
    AttemptState.APPROVED,
    AttemptState.DECLINED,
    AttemptState.ABORTED,
    AttemptState.NOT_SENT,
    AttemptState.NOT_CHARGED,
)
"""What an attempt can come to."""
DOUBTS: Final = (families.UNKNOWN, families.PERSONS, families.CONTRADICTED)
_legs: Final = msgspec.json.Decoder(dict[str, int])


class Lookup(Protocol):
    """The journal's query-only connection, as far as counting needs it."""

    def attempt(self, id_: str) -> Attempt | None:
        """The attempt of that id."""
        ...

    def payment_intent(self, id_: str) -> PaymentIntent | None:
        """The PaymentIntent of that id."""
        ...


class Tally:
    """Counts each entry that it is given once. Give it every entry of this boot, in order."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._counts: dict[Family, Counter[Labels]] = {}
        self._reports: Counter[str] = Counter()
        self._legs: dict[Labels, Durations] = {}
        self._yes_ms: dict[str, int] = {}
        self._readers: set[str] = set()

    def note(self, entry: Entry) -> None:
        """One more is durable."""
        match entry.fact:
            case StatusReported(id_):
                self._yes_ms[id_] = _since_started_ms(entry)
            case AttemptApproved(id_, proof=proof):
                self._ended(entry, id_, AttemptState.APPROVED, timed=proof is Proof.DIALOGUE)
            case AttemptDeclined(id_):
                self._ended(entry, id_, AttemptState.DECLINED, timed=True)
            case AttemptAborted(id_):
                self._ended(entry, id_, AttemptState.ABORTED, timed=False)
            case AttemptNotSent(id_):
                self._ended(entry, id_, AttemptState.NOT_SENT, timed=False)
            case AttemptNotCharged(id_):
                self._ended(entry, id_, AttemptState.NOT_CHARGED, timed=False)
            case _:
                self._note_more(entry)

    def readings(self, held: Iterable[str] = ()) -> Iterator[Reading]:
        """What is counted until now; at each reader that is held, also what never happened there.

        A series that begins with its first event would have Prometheus miss that one.
        """
        for reader in held:
            self._begin(self._named(reader))
        for family in (families.PAYMENTS, families.DAYS_ENDED, *DOUBTS):
            yield Reading(family, dict(self._counts.get(family, {})))
        yield every(families.REPORTS, self._reports, (DONE, PARKED))
        yield Reading(
            families.LEGS, {labels: times.buckets() for labels, times in self._legs.items()}
        )

    def _note_more(self, entry: Entry) -> None:
        """What is no attempt's end."""
        match entry.fact:
            case OutcomeUnknown(id_):
                self._yes_ms.pop(id_, None)
                self._count(families.UNKNOWN, id_)
            case PersonNeeded(id_):
                self._count(families.PERSONS, id_)
            case DiscrepancyFound(id_):
                self._count(families.CONTRADICTED, id_)
            case ApprovalHeard(intent):
                self._heard(entry, intent)
            case EffectDone(effect):
                self._reports[DONE] += 1
                if effect.endswith(REPORT_SUFFIX):
                    self._after_approval(entry, effect.removesuffix(REPORT_SUFFIX), "stripe")
            case EffectParked():
                self._reports[PARKED] += 1
            case _:
                pass

    def _ended(self, entry: Entry, id_: str, outcome: AttemptState, *, timed: bool) -> None:
        yes_ms, attempt = self._yes_ms.pop(id_, None), self._lookup.attempt(id_)
        if attempt is None:
            return
        reader = self._named(attempt.reader)
        if attempt.kind is AttemptKind.END_OF_DAY:
            self._add(families.DAYS_ENDED, reader, outcome.value)
            return
        self._add(families.PAYMENTS, reader, attempt.kind.value, outcome.value)
        if timed:
            end_ms = _since_started_ms(entry)
            self._time(reader, "card", end_ms if yes_ms is None else yes_ms)
            if yes_ms is not None:
                self._time(reader, "finish", end_ms - yes_ms)

    def _heard(self, entry: Entry, intent_id: str) -> None:
        intent = self._lookup.payment_intent(intent_id)
        if intent is not None and intent.charge is not None:
            self._after_approval(entry, attempt_of_charge(intent.charge), "till")

    def _after_approval(self, entry: Entry, id_: str, leg: str) -> None:
        """A leg from the terminal's last word on; what was proven only later has none."""
        attempt = self._lookup.attempt(id_)
        if attempt is not None and attempt.proof is Proof.DIALOGUE:
            self._time(self._named(attempt.reader), leg, entry.wall_ms - attempt.changed_ms)

    def _count(self, family: Family, id_: str) -> None:
        attempt = self._lookup.attempt(id_)
        if attempt is not None:
            self._add(family, self._named(attempt.reader))

    def _begin(self, reader: str) -> None:
        for family in DOUBTS:
            self._add(family, reader, count=0)
        for end in ENDS:
            self._add(families.PAYMENTS, reader, AttemptKind.SALE.value, end.value, count=0)

    def _add(self, family: Family, *labels: str, count: int = 1) -> None:
        self._counts.setdefault(family, Counter())[labels] += count

    def _time(self, reader: str, leg: str, took_ms: int) -> None:
        self._legs.setdefault((reader, leg), Durations(LEG_BOUNDS_S)).note(took_ms / 1000)

    def _named(self, reader: str) -> str:
        if reader not in self._readers and len(self._readers) >= READERS_MAX:
            return OTHER_READERS
        self._readers.add(reader)
        return reader


def _since_started_ms(entry: Entry) -> int:
    return _legs.decode(entry.legs).get(SINCE_STARTED, 0)
