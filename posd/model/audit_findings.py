"""What an audit finds: each booking, each closing period beside the others' books, each day."""

from msgspec import Struct

from posd.model.audit import ABSENT, Books, Pair, Standing, Sum, worst
from posd.model.audit_facts import Difference
from posd.model.closing import Agreement


class Booking(Struct, frozen=True):
    """Money that an attempt moved, as the journal has it.

    Attributes:
        period: Index of the closing period among those of the audit.
        today: Whether it was begun on the business day that is audited.
        amount: Minor units of `currency`, below zero where it was given back.
        owner: Id of the key that made the payment.
        record: Stripe's id of the report on the payment, or None.
        refunded: What Stripe was told of refunds of the payment, of any day; None while it is not
            known to have all of them.
        first_sent_ms: When the report first left, or None.
    """

    period: int
    today: bool
    attempt: str
    payment_intent: str
    amount: int
    currency: str
    owner: str
    order: str | None
    standing: Standing
    record: str | None = None
    refunded: int | None = 0
    first_sent_ms: int | None = None


class PeriodFindings(Struct, frozen=True):
    """One closing period beside the others' books.

    Attributes:
        at_stripe: What Stripe guarantees of it, as far as it was seen.
        listed: What tills list of it.
    """

    books: Books
    terminal: Pair
    stripe: Pair
    till: Pair
    at_stripe: Sum = Sum()
    listed: Sum = Sum()


class Chain(Struct, frozen=True):
    """The stretch of facts that holds the day, verified from its first to its last hash, in hex."""

    first_seq: int
    last_seq: int
    first_hash: str
    last_hash: str


class DayFindings(Struct, frozen=True):
    """One business day. It begins and ends at these wall times in milliseconds.

    Attributes:
        chain: None where the journal has no fact of the day.
        elsewhere: What tills list and no closing period has.
        strays: Reports at Stripe that guarantee nothing; they are harmless, and counted only.
    """

    business_day: str
    from_ms: int
    to_ms: int
    chain: Chain | None
    periods: tuple[PeriodFindings, ...] = ()
    elsewhere: tuple[Difference, ...] = ()
    strays: int = 0

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every comparison of the day."""
        return tuple(pair for one in self.periods for pair in (one.terminal, one.stripe, one.till))

    @property
    def agreement(self) -> Agreement:
        """What the day comes to: equal only if every pair of it is."""
        if self.elsewhere:
            return Agreement.DIFFERS
        return worst(
            pair.agreement for pair in self.pairs if not ABSENT.intersection(pair.unchecked)
        )
