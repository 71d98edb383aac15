"""The machine posd runs on: it starts posd, and at any await posd can be dead.

What a process loses with its life is lost here: its tasks, its connections, the batch its disk had
not written. What it leaves is what the next one finds: the journal's files, closed without a
checkpoint. From the moment of death the old posd's code may still run a few steps, as coroutines
do that are thrown a cancellation; but nothing it does reaches a disk, a line or a till.
"""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx2

from posd import config
from posd.api.app import Api
from posd.api.listener import STOP_S
from posd.bus.bus import Bus
from posd.bus.position import Position
from posd.clock import Clock
from posd.composition import SOFTWARE, Posd
from posd.errors import AlreadyRunning, JournalFailed
from posd.failpoints import Failpoint
from posd.ids import Chance, Ids
from posd.journal import connection
from posd.journal.backup import back_up
from posd.journal.epochs import Identity
from posd.journal.high_water import HighWater
from posd.journal.lock import StateDirectory
from posd.journal.store import Journal
from posd.page.routes import routes
from posd.render import event
from posd.upstream.client import StripeClient
from posd.world import OpenReader, World
from tests.simulation.asgi import AsgiTransport, Asked
from tests.simulation.broker import Broker, PositionInMemory, bus
from tests.simulation.disk import Batch, Disk, Pace, Refusal
from tests.simulation.high_water import MarkInMemory
from tests.simulation.lives import Life
from tests.simulation.uplink import Uplink

KILL_ROUNDS_MAX: Final = 50
RESTART_S: Final = 1.0
"""How long systemd waits after a posd that ended by itself."""
ANSWERED_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of the World outlives a posd, and who is told what.

    Attributes:
        uplink: The way to Stripe, and the key to it.
        pace: How long a batch takes.
        reached: Told of each failpoint that posd arrives at.
        wrote: Told after each batch.
        opened: Told of each journal that was opened, before posd starts on it.
        stopped: Told of an end in good order, and how many seconds it took.
        put_back: Told once the journal is an older one.
        died: Told at the moment of death.
        failed: Told what was wrong with a posd that did not end by a kill.
        broker: Whom posd tells what happens, and the dice of that; None in most stores.
    """

    clock: Clock
    ids: Ids
    chance: Chance
    open_reader: OpenReader
    uplink: Uplink
    stripe: str
    pace: Pace
    reached: Callable[[Failpoint], None]
    wrote: Callable[[], None]
    opened: Callable[[Journal], None]
    stopped: Callable[[float], None]
    put_back: Callable[[], None]
    died: Callable[[], None]
    failed: Callable[[str], None]
    broker: tuple[Broker, Chance] | None = None


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the journal, how far it had been by the mark beside it, and what was told."""

    copy: Path
    mark: HighWater | None
    told: Position | None


