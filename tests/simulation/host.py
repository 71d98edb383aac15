"""The machine posd runs on: it starts posd, and at any await posd can be dead.

What a process loses with its life is lost here: its tasks, its connections, the batch its disk had
not written. What it leaves is what the next one finds: the journal's files, closed without a
checkpoint. From the moment of death the old posd's code may still run a few steps, as coroutines
do that are thrown a cancellation; but nothing it does reaches a disk, a line or a till.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx2
from typing_extensions import override

from posd import config
from posd.api.app import Api
from posd.clock import Clock
from posd.composition import SOFTWARE, OpenReader, Posd, World
from posd.errors import AlreadyRunning
from posd.failpoints import Failpoint
from posd.ids import Chance, Ids
from posd.journal import connection
from posd.journal.executor import BatchExecutor
from posd.journal.lock import StateDirectory
from posd.journal.store import Journal
from posd.render import event
from posd.upstream.client import StripeClient
from tests.simulation.asgi import AsgiTransport
from tests.simulation.faults import Batch

KILL_ROUNDS_MAX: Final = 50
FSYNC_S: Final = (0.0001, 0.004)
"""What a batch takes on a good disk."""
RESTART_S: Final = 1.0
"""How long systemd waits after a posd that ended by itself."""

T = TypeVar("T")
_life: ContextVar["Life | None"] = ContextVar("life", default=None)


class Disk(BatchExecutor):
    """Runs batches on the loop, after the time a disk takes; at death it writes no more.

    Attributes:
        submitted: How many batches it was given.
    """

    def __init__(self, delay: Callable[[], float], wrote: Callable[[], None]) -> None:
        """`wrote` is told after each batch is on disk, before anybody else is."""
        self.submitted = 0
        self.doom: tuple[int, Callable[[Batch], None], Batch] | None = None
        self._delay = delay
        self._wrote = wrote
        self._dead = False
        self._pending: tuple[asyncio.TimerHandle, Callable[[], None]] | None = None

    @override
    def submit(self, run: Callable[[], None], done: Callable[[], None]) -> None:
        if self._dead:
            return
        self.submitted += 1

        def job() -> None:
            if self._doomed():
                return
            self._pending = None
            run()
            self._wrote()
            done()

        self._pending = (asyncio.get_running_loop().call_later(self._delay(), job), run)

    @override
    def close(self) -> None:
        """Nothing: it is closed by death only."""

    def die(self, batch: Batch) -> None:
        """The machine's end: the batch in hand is written or lost, and nobody is told."""
        self._dead = True
        if self._pending is not None:
            handle, run = self._pending
            handle.cancel()
            self._pending = None
            if batch is Batch.WRITTEN:
                run()
                self._wrote()

    def _doomed(self) -> bool:
        if self.doom is None or self.submitted < self.doom[0]:
            return False
        _number, die, batch = self.doom
        die(batch)
        return True


class Pace:
    """How long a batch takes: hardly any time, or long while the disk is slow."""

    def __init__(self, dice: Chance) -> None:
        self._dice = dice
        self._slow_until_s = 0.0
        self._slow_s = 0.0

    @property
    def slow(self) -> bool:
        """Whether the disk is slow now."""
        return asyncio.get_running_loop().time() < self._slow_until_s

    def slow_down(self, batch_s: float, for_s: float) -> None:
        """A batch takes `batch_s` from here on, for `for_s` seconds."""
        self._slow_s = batch_s
        self._slow_until_s = asyncio.get_running_loop().time() + for_s

    def draw_s(self) -> float:
        """What the next batch takes."""
        return self._slow_s if self.slow else self._dice.uniform(*FSYNC_S)


class Life:
    """One posd from its start to its death, and every task that is its own."""

    def __init__(self) -> None:
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.context = copy_context()
        self.context.run(_life.set, self)
        self.dead = asyncio.Event()

    def add(self, task: asyncio.Task[Any]) -> None:
        """A task that this life made."""
        self.tasks[task] = None
        task.add_done_callback(lambda ended: self.tasks.pop(ended, None))

    def cancel(self) -> None:
        """Throw a cancellation at every task."""
        for task in list(self.tasks):
            task.cancel()


OUTSIDE: Final = Context()
"""Nobody's life."""


def count_lives(loop: asyncio.AbstractEventLoop) -> None:
    """From here on the loop knows of each task which life it belongs to."""
    make = loop.create_task

    def made(
        coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        task = make(coro, name=name, context=context)
        life = _life.get() if context is None else context.get(_life)
        if life is not None:
            life.add(task)
        return task

    loop.create_task = made  # type: ignore[method-assign,assignment]


async def apart(group: asyncio.TaskGroup, work: Coroutine[Any, Any, T], context: Context) -> T:
    """Await work that belongs to another life than its caller, and outlives a caller that leaves.

    Raises what the work raised, and Gone if its life ended first.
    """
    result: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    async def carry() -> None:
        try:
            worked = await work
        except Exception as error:  # noqa: BLE001 (handed over to whoever waits)
            if not result.done():
                result.set_exception(error)
        else:
            if not result.done():
                result.set_result(worked)

    def ended(_task: asyncio.Task[None]) -> None:
        work.close()  # it may have been cancelled before its first step
        if not result.done():
            result.set_exception(Gone())
        if not result.cancelled():
            result.exception()  # seen: the caller may be gone

    group.create_task(carry(), name="apart", context=context).add_done_callback(ended)
    return await result


class Gone(Exception):
    """The life that the work belonged to has ended."""


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
