"""Who decides what lies with a person (M6): with a manager's key, by the terminal's own book.

They walk over some minutes after the page says so, wait until the terminal has nothing in hand, and
read what it has booked. They never ask posd what it believes. In some stores they err now and then:
what a person got wrong is no fault of posd's, but later proof must raise the alarm.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from posd.ids import Chance
from posd_simulator.terminal.ledger import (
    BOOKING,
    PREAUTHORISATION,
    REFUND,
    RELEASE,
    REVERSAL,
    SALE,
)
from tests.simulation.lane import Lane
from tests.simulation.till import Till

GIVES_BACK: Final = frozenset({"release", "reversal", "refund"})
BOOKED_AS: Final = {
    "sale": SALE,
    "preauthorisation": PREAUTHORISATION,
    "capture": BOOKING,
    "release": RELEASE,
    "reversal": REVERSAL,
    "refund": REFUND,
}
"""By the kind of an errand: what its terminal's book calls it."""
CLOSES_CHANCE: Final = 0.03
GIVES_BACK_CHANCE: Final = 0.15
KEPT: Final = 17
"""What of a payment stays where a part goes back: the rest is no other order's amount."""
PRESSES_MAX: Final = 4
ROUND_S: Final = 60.0
WALK_S: Final = (10.0, 400.0)
SET_ASIDE_CHANCE: Final = 0.3
IDLE_LOOKS_MAX: Final = 120
FIDDLES_S: Final = 5.0
"""Who errs also touches the cable; so posd asks the terminal once more."""


@dataclass(slots=True)
class Person:
    """Somebody with a manager's key, and a till's calls.

    Attributes:
        lanes: By the label under which posd shows their readers.
        errs: How often they read the wrong line, 0 to 1.
        erred: Told of each payment on which they did, and of the amount that they read.
        begun_s: When the last end of day began at a reader, in the loop's seconds, by the clock on
            the wall and not by posd's.
        gap_is_listed: Whether facts are lost, and Stripe has told what it knows of them.
        paid: The PaymentIntents that tills know to be paid; of some of them money goes back.
        trades: Whether the shop is open; after that nobody brings anything back, or closes a day.
    """

    desk: Till
    lanes: Mapping[str, Lane]
    dice: Chance
    errs: float
    erred: Callable[[str, int], None]
    begun_s: Callable[[str], float]
    gap_is_listed: Callable[[], bool]
    paid: Callable[[], Sequence[str]]
    trades: bool = True
    _keys: int = 0

    async def work(self) -> None:
        """Look at the errands every minute, for ever."""
        while True:
            await asyncio.sleep(ROUND_S)
            await self.round()
            if self.trades and self.dice.random() < GIVES_BACK_CHANCE:
                await self._give_back()

    async def round(self) -> None:
        """Do what the page asks of a person now."""
        status = await self.desk.call("GET", "/posd/v1/status")
        if status is None or status.status != 200:
            return
        for errand in status.said["errands"]:
            await self._decide(errand)
        for day in status.said["days"]:
            await self._decide_on_day(day)
        if self.gap_is_listed():
            await asyncio.sleep(self.dice.uniform(*WALK_S))
            asked = {"reason": "looked at the terminals and at Stripe"}
            self._keys += 1
            await self.desk.call("POST", "/posd/v1/reconcile/accept", asked, f"gap-{self._keys}")
        for reader in (lane["reader"] for lane in status.said["lanes"] if lane["reader"]):
            if reader["trouble"] == "quarantined":
                await self._accept(reader["id"])
            elif self.trades and (
                reader["need"] == "end_of_day" or self.dice.random() < CLOSES_CHANCE
            ):
                await self._say(reader["id"], "end_of_day", {})

    async def _decide(self, errand: Mapping[str, Any]) -> None:
        if errand["status"] not in ("needs_a_person", "set_aside", "contradicted"):
            return
        contradicted = errand["status"] == "contradicted"
        lane = self.lanes[errand["reader"]]
        await asyncio.sleep(self.dice.uniform(*WALK_S))
        for _look in range(IDLE_LOOKS_MAX):
            if not lane.terminal.busy:
                break
            await asyncio.sleep(1.0)
        asked = {"payment_intent": errand["payment_intent"], "reason": "looked at the terminal"}
        if errand["status"] == "needs_a_person" and self.dice.random() < SET_ASIDE_CHANCE:
            await self._say(lane.reader, "set_aside", asked)
            return
        erred = False
        gives_back = errand["kind"] in GIVES_BACK
        kind = BOOKED_AS[errand["kind"]]
        booked = any(
            one.amount == errand["amount"] and one.kind == kind for one in lane.book.book.stored
        )
        if contradicted:
            booked = not booked  # the same word once more, with a new reason, ends the alarm
        elif self.dice.random() < self.errs:
            booked = not booked
            self.erred(errand["payment_intent"], errand["amount"])
            erred = True
        done = "given_back" if gives_back else "charged"
        decision = {"decision": done if booked else f"not_{done}"}
        await self._say(lane.reader, "resolve", asked | decision)
        if erred:
            lane.pull(FIDDLES_S)

    async def _decide_on_day(self, day: Mapping[str, Any]) -> None:
        """Whether the terminal has closed its day since it was asked to, by its own paper."""
        if day["status"] not in ("needs_a_person", "contradicted"):
            return
        await asyncio.sleep(self.dice.uniform(*WALK_S))
        lane = next(lane for lane in self.lanes.values() if lane.reader == day["reader"])
        begun_s = self.begun_s(lane.reader)
        closed = any(at_s >= begun_s for at_s in lane.closed_s)
        if day["status"] == "contradicted":
            closed = not closed  # the same word once more ends the alarm
        asked = {"outcome": "closed" if closed else "not_closed", "reason": "looked at its paper"}
        await self._say(lane.reader, "end_of_day/resolve", asked)

    async def _give_back(self) -> None:
        """A customer brings something back: all of it, or a part to the card, at any lane."""
        paid = self.paid()
        if not paid:
            return
        intent = self.dice.choice(paid)
        self._keys += 1
        key, asked = f"back-{self._keys}", {"payment_intent": intent}
        path = "/v1/refunds"
        if self.dice.random() < 0.5:
            lane = self.dice.choice(list(self.lanes.values()))
            path = f"/v1/terminal/readers/{lane.reader}/refund_payment"
            amount = await self._received(intent)
            if self.dice.random() < 0.5 and amount > KEPT:
                asked["amount"] = str(amount - KEPT)
        for _press in range(PRESSES_MAX):
            if await self.desk.call("POST", path, asked, key) is not None:
                return
            await asyncio.sleep(1.0)

    async def _received(self, intent: str) -> int:
        answer = await self.desk.call("GET", f"/v1/payment_intents/{intent}")
        return 0 if answer is None else int(answer.said.get("amount_received", 0))

    async def _accept(self, reader: str) -> None:
        await asyncio.sleep(self.dice.uniform(*WALK_S))
        await self._say(reader, "accept", {"reason": "looked at the terminal"})

    async def _say(self, reader: str, what: str, body: Mapping[str, str]) -> None:
        self._keys += 1
        path = f"/posd/v1/readers/{reader}/{what}"
        await self.desk.call("POST", path, dict(body), f"{what}-{self._keys}")
