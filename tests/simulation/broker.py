"""The MQTT broker of some stores: by its own rules, gone or silent now and then.

A message that has arrived is told to all others, whether its acknowledgement arrives or not. The
will of a line that broke is told after its delay, unless whoever called is back by then (MQTT 5.0,
3.1.3.2.2). What is retained outlives the broker's own absence.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

import msgspec

from posd.bus.bus import Bus, Sources, Wishes
from posd.bus.port import BrokerLost, Message, Session
from posd.bus.position import Position
from posd.bus.pulse import Pulse
from posd.bus.topics import Topics
from posd.bus.truth import truth
from posd.clock import Clock
from posd.composition import SOFTWARE, Posd
from posd.ids import Chance
from posd.journal.command import Entry
from tests.simulation.trace import Trace

TOPICS: Final = Topics("simulated", "till-1")
PERIOD_S: Final = 600.0
"""Between two of posd's words about its health."""
ACKNOWLEDGED_S: Final = (0.001, 0.02, 0.3)
PUBACK_S: Final = 30.0
"""So long posd's connection waits for an acknowledgement."""
WILL_DELAY_S: Final = 5.0
TROUBLES_A_DAY: Final = (1, 4)
TROUBLE_S: Final = (0.5, 5.0, 40.0, 300.0)

Find: TypeAlias = Callable[[str, str], None]


class Trouble(Enum):
    """What befalls a broker: nobody answers there; a line breaks; nothing is acknowledged."""

    GONE = "gone"
    CUT = "cut"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Befalls:
    """It comes `at_s` seconds after the opening of the first day, and is over after `for_s`."""

    at_s: float
    trouble: Trouble
    for_s: float


@dataclass(slots=True)
class PositionInMemory:
    """What posd.bus.position.PositionFile keeps in a file; it outlives every posd there."""

    position: Position | None = None

    async def read(self) -> Position | None:
        """What was kept last."""
        return self.position

    async def keep(self, position: Position, /) -> None:
        """Keep it."""
        self.position = position


class Broker:
    """Takes what posd tells, and finds what must not be told.

    Args:
        durable: Number of the last fact that is on disk.
        find: Told of what must not be.

    Attributes:
        events: The ids of all events that have arrived.
        retained: What it keeps, by topic.
    """

    def __init__(self, dice: Chance, trace: Trace, durable: Callable[[], int], find: Find) -> None:
        self.events: set[str] = set()
        self.retained: dict[str, bytes] = {}
        self._dice = dice
        self._trace = trace
        self._durable = durable
        self._find = find
        self._line: _Line | None = None
        self._there = True
        self._answers = asyncio.Event()
        self._answers.set()
        self._until = 0

    async def live(self, day: Sequence[Befalls]) -> None:
        """Whatever befalls it, one after the other."""
        loop = asyncio.get_running_loop()
        for one in day:
            await asyncio.sleep(max(0.0, one.at_s - loop.time()))
            self._trace.note("broker", one.trouble.value.encode())
            match one.trouble:
                case Trouble.GONE:
                    self._there = False
                    self.hang_up()
                case Trouble.CUT:
                    self.hang_up()
                case Trouble.SILENT:
                    self._answers.clear()
            await asyncio.sleep(one.for_s)
            self.heal()

    def heal(self) -> None:
        """It is there, and answers."""
        self._there = True
        self._answers.set()

    def hang_up(self) -> None:
        """The line breaks, at whichever end."""
        if self._line is not None:
            self._line.cut()

    @asynccontextmanager
    async def session(self, will: Message, /) -> AsyncIterator[Session]:
        """A line; its will is told if it breaks and nobody comes back. Raises BrokerLost."""
        if not self._there:
            raise BrokerLost("nobody there")
        line = self._line = _Line(self)
        try:
            yield line
        finally:
            if line.is_cut:
                asyncio.get_running_loop().call_later(WILL_DELAY_S, self._tell_will, line, will)
            line.cut()

    def arrived(self, message: Message, line: "_Line") -> None:
        """Somebody hears it from here on."""
        self._trace.note("broker", message.topic.encode())
        if message.retain:
            self._keep(message)
        elif message.topic.startswith(f"{TOPICS.prefix}/evt/"):
            self._hear_event(json.loads(message.payload), line)

    async def acknowledged(self) -> None:
        """Once the broker would have acknowledged; never while it is silent."""
        await asyncio.sleep(self._dice.choice(ACKNOWLEDGED_S))
        await self._answers.wait()

    def _hear_event(self, event: dict[str, object], line: "_Line") -> None:
        seq = event["seq"]
        assert isinstance(seq, int), event
        if seq > self._durable():
            self._find("I4", f"event {seq} is told, on disk are {self._durable()}")
        follows = self._until + 1 if line.last is None else line.last + 1
        if seq > follows or (line.last is not None and seq != follows):
            self._find("F29", f"event {seq} is told where {follows} was to come")
        line.last = self._until = seq
        self.events.add(str(event["id"]))

    def _keep(self, message: Message) -> None:
        if message.payload:
            self.retained[message.topic] = message.payload
        else:
            self.retained.pop(message.topic, None)

    def _tell_will(self, line: "_Line", will: Message) -> None:
        if self._line is line:
            self._keep(will)


