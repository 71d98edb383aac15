"""posd's way to Stripe: the line that fails, and the key that Stripe may no longer take.

The key is rolled as an operator does it: Stripe takes the next one only, and some time later that
is in the file where posd reads it; in between there may be the key of somebody else's account.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import httpx2
from typing_extensions import override

from tests.simulation.asgi import AsgiTransport, Link

KEY: Final = "rk_test_simulated"
SOMEBODY_ELSES: Final = "rk_test_somebody_else"
"""A key that opens another account."""
WHOSE: Final = "/v1/account"
REFUSALS: Final = (401, 403)
"""A key that is unknown, and one that may not do this."""
REFUSAL: Final = b'{"error": {"type": "invalid_request_error", "message": "Expired API Key"}}'


class Uplink(httpx2.AsyncBaseTransport):
    """Carries posd's requests to Stripe; each is seen, and outlives the posd that sent it.

    Args:
        line: Leads to Stripe; what was sent there is carried out whether posd lives or not.
        posted: Told of each request, and of its body, as it leaves.
        strayed: Told of each that leaves under the key of somebody else's account.

    Attributes:
        in_file: The key in the file where posd reads it.
        taken: The key that Stripe takes.
        down_until_s: Until when nobody repairs the line, in the loop's seconds.
        refuses: The status with which Stripe refuses posd's key; None while it takes it.
    """

    def __init__(
        self,
        line: AsgiTransport,
        posted: Callable[[httpx2.Request, bytes], None],
        strayed: Callable[[httpx2.Request], None],
    ) -> None:
        self.in_file = self.taken = KEY
        self.down_until_s = 0.0
        self.refuses: int | None = None
        self._line = line
        self._posted = posted
        self._strayed = strayed
        self._rolled = 0

    @property
    def open(self) -> bool:
        """Whether what is sent now arrives, is heard, and is answered."""
        return self._line.link is Link.UP

    @property
    def known(self) -> bool:
        """Whether Stripe takes the key that posd reads."""
        return self.refuses is None and self.in_file == self.taken

    async def read_key(self) -> str:
        """The key in the file."""
        return self.in_file

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._posted(request, await request.aread())
        refused = self._refused(request)
        if refused is not None and self.open:
            headers = {"content-type": "application/json", "request-id": "req_refused"}
            return httpx2.Response(refused, headers=headers, content=REFUSAL, request=request)
        return await self._line.handle_async_request(request)

    def fail(self, link: Link, for_s: float) -> None:
        """The line is down, or carries no answers, for so long; unless it is down for longer."""
        if self._is_down():
            return
        self._line.link = link
        asyncio.get_running_loop().call_later(for_s, self._repair)

    def go_down(self, for_s: float) -> None:
        """The line is down for so long, whatever else befalls it."""
        loop = asyncio.get_running_loop()
        self.down_until_s = max(self.down_until_s, loop.time() + for_s)
        self._line.link = Link.DOWN
        loop.call_at(self.down_until_s, self._repair)

    def refuse(self, status: int, for_s: float) -> None:
        """Stripe takes posd's key no more, until somebody has seen to it."""
        self.refuses = status
        asyncio.get_running_loop().call_later(for_s, self.take_key)

    def roll_key(self, for_s: float, *, strays: bool) -> None:
        """Stripe takes another key from here on; it is in the file after so long.

        `strays`: until then somebody else's is.
        """
        self._rolled += 1
        self.taken = f"{KEY}_{self._rolled}"
        if strays:
            self.in_file = SOMEBODY_ELSES
        asyncio.get_running_loop().call_later(for_s, self._write_key, self.taken)

    def take_key(self) -> None:
        """Stripe takes posd's key."""
        self.refuses = None

    def heal(self) -> None:
        """The line is up and stays so, and the key is taken."""
        self.down_until_s = 0.0
        self._line.link = Link.UP
        self._write_key(self.taken)
        self.take_key()

    def _refused(self, request: httpx2.Request) -> int | None:
        """The status with which Stripe refuses the key of this request, or None."""
        key = request.headers["authorization"].removeprefix("Bearer ")
        if key == SOMEBODY_ELSES:
            if request.url.path != WHOSE:
                self._strayed(request)
            return None
        if key != self.taken:
            return REFUSALS[0]
        request.headers["authorization"] = f"Bearer {KEY}"  # all of them open one account
        return self.refuses

    def _write_key(self, key: str) -> None:
        self.in_file = key

    def _is_down(self) -> bool:
        return asyncio.get_running_loop().time() < self.down_until_s

    def _repair(self) -> None:
        if not self._is_down():
            self._line.link = Link.UP