class Host:
    """Runs one posd after the other over the same folder.

    Attributes:
        posd: The one that runs, or None.
        up_since: Since when it runs, in the loop's seconds; None while none does.
        down_until_s: When the next one starts, or has started.
        deaths: How many were killed.
        knows_epochs: Whether the next posd is one that does; those before 0.2.0 do not.
        mark: How far the journal has been, beside it.
        told: How far the broker was told, beside it.
        doomed_at: The failpoint at which the next one to arrive dies, and for how long.
    """

    def __init__(self, folder: Path, setup: str, around: Surroundings) -> None:
        self.folder = folder
        self.posd: Posd | None = None
        self.up_since: float | None = None
        self.down_until_s = 0.0
        self.deaths = 0
        self.doomed_at: tuple[Failpoint, float] | None = None
        self.disk: Disk | None = None
        self.knows_epochs = True
        self.mark = MarkInMemory()
        self.told = PositionInMemory()
        self._config = config.parse(setup, Path("simulated.toml"))
        self._around = around
        self._life: Life | None = None
        self._api: AsgiTransport | None = None
        self._journal: Journal | None = None
        self._lock: StateDirectory | None = None
        self._down_s = 0.0
        self._in_order = False
        self._path = folder / "journal.db"
        self._backup: Backup | None = None
        self._backups = 0
        self._is_lost = False
        self._telling: tuple[Bus, asyncio.Task[None]] | None = None

    async def run(self) -> None:
        """Start posd, and again whenever it has died, for ever."""
        while True:
            if self._backup is not None and self._is_lost:
                self._put_back(self._backup)
            life = self._life = Life()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._live(life), name="posd", context=life.context)
                    await life.dead.wait()
                    await self._bury(life)
            finally:
                self._close_files()
            self.down_until_s = asyncio.get_running_loop().time() + self._down_s
            await asyncio.sleep(self._down_s)

    def kill(self, batch: Batch, down_s: float) -> None:
        """End the running posd now; start the next one after `down_s` seconds."""
        if self._life is not None and not self._life.dead.is_set():
            self.deaths += 1
            self._down_s = down_s
            self._end(self._life, batch)

    def stop(self, down_s: float) -> None:
        """Tell the running posd to end in good order; start the next one `down_s` seconds later."""
        if self._life is not None and not self._life.stopping.is_set():
            self._down_s = down_s
            self._life.stopping.set()

    def refuse_batch(self, refusal: Refusal, batch: Batch, down_s: float) -> None:
        """Have the disk refuse the next batch of the running posd, which ends (M17)."""
        if self._journal is not None and self.disk is not None:
            self._down_s = down_s
            self.disk.refuse(self._journal._db, refusal, batch)

    def back_up(self) -> None:
        """Copy the journal as it is now, and what lies beside it."""
        self._backups += 1
        copy = self.folder / f"backup-{self._backups}.db"
        back_up(self._path, copy)
        self._backup = Backup(copy, self.mark.mark, self.told.position)

    def lose_disk(self, down_s: float, *, whole: bool) -> None:
        """End posd, and put the last backup in the journal's place; `whole`: its mark as well."""
        assert self._backup is not None, "nothing was backed up"
        self._is_lost = True
        if not whole:
            self._backup = replace(self._backup, mark=self.mark.mark, told=self.told.position)
        self.kill(Batch.LOST, down_s)

    def _end(self, life: Life, batch: Batch) -> None:
        self.up_since = None
        self.posd = self._api = None
        if self.disk is not None:
            self.disk.die(batch)
        life.dead.set()
        self._around.died()
        life.cancel()

    def kill_in_batch(self, number: int, batch: Batch, down_s: float) -> None:
        """End posd in its `number`-th batch from here."""
        if self.disk is not None:
            doom = self.disk.submitted + number
            self.disk.doom = (doom, lambda fate: self.kill(fate, down_s), batch)

    def task_names(self) -> list[str]:
        """The names of posd's tasks."""
        return [task.get_name() for task in self._life.tasks] if self._life else []

    async def ask(self, asked: Asked) -> tuple[int, bytes]:
        """Hand a till's request to the posd that runs. Raises httpx2.TransportError."""
        life, api = self._life, self._api
        if life is None or api is None:
            raise httpx2.ConnectError("nobody listens")
        status, _headers, body = await api.carry(asked, context=life.context.copy())
        whole = b"".join([chunk async for chunk in body])
        if life.dead.is_set():
            raise httpx2.RemoteProtocolError("posd died")
        return status, whole

    async def _bury(self, life: Life) -> None:
        for _round in range(KILL_ROUNDS_MAX):
            life.cancel()
            await asyncio.sleep(0)
            if not life.tasks:
                return
        names = sorted(task.get_name() for task in life.tasks)
        self._around.failed(f"I20 tasks that do not end: {names}")

    def _put_back(self, backup: Backup) -> None:
        for old in (self._path, *(self.folder / f"journal.db-{log}" for log in ("wal", "shm"))):
            old.unlink(missing_ok=True)
        shutil.copyfile(backup.copy, self._path)
        self.mark.mark = backup.mark
        self.told.position = backup.told
        self._is_lost = False
        self._around.put_back()

    def _close_files(self) -> None:
        """Leave the journal's files as they are, as the end of a process would."""
        if self._journal is not None:
            if not self._in_order:
                connection.distrust(self._journal._db)
            self._journal.close()
            self._journal = None
        self._in_order = False
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def _live(self, life: Life) -> None:
        try:
            async with asyncio.TaskGroup() as root:
                posd = await self._start(root)
                await life.stopping.wait()
                await self._wind_up(posd)
                self._in_order = True
                self._end(life, Batch.WRITTEN)
        except* Exception as errors:  # noqa: BLE001 (a posd that ends by itself is a finding)
            if not life.dead.is_set():
                self._ended_by_itself(errors)

    async def _wind_up(self, posd: Posd) -> None:
        """As the daemon does when it is told to end: readers first, then whoever is answered."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        if self._telling is not None:
            self._telling[0].drain()
        await posd.drain()
        posd.release()
        answering, self._api = self._api, None
        for _look in range(round(STOP_S / ANSWERED_S)):
            if answering is None or not answering.running:
                break
            await asyncio.sleep(ANSWERED_S)
        self._around.stopped(loop.time() - began_s)
        if self._telling is not None:
            self._telling[1].cancel()
            await asyncio.wait((self._telling[1],))

    def _ended_by_itself(self, errors: ExceptionGroup) -> None:
        """It may do so only because its disk refused a batch: it ends with status 70 (M17)."""
        _failed, others = errors.split(JournalFailed)
        if others is not None or self.disk is None or not self.disk.refused:
            self._around.failed(f"posd ended by itself: {errors.exceptions!r}")
        self.kill(Batch.LOST, max(self._down_s, RESTART_S))

    async def _start(self, root: asyncio.TaskGroup) -> Posd:
        around = self._around
        self._lock = self._sole_lock()
        self.disk = Disk(around.pace.draw_s, around.wrote)
        world = World(
            clock=around.clock,
            ids=around.ids,
            chance=around.chance,
            executor=self.disk,
            open_reader=around.open_reader,
            stripe=StripeClient(around.stripe, around.uplink.in_file, transport=around.uplink),
            fresh_key=around.uplink.read_key,
            reach=self._reach,
            node="simulated",
        )
        journal = self._journal = Journal.open(
            self._path,
            executor=self.disk,
            clock=around.clock,
            node=world.node,
            livemode=False,
            software=SOFTWARE,
            render_events=event.events,
            identity=self._identity(),
        )
        around.opened(journal)
        posd = Posd(self._config, world, journal, root)
        await posd.start()
        page = posd.page()
        api = Api(page.services, ids=world.ids, pages=routes(page))
        self._api = AsgiTransport(api, root)
        self._telling = self._tell(posd, root)
        self.posd = posd
        self.up_since = asyncio.get_running_loop().time()
        return posd

    def _tell(self, posd: Posd, root: asyncio.TaskGroup) -> tuple[Bus, asyncio.Task[None]] | None:
        """What tells the broker, and its task, where there is one."""
        if self._around.broker is None:
            return None
        broker, dice = self._around.broker
        telling = bus(posd, broker, self.told, self._around.clock, dice)
        return telling, root.create_task(telling.run(), name="mqtt")

    def _identity(self) -> Identity | None:
        """By what this posd knows its journal again, if it does."""
        if not self.knows_epochs:
            return None
        return Identity("simulated", self._around.ids, self.mark)

    def _sole_lock(self) -> StateDirectory:
        """Ours alone: whoever tries beside us is refused (I17)."""
        lock = StateDirectory(self.folder)
        try:
            StateDirectory(self.folder).release()
        except AlreadyRunning:
            return lock
        self._around.failed("I17 two hold the state directory")
        return lock

    def _reach(self, point: Failpoint) -> None:
        self._around.reached(point)
        if self.doomed_at is not None and self.doomed_at[0] is point:
            down_s, self.doomed_at = self.doomed_at[1], None
            self.kill(Batch.LOST, down_s)
