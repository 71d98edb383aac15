"""The records that the facts of a journal add up to, by replaying them; for tests only."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import apsw

from posd.journal import audit_records, records, restored, segments, store_records
from posd.journal.command import Entry
from posd.journal.records import StoredRecords
from posd.model.access_key import AccessKey
from posd.model.archive import Archive
from posd.model.attempt import Attempt
from posd.model.day_audit import DayAudit, TillList
from posd.model.hardware import HardwareOrder, ReceivedReader
from posd.model.mirrored import Mirrored
from posd.model.payment_intent import PaymentIntent
from posd.model.projection import Circumstance, Record, project
from posd.model.reader import Reader
from posd.model.refund import Refund
from posd.model.refund_draft import RefundDraft
from posd.model.restore import Epoch, ImportedPayment, ImportedRefund, Restore
from posd.model.store import StoreLanes, StoreName

if TYPE_CHECKING:
    from msgspec.json import Decoder

_R = TypeVar(
    "_R",
    PaymentIntent,
    Attempt,
    Refund,
    Reader,
    AccessKey,
    Mirrored,
    HardwareOrder,
    ReceivedReader,
    RefundDraft,
    Epoch,
    Restore,
)


class Replayed:
    """Records in a dictionary: what `posd.model.projection.Records` asks for."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.records: dict[str, Record] = {}
        for entry in entries:
            assert entry.fact is not None
            at = Circumstance(entry.wall_ms, entry.livemode, entry.actor)
            for record in project(entry.fact, at, self):
                self.records[record.id] = record

    def payment_intent(self, id_: str) -> PaymentIntent | None:
        return self._of(PaymentIntent, id_)

    def attempt(self, id_: str) -> Attempt | None:
        return self._of(Attempt, id_)

    def refund(self, id_: str) -> Refund | None:
        return self._of(Refund, id_)

    def reader(self, id_: str) -> Reader | None:
        return self._of(Reader, id_)

    def access_key(self, id_: str) -> AccessKey | None:
        return self._of(AccessKey, id_)

    def mirrored(self, id_: str) -> Mirrored | None:
        return self._of(Mirrored, id_)

    def hardware_order(self, id_: str) -> HardwareOrder | None:
        return self._of(HardwareOrder, id_)

    def received_reader(self, id_: str) -> ReceivedReader | None:
        return self._of(ReceivedReader, id_)

    def refund_draft(self, id_: str) -> RefundDraft | None:
        return self._of(RefundDraft, id_)

    def epoch(self, id_: str) -> Epoch | None:
        return self._of(Epoch, id_)

    def restore(self, id_: str) -> Restore | None:
        return self._of(Restore, id_)

    def _of(self, kind: type[_R], id_: str) -> _R | None:
        record = self.records.get(id_)
        assert record is None or isinstance(record, kind)
        return record


def entries(db: apsw.Connection) -> list[Entry]:
    """Every fact in the file, in order."""
    return [entry for one in segments.segments(db) for entry in segments.rows(db, one, 0)]


def stored(asked: StoredRecords, id_: str) -> Record:
    """The record of that id, of whichever kind."""
    tables = (
        asked.payment_intent,
        asked.attempt,
        asked.refund,
        asked.reader,
        asked.access_key,
        asked.mirrored,
        asked.hardware_order,
        asked.received_reader,
        asked.day_audit,
        asked.till_list,
        asked.refund_draft,
        asked.epoch,
        asked.restore,
        asked.store_name,
        asked.store_lanes,
        asked.imported_payment,
        asked.imported_refund,
    )
    return next(one for table in tables if (one := table(id_)) is not None)


