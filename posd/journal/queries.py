"""Bounded look-ups by the query-only connection, on the loop's own thread.

Each is one or a few index look-ups with a limit; they see what is committed, and never wait for the
writer. A limit is written `LIMIT ? + 0`, and what a sorted look-up begins with `= +?`: SQLite plans
with the value of a bare parameter there, and would prepare the statement anew for each call, which
takes longer than the look-up.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from posd.errors import IdempotencyMismatch
from posd.journal import segments
from posd.journal.command import Claim, Entry, Event
from posd.journal.event_ids import epoch_of, event_id, position_of
from posd.journal.records import (
    ACCESS_KEYS,
    ATTEMPTS,
    HARDWARE_ORDERS,
    PAYMENT_INTENTS,
    READERS,
    RECEIVED_READERS,
    REFUNDS,
    StoredRecords,
)
from posd.journal.tries import StoredTries
from posd.model.access_key import AccessKey
from posd.model.attempt import Attempt
from posd.model.hardware import HardwareOrder, ReceivedReader
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd.model.refund import Refund

PAGE_ROWS_MAX: Final = 1000
"""No look-up returns more rows than this, whatever it is asked for."""
UNHEARD_ROWS_MAX: Final = 100
"""Of what no till has asked about, only so many of the newest are looked at."""
_LAST: Final = 2**63 - 1
_EVENT_COLUMNS: Final = "position, type, object, body, created_ms, epoch"


class CreatedFilter(Struct, frozen=True):
    """Wall time of creation in milliseconds: `from_ms` is included, `before_ms` is not."""

    from_ms: int = -_LAST
    before_ms: int = _LAST


class StoredEvent(Struct, frozen=True):
    """An event and the wall time, in milliseconds, of the fact it tells."""

    event: Event
    created_ms: int


class RefundFilter(Struct, frozen=True):
    """Whose refunds; None is anybody's."""

    payment_intent: str | None = None
    charge: str | None = None


ANY_TIME: Final = CreatedFilter()
ANY_REFUND: Final = RefundFilter()


