"""What the latest requests say of the way to Stripe: which leg of it is down.

The connection is TLS to Stripe's own name (RFC 9525): a host that is not Stripe's cannot complete
one, so that whoever does, and then does not answer, is Stripe.
"""

import asyncio
from collections import Counter
from enum import Enum
from typing import Final

from msgspec import Struct

from posd.durations import Durations

ANSWER_BOUNDS_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Heard(Enum):
    """What became of the latest request.

    NOT_REACHED: no connection, no name or no certificate of Stripe's. SILENT: connected, and then
    no answer. FAILING: it answered that it cannot. NOT_STRIPE: what answered was not provably
    Stripe.
    """

    NOTHING = "nothing"
    ANSWERED = "answered"
    FAILING = "failing"
    SILENT = "silent"
    NOT_REACHED = "not_reached"
    NOT_STRIPE = "not_stripe"


class Met(Enum):
    """What one request met with, as requests are counted: Heard, and what Stripe answered.

    OK: it did what was asked. REFUSED: an error of the 4xx, LIMITED: 429. The others as in Heard.
    """

    OK = "ok"
    REFUSED = "refused"
    LIMITED = "limited"
    FAILING = "failing"
    SILENT = "silent"
    NOT_REACHED = "not_reached"
    NOT_STRIPE = "not_stripe"


class ContactNow(Struct, frozen=True):
    """The latest word of the line.

    Attributes:
        since_ms: Wall time in milliseconds since when every request has met with the same, or None
            before the first.
        answer_ms: How long the latest answer took, in milliseconds, or None before the first.
    """

    heard: Heard = Heard.NOTHING
    since_ms: int | None = None
    answer_ms: int | None = None


class Contact:
    """Remembers what requests met with. Time is the loop's, in seconds.

    Attributes:
        met: How many met with what, by the value of Met.
        answer_times: How long Stripe's answers took.
    """

    def __init__(self) -> None:
        self.met: Counter[str] = Counter()
        self.answer_times = Durations(ANSWER_BOUNDS_S)
        self._heard = Heard.NOTHING
        self._since = 0.0
        self._since_ms: int | None = None
        self._answered_at = float("-inf")
        self._answer_ms: int | None = None

    def answered(self, sent_at: float, status: int) -> None:
        """Stripe answered a request that left then."""
        self._answered_at = asyncio.get_running_loop().time()
        self._answer_ms = round((self._answered_at - sent_at) * 1000)
        self.answer_times.note(self._answered_at - sent_at)
        self.met[_met(status).value] += 1
        self._note(Heard.FAILING if status >= 500 else Heard.ANSWERED)

    def missed(self, sent_at: float, heard: Heard) -> None:
        """A request that left then has no answer; if another got one since, it says nothing."""
        self.met[heard.value] += 1
        if sent_at >= self._answered_at:
            self._note(heard)

    def now(self, wall_ms: int) -> ContactNow:
        """As it is now, at that wall time."""
        if self._heard is Heard.NOTHING:
            return ContactNow()
        if self._since_ms is None:  # once, so that two looks tell the same moment
            ago_s = asyncio.get_running_loop().time() - self._since
            self._since_ms = wall_ms - round(ago_s * 1000)
        return ContactNow(self._heard, self._since_ms, self._answer_ms)

    def _note(self, heard: Heard) -> None:
        if heard is not self._heard:
            self._heard = heard
            self._since_ms = None
            self._since = asyncio.get_running_loop().time()


def _met(status: int) -> Met:
    """What Stripe's answer means for the count."""
    if status < 400:
        return Met.OK
    if status == 429:
        return Met.LIMITED
    return Met.REFUSED if status < 500 else Met.FAILING
