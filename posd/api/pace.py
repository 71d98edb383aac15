"""How often one caller may be told no, or shown a page: counted by address, in bounded memory.

A right key is taken however many wrong ones came from the same machine: it has 256 random bits, so
what is gained by guessing is nothing, and what is lost by shutting a till out is a sale. The count
of wrong ones keeps a stranger's noise down and has it told once. Pages are counted because what
makes one shares the processor with payments.
"""

import asyncio
import logging
import math
from collections import OrderedDict, deque
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from posd.api.lan import subscriber
from posd.stripe_wire.errors import ErrorType, Rejected, StripeError

log = logging.getLogger(__name__)

WRONG_KEYS_MAX: Final = 5
WRONG_KEYS_S: Final = 60.0
PAGES_MAX: Final = 60
PAGES_S: Final = 3.0
CALLERS_MAX: Final = 1024
"""Who has not been heard of for longest makes room; a /64 of IPv6 is one."""


class TooOften(Rejected):
    """One more would be too many (429).

    Attributes:
        retry_after_s: Seconds after which one more is not.
    """

    def __init__(self, what: str, wait_s: float) -> None:
        message = f"Too many {what} from this address."
        told = StripeError(type=ErrorType.INVALID_REQUEST_ERROR, message=message, code="rate_limit")
        super().__init__(told)
        self.retry_after_s = math.ceil(wait_s)


class AtMost:
    """So many in any span of time, for each caller; time is the loop's."""

    def __init__(self, count: int, span_s: float) -> None:
        self._count = count
        self._span_s = span_s
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, caller: str) -> float:
        """0 if one more is within it, which is then counted; else how long until one would be."""
        now = asyncio.get_running_loop().time()
        times = self._seen.setdefault(caller, deque(maxlen=self._count))
        self._seen.move_to_end(caller)
        if len(self._seen) > CALLERS_MAX:
            self._seen.popitem(last=False)
        if len(times) == self._count and now - times[0] < self._span_s:
            return self._span_s - (now - times[0])
        times.append(now)
        return 0.0


class WrongKeys:
    """Keys that open nothing, by who presents them."""

    def __init__(self) -> None:
        self._limit = AtMost(WRONG_KEYS_MAX, WRONG_KEYS_S)
        self._told = AtMost(1, WRONG_KEYS_S)

    def note(self, request: HTTPConnection) -> None:
        """One more. Raises TooOften instead of whatever it would have been told."""
        caller = caller_of(request)
        wait_s = 0.0 if caller is None else self._limit.wait_s(caller)
        if caller is None or not wait_s:
            return
        if not self._told.wait_s(caller):
            log.warning("more than %d wrong keys in a minute address=%s", WRONG_KEYS_MAX, caller)
        raise TooOften("wrong keys", wait_s)


class PacedPages:
    """An ASGI application in front of the pages: more than anybody looks at are refused."""

    def __init__(self, pages: ASGIApp) -> None:
        self._pages = pages
        self._limit = AtMost(PAGES_MAX, PAGES_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand it over. Raises TooOften."""
        caller = caller_of(HTTPConnection(scope))
        if caller is not None and (wait_s := self._limit.wait_s(caller)):
            raise TooOften("pages", wait_s)
        await self._pages(scope, receive, send)


def caller_of(request: HTTPConnection) -> str | None:
    """Whose connection it is; None at the unix socket, where nobody is counted."""
    return None if request.client is None else subscriber(request.client.host)
