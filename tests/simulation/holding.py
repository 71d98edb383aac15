"""What a till does with a payment that a reader holds for it: takes it, gives it back, forgets it.

A guest's bill is taken in full or for less, a room is given back, and some are never thought of
again. A call without an answer is made again under its key.
"""

import asyncio
from typing import Final

from posd.ids import Chance
from tests.simulation.till import Capture, Order, Till

UNUSED: Final = 33
"""What is left of a payment that is captured for less; no other order's amount results."""
THINKS_S: Final = (0.0, 90.0)
PRESSES_MAX: Final = 4
NO_ANSWER_S: Final = 2.0


async def settle(till: Till, order: Order, dice: Chance, key: str) -> None:
    """Do what the order is meant to end in, with each payment of it that is held."""
    if order.capture in (Capture.AT_ONCE, Capture.FORGOTTEN):
        return
    await asyncio.sleep(dice.uniform(*THINKS_S))
    for number, intent in enumerate(order.intents):
        if await till.status(intent) == "requires_capture":
            await _end(till, order, intent, f"{key}-{number}")


async def _end(till: Till, order: Order, intent: str, key: str) -> None:
    asked = {}
    if order.capture is Capture.IN_PART:
        asked["amount_to_capture"] = str(order.amount - UNUSED)
    what = "cancel" if order.capture is Capture.CANCELLED else "capture"
    for _press in range(PRESSES_MAX):
        answer = await till.call("POST", f"/v1/payment_intents/{intent}/{what}", asked, key)
        if answer is not None:
            return
        await asyncio.sleep(NO_ANSWER_S)
