"""A till's calls, and its ledger: what it was told, when, and what it had asked for.

The ledger is the till's own and outlives its crashes; what a till does never depends on it.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Protocol

import httpx2

from tests.simulation.door import Door
from tests.simulation.trace import Trace

PAID: Final = frozenset({"approved", "refunding", "partly_refunded", "refunded"})
"""Whatever becomes of a refund, what was paid had been paid."""
WAIT_S: Final = 60.0
"""How long a till waits for any answer."""


class Capture(Enum):
    """When the money of an order is taken, and how much of it."""

    AT_ONCE = "at_once"
    IN_FULL = "in_full"
    IN_PART = "in_part"
    CANCELLED = "cancelled"
    FORGOTTEN = "forgotten"


class Word(Enum):
    """What a till can be told of a payment. TAKEN: its reader did it; it is paid, or held."""

    PAID = "paid"
    TAKEN = "taken"
    FAILED = "failed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Told:
    """One thing a till was told. Times are the loop's seconds."""

    till: str
    intent: str
    word: Word
    status: str
    asked_s: float
    at_s: float


@dataclass(slots=True)
class Order:
    """A basket. No other order has its amount, in minor units, so that the amount names it.

    Attributes:
        intents: The PaymentIntents the till was told of.
        paid: Whether it was told that one of them is paid.
    """

    name: str
    amount: int
    capture: Capture = Capture.AT_ONCE
    intents: list[str] = field(default_factory=list)
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that arrived."""

    status: int
    said: dict[str, Any]

    @property
    def refusal(self) -> str | None:
        """The error's code, or None."""
        code = self.said.get("error", {}).get("code")
        return None if code is None else str(code)


class Ears(Protocol):
    """Who sees what a till does and is told."""

    def heard(self, told: Told) -> None:
        """It was told how a payment stands."""
        ...

    def pressed(self, intent: str, key: str) -> None:
        """It is about to have a payment taken under this key."""
        ...

    def refused(self, code: str) -> None:
        """It was refused something."""
        ...

    def made(self, till: str, key: str, intent: str) -> None:
        """It was given a PaymentIntent under this key."""
        ...


@dataclass(slots=True)
class Till:
    """One till with a key of its own.

    Attributes:
        told: Everything it was told, in order.
    """

    name: str
    http: Door
    trace: Trace
    ears: Ears
    orders: list[Order] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    async def create(self, order: Order, key: str) -> str | None:
        """A PaymentIntent for the order; None if no answer came."""
        body = {
            "amount": order.amount,
            "currency": "eur",
            "capture_method": "automatic" if order.capture is Capture.AT_ONCE else "manual",
            "metadata[order_id]": order.name,
        }
        answer = await self.call("POST", "/v1/payment_intents", body, key)
        if answer is None or answer.status != 200:
            return None
        intent = str(answer.said["id"])
        self.ears.made(self.name, key, intent)
        if intent not in order.intents:
            order.intents.append(intent)
        return intent

    async def process(
        self, intent: str, reader: str, key: str, within_s: float = WAIT_S
    ) -> Answer | None:
        """Have the reader take the payment."""
        self.ears.pressed(intent, f"{self.name} {reader} {key}")
        path = f"/v1/terminal/readers/{reader}/process_payment_intent"
        return await self.call("POST", path, {"payment_intent": intent}, key, within_s)

    async def cancel_action(self, reader: str, key: str) -> Answer | None:
        """Ask the reader to stop."""
        return await self.call("POST", f"/v1/terminal/readers/{reader}/cancel_action", {}, key)

    async def reader(self, reader: str) -> Answer | None:
        """The reader and what it does."""
        return await self.call("GET", f"/v1/terminal/readers/{reader}")

    async def status(self, intent: str) -> str | None:
        """The PaymentIntent's status; None if no answer came."""
        answer = await self.call("GET", f"/v1/payment_intents/{intent}")
        return None if answer is None else str(answer.said.get("status"))

    async def wait(self, intent: str, wait_s: int) -> str | None:
        """What to do `next`, once there is news or the time is up; None if no answer came."""
        path = f"/posd/v1/payment_intents/{intent}?wait={wait_s}"
        answer = await self.call("GET", path)
        return None if answer is None else str(answer.said.get("next"))

    async def payments_of(self, order: str) -> list[dict[str, Any]] | None:
        """What became of an order; None if no answer came (M15)."""
        answer = await self.call("GET", f"/posd/v1/payments?order={order}")
        return None if answer is None or answer.status != 200 else list(answer.said["data"])

    async def call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        key: str | None = None,
        within_s: float = WAIT_S,
    ) -> Answer | None:
        """One call. None: the line broke, or the till did not wait any longer."""
        asked_s = asyncio.get_running_loop().time()
        headers = {} if key is None else {"Idempotency-Key": key}
        try:
            async with asyncio.timeout(within_s):
                answer = await self.http.request(method, path, data=body, headers=headers)
        except (httpx2.TransportError, TimeoutError):
            return None
        self.trace.note(self.name, answer.content)
        said: dict[str, Any] = answer.json()
        for intent, status, word in _tellings(said):
            self._hear(intent, status, word, asked_s)
        answered = Answer(answer.status_code, said)
        if answered.refusal is not None:
            self.ears.refused(answered.refusal)
        return answered

    def _hear(self, intent: str, status: str, word: Word, asked_s: float) -> None:
        now = asyncio.get_running_loop().time()
        told = Told(self.name, intent, word, status, asked_s, now)
        self.told.append(told)
        for order in self.orders:
            if word is Word.PAID and intent in order.intents:
                order.paid = True
        self.ears.heard(told)


def _tellings(said: dict[str, Any]) -> Iterator[tuple[str, str, Word]]:
    """Every payment that an answer tells of: its id, its status, and what that means."""
    match said.get("object"):
        case "payment_intent":
            status = str(said["status"])
            yield said["id"], status, Word.PAID if status == "succeeded" else Word.OTHER
        case "terminal.reader" if said.get("action"):
            action = said["action"]
            word = {"succeeded": Word.TAKEN, "failed": Word.FAILED}.get(
                action["status"], Word.OTHER
            )
            if action["type"] == "process_payment_intent":
                yield action["process_payment_intent"]["payment_intent"], action["status"], word
        case "posd.payment":
            done = said["state"] in PAID
            free = Word.FAILED if said["next"] == "retry" and said["state"] != "new" else Word.OTHER
            yield said["payment_intent"], said["state"], Word.PAID if done else free
        case "posd.order_payment":
            status = str(said["status"])
            yield said["payment_intent"], status, Word.PAID if status == "succeeded" else Word.OTHER
        case "list":
            for one in said["data"]:
                yield from _tellings(one)
        case _:
            if in_the_way := said.get("error", {}).get("payment_intent"):
                yield from _tellings(in_the_way)
