"""A till: it sells, asks for money, and writes down what it was told. Its ledger is its own."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from tests.simulation.trace import Trace

POLL_S: Final = 1.0
PATIENCE_S: Final = 420.0
"""Longer than posd may take to hand an unknown outcome to a person."""
READER: Final = "tmr_posd_lane-1"


@dataclass(slots=True)
class Sale:
    """One sale as the till knows it. `refused` is the error code of the call, if it had one."""

    amount: int
    payment_intent: str | None = None
    status: str | None = None
    refused: str | None = None


@dataclass(slots=True)
class Till:
    """One till with a key of its own."""

    http: httpx2.AsyncClient
    trace: Trace
    ledger: list[Sale] = field(default_factory=list)

    async def sell(self, amount: int) -> Sale:
        """Take `amount` from a card: create, process, and read until posd says how it ended."""
        sale = Sale(amount)
        self.ledger.append(sale)
        body = {
            "amount": amount,
            "currency": "eur",
            "metadata[order_id]": f"order-{len(self.ledger)}",
        }
        intent = await self._post("/v1/payment_intents", body, f"create-{len(self.ledger)}")
        sale.payment_intent = intent["id"]
        answer = await self._post(
            f"/v1/terminal/readers/{READER}/process_payment_intent",
            {"payment_intent": intent["id"]},
            f"process-{len(self.ledger)}",
        )
        sale.refused = answer.get("error", {}).get("code")
        await self._follow(sale)
        return sale

    async def read(self, sale: Sale) -> None:
        """Ask posd once more how a sale stands."""
        if sale.payment_intent is not None:
            answer = await self.http.get(f"/v1/payment_intents/{sale.payment_intent}")
            self.trace.note("till", answer.content)
            sale.status = answer.json()["status"]

    async def _follow(self, sale: Sale) -> None:
        for _poll in range(round(PATIENCE_S / POLL_S)):
            if not await self._in_progress(sale):
                break
            await asyncio.sleep(POLL_S)
        await self.read(sale)

    async def _in_progress(self, sale: Sale) -> bool:
        answer = await self.http.get(f"/v1/terminal/readers/{READER}")
        action: dict[str, Any] | None = answer.json()["action"]
        if action is None or action["status"] != "in_progress":
            return False
        return bool(action["process_payment_intent"]["payment_intent"] == sale.payment_intent)

    async def _post(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        answer = await self.http.post(path, data=body, headers={"Idempotency-Key": key})
        self.trace.note("till", answer.content)
        said: dict[str, Any] = answer.json()
        return said
