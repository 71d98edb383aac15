"""A ledger that knows one reader and nothing else."""

from posd.journal.command import Guard
from posd.model.access_key import AccessKey
from posd.model.attempt import Attempt
from posd.model.backlog import Backlog
from posd.model.business_day import GuardedDays
from posd.model.effect import EffectState
from posd.model.hardware import HardwareOrder, ReceivedReader
from posd.model.mirrored import Mirrored
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd.model.refund import Refund
from posd.model.refund_draft import RefundDraft
from posd.model.restore import Epoch, ImportedPayment, ImportedRefund, Restore


class LedgerFake:
    """The records after the fact took effect."""

    def __init__(self, reader: Reader, attempt: Attempt | None = None) -> None:
        self._reader = reader
        self._attempt = attempt

    def payment_intent(self, _id: str) -> PaymentIntent | None:
        return None

    def attempt(self, _id: str) -> Attempt | None:
        return self._attempt

    def reader(self, id_: str) -> Reader | None:
        return self._reader if id_ == self._reader.id else None

    def access_key(self, _id: str) -> AccessKey | None:
        return None

    def mirrored(self, _id: str) -> Mirrored | None:
        return None

    def refund(self, _id: str) -> Refund | None:
        return None

    def refunds_of(self, _payment_intent: str) -> tuple[Refund, ...]:
        return ()

    def unproven_at(self, _reader: str) -> tuple[Attempt, ...]:
        return ()

    def unproven_with(self, _reader: Reader) -> tuple[Attempt, ...]:
        return ()

    def reserved_with(self, _reader: Reader) -> tuple[PaymentIntent, ...]:
        return ()

    def closings_since(self, _attempt: Attempt) -> tuple[Attempt, ...]:
        return ()

    def unended_at(self, _reader: str) -> Attempt | None:
        return None

    def attempts_of(self, _payment_intent: str) -> tuple[Attempt, ...]:
        return ()

    def unproven_of(self, _payment_intent: str) -> Attempt | None:
        return None

    def latest_attempt(self, _payment_intent: str) -> Attempt | None:
        return None

    def guarded_order(self, _order: str, _days: GuardedDays) -> tuple[Guard, ...]:
        return ()

    def contradicted(self, _payment_intent: str) -> bool:
        return False

    def reader_at(self, _address: str) -> str | None:
        return None

    def account(self) -> str | None:
        return None

    def backlog(self) -> Backlog:
        return Backlog()

    def effect_sent(self, _effect_id: str) -> bool:
        return False

    def effect_state(self, _effect_id: str) -> EffectState | None:
        return None

    def refund_draft(self, _id: str) -> RefundDraft | None:
        return None

    def hardware_order(self, _id: str) -> HardwareOrder | None:
        return None

    def undecided_hardware_order(self) -> HardwareOrder | None:
        return None

    def received_reader(self, _id: str) -> ReceivedReader | None:
        return None

    def received_as(self, _reader: str) -> ReceivedReader | None:
        return None

    def epoch(self, _id: str) -> Epoch | None:
        return None

    def restore(self, _id: str) -> Restore | None:
        return None

    def open_restore(self) -> Restore | None:
        return None

    def imported_of(self, _payment_intent: str) -> ImportedPayment | None:
        return None

    def is_before_restore(self, _attempt: str) -> bool:
        return False

    def has_taken(self, _attempt: str) -> bool:
        return False

    def imported_refund(self, _refund: str) -> ImportedRefund | None:
        return None

    def refunded_in_gap(self, _payment_intent: str) -> int:
        return 0

    def imported_payment(self, _payment_record: str) -> ImportedPayment | None:
        return None
