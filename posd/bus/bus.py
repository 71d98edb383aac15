"""Tells others what happens and what is true, as long as there is a broker; never waits for one.

Facts come from the journal's tail (R13), at least once and in their order; the truth from the one
snapshot, anew on each connection. Without a broker nothing is kept in memory: what is to be told
stands in the journal.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from posd.bus.events import event
from posd.bus.port import BrokerLost, Message, Publisher, Session
from posd.bus.position import Position, Positions, told_until
from posd.bus.pulse import Pulse, health
from posd.bus.topics import Topics
from posd.bus.truth import Json, NodeState, node_state, truth
from posd.clock import Clock
from posd.ids import Chance
from posd.journal.store import Journal
from posd.snapshot.looks import Stirred
from posd.snapshot.views import Snapshot

log = logging.getLogger(__name__)

RETRY_MIN_S: Final = 1.0
RETRY_MAX_S: Final = 60.0
TRUTH_EVERY_S: Final = 1.0
"""What changes more often than that is told as it is then."""
KEEP_EVERY_S: Final = 5.0
"""So many seconds of events may be told again after a crash."""
IN_FLIGHT_MAX: Final = 16
"""Events that the broker has not acknowledged yet; the connection may allow fewer."""
CATCH_UP_S: Final = 0.005
"""Between two events of the past: a day of them does not crowd out a sale."""
GOODBYE_S: Final = 1.0
EXPIRES_AFTER_PERIODS: Final = 3

_InFlight: TypeAlias = asyncio.Queue[tuple[int, asyncio.Task[None]]]


class Wishes(Struct, frozen=True):
    """What the store wishes: where it tells, how often its health, and whether sums are told.

    `version` is posd's own.
    """

    topics: Topics
    version: str
    period_s: float
    amounts: bool = False


class Sources(Struct, frozen=True):
    """What it tells of.

    Attributes:
        look: The snapshot as it is.
        stirred: What will be set when something may have changed, from now on.
        pulse: How machine and process are.
    """

    journal: Journal
    look: Callable[[], Awaitable[Snapshot]]
    stirred: Stirred
    pulse: Callable[[], Awaitable[Pulse]]


class Bus:
    """What one posd tells. A `run` that is cancelled says goodbye, for a second at most."""

    def __init__(
        self,
        sources: Sources,
        publisher: Publisher,
        positions: Positions,
        wishes: Wishes,
        *,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._sources = sources
        self._journal = sources.journal
        self._publisher = publisher
        self._positions = positions
        self._topics = wishes.topics
        self._wishes = wishes
        self._clock = clock
        self._chance = chance
        self._draining = asyncio.Event()
        self._known: Position | None = None
        self._moved = asyncio.Event()
        self._state: tuple[NodeState, int] = (NodeState.INIT, clock.wall_ms())
        self._logged: set[str] = set()
        self._tries = 0

    def drain(self) -> None:
        """From here on posd takes no new sale."""
        self._draining.set()

    async def run(self) -> None:
        """For ever. Raises JournalFailed."""
        if self._known is None:
            self._known = self._where_we_were(await self._positions.read())
        while True:
            try:
                await self._be_connected()
            except* BrokerLost as lost:
                self._note_lost(_first(lost))
            await asyncio.sleep(self._pause_s())

    async def _be_connected(self) -> None:
        async with self._publisher.session(self._will()) as session:
            head, stirred = self._journal.head, self._sources.stirred()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(session.lost(), name="mqtt-lost")
                    told = await self._tell_all(session)
                    self._note_connected()
                    group.create_task(self._keep_position(), name="mqtt-position")
                    changes = self._tell_changes(session, told, stirred)
                    group.create_task(changes, name="mqtt-truth")
                    group.create_task(self._tell_draining(session, told), name="mqtt-draining")
                    await self._tell_events(session, head)
            finally:
                await self._leave(session)

    async def _leave(self, session: Session) -> None:
        """Say goodbye where somebody listens, and keep what was acknowledged."""
        try:
            async with asyncio.timeout(GOODBYE_S):
                await session.publish(self._state_message(NodeState.DISCONNECTED))
        except (BrokerLost, TimeoutError):
            log.debug("nobody heard the goodbye")
        if self._moved.is_set():
            await self._keep(self._position)

    # What happens.

    async def _tell_events(self, session: Session, head: int) -> None:
        """For ever: each fact as an event; what stands before `head` is of the past."""
        in_flight: _InFlight = asyncio.Queue(IN_FLIGHT_MAX)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._confirm(in_flight), name="mqtt-confirm")
            async for entry in self._journal.tail(self._position.seq):
                historical = entry.seq <= head
                message = event(
                    entry,
                    self._topics,
                    self._journal.queries.attempt,
                    historical=historical,
                    amounts=self._wishes.amounts,
                )
                telling = group.create_task(session.publish(message), name="mqtt-event")
                await in_flight.put((entry.seq, telling))
                if historical:
                    await asyncio.sleep(CATCH_UP_S)

    async def _confirm(self, in_flight: _InFlight) -> None:
        """For ever: note what was acknowledged, in order."""
        while True:
            seq, telling = await in_flight.get()
            await telling
            self._known = replace(self._position, seq=seq, epoch=self._journal.life.epoch)
            self._moved.set()

    async def _keep_position(self) -> None:
        """For ever: keep how far events were acknowledged, now and then."""
        while True:
            await self._moved.wait()
            await self._keep(self._position)
            await asyncio.sleep(KEEP_EVERY_S)

    async def _keep(self, position: Position) -> None:
        self._moved.clear()
        try:
            await self._positions.keep(position)
        except OSError as error:
            log.warning("position of events not kept: %s", error.strerror)

    @property
    def _position(self) -> Position:
        assert self._known is not None, "run() reads it first"
        return self._known

    def _where_we_were(self, kept: Position | None) -> Position:
        journal = self._journal
        before = 0 if journal.before is None else journal.before.seq
        origin = journal.standing().origin.seq
        seq = told_until(kept, journal.life, before=before, origin=origin, head=journal.head)
        topics = () if kept is None else kept.topics
        own = tuple(one for one in topics if one.startswith(f"{self._topics.prefix}/"))
        return Position(journal.life.epoch, seq, own)

    # What is true.

    async def _tell_all(self, session: Session) -> dict[str, bytes]:
        """Everything that is retained: what is not true any more first, what is said of it last."""
        await session.publish(self._state_message(NodeState.INIT))
        snapshot = await self._sources.look()
        told: dict[str, bytes] = {}
        await self._tell_truth(session, snapshot, told)
        await self._tell_health(session, snapshot)
        await self._tell_state(session, snapshot, told)
        return told

    async def _tell_changes(
        self, session: Session, told: dict[str, bytes], stirred: asyncio.Event
    ) -> None:
        """For ever: what has changed, soon; health each period, and when a leg goes or comes."""
        loop = asyncio.get_running_loop()
        due, legs = loop.time() + self._wishes.period_s, None
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await stirred.wait()
            stirred = self._sources.stirred()  # before the look, so that no change is missed
            snapshot = await self._sources.look()
            await self._tell_truth(session, snapshot, told)
            await self._tell_state(session, snapshot, told)
            seen = tuple((leg.kind, leg.state) for leg in snapshot.blame.legs)
            if loop.time() >= due or legs not in (None, seen):
                await self._tell_health(session, snapshot)
                due = loop.time() + self._wishes.period_s
            legs = seen
            await asyncio.sleep(TRUTH_EVERY_S)

    async def _tell_draining(self, session: Session, told: dict[str, bytes]) -> None:
        await self._draining.wait()
        await self._tell_state(session, await self._sources.look(), told)

    async def _tell_truth(
        self, session: Session, snapshot: Snapshot, told: dict[str, bytes]
    ) -> None:
        fresh = {
            topic: msgspec.json.encode(payload)
            for topic, payload in truth(
                snapshot, self._topics, amounts=self._wishes.amounts
            ).items()
        }
        before = self._position.topics
        gone = [topic for topic in before if topic not in fresh]
        if not fresh.keys() <= set(before):  # first, or a crash would leave them there for good
            await self._keep_topics((*before, *(one for one in fresh if one not in before)))
        changed = {topic: body for topic, body in fresh.items() if told.get(topic) != body}
        async with asyncio.TaskGroup() as group:
            for topic, body in (*((one, b"") for one in gone), *changed.items()):
                group.create_task(session.publish(Message(topic, body, retain=True)), name=topic)
        if gone:
            await self._keep_topics(tuple(fresh))
        for topic in gone:
            told.pop(topic, None)
        told.update(changed)

    async def _keep_topics(self, topics: tuple[str, ...]) -> None:
        self._known = replace(self._position, topics=topics)
        await self._keep(self._known)

    async def _tell_health(self, session: Session, snapshot: Snapshot) -> None:
        told = health(snapshot, await self._sources.pulse())
        expiry_s = round(self._wishes.period_s * EXPIRES_AFTER_PERIODS)
        body = msgspec.json.encode(told)
        await session.publish(Message(self._topics.health, body, retain=True, expiry_s=expiry_s))

    async def _tell_state(
        self, session: Session, snapshot: Snapshot, told: dict[str, bytes]
    ) -> None:
        state = node_state(snapshot, draining=self._draining.is_set())
        message = self._state_message(state)
        if told.get(message.topic) != message.payload:
            await session.publish(message)
            told[message.topic] = message.payload

    def _state_message(self, state: NodeState) -> Message:
        if state is not self._state[0]:
            self._state = (state, self._clock.wall_ms())
        return self._state_told(state, self._state[1])

    def _will(self) -> Message:
        """Of when it will be true nobody knows."""
        return self._state_told(NodeState.LOST, None)

    def _state_told(self, state: NodeState, since_ms: int | None) -> Message:
        told: Json = {
            "state": state,
            "since": since_ms,
            "boot": self._journal.boot,
            "version": self._wishes.version,
        }
        return Message(self._topics.state, msgspec.json.encode(told), retain=True)

    # Whether there is a broker.

    def _note_connected(self) -> None:
        self._tries = 0
        self._logged.clear()
        log.info("broker connected topics=%s", self._topics.prefix)

    def _note_lost(self, lost: BrokerLost) -> None:
        """Each reason once until it is back."""
        reason = str(lost)
        if reason not in self._logged:
            log.warning("broker lost reason=%s", reason)
            self._logged.add(reason)

    def _pause_s(self) -> float:
        longest_s = min(RETRY_MIN_S * 2**self._tries, RETRY_MAX_S)
        self._tries = min(self._tries + 1, 16)
        return self._chance.uniform(longest_s / 2, longest_s)


def _first(lost: BaseExceptionGroup[BrokerLost]) -> BrokerLost:
    error = lost.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
