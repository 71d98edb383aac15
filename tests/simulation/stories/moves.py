"""Every way in which posd has a terminal move money, as a till asks for it, and what came of it.

Three parties say whether it was done: the till by what it reads, the terminal by its book, Stripe
by what it holds. Each move of a store has an amount of its own.
"""

import asyncio
from abc import ABC, abstractmethod
from typing import ClassVar, Final

from typing_extensions import override

from posd_simulator.cloud.rules.payment_records import PaymentRecord
from posd_simulator.terminal.ledger import (
    BOOKING,
    CLOSING,
    PREAUTHORISATION,
    REFUND,
    RELEASE,
    REVERSAL,
    SALE,
)
from tests.simulation.stories.stage import Store, lane

LANE: Final = lane(1)
DONE_S: Final = 20.0
"""A move that nothing disturbs is done and reported after so long."""
REASON: Final = "by the terminal's own slip"
MORE: Final = 100
"""What is paid or held beyond what a part of it moves; whole amounts are never declined."""
WORDS: Final = {
    "succeeded": True,
    "requires_payment_method": False,
    "requires_capture": False,
    "canceled": True,
    "failed": False,
}
"""What Stripe's words say of a move; there is none for what is still open."""


class Move(ABC):
    """One thing that is asked of the first lane's terminal.

    Attributes:
        control: The control field of the command it becomes.
        amount: What it moves, in minor units.
        kind: What the terminal's book calls it.
        tells_stripe: Whether Stripe has to know.
        gives_back: Whether money goes back to the card.
        payment: The PaymentIntent it is for.
    """

    control: ClassVar[int]
    kind: ClassVar[str]
    tells_stripe: ClassVar[bool] = True
    gives_back: ClassVar[bool] = False

    def __init__(self, store: Store, amount: int) -> None:
        self.store = store
        self.amount = amount
        self.payment = ""
        self.manager = store.manager()

    async def prepare(self) -> None:  # noqa: B027 (most need nothing)
        """What must be there before it can be asked for."""

    @abstractmethod
    async def ask(self) -> None:
        """Ask for it; whatever is answered, the books say what came of it."""

    async def told(self) -> bool | None:
        """Whether it was done, as a till reads it; None while that is open."""
        return WORDS.get(await self.manager.status(self.payment))

    async def with_a_person(self) -> bool:
        """Whether posd asks for somebody to decide."""
        return (self.payment, "needs_a_person") in await self.manager.errands()

    async def rule(self, *, done: bool) -> None:
        """As a manager, say whether it was done."""
        word = "given_back" if self.gives_back else "charged"
        ruling = word if done else f"not_{word}"
        ruled = await self.manager.decide(LANE, self.payment, ruling, REASON)
        assert ruled.is_success, ruled.text

    def booked(self) -> int:
        """How often it stands in the terminal's book."""
        book = self.store.terminals[LANE].ledger.book
        return sum((it.kind, it.amount) == (self.kind, self.amount) for it in book.stored)

    def reported(self) -> int:
        """How often Stripe holds it for certain."""
        return self.store.guaranteed().count(self.amount)

    async def pay(self, amount: int, **asked: str) -> None:
        """Have a payment of that amount taken."""
        self.payment = await self.manager.ring_up(amount, **asked)
        await self.manager.hand_over(LANE, self.payment)


class Sale(Move):
    """06 01."""

    control, kind = 0x0601, SALE

    @override
    async def ask(self) -> None:
        await self.pay(self.amount)


class Preauthorisation(Move):
    """06 22. What is only held is no business of Stripe's."""

    control, kind, tells_stripe = 0x0622, PREAUTHORISATION, False

    @override
    async def ask(self) -> None:
        await self.pay(self.amount, capture_method="manual")

    @override
    async def told(self) -> bool | None:
        return await held(self)


class Capture(Move):
    """06 24, of less than what is held."""

    control, kind = 0x0624, BOOKING

    @override
    async def prepare(self) -> None:
        await self.pay(self.amount + MORE, capture_method="manual")
        await done()

    @override
    async def ask(self) -> None:
        path = f"/v1/payment_intents/{self.payment}/capture"
        await self.manager.post(path, {"amount_to_capture": str(self.amount)})


