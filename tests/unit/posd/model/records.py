"""A dictionary of records behind the port that projections read, and sample values."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from posd.model.access_key import AccessKey
from posd.model.attempt import Attempt
from posd.model.facts import AttemptKind, AttemptStarted, Baseline, Fact, PaymentIntentCreated
from posd.model.hardware import HardwareOrder, ReceivedReader
from posd.model.mirrored import Mirrored
from posd.model.payment_intent import PaymentIntent
from posd.model.projection import Circumstance, Record, project
from posd.model.reader import Reader
from posd.model.reader_facts import ReaderRegistered
from posd.model.refund import Refund
from posd.model.refund_draft import RefundDraft
from posd.model.restore import Epoch, Restore
from posd_drivers.card_reader import Kind, Transaction

AT = Circumstance(wall_ms=1_790_000_000_000, livemode=False, actor="key_1")
BASELINE = Baseline("12345678", asked=True, receipt=16, trace=122, turnover=15)
CREATED = PaymentIntentCreated("pi_posd_1", 1250, "eur", order="A17", business_day="2026-09-21")
REGISTERED = ReaderRegistered(
    "tmr_posd_1", "zvt+tcp://127.0.0.1:20007", "Lane 1", None, "eur", declared=True
)
STARTED = AttemptStarted(
    "att_posd_1", AttemptKind.SALE, "pi_posd_1", "tmr_posd_1", 1250, "eur", BASELINE
)


def sale(receipt: int | None = 17, amount: int | None = 1250, **changes: object) -> Transaction:
    """What the terminal of `BASELINE` would store for the sample sale."""
    fields: dict[str, object] = {
        "kind": Kind.SALE,
        "terminal_id": "12345678",
        "amount": amount,
        "currency": "eur",
        "result_code": 0,
        "receipt": receipt,
        "trace": 123,
        "turnover": 16,
    }
    return Transaction(**(fields | changes))  # type: ignore[arg-type]


@dataclass
class Shelf:
    """Records in memory."""

    kept: dict[str, Record] = field(default_factory=dict)

    def payment_intent(self, id_: str) -> PaymentIntent | None:
        record = self.kept.get(id_)
        return record if isinstance(record, PaymentIntent) else None

    def attempt(self, id_: str) -> Attempt | None:
        record = self.kept.get(id_)
        return record if isinstance(record, Attempt) else None

    def refund(self, id_: str) -> Refund | None:
        record = self.kept.get(id_)
        return record if isinstance(record, Refund) else None

    def refund_draft(self, id_: str) -> RefundDraft | None:
        record = self.kept.get(id_)
        return record if isinstance(record, RefundDraft) else None

    def reader(self, id_: str) -> Reader | None:
        record = self.kept.get(id_)
        return record if isinstance(record, Reader) else None

    def access_key(self, id_: str) -> AccessKey | None:
        record = self.kept.get(id_)
        return record if isinstance(record, AccessKey) else None

    def mirrored(self, id_: str) -> Mirrored | None:
        record = self.kept.get(id_)
        return record if isinstance(record, Mirrored) else None

    def hardware_order(self, id_: str) -> HardwareOrder | None:
        record = self.kept.get(id_)
        return record if isinstance(record, HardwareOrder) else None

    def received_reader(self, id_: str) -> ReceivedReader | None:
        record = self.kept.get(id_)
        return record if isinstance(record, ReceivedReader) else None

    def epoch(self, id_: str) -> Epoch | None:
        record = self.kept.get(id_)
        return record if isinstance(record, Epoch) else None

    def restore(self, id_: str) -> Restore | None:
        record = self.kept.get(id_)
        return record if isinstance(record, Restore) else None

    def take(self, facts: Iterable[Fact], at: Circumstance = AT) -> "Shelf":
        """Project every fact, in order."""
        for fact in facts:
            self.kept.update({record.id: record for record in project(fact, at, self)})
        return self


def in_hand() -> Shelf:
    """A shelf with the sample intent in hand at the sample reader."""
    return Shelf().take([REGISTERED, CREATED, STARTED])
