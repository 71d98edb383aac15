"""A fact that is durable to its event at a subscriber, against aiomqtt alone.

A mosquitto on this machine, one publisher, one subscriber on a thread. Bare, the same messages are
published by aiomqtt as they are; ours come from a journal's commits. One of each in turn, for how
long one takes; then many at once, for how many there are in a second.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from time import perf_counter
from typing import Final, TypeAlias

import aiomqtt

from posd.bus.bus import IN_FLIGHT_MAX, Bus, Sources, Wishes
from posd.bus.mqtt import Broker, Mqtt
from posd.bus.position import PositionFile
from posd.bus.pulse import Pulse
from posd.bus.topics import Topics
from posd.clock import SystemClock
from posd.ids import chance
from posd.journal.store import Journal
from posd.snapshot.views import Snapshot
from tests.bench.figures import MQTT_P50, MQTT_P99, MQTT_RATE, Budget, Figure, percentile
from tests.crash.store import free_port
from tests.mqtt.broker import Listener, Mosquitto
from tests.unit.posd.journal.scenario import Facts, intent, open_journal
from tests.unit.posd.snapshots import Shop

EACH: Final = 400
WARM_UP: Final = 50
AT_ONCE: Final = 2_000
COMMIT_FACTS: Final = 50
DELIVERED_S: Final = 30.0
LOOK_S: Final = 0.0002
TOPICS: Final = Topics("bench", "till-1")
EVENTS: Final = f"{TOPICS.prefix}/evt/#"
BARE: Final = f"{TOPICS.prefix}/evt/payment_intent.created"


Send: TypeAlias = Callable[[int], Awaitable[float]]
"""Sends so many; when the last of them could be told: a commit's own time is not in it."""


def measure(folder: Path) -> list[Figure]:
    """The median, the slowest of a hundred, and the rate; ours over bare."""
    broker = Mosquitto(folder, free_port(), "max_queued_messages 0")
    broker.start()
    try:
        with closing(Listener(broker.port, EVENTS)) as heard:
            return asyncio.run(_measured(folder, broker.port, heard))
    finally:
        broker.kill()


async def _measured(folder: Path, port: int, heard: Listener) -> list[Figure]:
    with closing(open_journal(folder)) as journal:
        async with (
            _telling(journal, folder, port),
            aiomqtt.Client("127.0.0.1", port, protocol=aiomqtt.ProtocolVersion.V5) as bare,
        ):
            bare.pending_calls_threshold = IN_FLIGHT_MAX
            await _until(lambda: len(heard.events()) >= journal.head)
            payload = b"x" * 330  # octets of an event

            async def ours(count: int) -> float:
                for first in range(0, count, COMMIT_FACTS):
                    batch = range(first, min(first + COMMIT_FACTS, count))
                    facts = tuple(intent(f"pi_{journal.head}_{n}") for n in batch)
                    await journal.commit(Facts(facts))
                return perf_counter()

            async def theirs(count: int) -> float:
                room, began = asyncio.Semaphore(IN_FLIGHT_MAX), perf_counter()

                async def publish() -> None:
                    async with room:
                        await bare.publish(BARE, b'{"x": "%s"}' % payload, qos=1)

                async with asyncio.TaskGroup() as group:
                    for _ in range(count):
                        group.create_task(publish())
                return began

            pairs = [
                (await _one(heard, ours), await _one(heard, theirs)) for _ in range(WARM_UP + EACH)
            ][WARM_UP:]
            rates = [await _rate(heard, each) for each in (ours, theirs)]
    ours_s, bare_s = zip(*pairs, strict=True)
    return _figures(ours_s, bare_s, *rates)


def _figures(
    ours: Sequence[float], bare: Sequence[float], rate: float, bare_rate: float
) -> list[Figure]:
    def figure(budget: Budget, percent: float) -> Figure:
        a, b = percentile(ours, percent), percentile(bare, percent)
        return Figure(budget, a / b, f"{a * 1000:.3g} ms / {b * 1000:.3g} ms, of {len(ours)}")

    rates = f"{bare_rate:.0f} / {rate:.0f} a second, {AT_ONCE} at once"
    return [figure(MQTT_P50, 50), figure(MQTT_P99, 99), Figure(MQTT_RATE, bare_rate / rate, rates)]


async def _one(heard: Listener, send: Send) -> float:
    """Seconds until one message is heard."""
    heard.forget()
    began = await send(1)
    await _until(lambda: bool(heard.heard()))
    return heard.heard()[0].at_s - began


async def _rate(heard: Listener, send: Send) -> float:
    heard.forget()
    began = perf_counter()
    await send(AT_ONCE)
    await _until(lambda: len(heard.heard()) >= AT_ONCE)
    return AT_ONCE / (heard.heard()[-1].at_s - began)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(DELIVERED_S):
        while not true():  # noqa: ASYNC110 (it is heard on a thread)
            await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def _telling(journal: Journal, folder: Path, port: int) -> AsyncIterator[None]:
    shop = Shop()

    async def look() -> Snapshot:
        return shop.snapshot()

    async def pulse() -> Pulse:
        return Pulse(None, None)

    bus = Bus(
        Sources(journal, look, asyncio.Event, pulse),
        Mqtt(Broker("127.0.0.1", port), "bench"),
        PositionFile(folder / "mqtt.position"),
        Wishes(TOPICS, "bench", 30.0),
        clock=SystemClock(),
        chance=chance(),
    )
    async with asyncio.TaskGroup() as group:
        running = group.create_task(bus.run())
        yield
        running.cancel()
