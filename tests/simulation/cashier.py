"""Who stands at a till, and what they do while a payment takes its time.

Every cashier ends up waiting for the truth; what differs is what they press before.
"""

import asyncio
import math
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from posd.ids import Chance
from tests.simulation.holding import settle
from tests.simulation.till import Answer, Order, Till

POLL_S: Final = (1.0,) * 20 + (5.0,)
"""How long a till waits before it asks again: the first times, and every time after."""
PERSON_S: Final = 15.0
"""The same, once it has been told to call a person."""
LONG_POLL_S: Final = 25
FOLLOW_S: Final = 420.0
"""Longer than posd may take to hand an unknown outcome to a person."""
TRIES_MAX: Final = 3
PRESSES_MAX: Final = 4
NO_ANSWER_S: Final = 2.0
CREATES_MAX: Final = 200
RECOVERY_ASKS_MAX: Final = 200
PATIENCE_S: Final = (0.2, 25.0)
"""How long an impatient cashier looks on: mostly shorter than a sale takes."""


class Temper(Enum):
    """How a cashier waits."""

    PATIENT = "patient"
    IMPATIENT = "impatient"
    DOUBLE_CLICKING = "double_clicking"


class Follows(Enum):
    """How a till learns how a payment goes on."""

    POLLS_READER = "polls_reader"
    LONG_POLLS = "long_polls"


class End(Enum):
    """How a try ended, as far as the till was told."""

    PAID = "paid"
    OPEN = "open"
    UNSURE = "unsure"


