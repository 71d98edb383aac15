"""One posd after another over one state directory, in virtual time, each with all its parts.

Devices, Stripe, the disk's pace and the wall clock are the test's; everything else is the daemon's
own composition.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from posd.alarm.keeper import Post
from posd.composition import Posd
from posd.config.sections import (
    Config,
    KeyConfig,
    LaneConfig,
    ReaderConfig,
    StoreConfig,
    UpstreamConfig,
)
from posd.failpoints import Reach, disarmed
from posd.ids import chance
from posd.intents import NewPaymentIntent
from posd.journal.epochs import Identity
from posd.journal.executor import LoopExecutor
from posd.model.attempt import Attempt
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd.plugging import WatchPlugs
from posd.render import event
from posd.simulator_control import ControlPort, NoControlPort
from posd.upstream.client import StripeClient
from posd.whereabouts import Devices, NoDevices
from posd.world import World
from posd_drivers.card_reader import CardReader
from posd_drivers.errors import NotSent
from tests.simulation.ids import CountingIds
from tests.unit.posd.journal.scenario import open_journal
from tests.unit.posd.virtual import JumpingClock

TILL = "key_posd_till"
LANE_1 = "tmr_posd_lane-1"
LANE_2 = "tmr_posd_lane-2"
FSYNC_S = 0.001
DIALOGUE_S = 0.1
NO_UPSTREAM = UpstreamConfig()

Opens: TypeAlias = Callable[[], Awaitable[CardReader]]


def declared(name: str, port: int = 20007) -> ReaderConfig:
    """A `[[reader]]` of the file."""
    return ReaderConfig(name, f"zvt+tcp://10.0.0.7:{port}", "eur", simulated=True)


def config(
    *readers: ReaderConfig,
    upstream: UpstreamConfig = NO_UPSTREAM,
    mode: str = "test",
    keys: tuple[KeyConfig, ...] = (),
) -> Config:
    """A file with these readers, a lane for each."""
    return Config(
        store=StoreConfig(name="Corner shop", time_zone="Europe/Berlin", currency="eur"),
        mode="live" if mode == "live" else "test",
        upstream=upstream,
        lane=tuple(LaneConfig(reader.name, reader.name) for reader in readers),
        reader=readers,
        key=keys,
    )


TWO_LANES = config(declared("lane-1", 1), declared("lane-2", 2))


class _Ended(Exception):
    """The process is told to stop."""


@dataclass
class House:
    """What outlives a posd.

    Attributes:
        devices: How a reader's device is opened, by the reader's id; the rest is absent.
        plugged: What the operating system tells of what is plugged in where.
        watch_plugs: What tells that something was plugged in; nothing does otherwise.
        disk_s: How long an fsync takes, in seconds.
        identity: By what the journal knows itself again; None: nothing that is lost is noticed.
        alarm: How one address is told that somebody must come.
    """

    folder: Path
    devices: Mapping[str, Opens] = field(default_factory=dict)
    file: Config = field(default_factory=lambda: config(declared("lane-1")))
    stripe: StripeClient | None = None
    reach: Reach = disarmed
    control: ControlPort = field(default_factory=NoControlPort)
    plugged: Devices = field(default_factory=NoDevices)
    watch_plugs: WatchPlugs | None = None
    disk_s: float = FSYNC_S
    identity: Identity | None = None
    alarm: Post | None = None
    clock: JumpingClock = field(default_factory=JumpingClock)
    ids: CountingIds = field(default_factory=CountingIds)

    @asynccontextmanager
    async def living(self, vfs: str | None = None) -> AsyncIterator[Posd]:
        """One life of posd, from its start to its sudden end."""
        executor = LoopExecutor(lambda: self.disk_s)
        journal = open_journal(
            self.folder,
            executor=executor,
            clock=self.clock,
            livemode=self.file.mode == "live",
            vfs=vfs,
            render_events=event.events,
            identity=self.identity,
        )
        world = World(
            clock=self.clock,
            ids=self.ids,
            chance=chance(1),
            executor=executor,
            open_reader=self._open,
            stripe=self.stripe,
            reach=self.reach,
            control=self.control,
            devices=self.plugged,
            watch_plugs=self.watch_plugs,
            alarm=self.alarm,
        )
        try:
            async with asyncio.TaskGroup() as root:
                store = replace(self.file.store, state_dir=self.folder)
                posd = Posd(replace(self.file, store=store), world, journal, root)
                await posd.start()
                posd.watch_plugs()
                await asyncio.sleep(1)
                yield posd
                raise _Ended  # noqa: TRY301 (the group cancels what still runs)
        except* _Ended:
            pass
        finally:
            journal.close()

    async def _open(self, reader: Reader) -> CardReader:
        if reader.id not in self.devices:
            raise NotSent("no such device")
        return await self.devices[reader.id]()


async def ordered(posd: Posd, amount: int = 1250, **metadata: str) -> PaymentIntent:
    """A new PaymentIntent in EUR."""
    new = NewPaymentIntent(amount, "eur", metadata=metadata)
    return (await posd.payments.create(new, actor=TILL, claim=None)).record


async def paid(posd: Posd, reader: str = LANE_1, amount: int = 1250) -> PaymentIntent:
    """A new PaymentIntent, given to a reader that had time for a dialogue. Raises Refused."""
    intent = await ordered(posd, amount)
    await posd.payments.process(reader, intent.id, actor=TILL, claim=None)
    await asyncio.sleep(DIALOGUE_S)
    return intent


def attempt_of(posd: Posd, intent: PaymentIntent) -> Attempt:
    """The intent's latest attempt, as it stands."""
    now = posd.journal.queries.payment_intent(intent.id)
    assert now is not None
    assert now.attempt is not None
    attempt = posd.journal.queries.attempt(now.attempt)
    assert attempt is not None
    return attempt
