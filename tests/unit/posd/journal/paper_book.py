"""What an honest clerk with a book of paper would say to each thing that may be asked of a journal.

Written from the money rules and from nothing of posd's: no record, no table of moves, no query.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

OPEN, IN_HAND, UNPROVEN, PAID, CANCELED = "open", "in_hand", "unproven", "approved", "canceled"
ASKED, REPORTED, DOUBT, PERSON, ASIDE, OVER = (
    "started",
    "reported",
    "unknown",
    "needs_a_person",
    "set_aside",
    "over",
)
IN_DIALOGUE: Final = (ASKED, REPORTED)
IN_DOUBT: Final = (DOUBT, PERSON, ASIDE)
TAKES_THE_READER: Final = (ASKED, REPORTED, DOUBT, PERSON)


@dataclass
class Try:
    """One try to take a sale's money at a reader."""

    id: str
    sale: str
    reader: str
    state: str = ASKED


@dataclass
class Sale:
    """What is to be paid, and its tries."""

    id: str
    amount: int
    order: str | None
    state: str = OPEN
    tries: list[Try] = field(default_factory=list)

    @property
    def last(self) -> Try | None:
        return self.tries[-1] if self.tries else None


@dataclass(frozen=True)
class Yes:
    """It is done, or was done before; `answer` is what the till is told that it is about."""

    answer: str | None = None


@dataclass(frozen=True)
class No:
    """It is refused, and nothing is written."""


Answer: TypeAlias = Yes | No
Key: TypeAlias = tuple[str, Hashable]
"""A till's idempotency key with its route, and what was asked under it."""


class PaperBook:
    """All sales, and what Stripe is owed of each: the first of a list is to be sent next.

    Attributes:
        told: How many facts each answer added, all together.
    """

    def __init__(self) -> None:
        self.sales: dict[str, Sale] = {}
        self.owed: dict[str, list[str]] = {}
        self._claimed: dict[str, tuple[Hashable, str | None]] = {}

    def at(self, reader: str) -> Try | None:
        """What takes this reader."""
        tries = (one for sale in self.sales.values() for one in sale.tries)
        return next(
            (one for one in tries if one.reader == reader and one.state in TAKES_THE_READER), None
        )

    def create(self, id_: str, amount: int, order: str | None, key: Key | None) -> Answer:
        if (earlier := self._earlier(key)) is not None:
            return earlier
        self.sales[id_] = Sale(id_, amount, order)
        return self._done(key, id_)

    def process(self, sale_id: str, reader: str, attempt: str, key: Key | None) -> Answer:
        if (earlier := self._earlier(key)) is not None:
            return earlier
        sale, taken = self.sales[sale_id], self.at(reader)
        if taken is not None and taken.sale == sale_id:
            return self._done(key, reader)
        rivals = [
            one
            for one in self.sales.values()
            if one is not sale
            and one.order == sale.order
            and one.state in (IN_HAND, UNPROVEN, PAID)
        ]
        if sale.state != OPEN or taken is not None or (sale.order is not None and rivals):
            return No()
        sale.tries.append(Try(attempt, sale_id, reader))
        sale.state = IN_HAND
        return self._done(key, reader)

    def reprice(self, sale_id: str, amount: int) -> Answer:
        sale = self.sales[sale_id]
        if sale.state in (IN_HAND, UNPROVEN, CANCELED):
            return No()
        if sale.state == PAID and sale.amount != amount:
            return No()
        sale.amount = amount
        return Yes(sale_id)

    def cancel(self, sale_id: str) -> Answer:
        sale = self.sales[sale_id]
        if sale.state != OPEN:
            return No()
        sale.state = CANCELED
        return Yes(sale_id)

    def report(self, one: Try) -> Answer:
        """The terminal says what it got; until it has completed, that is evidence (M2)."""
        if one.state in IN_DIALOGUE:
            one.state = REPORTED
            self.sales[one.sale].state = UNPROVEN
        return Yes(one.id)

    def approve(self, one: Try) -> Answer:
        """At the completion: of what the terminal never reported it is no approval (M2)."""
        if one.state == ASKED:
            return No()
        if one.state == REPORTED:
            self._paid(one)
        return Yes(one.id)

    def refuse(self, one: Try) -> Answer:
        """The issuer or the customer says no, in the dialogue."""
        if one.state in IN_DIALOGUE:
            self._not_paid(one)
        return Yes(one.id)

    def lose(self, one: Try) -> Answer:
        if one.state in IN_DIALOGUE:
            one.state = DOUBT
            self.sales[one.sale].state = UNPROVEN
        return Yes(one.id)

    def hand_over(self, one: Try) -> Answer:
        if one.state == DOUBT:
            one.state = PERSON
        return Yes(one.id)

    def set_aside(self, one: Try) -> Answer:
        if one.state == PERSON:
            one.state = ASIDE
        return Yes(one.id)

    def find_charged(self, one: Try) -> Answer:
        if one.state in IN_DOUBT:
            self._paid(one)
        return Yes(one.id)

    def find_not_charged(self, one: Try) -> Answer:
        if one.state in IN_DOUBT:
            self._not_paid(one)
        return Yes(one.id)

    def settle(self, sale_id: str) -> None:
        """Stripe took what was owed next: after a report comes its guarantee."""
        done = self.owed[sale_id].pop(0)
        if done.endswith("-report"):
            self.owed[sale_id].append(done.removesuffix("-report") + "-guarantee")

    def _paid(self, one: Try) -> None:
        one.state = OVER
        self.sales[one.sale].state = PAID
        self.owed[one.sale] = [f"{one.id}-report"]

    def _not_paid(self, one: Try) -> None:
        one.state = OVER
        self.sales[one.sale].state = OPEN

    def _earlier(self, key: Key | None) -> Answer | None:
        if key is None or key[0] not in self._claimed:
            return None
        asked, answer = self._claimed[key[0]]
        return Yes(answer) if asked == key[1] else No()

    def _done(self, key: Key | None, answer: str) -> Yes:
        if key is not None:
            self._claimed[key[0]] = (key[1], answer)
        return Yes(answer)
