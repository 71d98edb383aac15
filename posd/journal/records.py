"""Records in their tables: narrow columns to look them up by, the record itself as canonical JSON.

Rows are made by `save` inside the writer's transaction and are never trusted further than the
facts: replaying the facts gives every record again.
"""

from contextlib import AbstractContextManager
from typing import Final, assert_never

import apsw
import msgspec

from posd.journal import untold
from posd.journal.audit_records import AuditedRecords, save_audit
from posd.journal.restored import RestoredRecords, save_of_the_journal
from posd.journal.store_records import StoreRecords, save_of_the_store
from posd.model.access_key import AccessKey
from posd.model.archive import Archive
from posd.model.attempt import Attempt, AttemptState
from posd.model.backlog import Backlog
from posd.model.day_audit import DayAudit, TillList
from posd.model.hardware import HardwareOrder, ReceivedReader
from posd.model.mirrored import Mirrored
from posd.model.payment_intent import IntentState, PaymentIntent
from posd.model.projection import Record
from posd.model.reader import Reader
from posd.model.refund import Refund
from posd.model.refund_draft import RefundDraft
from posd.model.restore import Epoch, ImportedPayment, ImportedRefund, Restore
from posd.model.store import StoreLanes, StoreName
from posd.model.upstream_facts import MirrorKind

MIRRORED_ROWS_MAX: Final = 10_000
"""More of a chain's readers than this are not listed."""
ATTEMPT_ROWS_MAX: Final = 1_000
"""More tries at one payment than this are not looked at together."""
REFUND_ROWS_MAX: Final = 1_000
"""More parts of one payment than this are not given back."""
CLOSING_ROWS_MAX: Final = 100
"""More ends of day since something say no more than these."""
_encoder: Final = msgspec.json.Encoder(order="sorted")
PAYMENT_INTENTS: Final = msgspec.json.Decoder(PaymentIntent)
ATTEMPTS: Final = msgspec.json.Decoder(Attempt)
REFUNDS: Final = msgspec.json.Decoder(Refund)
READERS: Final = msgspec.json.Decoder(Reader)
ACCESS_KEYS: Final = msgspec.json.Decoder(AccessKey)
MIRRORED: Final = msgspec.json.Decoder(Mirrored)
HARDWARE_ORDERS: Final = msgspec.json.Decoder(HardwareOrder)
RECEIVED_READERS: Final = msgspec.json.Decoder(ReceivedReader)