@dataclass(slots=True)
class Cashier:
    """One till's cashier.

    Attributes:
        readers: The readers in reach, the own one first.
        pressed: How often each kind of impatience came.
    """

    till: Till
    readers: Sequence[str]
    temper: Temper
    follows: Follows
    dice: Chance
    boots: int = 1
    _keys: int = 0
    _doom: tuple[float, float] | None = None
    _down_s: float | None = None
    pressed: dict[str, int] = field(default_factory=dict)

    async def work(
        self, orders: Sequence[tuple[float, Order]], is_over: Callable[[float], bool]
    ) -> None:
        """Serve each order once its time has come, in seconds of the loop, through every crash.

        Nobody rings up what is left of a day that `is_over`.
        """
        loop = asyncio.get_running_loop()
        for due_s, order in orders:
            if is_over(due_s):
                continue
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            self.till.orders.append(order)
            serving = self.serve(order)
            while not await self._survived(serving):
                serving = self.recover(order)
            await settle(self.till, order, self.dice, self._key("end"))

    def crash_in_next(self, after_s: float, for_s: float) -> None:
        """The till loses its memory `after_s` into its next order, and is back after `for_s`."""
        self._doom = (after_s, for_s)

    def _crash(self, serving: asyncio.Task[None], for_s: float) -> None:
        if not serving.done():
            self._down_s = for_s
            serving.cancel()

    async def serve(self, order: Order) -> None:
        """Ring up, have it taken, and read until it is clear how it ended."""
        key = self._key("create")
        for _try in range(CREATES_MAX):
            intent = await self.till.create(order, key)
            if intent is not None:
                await self._take(order, intent)
                return
            await asyncio.sleep(NO_ANSWER_S)

    async def recover(self, order: Order) -> None:
        """The till is back and knows the order's name only: ask before charging again (M15)."""
        for _try in range(RECOVERY_ASKS_MAX):
            payments = await self.till.payments_of(order.name)
            if payments is not None:
                break
            await asyncio.sleep(NO_ANSWER_S)
        else:
            return
        if any(payment["status"] == "succeeded" for payment in payments):
            return
        busy = [one for one in payments if one["state"] in ("in_hand", "unproven")]
        for payment in busy:
            if await self._follow(payment["payment_intent"], payment["reader"]) is not End.OPEN:
                return
        if payments:
            await self._take(order, payments[0]["payment_intent"])
        else:
            await self.serve(order)

    async def _survived(self, serving: Coroutine[Any, Any, None]) -> bool:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(serving, name=f"{self.till.name}:serving")
            if self._doom is not None:
                (after_s, for_s), self._doom = self._doom, None
                asyncio.get_running_loop().call_later(after_s, self._crash, task, for_s)
        if self._down_s is None:
            return True
        down_s, self._down_s = self._down_s, None
        self.boots += 1
        await asyncio.sleep(down_s)
        return False

    async def _take(self, order: Order, intent: str) -> None:
        reader = self.readers[0]
        for _try in range(TRIES_MAX):
            end = await self._try(order, intent, reader)
            if end is not End.OPEN or self.dice.random() < 0.5:
                return
            reader = self.dice.choice(self.readers)
            await asyncio.sleep(self.dice.uniform(1, 20))

    async def _try(self, order: Order, intent: str, reader: str) -> End:
        match self.temper:
            case Temper.PATIENT:
                return await self._patiently(intent, reader)
            case Temper.IMPATIENT:
                return await self._impatiently(order, intent, reader)
            case Temper.DOUBLE_CLICKING:
                return await self._twice(intent, reader)

    async def _patiently(self, intent: str, reader: str) -> End:
        key = self._key("process")
        for _press in range(PRESSES_MAX):
            if await self.till.process(intent, reader, key) is not None:
                break
            await asyncio.sleep(NO_ANSWER_S)
        return await self._follow(intent, reader)

    async def _twice(self, intent: str, reader: str) -> End:
        key = self._key("process")
        other = key if self.dice.random() < 0.5 else self._key("process")
        async with asyncio.TaskGroup() as group:
            for one in (key, other):
                group.create_task(self.till.process(intent, reader, one), name="click")
        return await self._follow(intent, reader)

    async def _impatiently(self, order: Order, intent: str, reader: str) -> End:
        key = self._key("process")
        intents = [(intent, reader)]
        await self.till.process(intent, reader, key, self._patience_s())
        for _press in range(self.dice.randint(0, PRESSES_MAX)):
            end = await self._follow(*intents[-1], self._patience_s())
            if end is not End.UNSURE:
                break
            await self._press(order, intents, key)
        ends = [await self._follow(*one) for one in intents]
        return End.PAID if End.PAID in ends else End.UNSURE if End.UNSURE in ends else End.OPEN

    async def _press(self, order: Order, intents: list[tuple[str, str]], key: str) -> None:
        intent, reader = intents[-1]
        patience_s = self._patience_s()
        act = self.dice.choice(("same_key", "new_key", "cancel", "ring_again", "other_reader"))
        self.pressed[act] = self.pressed.get(act, 0) + 1
        match act:
            case "same_key":
                await self.till.process(intents[0][0], intents[0][1], key, patience_s)
            case "new_key":
                await self.till.process(intent, reader, self._key("process"), patience_s)
            case "cancel":
                await self.till.cancel_action(reader, self._key("cancel"))
            case "ring_again":
                again = await self.till.create(order, self._key("create"))
                if again is not None:
                    reader = self.dice.choice(self.readers)
                    intents.append((again, reader))
                    await self.till.process(again, reader, self._key("process"), patience_s)
            case _:
                reader = self.dice.choice(self.readers)
                intents.append((intent, reader))
                await self.till.process(intent, reader, self._key("process"), patience_s)

    async def _follow(self, intent: str, reader: str | None, for_s: float = FOLLOW_S) -> End:
        """Read until posd says how it ended, or the time is up."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + for_s
        going_on: bool | None = None
        asked = 0
        while (left_s := until_s - loop.time()) > 0:
            if self.follows is Follows.LONG_POLLS or reader is None:
                going_on = await self._waits(intent, min(LONG_POLL_S, int(left_s)))
            else:
                going_on = _in_progress(await self.till.reader(reader), intent)
            if going_on is False:
                break
            await asyncio.sleep(POLL_S[min(asked, len(POLL_S) - 1)] if going_on else NO_ANSWER_S)
            asked += 1
        match await self.till.status(intent):
            case "succeeded":
                return End.PAID
            case "requires_payment_method" if going_on is False:
                return End.OPEN
            case _:
                return End.UNSURE

    async def _waits(self, intent: str, wait_s: int) -> bool | None:
        """Whether to wait on; None if no answer came."""
        then = await self.till.wait(intent, wait_s)
        if then == "call_a_person":
            await asyncio.sleep(PERSON_S)
        return None if then is None else then in ("wait", "call_a_person")

    def _patience_s(self) -> float:
        shortest, longest = PATIENCE_S
        return shortest * math.pow(longest / shortest, self.dice.random())

    def _key(self, what: str) -> str:
        """A new key; a till that has crashed does not know the old ones."""
        self._keys += 1
        return f"{what}-{self.boots}-{self._keys}"


def _in_progress(answer: Answer | None, intent: str) -> bool | None:
    """Whether the reader has this payment in hand; None if no answer came."""
    if answer is None:
        return None
    action = answer.said.get("action")
    if not action or action["status"] != "in_progress":
        return False
    taken = action.get("process_payment_intent", {})
    return bool(taken.get("payment_intent") == intent)