class Release(Move):
    """06 25."""

    control, kind, tells_stripe, gives_back = 0x0625, RELEASE, False, True

    @override
    async def prepare(self) -> None:
        await self.pay(self.amount, capture_method="manual")
        await done()

    @override
    async def ask(self) -> None:
        await self.manager.post(f"/v1/payment_intents/{self.payment}/cancel", {})


class _GivingBack(Move):
    """What goes back of a payment."""

    gives_back = True

    @override
    async def told(self) -> bool | None:
        page = await self.manager.get(f"/v1/refunds?payment_intent={self.payment}")
        states = [refund["status"] for refund in page["data"]]
        assert len(states) < 2, states
        return WORDS.get(states[0]) if states else False

    @override
    def reported(self) -> int:
        return sum(
            refund.value == self.amount
            for record in records(self.store)
            for refund in record.refunds
        )


class Reversal(_GivingBack):
    """06 30, the whole of a payment."""

    control, kind = 0x0630, REVERSAL

    @override
    async def prepare(self) -> None:
        await self.pay(self.amount)
        await done()

    @override
    async def ask(self) -> None:
        await self.manager.post("/v1/refunds", {"payment_intent": self.payment})


class Refund(_GivingBack):
    """06 31, a part of a payment."""

    control, kind = 0x0631, REFUND

    @override
    async def prepare(self) -> None:
        await self.pay(self.amount + MORE)
        await done()

    @override
    async def ask(self) -> None:
        asked = {"payment_intent": self.payment, "amount": str(self.amount)}
        await self.manager.post(f"/v1/terminal/readers/{LANE}/refund_payment", asked)


class EndOfDay(Move):
    """06 50, over one payment."""

    control, kind, tells_stripe = 0x0650, CLOSING, False

    def __init__(self, store: Store, amount: int) -> None:
        super().__init__(store, amount)
        self._closed_before = self._closings()
        self._before = ""

    @override
    async def prepare(self) -> None:
        await self.pay(self.amount)
        await done()
        self._before = await self._latest("id")

    @override
    async def ask(self) -> None:
        await self.manager.post(f"/posd/v1/readers/{LANE}/end_of_day", {})

    @override
    async def told(self) -> bool | None:
        if await self._latest("id") == self._before:
            return False
        status = await self._latest("status")
        return {"closed": True, "refused": False, "not_closed": False}.get(status)

    @override
    async def with_a_person(self) -> bool:
        return await self._latest("status") == "needs_a_person"

    @override
    async def rule(self, *, done: bool) -> None:
        asked = {"outcome": "closed" if done else "not_closed", "reason": REASON}
        ruled = await self.manager.post(f"/posd/v1/readers/{LANE}/end_of_day/resolve", asked)
        assert ruled.is_success, ruled.text

    @override
    def booked(self) -> int:
        return self._closings() - self._closed_before

    @override
    def reported(self) -> int:
        return 0

    def _closings(self) -> int:
        return len(self.store.terminals[LANE].ledger.book.closings)

    async def _latest(self, field: str) -> str:
        answer = await self.manager.http.get(f"/posd/v1/readers/{LANE}/end_of_day")
        return str(answer.json()[field]) if answer.is_success else ""


MOVES: Final[tuple[type[Move], ...]] = (
    Sale,
    Preauthorisation,
    Capture,
    Release,
    Reversal,
    Refund,
    EndOfDay,
)


async def held(move: Move) -> bool | None:
    """Whether a reservation stands, as a till reads it; None while that is open."""
    status = await move.manager.status(move.payment)
    return {"requires_capture": True, "requires_payment_method": False}.get(status)


async def done() -> None:
    """Let what is under way come to its end, Stripe's part too."""
    await asyncio.sleep(DONE_S)


def records(store: Store) -> list[PaymentRecord]:
    """What Stripe holds."""
    accounts = store.cloud.ledger.accounts.values()
    return [record for account in accounts for record in account.payment_records.values()]
