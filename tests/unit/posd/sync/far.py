"""A Stripe that is far away: it takes its time over each answer, and notes who asked when."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping

import httpx2
from msgspec import Struct

KEY = "rk_test_store"
REFUSED = {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided."}}
SORRY = {"error": {"type": "api_error", "message": "An unknown error occurred."}}
TOO_MANY = {"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Slow."}}


class Request(Struct, frozen=True):
    """One request: when it began, in the loop's seconds, under which idempotency key, to what.

    `credential` is the API key that it came with.
    """

    at_s: float
    key: str
    call: str
    credential: str


class FarStripe:
    """Answers every report after `latency_s`, unless it is told otherwise.

    Args:
        odd: What becomes of an effect by its idempotency key: a status, or None for no answer.

    Attributes:
        accounts: Which account each API key opens; no other is taken.
        most: How many requests were under way at once.
    """

    def __init__(self, latency_s: float = 0.0, odd: Mapping[str, int | None] | None = None) -> None:
        self.requests: list[Request] = []
        self.accounts = {KEY: "acct_1"}
        self.most = 0
        self.odd = dict(odd or {})
        self._latency_s = latency_s
        self._under_way = 0
        self._lanes: Counter[str] = Counter()

    async def answer(self, request: httpx2.Request) -> httpx2.Response:
        """One answer; one lane is never asked about twice at a time."""
        key, call = request.headers.get("idempotency-key", ""), request.url.path.split("/")[-1]
        lane = key.rpartition("-")[0]
        credential = request.headers["authorization"].removeprefix("Bearer ")
        now_s = asyncio.get_running_loop().time()
        self.requests.append(Request(now_s, key, call, credential))
        self._under_way += 1
        self._lanes[lane] += 1
        self.most = max(self.most, self._under_way)
        assert not lane or self._lanes[lane] == 1, f"two of {lane} at a time"
        try:
            await asyncio.sleep(self._latency_s)
            account = self.accounts.get(credential)
            if account is None:
                return _said(401, REFUSED)
            if call == "account":
                return _said(200, {"id": account, "object": "account"})
            return await self._answer(request, key, call)
        finally:
            self._under_way -= 1
            self._lanes[lane] -= 1

    async def _answer(self, request: httpx2.Request, key: str, call: str) -> httpx2.Response:
        match self.odd.get(key, 200):
            case None:
                await asyncio.Event().wait()
            case 200:
                return _said(200, _record(request, call))
            case 429:
                return _said(429, TOO_MANY)
            case int() as status:
                return _said(status, SORRY)
        raise AssertionError

    def began(self, key: str) -> list[float]:
        """When requests with that key began."""
        return [one.at_s for one in self.requests if one.key == key]

    def reported(self) -> list[str]:
        """The keys in the order in which they were first sent."""
        return list(dict.fromkeys(one.key for one in self.requests if one.key))


def _record(request: httpx2.Request, call: str) -> dict[str, object]:
    number = int(request.headers["idempotency-key"].split("_")[2].partition("-")[0])
    made = f"pr_{number}" if call == "report_payment" else request.url.path.split("/")[3]
    money = {"currency": "eur", "value": 1250}
    return {"id": made, "object": "payment_record", "amount_requested": money}


def _said(status: int, body: Mapping[str, object]) -> httpx2.Response:
    headers = {"content-type": "application/json"}
    return httpx2.Response(status, content=json.dumps(body).encode(), headers=headers)
