"""A till that asks posd over HTTP and believes what it is told; so does a manager."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from tests.simulation.asgi import AsgiTransport

LOOK_S: Final = 2.0


@dataclass
class Till:
    """A till with a key and a line of its own.

    Attributes:
        line: How its requests reach posd.
    """

    http: httpx2.AsyncClient
    line: AsgiTransport

    async def ring_up(
        self,
        amount: int,
        order: str | None = None,
        *,
        key: str | None = None,
        currency: str = "eur",
        capture_method: str = "automatic",
    ) -> str:
        """A new PaymentIntent; its id."""
        asked = {
            "amount": str(amount),
            "currency": currency,
            "capture_method": capture_method,
            "payment_method_types[]": "card_present",
        }
        if order is not None:
            asked["metadata[order_id]"] = order
        answer = await self.post("/v1/payment_intents", asked, key)
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    async def hand_over(self, lane: str, intent: str, *, key: str | None = None) -> httpx2.Response:
        """Have a reader take it."""
        path = f"/v1/terminal/readers/{lane}/process_payment_intent"
        return await self.post(path, {"payment_intent": intent}, key)

    async def cancel(self, lane: str, *, key: str | None = None) -> httpx2.Response:
        """Have a reader stop."""
        return await self.post(f"/v1/terminal/readers/{lane}/cancel_action", {}, key)

    async def status(self, intent: str) -> str:
        """How the payment stands."""
        return str((await self.get(f"/v1/payment_intents/{intent}"))["status"])

    async def action(self, lane: str) -> dict[str, Any] | None:
        """What the reader does, or did last."""
        found: dict[str, Any] | None = (await self.get(f"/v1/terminal/readers/{lane}"))["action"]
        return found

    async def watch(self, intent: str, for_s: float) -> list[str]:
        """Every status it reads in that time, each change once, in order."""
        seen = [await self.status(intent)]
        for _look in range(round(for_s / LOOK_S)):
            await asyncio.sleep(LOOK_S)
            if (now := await self.status(intent)) != seen[-1]:
                seen.append(now)
        return seen

    async def decide(self, lane: str, intent: str, decision: str, reason: str) -> httpx2.Response:
        """As a manager: say what became of a payment that nothing proves."""
        asked = {"payment_intent": intent, "decision": decision, "reason": reason}
        return await self.post(f"/posd/v1/readers/{lane}/resolve", asked)

    async def set_aside(self, lane: str, intent: str, reason: str) -> httpx2.Response:
        """Free the reader of a payment that nothing proves."""
        asked = {"payment_intent": intent, "reason": reason}
        return await self.post(f"/posd/v1/readers/{lane}/set_aside", asked)

    async def accept(self, lane: str, reason: str) -> httpx2.Response:
        """As a manager: take a parked reader back."""
        return await self.post(f"/posd/v1/readers/{lane}/accept", {"reason": reason})

    async def errands(self) -> list[tuple[str, str]]:
        """What needs a person now: which payment, and why."""
        waiting = (await self.get("/posd/v1/status"))["errands"]
        return [(errand["payment_intent"], errand["status"]) for errand in waiting]

    async def get(self, path: str) -> dict[str, Any]:
        """The answer to a question that is always answered."""
        answer = await self.http.get(path)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def post(
        self, path: str, asked: Mapping[str, str], key: str | None = None
    ) -> httpx2.Response:
        """Ask for an effect, under an idempotency key if one is given."""
        headers = {"Idempotency-Key": key} if key is not None else {}
        return await self.http.post(path, data=asked, headers=headers)
