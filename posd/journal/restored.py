"""Rows about the journal itself: its epochs, gaps, archives, and what was imported for a gap."""

from typing import Final, assert_never

import apsw
import msgspec

from posd.journal.bodies import Bodies
from posd.model.archive import Archive
from posd.model.restore import Epoch, ImportedPayment, ImportedRefund, Restore, without_strays

EPOCHS: Final = msgspec.json.Decoder(Epoch)
RESTORES: Final = msgspec.json.Decoder(Restore)
IMPORTED: Final = msgspec.json.Decoder(ImportedPayment)
IMPORTED_REFUNDS: Final = msgspec.json.Decoder(ImportedRefund)
IMPORTED_ROWS_MAX: Final = 10_000
"""More imported payments or refunds than this are not looked at together."""


class RestoredRecords(Bodies):
    """What is known of facts that were lost."""

    def epoch(self, id_: str) -> Epoch | None:
        """The epoch of that id."""
        return self._one(EPOCHS, "SELECT body FROM epoch WHERE id = ?", id_)

    def newest_epoch(self) -> Epoch | None:
        """The epoch that the journal lives in, or None if it has none yet."""
        return self._one(EPOCHS, "SELECT body FROM epoch ORDER BY created_seq DESC LIMIT 1")

    def restore(self, id_: str) -> Restore | None:
        """The restore of that id."""
        return self._one(RESTORES, "SELECT body FROM restore WHERE id = ?", id_)

    def open_restore(self) -> Restore | None:
        """The restore whose gap nobody has accepted yet, or None."""
        return self._one(RESTORES, "SELECT body FROM restore WHERE open = 1")

    def epochs(self) -> frozenset[str]:
        """Ids of all epochs that the journal has lived in."""
        return frozenset(id_ for (id_,) in self._db.execute("SELECT id FROM epoch"))

    def newest_restore(self) -> Restore | None:
        """The restore that was noticed last, or None if there was none."""
        return self._one(RESTORES, "SELECT body FROM restore ORDER BY created_seq DESC LIMIT 1")

    def imported_since(self, seq: int) -> list[ImportedPayment]:
        """What was first imported by facts after this one, in that order."""
        reports = self._all(
            IMPORTED,
            "SELECT body FROM imported_payment WHERE created_seq > +?"
            " ORDER BY created_seq LIMIT ? + 0",
            seq,
            IMPORTED_ROWS_MAX,
        )
        return without_strays(reports)

    def is_before_restore(self, attempt: str) -> bool:
        """Whether facts may have been lost since this attempt began."""
        return bool(
            self._db.execute(
                "SELECT EXISTS (SELECT 1 FROM restore WHERE created_seq >"
                " (SELECT created_seq FROM attempt WHERE id = ?))",
                (attempt,),
            ).get
        )

    def imported_payment(self, payment_record: str) -> ImportedPayment | None:
        """The imported payment that Stripe knows by that id."""
        return self._one(IMPORTED, "SELECT body FROM imported_payment WHERE id = ?", payment_record)

    def imported_of(self, payment_intent: str) -> ImportedPayment | None:
        """What the lost facts took for this PaymentIntent and has not gone back, or None."""
        return self._one(
            IMPORTED,
            "SELECT body FROM imported_payment WHERE payment_intent = +? AND guards = 1"
            " ORDER BY created_seq LIMIT 1",
            payment_intent,
        )

    def imported_for(self, order: str) -> list[ImportedPayment]:
        """What the lost facts took for this order, on any day, oldest first."""
        reports = self._all(
            IMPORTED,
            "SELECT body FROM imported_payment WHERE order_id = +?"
            " ORDER BY created_seq LIMIT ? + 0",
            order,
            IMPORTED_ROWS_MAX,
        )
        return without_strays(reports)

    def imported_refund(self, refund: str) -> ImportedRefund | None:
        """What went back by lost facts, by its id."""
        return self._one(IMPORTED_REFUNDS, "SELECT body FROM imported_refund WHERE id = ?", refund)

    def refunded_in_gap(self, payment_intent: str) -> int:
        """Minor units of this payment that went back by facts that were lost, as Stripe tells.

        Also where the lost facts took it first, and a person has said since that it was taken.
        """
        refunds = self._all(
            IMPORTED_REFUNDS,
            "SELECT body FROM imported_refund WHERE payment_intent = +? LIMIT ? + 0",
            payment_intent,
            IMPORTED_ROWS_MAX,
        )
        payments = self._all(
            IMPORTED,
            "SELECT body FROM imported_payment WHERE payment_intent = +? LIMIT ? + 0",
            payment_intent,
            IMPORTED_ROWS_MAX,
        )
        return sum(one.amount for one in refunds) + sum(one.amount_refunded for one in payments)


def save_of_the_journal(
    db: apsw.Connection,
    record: Epoch | Restore | ImportedPayment | ImportedRefund | Archive,
    seq: int,
    body: bytes,
) -> None:
    """Write the record's new state; `seq` is the fact that made or changed it."""
    match record:
        case Archive(id_, moved):
            hash_ = bytes.fromhex(moved.last_hash)
            db.execute(
                "INSERT INTO archive (id, created_seq, file, last_ordinal, last_seq, hash, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (id_, seq, moved.file, moved.last_ordinal, moved.last_seq, hash_, body),
            )
        case Epoch():
            db.execute(
                "INSERT INTO epoch (id, created_seq, body) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (record.id, seq, body),
            )
        case Restore():
            db.execute(
                "INSERT INTO restore (id, created_seq, open, body) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET open = excluded.open, body = excluded.body",
                (record.id, seq, record.open, body),
            )
        case ImportedPayment():
            db.execute(
                "INSERT INTO imported_payment (id, created_seq, created_ms, payment_intent,"
                " order_id, business_day, guards, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET guards = excluded.guards, body = excluded.body",
                (
                    record.id,
                    seq,
                    record.created_ms,
                    record.payment_intent,
                    record.order,
                    record.business_day,
                    record.guards,
                    body,
                ),
            )
        case ImportedRefund():
            db.execute(
                "INSERT INTO imported_refund (id, created_seq, payment_intent, body)"
                " VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (record.id, seq, record.payment_intent, body),
            )
        case _:
            assert_never(record)