class Queries(StoredRecords, StoredTries):
    """What the API, the page and the tasks may ask the journal."""

    def access_key_by_hash(self, sha256: str) -> AccessKey | None:
        """The access key with this hash, the latest if there are several; it may be revoked."""
        return self._one(
            ACCESS_KEYS,
            "SELECT body FROM access_key WHERE sha256 = +? ORDER BY created_seq DESC LIMIT 1",
            sha256,
        )

    def claimed(self, claim: Claim) -> str | None:
        """What a repetition of the claim is answered with, or None if nobody made it yet.

        Raises IdempotencyMismatch.
        """
        row = self._db.execute(
            "SELECT digest, answer FROM idempotency WHERE access_key = ? AND route = ? AND key = ?",
            (claim.access_key, claim.route, claim.key),
        ).get
        if row is None:
            return None
        digest, answer = row
        if digest != claim.digest:
            raise IdempotencyMismatch(claim.key)
        return str(answer)

    def terminals(self) -> frozenset[str]:
        """Ids of every terminal that an attempt ran at: one look-up each."""
        found = self._db.execute(
            "WITH RECURSIVE known (id) AS (SELECT min(terminal) FROM attempt UNION ALL"
            " SELECT (SELECT min(terminal) FROM attempt WHERE terminal > id) FROM known"
            " WHERE id IS NOT NULL) SELECT id FROM known WHERE id IS NOT NULL"
        )
        return frozenset(id_ for (id_,) in found)

    def access_keys(self) -> list[AccessKey]:
        """All access keys, revoked ones too, in the order they were made."""
        return self._all(
            ACCESS_KEYS,
            "SELECT body FROM access_key ORDER BY created_seq LIMIT ? + 0",
            PAGE_ROWS_MAX,
        )

    def readers(self) -> list[Reader]:
        """All readers that are not deleted, in the order they were registered."""
        return self._all(
            READERS,
            "SELECT body FROM reader WHERE deleted = 0 ORDER BY created_seq LIMIT ? + 0",
            PAGE_ROWS_MAX,
        )

    def attempt_of_charge(self, charge: str) -> Attempt | None:
        """The attempt that made this charge, or None."""
        return self._one(
            ATTEMPTS,
            "SELECT body FROM attempt WHERE charge = +? ORDER BY created_seq LIMIT 1",
            charge,
        )

    def closings_of(self, reader: str, count: int) -> list[Attempt]:
        """The latest ends of day at that reader, newest first."""
        return self._all(
            ATTEMPTS,
            "SELECT body FROM attempt WHERE payment_intent = '' AND reader = +?1"
            " ORDER BY created_seq DESC LIMIT ?2 + 0",
            reader,
            min(count, PAGE_ROWS_MAX),
        )

    def unended_attempts(self) -> list[Attempt]:
        """Attempts that take their reader, oldest first."""
        return [attempt for attempt in self.unproven_attempts() if attempt.unended]

    def unproven_attempts(self) -> list[Attempt]:
        """Attempts that may have moved money without proof, oldest first."""
        return self._all(
            ATTEMPTS,
            "SELECT body FROM attempt WHERE unproven = 1 ORDER BY created_seq LIMIT ? + 0",
            PAGE_ROWS_MAX,
        )

    def contradicted_attempts(self) -> list[Attempt]:
        """Attempts whose decision a later proof contradicts, until a person closes it."""
        return self._all(
            ATTEMPTS,
            "SELECT body FROM attempt WHERE contradicted = 1 ORDER BY created_seq LIMIT ? + 0",
            PAGE_ROWS_MAX,
        )

    def latest_payment_intents(self, count: int) -> list[PaymentIntent]:
        """The newest PaymentIntents, newest first."""
        return self.payment_intents(count)

    def payment_intents(
        self,
        limit: int,
        starting_after: str | None = None,
        ending_before: str | None = None,
        created: CreatedFilter = ANY_TIME,
    ) -> list[PaymentIntent]:
        """A page of PaymentIntents, newest first by the order of their creation.

        The page begins just after `starting_after`, or ends just before `ending_before`; a cursor
        that names no PaymentIntent gives an empty page.
        """
        older_than, newer_than = self._bounds(
            "SELECT created_seq FROM payment_intent WHERE id = ?", starting_after, ending_before
        )
        page = self._all(
            PAYMENT_INTENTS,
            _towards(
                ending_before,
                "SELECT body FROM payment_intent INDEXED BY payment_intent_created"
                " WHERE created_seq < ? AND created_seq > ? AND created_ms >= ? AND created_ms < ?"
                " ORDER BY created_seq DESC LIMIT ? + 0",
            ),
            older_than,
            newer_than,
            created.from_ms,
            created.before_ms,
            min(limit, PAGE_ROWS_MAX),
        )
        return page if ending_before is None else page[::-1]

    def refunds(
        self,
        limit: int,
        starting_after: str | None = None,
        ending_before: str | None = None,
        created: CreatedFilter = ANY_TIME,
        of: RefundFilter = ANY_REFUND,
    ) -> list[Refund]:
        """A page of refunds, newest first, cursors as in `payment_intents`."""
        older_than, newer_than = self._bounds(
            "SELECT created_seq FROM refund WHERE id = ?", starting_after, ending_before
        )
        whose = {"payment_intent": of.payment_intent, "charge": of.charge}
        given = {column: id_ for column, id_ in whose.items() if id_ is not None}
        page = self._all(
            REFUNDS,
            _towards(
                ending_before,
                "SELECT body FROM refund WHERE created_seq < ? AND created_seq > ?"  # noqa: S608
                f" AND created_ms >= ? AND created_ms < ?{''.join(f' AND {c} = +?' for c in given)}"
                " ORDER BY created_seq DESC LIMIT ? + 0",
            ),
            older_than,
            newer_than,
            created.from_ms,
            created.before_ms,
            *given.values(),
            min(limit, PAGE_ROWS_MAX),
        )
        return page if ending_before is None else page[::-1]

    def unheard_payment_intents(self) -> list[PaymentIntent]:
        """The newest paid PaymentIntents whose till has not been told, oldest first.

        A till that never asks leaves as many as it sells, and the old ones are no news.
        """
        newest = self._all(
            PAYMENT_INTENTS,
            "SELECT body FROM payment_intent WHERE unheard = 1"
            " ORDER BY created_seq DESC LIMIT ? + 0",
            UNHEARD_ROWS_MAX,
        )
        return newest[::-1]

    def held_attempts(self, reader: str = "") -> list[Attempt]:
        """What holds a payment at that reader, or at any, neither captured nor given back.

        Oldest first. One whose capture or cancel is not proven yet is not among them.
        """
        return self._all(
            ATTEMPTS,
            "SELECT attempt.body FROM payment_intent INDEXED BY payment_intent_capturable"
            " JOIN attempt ON attempt.payment_intent = payment_intent.id AND charge IS NOT NULL"
            " WHERE state = 'capturable' AND ?1 IN ('', reader)"
            " ORDER BY payment_intent.created_seq LIMIT ?2 + 0",
            reader,
            PAGE_ROWS_MAX,
        )

    def payment_intents_of(
        self, order: str, business_day: str | None, limit: int, starting_after: str | None = None
    ) -> list[PaymentIntent]:
        """PaymentIntents of that order, newest first, of one business day or of all."""
        older_than, _ = self._bounds(
            "SELECT created_seq FROM payment_intent WHERE id = ?", starting_after, None
        )
        return self._all(
            PAYMENT_INTENTS,
            "SELECT body FROM payment_intent WHERE order_id = +?1 AND created_seq < ?2"
            " AND (?3 = '' OR business_day = ?3) ORDER BY created_seq DESC LIMIT ?4 + 0",
            order,
            older_than,
            business_day or "",
            min(limit, PAGE_ROWS_MAX),
        )

    def hardware_orders(self, count: int) -> list[HardwareOrder]:
        """The newest orders that were made through posd, newest first."""
        return self._all(
            HARDWARE_ORDERS,
            "SELECT body FROM hardware_order ORDER BY created_seq DESC LIMIT ? + 0",
            min(count, PAGE_ROWS_MAX),
        )

    def hardware_order_of(self, upstream: str) -> HardwareOrder | None:
        """What posd knows of the order that Stripe knows by that id, if it was made here."""
        return self._one(
            HARDWARE_ORDERS, "SELECT body FROM hardware_order WHERE upstream = ?", upstream
        )

    def received_readers(self, order: str = "") -> list[ReceivedReader]:
        """Readers that came with Stripe's order of that id, or with any; in that order."""
        return self._all(
            RECEIVED_READERS,
            "SELECT body FROM received_reader WHERE ?1 IN ('', purchase)"
            " ORDER BY created_seq LIMIT ?2 + 0",
            order,
            PAGE_ROWS_MAX,
        )

    def history(self, object_: str, limit: int = PAGE_ROWS_MAX) -> list[int]:
        """Numbers of the facts about one object, oldest first, those that left for archives too."""
        found = self._db.execute(
            "SELECT seq FROM history WHERE object = +? ORDER BY seq LIMIT ? + 0",
            (object_, min(limit, PAGE_ROWS_MAX)),
        )
        return [seq for (seq,) in found]

    def entries(self, object_: str, limit: int = PAGE_ROWS_MAX) -> list[Entry]:
        """The history of one object, oldest first. Raises Archived if some of it left."""
        numbers = self.history(object_, limit)
        return [entry for seq in numbers for entry in segments.page(self._db, seq - 1, 1)]

    def entry(self, seq: int) -> Entry | None:
        """The row with this number, or None."""
        return next((one for one in segments.page(self._db, seq - 1, 1) if one.seq == seq), None)

    def event(self, id_: str) -> StoredEvent | None:
        """The event of that id, or None if there is none or it has been pruned."""
        row = self._db.execute(
            f"SELECT {_EVENT_COLUMNS} FROM event"  # noqa: S608 (a constant)
            " WHERE position = ? AND epoch = ?",
            (position_of(id_), epoch_of(id_)),
        ).get
        return None if row is None else _stored_event(row)

    def events(
        self,
        limit: int,
        starting_after: str | None = None,
        ending_before: str | None = None,
        created: CreatedFilter = ANY_TIME,
        kinds: Sequence[str] = (),
    ) -> list[StoredEvent]:
        """A page of events, newest first, cursors as in `payment_intents`.

        `kinds` are types as SQLite's GLOB reads them, `*` for any run; none of them is all.
        """
        older_than, newer_than = self._bounds(
            "SELECT position FROM event WHERE position = ?",
            None if starting_after is None else position_of(starting_after),
            None if ending_before is None else position_of(ending_before),
        )
        rows = self._db.execute(
            _towards(
                ending_before,
                f"SELECT {_EVENT_COLUMNS} FROM event INDEXED BY event_listed"  # noqa: S608
                " WHERE position < ? AND position > ? AND created_ms >= ? AND created_ms < ?"
                " AND EXISTS (SELECT 1 FROM json_each(?) WHERE event.type GLOB value)"
                " ORDER BY position DESC LIMIT ? + 0",
            ),
            (
                older_than,
                newer_than,
                created.from_ms,
                created.before_ms,
                json.dumps(kinds or ["*"]),
                min(limit, PAGE_ROWS_MAX),
            ),
        )
        page = [_stored_event(row) for row in rows]
        return page if ending_before is None else page[::-1]

    def _bounds(
        self, lookup: str, starting_after: str | int | None, ending_before: str | int | None
    ) -> tuple[int, int]:
        older_than, newer_than = _LAST, 0
        if starting_after is not None:
            older_than = self._db.execute(lookup, (starting_after,)).get or 0
        if ending_before is not None:
            newer_than = self._db.execute(lookup, (ending_before,)).get or _LAST
        return older_than, newer_than


def _stored_event(row: tuple[Any, ...]) -> StoredEvent:
    place, kind, object_, body, created_ms, epoch = row
    return StoredEvent(Event(event_id(place, epoch), kind, object_, body), created_ms)


def _towards(ending_before: str | None, newest_first: str) -> str:
    """The statement that reads from its cursor on: away from `ending_before`, towards newer."""
    return newest_first if ending_before is None else newest_first.replace("DESC", "ASC")
