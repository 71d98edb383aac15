"""The machine posd runs on: it starts posd, and at any await posd can be dead.

What a process loses with its life is lost here: its tasks, its connections, the batch its disk had
not written. What it leaves is what the next one finds: the journal's files, closed without a
checkpoint. From the moment of death the old posd's code may still run a few steps, as coroutines
do that are thrown a cancellation; but nothing it does reaches a disk, a line or a till.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from posd import config
from posd.api.app import Api
from posd.clock import Clock
from posd.composition import SOFTWARE, OpenReader, Posd, World
from posd.errors import AlreadyRunning
from posd.failpoints import Failpoint
from posd.ids import Chance, Ids
from posd.journal import connection
from posd.journal.lock import StateDirectory
from posd.journal.store import Journal
from posd.render import event
from posd.upstream.client import StripeClient
from tests.simulation.asgi import AsgiTransport
from tests.simulation.disk import Disk, Pace
from tests.simulation.faults import Batch
from tests.simulation.lives import Gone, Life, apart

KILL_ROUNDS_MAX: Final = 50
RESTART_S: Final = 1.0
"""How long systemd waits after a posd that ended by itself."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of the World outlives a posd, and who is told what.

    Attributes:
        uplink: The way to Stripe.
        pace: How long a batch takes.
        reached: Told of each failpoint that posd arrives at.
        wrote: Told after each batch.
        opened: Told of each journal that was opened, before posd starts on it.
        died: Told at the moment of death.
        failed: Told what was wrong with a posd that did not end by a kill.
    """

    clock: Clock
    ids: Ids
    chance: Chance
    open_reader: OpenReader
    uplink: httpx2.AsyncBaseTransport
    stripe: str
    pace: Pace
    reached: Callable[[Failpoint], None]
    wrote: Callable[[], None]
    opened: Callable[[Journal], None]
    died: Callable[[], None]
    failed: Callable[[str], None]


class Host:
    """Runs one posd after the other over the same folder.

    Attributes:
        posd: The one that runs, or None.
        up_since: Since when it runs, in the loop's seconds; None while none does.
        deaths: How many were killed.
        doomed_at: The failpoint at which the next one to arrive dies, and for how long.
    """

    def __init__(self, folder: Path, setup: str, around: Surroundings) -> None:
        self.folder = folder
        self.posd: Posd | None = None
        self.up_since: float | None = None
        self.deaths = 0
        self.doomed_at: tuple[Failpoint, float] | None = None
        self.disk: Disk | None = None
        self._config = config.parse(setup, Path("simulated.toml"))
        self._around = around
        self._life: Life | None = None
        self._api: AsgiTransport | None = None
        self._journal: Journal | None = None
        self._lock: StateDirectory | None = None
        self._down_s = 0.0

    async def run(self) -> None:
        """Start posd, and again whenever it has died, for ever."""
        while True:
            life = self._life = Life()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._live(life), name="posd", context=life.context)
                    await life.dead.wait()
                    await self._bury(life)
            finally:
                self._close_files()
            await asyncio.sleep(self._down_s)

    def kill(self, batch: Batch, down_s: float) -> None:
        """End the running posd now; start the next one after `down_s` seconds."""
        life = self._life
        if life is None or life.dead.is_set():
            return
        self.deaths += 1
        self._down_s = down_s
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

    async def ask(self, request: httpx2.Request, group: asyncio.TaskGroup) -> httpx2.Response:
        """Hand a till's request to the posd that runs. Raises httpx2.TransportError."""
        life, api = self._life, self._api
        if life is None or api is None:
            raise httpx2.ConnectError("nobody listens", request=request)
        try:
            return await apart(group, api.handle_async_request(request), life.context.copy())
        except Gone as error:
            raise httpx2.RemoteProtocolError("posd died", request=request) from error

    async def _bury(self, life: Life) -> None:
        for _round in range(KILL_ROUNDS_MAX):
            life.cancel()
            await asyncio.sleep(0)
            if not life.tasks:
                return
        names = sorted(task.get_name() for task in life.tasks)
        self._around.failed(f"I20 tasks that do not end: {names}")

    def _close_files(self) -> None:
        """Leave the journal's files as they are, as the end of a process would."""
        if self._journal is not None:
            connection.distrust(self._journal._db)
            self._journal.close()
            self._journal = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    async def _live(self, life: Life) -> None:
        try:
            async with asyncio.TaskGroup() as root:
                await self._start(root)
                await life.dead.wait()
        except* Exception as errors:  # noqa: BLE001 (a posd that ends by itself is a finding)
            if not life.dead.is_set():
                self._around.failed(f"posd ended by itself: {errors.exceptions!r}")
                self.kill(Batch.LOST, RESTART_S)

    async def _start(self, root: asyncio.TaskGroup) -> None:
        around = self._around
        self._lock = self._sole_lock()
        self.disk = Disk(around.pace.draw_s, around.wrote)
        world = World(
            clock=around.clock,
            ids=around.ids,
            chance=around.chance,
            executor=self.disk,
            open_reader=around.open_reader,
            stripe=StripeClient(around.stripe, "rk_test_simulated", transport=around.uplink),
            reach=self._reach,
            node="simulated",
        )
        journal = self._journal = Journal.open(
            self.folder / "journal.db",
            executor=self.disk,
            clock=around.clock,
            node=world.node,
            livemode=False,
            software=SOFTWARE,
            render_events=event.events,
        )
        around.opened(journal)
        posd = Posd(self._config, world, journal, root)
        await posd.start()
        self._api = AsgiTransport(Api(posd.services(), ids=world.ids), root)
        self.posd = posd
        self.up_since = asyncio.get_running_loop().time()

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