def all_stored(db: apsw.Connection) -> dict[str, Record]:
    """Every record in the tables, by id."""
    tables: tuple[tuple[str, Decoder[Any]], ...] = (
        ("payment_intent", records.PAYMENT_INTENTS),
        ("attempt", records.ATTEMPTS),
        ("refund", records.REFUNDS),
        ("reader", records.READERS),
        ("access_key", records.ACCESS_KEYS),
        ("mirrored", records.MIRRORED),
        ("hardware_order", records.HARDWARE_ORDERS),
        ("received_reader", records.RECEIVED_READERS),
        ("day_audit", audit_records.DAY_AUDITS),
        ("till_list", audit_records.TILL_LISTS),
        ("refund_draft", audit_records.REFUND_DRAFTS),
        ("epoch", restored.EPOCHS),
        ("store_name", store_records.STORE_NAMES),
        ("store_lanes", store_records.STORE_LANES),
        ("restore", restored.RESTORES),
        ("imported_payment", restored.IMPORTED),
        ("imported_refund", restored.IMPORTED_REFUNDS),
    )
    return {
        record.id: record
        for table, decoder in tables
        for (body,) in db.execute(f"SELECT body FROM {table}")  # noqa: S608 (constants)
        for record in (decoder.decode(body),)
    }


def narrow_columns(db: apsw.Connection) -> dict[str, tuple[object, ...]]:
    """What the tables say of each record beside its body."""
    tables = (
        "SELECT id, order_id, business_day, state, unheard FROM payment_intent",
        "SELECT id, payment_intent, reader, charge, unended, unproven, contradicted FROM attempt",
        "SELECT id, created_ms, payment_intent, charge FROM refund",
        "SELECT id, address, deleted FROM reader",
        "SELECT id, sha256 FROM access_key",
        "SELECT id, kind, gone FROM mirrored",
        "SELECT id, upstream, undecided FROM hardware_order",
        "SELECT id, purchase, reader FROM received_reader",
        "SELECT id, business_day FROM day_audit",
        "SELECT id, business_day FROM till_list",
        "SELECT id, payment_intent, open FROM refund_draft",
        "SELECT id FROM epoch",
        "SELECT id FROM store_name",
        "SELECT id FROM store_lanes",
        "SELECT id, open FROM restore",
        "SELECT id, payment_intent, order_id, business_day, guards FROM imported_payment",
        "SELECT id, payment_intent FROM imported_refund",
        "SELECT id, file, last_seq FROM archive",
    )
    return {row[0]: row[1:] for table in tables for row in db.execute(table)}


def _columns_of_the_shop(
    record: HardwareOrder | ReceivedReader | StoreName | StoreLanes,
) -> tuple[object, ...]:
    match record:
        case StoreName() | StoreLanes():
            return ()
        case HardwareOrder():
            return (record.upstream, int(record.undecided))
        case ReceivedReader():
            return (record.order, record.reader)


def _columns_of_the_journal(
    record: Epoch | Restore | ImportedPayment | ImportedRefund | Archive,
) -> tuple[object, ...]:
    match record:
        case Archive():
            return (record.moved.file, record.moved.last_seq)
        case Epoch():
            return ()
        case Restore():
            return (int(record.open),)
        case ImportedPayment():
            guards = int(record.guards)
            order = (record.order, record.business_day)
            return (record.payment_intent, *order, guards)
        case ImportedRefund():
            return (record.payment_intent,)


def _columns_of_an_audit(record: DayAudit | TillList | RefundDraft) -> tuple[object, ...]:
    match record:
        case DayAudit():
            return (record.found.business_day,)
        case TillList():
            return (record.business_day,)
        case RefundDraft():
            return (record.payment_intent, int(record.end is None))


def expected_columns(record: Record) -> tuple[object, ...]:
    """What they have to say."""
    columns: tuple[object, ...]
    match record:
        case PaymentIntent():
            columns = (
                record.order,
                record.business_day,
                record.state.value,
                int(record.unheard),
            )
        case Attempt():
            columns = (
                record.payment_intent,
                record.reader,
                record.charge,
                int(record.unended),
                int(record.unproven),
                int(record.contradicted),
            )
        case Refund():
            columns = (record.created_ms, record.payment_intent, record.charge)
        case Reader():
            columns = (record.address, int(record.deleted))
        case AccessKey():
            columns = (record.sha256,)
        case Mirrored():
            columns = (record.kind.value, int(record.gone))
        case HardwareOrder() | ReceivedReader() | StoreName() | StoreLanes():
            columns = _columns_of_the_shop(record)
        case DayAudit() | TillList() | RefundDraft():
            columns = _columns_of_an_audit(record)
        case Epoch() | Restore() | ImportedPayment() | ImportedRefund() | Archive():
            columns = _columns_of_the_journal(record)
    return columns
