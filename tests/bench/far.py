"""`python -m tests.bench.far SECONDS`: a Stripe that answers everything so many seconds later.

It takes reports of payments as Stripe does, has nothing else to tell, and no limit of its own. What
it costs the machine is little: the bench measures who asks it. `/_bench/took/N` tells how long the
first N reports took together, in seconds, once they are answered.
"""

import asyncio
import json
import re
import sys
from itertools import count
from typing import Any, Final
from urllib.parse import parse_qs

REPORT: Final = "/v1/payment_records/report_payment"
GUARANTEE: Final = re.compile(r"/v1/payment_records/(pr_\w+)/report_payment_attempt_guaranteed")
TOOK: Final = "/_bench/took/"


class Far:
    """What it was told."""

    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._numbers = count(1)
        self._amounts: dict[str, dict[str, object]] = {}
        self._first_at: float | None = None
        self._answered_at: list[float] = []

    async def serve(self) -> None:
        """For ever, on a free port of loopback, which is printed."""
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        sys.stdout.write(json.dumps({"url": url}) + "\n")
        sys.stdout.flush()
        await server.serve_forever()

    async def _converse(self, told: asyncio.StreamReader, tell: asyncio.StreamWriter) -> None:
        """One connection, request after request."""
        try:
            while True:
                head = (await told.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
                body = await told.readexactly(int(length[1])) if length else b""
                path = head.split(" ", 2)[1].partition("?")[0]
                answer = json.dumps(await self.answer(path, body)).encode()
                size = f"content-length: {len(answer)}\r\n"
                tell.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
                tell.write(size.encode() + b"\r\n" + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            tell.close()

    async def answer(self, path: str, body: bytes) -> dict[str, Any]:
        """The object at a path, a latency later."""
        if path.startswith(TOOK):
            return {"took_s": self._took_s(int(path.removeprefix(TOOK)))}
        guaranteed = GUARANTEE.fullmatch(path)
        is_report = path == REPORT or guaranteed is not None
        loop = asyncio.get_running_loop()
        if is_report and self._first_at is None:
            self._first_at = loop.time()
        await asyncio.sleep(self._latency_s)
        if path == "/v1/account":
            return {"object": "account", "id": "acct_bench"}
        if not is_report:
            return {"object": "list", "data": [], "has_more": False}
        self._answered_at.append(loop.time())
        if guaranteed is not None:
            return self._record(guaranteed[1], certain=True)
        form = parse_qs(body.decode())
        record = f"pr_{next(self._numbers)}"
        self._amounts[record] = {
            "currency": form["amount_requested[currency]"][0],
            "value": int(form["amount_requested[value]"][0]),
        }
        return self._record(record, certain=False)

    def _took_s(self, reports: int) -> float | None:
        if self._first_at is None or len(self._answered_at) < reports:
            return None
        return self._answered_at[reports - 1] - self._first_at

    def _record(self, record: str, *, certain: bool) -> dict[str, Any]:
        amount = self._amounts[record]
        nothing = amount | {"value": 0}
        return {
            "object": "payment_record",
            "id": record,
            "livemode": False,
            "amount_requested": amount,
            "amount_guaranteed": amount if certain else nothing,
        }


if __name__ == "__main__":
    asyncio.run(Far(float(sys.argv[1])).serve())
