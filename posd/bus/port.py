"""What posd needs of a broker: somewhere to tell things, and somewhere to hear them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from posd.errors import PosdError


class BrokerLost(PosdError):
    """There is no connection to the broker, or it refuses; the text says why in a few words."""


class Message(Struct, frozen=True):
    """One message, told at least once (QoS 1).

    Attributes:
        payload: JSON; empty takes a retained message back.
        retain: Whether the broker keeps it for whoever comes later.
        expiry_s: Seconds after which it is not true any more, or None.
    """

    topic: str
    payload: bytes
    retain: bool = False
    expiry_s: int | None = None


class Session(Protocol):
    """One connection to the broker."""

    async def publish(self, message: Message, /) -> None:
        """Tell it; returns once the broker has acknowledged it.

        Messages leave in the order of the calls. Raises BrokerLost.
        """
        ...

    async def lost(self) -> None:
        """Wait until the connection ends. Raises BrokerLost then."""
        ...


class Publisher(Protocol):
    """The way to the broker. It keeps nothing from one session to the next."""

    def session(self, will: Message, /) -> AbstractAsyncContextManager[Session]:
        """A connection; the broker tells `will` if it breaks. Raises BrokerLost."""
        ...


class Subscriber(Protocol):
    """The way to hear what others tell."""

    def hear(
        self, topics: Sequence[str], /
    ) -> AbstractAsyncContextManager[AsyncIterator[tuple[str, bytes]]]:
        """Topic and payload of each message, what is retained first. Raises BrokerLost."""
        ...
