"""What the snapshot asks the journal: the query-only connection, as far as it looks."""

from collections.abc import Sequence
from typing import Protocol

from posd.journal.tries import Tries
from posd.model.attempt import Attempt
from posd.model.backlog import Backlog
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd.model.restore import Restore
from posd.snapshot.money import MoneyQueries
from posd.snapshot.orders import OrderQueries


class Queries(OrderQueries, MoneyQueries, Protocol):
    """The journal's query-only connection, as far as the snapshot looks."""

    def readers(self) -> Sequence[Reader]:
        """All readers."""
        ...

    def attempt(self, id_: str) -> Attempt | None:
        """The attempt of that id."""
        ...

    def backlog(self) -> Backlog:
        """How much Stripe has not been told, what is in hand included."""
        ...

    def open_refund_draft_count(self) -> int:
        """How many drafted refunds are not over."""
        ...

    def contradicted_attempts(self) -> Sequence[Attempt]:
        """Every attempt whose decision a later proof contradicts."""
        ...

    def unheard_payment_intents(self) -> Sequence[PaymentIntent]:
        """Every paid PaymentIntent whose till has not been told."""
        ...

    def held_attempts(self) -> Sequence[Attempt]:
        """Every attempt that holds a payment, neither captured nor given back."""
        ...

    def open_restore(self) -> Restore | None:
        """The restore whose gap nobody has accepted yet, or None."""
        ...

    def closings_since(self, attempt: Attempt) -> Sequence[Attempt]:
        """Every end of day that was begun with the attempt's terminal after it."""
        ...

    def payment_intent(self, id_: str) -> PaymentIntent | None:
        """The PaymentIntent of that id."""
        ...

    def tries_at(self, intents: Sequence[PaymentIntent]) -> Sequence[Tries]:
        """Of each payment what it is told by, in the order of `intents`."""
        ...

    def latest_payment_intents(self, count: int) -> Sequence[PaymentIntent]:
        """The newest PaymentIntents, newest first."""
        ...