class _Line:
    """One connection, as posd.bus.port.Session.

    Attributes:
        last: Number of the last event that came over it.
    """

    def __init__(self, broker: Broker) -> None:
        self.last: int | None = None
        self._broker = broker
        self._cut = asyncio.Event()
        self._waiting: dict[asyncio.Timeout, None] = {}

    @property
    def is_cut(self) -> bool:
        """Whether it is no more."""
        return self._cut.is_set()

    def cut(self) -> None:
        """It breaks: no acknowledgement comes over it any more."""
        self._cut.set()
        for patience in self._waiting:
            patience.reschedule(asyncio.get_running_loop().time())

    async def publish(self, message: Message, /) -> None:
        """Tell it. Raises BrokerLost where no acknowledgement comes."""
        if self.is_cut:
            raise BrokerLost("the line is cut")
        self._broker.arrived(message, self)
        patience = asyncio.timeout(PUBACK_S)
        try:
            async with patience:
                self._waiting[patience] = None
                await self._broker.acknowledged()
        except TimeoutError as error:
            raise BrokerLost("no acknowledgement") from error
        finally:
            self._waiting.pop(patience, None)

    async def lost(self) -> None:
        """Until it breaks. Raises BrokerLost then."""
        await self._cut.wait()
        raise BrokerLost("the line is cut")


def draw(dice: Chance, days: int, open_s: float, day_s: float) -> list[Befalls]:
    """What befalls a broker while the store is open, in its order."""
    return sorted(
        (
            Befalls(
                day * day_s + dice.uniform(0.0, open_s),
                dice.choice(list(Trouble)),
                dice.choice(TROUBLE_S),
            )
            for day in range(days)
            for _ in range(dice.randint(*TROUBLES_A_DAY))
        ),
        key=lambda one: one.at_s,
    )


def bus(posd: Posd, broker: Broker, kept: PositionInMemory, clock: Clock, dice: Chance) -> Bus:
    """What tells that broker of that posd."""

    async def pulse() -> Pulse:
        return Pulse(None, None)

    looks = posd.overview.looks
    sources = Sources(posd.journal, looks.now, posd.overview.stirred, pulse)
    wishes = Wishes(TOPICS, SOFTWARE, PERIOD_S)
    return Bus(sources, broker, kept, wishes, clock=clock, chance=dice)


def untold(broker: Broker, posd: Posd, entries: Sequence[Entry]) -> list[str]:
    """What a store that is quiet has not told its broker, or has told otherwise."""
    missing = [one.seq for one in entries if one.hash.hex()[:32] not in broker.events]
    found = [f"events of facts {missing} were never told"] if missing else []
    true = {
        topic: json.loads(msgspec.json.encode(told))
        for topic, told in truth(posd.snapshot(), TOPICS, amounts=False).items()
    }
    own = {TOPICS.state, TOPICS.health}
    if stale := broker.retained.keys() - own ^ true.keys():
        found.append(f"retained, or not, are {sorted(stale)}")
    found += [
        f"{topic} is retained as {broker.retained[topic]!r}, true is {told}"
        for topic, told in true.items()
        if topic in broker.retained and json.loads(broker.retained[topic]) != told
    ]
    state = json.loads(broker.retained.get(TOPICS.state, b"{}")).get("state")
    if state not in ("ready", "degraded"):
        found.append(f"posd runs, and its state is retained as {state}")
    return found