class StoredRecords(RestoredRecords, AuditedRecords, StoreRecords):
    """The records as one connection sees them."""

    def at_one_moment(self) -> AbstractContextManager[object]:
        """While it is open, every look-up sees the records as the first one in it did.

        Nothing may be awaited meanwhile: a long one keeps the log from being checkpointed.
        """
        return self._db

    def payment_intent(self, id_: str) -> PaymentIntent | None:
        """The PaymentIntent of that id."""
        return self._one(PAYMENT_INTENTS, "SELECT body FROM payment_intent WHERE id = ?", id_)

    def attempt(self, id_: str) -> Attempt | None:
        """The attempt of that id."""
        return self._one(ATTEMPTS, "SELECT body FROM attempt WHERE id = ?", id_)

    def is_approved(self, attempt: str) -> bool:
        """Whether the journal has this attempt as approved."""
        known = self.attempt(attempt)
        return known is not None and known.state is AttemptState.APPROVED

    def has_taken(self, attempt: str) -> bool:
        """Whether the journal has this attempt as approved, and its payment not as only held."""
        known = self.attempt(attempt)
        if known is None or known.state is not AttemptState.APPROVED:
            return False
        intent = self.payment_intent(known.payment_intent)
        return intent is not None and intent.state is not IntentState.CAPTURABLE

    def refund(self, id_: str) -> Refund | None:
        """The refund of that id."""
        return self._one(REFUNDS, "SELECT body FROM refund WHERE id = ?", id_)

    def refunds_of(self, payment_intent: str) -> list[Refund]:
        """Every refund of this PaymentIntent, oldest first."""
        return self._all(
            REFUNDS,
            "SELECT body FROM refund WHERE payment_intent = +? ORDER BY created_seq LIMIT ? + 0",
            payment_intent,
            REFUND_ROWS_MAX,
        )

    def reader(self, id_: str) -> Reader | None:
        """The reader of that id."""
        return self._one(READERS, "SELECT body FROM reader WHERE id = ?", id_)

    def access_key(self, id_: str) -> AccessKey | None:
        """The access key of that id."""
        return self._one(ACCESS_KEYS, "SELECT body FROM access_key WHERE id = ?", id_)

    def mirrored(self, id_: str) -> Mirrored | None:
        """Stripe's object of that id, as posd last heard of it; it may be gone."""
        return self._one(MIRRORED, "SELECT body FROM mirrored WHERE id = ?", id_)

    def mirrored_of(self, kind: MirrorKind) -> list[Mirrored]:
        """Stripe's objects of that kind that are not gone, newest first as Stripe lists them."""
        return self._all(
            MIRRORED,
            "SELECT body FROM mirrored WHERE kind = +? AND gone = 0"
            " ORDER BY created_seq DESC LIMIT ? + 0",
            kind.value,
            MIRRORED_ROWS_MAX,
        )

    def hardware_order(self, id_: str) -> HardwareOrder | None:
        """The order of that id of posd's."""
        return self._one(HARDWARE_ORDERS, "SELECT body FROM hardware_order WHERE id = ?", id_)

    def undecided_hardware_order(self) -> HardwareOrder | None:
        """The one order that may be at Stripe or not, or None."""
        return self._one(HARDWARE_ORDERS, "SELECT body FROM hardware_order WHERE undecided = 1")

    def received_reader(self, id_: str) -> ReceivedReader | None:
        """The received reader of that id; not its id as a reader."""
        return self._one(RECEIVED_READERS, "SELECT body FROM received_reader WHERE id = ?", id_)

    def received_as(self, reader: str) -> ReceivedReader | None:
        """What is known of the parcel that this reader came out of, or None."""
        return self._one(
            RECEIVED_READERS, "SELECT body FROM received_reader WHERE reader = ?", reader
        )

    def attempts_of(self, payment_intent: str) -> list[Attempt]:
        """Every attempt of this PaymentIntent, oldest first."""
        return self._all(
            ATTEMPTS,
            "SELECT body FROM attempt WHERE payment_intent = +? ORDER BY created_seq LIMIT ? + 0",
            payment_intent,
            ATTEMPT_ROWS_MAX,
        )

    def latest_attempt(self, payment_intent: str) -> Attempt | None:
        """The latest attempt of this PaymentIntent, or None."""
        return self._one(
            ATTEMPTS,
            "SELECT body FROM attempt WHERE payment_intent = +? ORDER BY created_seq DESC LIMIT 1",
            payment_intent,
        )

    def latest_at_terminal(self, terminal_id: str) -> Attempt | None:
        """The latest attempt with the terminal of that id, whichever reader it was then."""
        return self._one(
            ATTEMPTS,
            "SELECT body FROM attempt WHERE terminal = +? ORDER BY created_seq DESC LIMIT 1",
            terminal_id,
        )

    def closings_since(self, attempt: Attempt) -> list[Attempt]:
        """Every end of day that was begun with the attempt's terminal after it, oldest first.

        Of one that tells no id: at its reader.
        """
        terminal_id = attempt.baseline.terminal_id
        where, whose = (
            ("reader", attempt.reader) if terminal_id is None else ("terminal", terminal_id)
        )
        return self._all(
            ATTEMPTS,
            f"SELECT body FROM attempt WHERE payment_intent = '' AND {where} = +?1"  # noqa: S608
            " AND created_seq > (SELECT created_seq FROM attempt WHERE id = ?2)"
            " ORDER BY created_seq LIMIT ?3 + 0",
            whose,
            attempt.id,
            CLOSING_ROWS_MAX,
        )

    def backlog(self) -> Backlog:
        """How much Stripe has not been told, what is in hand included."""
        return untold.backlog(self._db)

    def account(self) -> str | None:
        """Stripe's account id as far as it is known."""
        return self._db.execute("SELECT account FROM head").get or None


