"""What the latest requests say of the way to Stripe: which leg of it is down.

The connection is TLS to Stripe's own name (RFC 9525): a host that is not Stripe's cannot complete
one, so that whoever does, and then does not answer, is Stripe.
"""

import asyncio
from enum import Enum

from msgspec import Struct


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
    """Remembers what requests met with. Time is the loop's, in seconds."""

    def __init__(self) -> None:
        self._heard = Heard.NOTHING
        self._since = 0.0
        self._since_ms: int | None = None
        self._answered_at = float("-inf")
        self._answer_ms: int | None = None

    def answered(self, sent_at: float, status: int) -> None:
        """Stripe answered a request that left then."""
        self._answered_at = asyncio.get_running_loop().time()
        self._answer_ms = round((self._answered_at - sent_at) * 1000)
        self._note(Heard.FAILING if status >= 500 else Heard.ANSWERED)

    def missed(self, sent_at: float, heard: Heard) -> None:
        """A request that left then has no answer; if another got one since, it says nothing."""
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
