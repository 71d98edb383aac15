"""What comes to a terminal that is switched on: octets, hands, and the timers that are due."""

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from posd_drivers.session import TimerFired
from posd_simulator.terminal.cardholder import Behaviour
from posd_simulator.terminal.cards import Card
from posd_simulator.terminal.events import PtInput

INBOX_ITEMS_MAX = 64


class World(Enum):
    """Timers that are not the terminal's."""

    CARDHOLDER = "cardholder"
    SILENCE = "silence"
    AWAY = "away"
    NOISE = "noise"
    NIGHT = "nightly restart"
    IDLE = "idle connection"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class Message:
    """One APDU that went over the line, by the terminal's clock.

    Attributes:
        at_ms: Wall time in milliseconds.
        line: Speaker and octets, as a line of a transcript.
    """

    at_ms: int
    line: str


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody pressed a button on the control port."""

    behaviour: Behaviour


@dataclass(frozen=True, slots=True)
class Presented:
    """Somebody holds a card to the reader."""

    card: Card


@dataclass(frozen=True, slots=True)
class Armed:
    """There may be faults that come at once."""


Incoming: TypeAlias = PtInput | Told | Presented | Armed


class Inbox:
    """What has come and what is due, one at a time. Deadlines are absolute, by the loop's clock."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Incoming] = asyncio.Queue(INBOX_ITEMS_MAX)
        self._deadlines: dict[Enum, float] = {}

    async def put(self, incoming: Incoming) -> None:
        """Something comes. Waits while there is too much of it."""
        await self._queue.put(incoming)

    async def next(self) -> Incoming:
        """What arrived, or the timer that is due before anything arrives."""
        if not self._queue.empty():
            return self._queue.get_nowait()
        first = min(self._deadlines, key=self._deadlines.__getitem__, default=None)
        try:
            async with asyncio.timeout_at(None if first is None else self._deadlines[first]):
                return await self._queue.get()
        except TimeoutError:
            assert first is not None, "no timer was set"
            del self._deadlines[first]
            return TimerFired(first)

    def set(self, timer: Enum, seconds: float | None) -> None:
        """Have a timer fire in so many seconds, or, with None, not at all."""
        if seconds is None:
            self._deadlines.pop(timer, None)
        else:
            self._deadlines[timer] = asyncio.get_running_loop().time() + seconds

    def waits_for(self, *timers: Enum) -> bool:
        """Whether one of them is set and not due yet."""
        return not self._deadlines.keys().isdisjoint(timers)