def save(db: apsw.Connection, record: Record, seq: int) -> None:
    """Write the record's new state; `seq` is the fact that made or changed it.

    Raises apsw.ConstraintError if M7 would be broken: legality must have been decided before.
    """
    body = _encoder.encode(record)
    match record:
        case PaymentIntent():
            _save_payment_intent(db, record, seq, body)
        case Attempt():
            _save_attempt(db, record, seq, body)
        case Refund():
            db.execute(
                "INSERT INTO refund (id, created_seq, created_ms, payment_intent, charge, body)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (record.id, seq, record.created_ms, record.payment_intent, record.charge, body),
            )
        case Reader():
            db.execute(
                "INSERT INTO reader (id, created_seq, address, deleted, body)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " address = excluded.address, deleted = excluded.deleted, body = excluded.body",
                (record.id, seq, record.address, record.deleted, body),
            )
        case AccessKey():
            db.execute(
                "INSERT INTO access_key (id, created_seq, sha256, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, body = excluded.body",
                (record.id, seq, record.sha256, body),
            )
        case Mirrored():
            db.execute(
                "INSERT INTO mirrored (id, created_seq, kind, gone, body) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET gone = excluded.gone, body = excluded.body",
                (record.id, seq, record.kind.value, record.gone, body),
            )
        case HardwareOrder() | ReceivedReader() | StoreName() | StoreLanes():
            _save_of_the_shop(db, record, seq, body)
        case DayAudit() | TillList() | RefundDraft():
            save_audit(db, record, seq, body)
        case Epoch() | Restore() | ImportedPayment() | ImportedRefund() | Archive():
            save_of_the_journal(db, record, seq, body)
        case _:
            assert_never(record)


def _save_of_the_shop(
    db: apsw.Connection,
    record: HardwareOrder | ReceivedReader | StoreName | StoreLanes,
    seq: int,
    body: bytes,
) -> None:
    match record:
        case StoreName() | StoreLanes():
            save_of_the_store(db, record, seq, body)
        case HardwareOrder():
            db.execute(
                "INSERT INTO hardware_order (id, created_seq, upstream, undecided, body)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " upstream = excluded.upstream, undecided = excluded.undecided,"
                " body = excluded.body",
                (record.id, seq, record.upstream, record.undecided, body),
            )
        case ReceivedReader():
            db.execute(
                "INSERT INTO received_reader (id, created_seq, purchase, reader, body)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (record.id, seq, record.order, record.reader, body),
            )
        case _:
            assert_never(record)


def _save_payment_intent(db: apsw.Connection, intent: PaymentIntent, seq: int, body: bytes) -> None:
    db.execute(
        "INSERT INTO payment_intent (id, created_seq, created_ms, order_id, business_day, state,"
        " unheard, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET order_id = excluded.order_id, state = excluded.state,"
        " unheard = excluded.unheard, body = excluded.body",
        (
            intent.id,
            seq,
            intent.created_ms,
            intent.order,
            intent.business_day,
            intent.state.value,
            intent.unheard,
            body,
        ),
    )


def _save_attempt(db: apsw.Connection, attempt: Attempt, seq: int, body: bytes) -> None:
    db.execute(
        "INSERT INTO attempt (id, created_seq, payment_intent, reader, terminal, charge, unended,"
        " unproven, contradicted, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET charge = excluded.charge, unended = excluded.unended,"
        " unproven = excluded.unproven, contradicted = excluded.contradicted,"
        " body = excluded.body",
        (
            attempt.id,
            seq,
            attempt.payment_intent,
            attempt.reader,
            attempt.baseline.terminal_id,
            attempt.charge,
            attempt.unended,
            attempt.unproven,
            attempt.contradicted,
            body,
        ),
    )
