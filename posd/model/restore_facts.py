"""A journal that lost its latest facts, and what was found out about them; part of the union.

Whoever puts a backup back, clones a disk or deletes the log of the database takes facts away that
tills, terminals and Stripe have been told. Their object is the restore itself, or the report that
was imported: never a payment of the journal.
"""

from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from posd_drivers.card_reader import Totals


class RestoreCause(Enum):
    """What shows that facts are missing, or that another posd may run with the same ones."""

    BEHIND = "behind"
    DIVERGED = "diverged"
    UNACCOMPANIED = "unaccompanied"
    OTHER_MACHINE = "other_machine"
    REPORTED_ELSEWHERE = "reported_elsewhere"


class RestoreNoticed(Struct, frozen=True):
    """From here on nothing is sent until a person accepts the gap; a new epoch begins.

    Attributes:
        restore: posd's id of it, `rst_posd_…`.
        epoch: The epoch that begins; `journal` is the first one of all its copies.
        machine: The machine it was noticed on, hashed; "" if it has no id.
        after_seq: The last fact before the gap.
        after_ms: Wall time of that fact; of an earlier one where a gap before is still open.
        lost_seq: The last fact that is known to have been there, or None.
        supersedes: Id of the restore that was still open, or None: its gap is part of this one.
    """

    restore: str
    epoch: str
    journal: str
    machine: str
    cause: RestoreCause
    after_seq: int
    after_ms: int
    lost_seq: int | None = None
    supersedes: str | None = None


class PaymentImported(Struct, frozen=True):
    """Stripe has a report of this store's that the journal does not have. Amounts in minor units.

    What a report does not tell, as one by an older posd, is "" or None.

    Attributes:
        payment_record: Stripe's id of the report, `pr_…`.
        restore: The restore after which it was found.
        payment_intent, attempt, reader: posd's ids in the lost facts.
        amount: What the terminal took.
        amount_guaranteed: What Stripe was told to be certain of it: 0 or all.
        amount_refunded: What Stripe was told of refunds.
        created_ms: Wall time at Stripe at which it was reported.
        epoch, boot, seq: Where in the lost facts it stood.
    """

    payment_record: str
    restore: str
    payment_intent: str
    attempt: str
    reader: str
    amount: int
    currency: str
    amount_guaranteed: int
    amount_refunded: int
    created_ms: int
    order: str | None = None
    order_part: str | None = None
    business_day: str = ""
    terminal_id: str | None = None
    receipt: int | None = None
    epoch: str = ""
    boot: int | None = None
    seq: int | None = None


class RefundImported(Struct, frozen=True):
    """Stripe was told that more went back of a payment than the journal has, which has the payment.

    Attributes:
        refund: Its id, made of the report's: a report tells one sum, and not its refunds.
        restore: The restore after which it was found.
        payment_record: Stripe's id of the payment's report, `pr_…`.
        amount: Minor units that went back by lost facts, in all.
    """

    refund: str
    restore: str
    payment_record: str
    payment_intent: str
    amount: int
    currency: str


class UpstreamListed(Struct, frozen=True):
    """All that Stripe has of the gap is imported; from here on orders are guarded by it (M7)."""

    restore: str
    records_seen: int


class TerminalCompared(Struct, frozen=True):
    """What a terminal has of its open period, and what the journal and the imports have beside it.

    Amounts in minor units of the reader's currency.

    Attributes:
        totals: What the terminal told, or None where it cannot.
        since_ms: When posd saw the period begin, or None where it did not.
        count, amount, given_back: What the journal has, as in posd.model.closing.Takings.
        imported_count, imported_amount: What Stripe has besides of this terminal.
        receipt: Number of the terminal's last transaction, or None.
    """

    restore: str
    reader: str
    totals: Totals | None
    since_ms: int | None
    count: int
    amount: int
    given_back: int
    imported_count: int
    imported_amount: int
    receipt: int | None = None


class SalesAllowed(Struct, frozen=True):
    """A person lets tills sell before Stripe has told what it knows, with a reason."""

    restore: str
    reason: str


class GapAccepted(Struct, frozen=True):
    """A person has looked into the gap and accepts it, with a reason; posd sends again."""

    restore: str
    reason: str


RestoreFact: TypeAlias = (
    RestoreNoticed
    | PaymentImported
    | RefundImported
    | UpstreamListed
    | TerminalCompared
    | SalesAllowed
    | GapAccepted
)
