"""The one place where a session meets a link, for every protocol.

It knows nothing of what the octets mean. It turns octets, timers, decisions, a request to abort
and the loss of the link into inputs, one at a time, and carries out the session's effects.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from enum import Enum

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.session import (
    AbortRequested,
    Begin,
    Decide,
    Decided,
    Effect,
    Finished,
    Input,
    LinkLost,
    Progress,
    Received,
    Send,
    Session,
    SetTimer,
    TimerFired,
)
from posd_drivers.transport.base import Transport

INBOX_READS_MAX = 1
INBOX_OWN_MAX = 8  # two decisions, two sightings of a loss and an abort are the most there can be
WRITE_TIMEOUT_S = 5.0


async def run(
    session: Session,
    link: Transport,
    *,
    decide: Callable[[object], Awaitable[bool]],
    progress: Callable[[object], None],
    abort: asyncio.Event | None,
) -> object:
    """Run one dialogue to its end and return the outcome of its `Finished`.

    Args:
        session: A fresh session.
        link: An open link that nobody else reads.
        decide: Makes a result durable and says whether it is accepted. It is awaited to its end
            whatever happens: neither the end of the dialogue nor a cancel cuts it short. If it
            raises, the session first hears `Decided(False)` and its answer is written; then the
            same exception leaves `run` (M2, M17).
        progress: Told at once, must not block.
        abort: Once set, the session hears `AbortRequested`, one time (M9); None: it cannot be.
    """
    dialogue = _Dialogue(session, link, decide, progress)
    try:
        return await dialogue.run(abort)
    finally:
        if dialogue.failure is not None:
            raise dialogue.failure


class _Deadlines:
    """Absolute times by timer: however often the peer interrupts, each comes when it was set."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._at: dict[Enum, float] = {}

    def set(self, timer: Enum, seconds: float | None) -> None:
        self._at.pop(timer, None)
        if seconds is not None:
            self._at[timer] = self._now() + seconds

    def first(self) -> float | None:
        return min(self._at.values(), default=None)

    def take_due(self) -> Enum | None:
        """The earliest timer whose time has come, no longer set; None if there is none."""
        timer = min(self._at, key=self._at.__getitem__, default=None)
        if timer is None or self._at[timer] > self._now():
            return None
        del self._at[timer]
        return timer


class _Inbox:
    """What the session has yet to hear, in order: one read, and our own inputs."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[Input] = asyncio.Queue(INBOX_READS_MAX + INBOX_OWN_MAX)
        self._taken = asyncio.Semaphore(0)

    async def put_read(self, octets: bytes) -> None:
        """Return once the session hears it: its answer leaves before the link is read again."""
        self._items.put_nowait(Received(octets))
        await self._taken.acquire()

    def put_own(self, incoming: Decided | AbortRequested | LinkLost) -> None:
        self._items.put_nowait(incoming)

    def empty(self) -> bool:
        return self._items.empty()

    async def get_before(self, deadline: float | None) -> Input | None:
        """The next item, or None if it does not come in time, by the loop's clock."""
        if self._items.empty():
            try:
                async with asyncio.timeout_at(deadline):
                    return self._heard(await self._items.get())
            except TimeoutError:
                return None
        return self._heard(self._items.get_nowait())

    def _heard(self, incoming: Input) -> Input:
        if isinstance(incoming, Received):
            self._taken.release()
        return incoming


class _Dialogue:
    """One run of the pump."""

    def __init__(
        self,
        session: Session,
        link: Transport,
        decide: Callable[[object], Awaitable[bool]],
        progress: Callable[[object], None],
    ) -> None:
        self.failure: Exception | None = None
        self._session = session
        self._link = link
        self._decide = decide
        self._progress = progress
        self._deadlines = _Deadlines(asyncio.get_running_loop().time)
        self._inbox = _Inbox()
        self._inbox_went_first = False
        self._sent = False
        self._write_failed = False
        self._decisions: set[asyncio.Task[None]] = set()

    async def run(self, abort: asyncio.Event | None) -> object:
        async with asyncio.TaskGroup() as group:
            listeners = [group.create_task(self._listen(), name="pump-read")]
            if abort is not None:
                waiting = self._await_abort(abort)
                listeners.append(group.create_task(waiting, name="pump-abort"))
            try:
                return await self._turn(group)
            finally:
                await self._end_of_decisions()
                for listener in listeners:
                    listener.cancel()

    async def _turn(self, group: asyncio.TaskGroup) -> object:
        incoming: Input = Begin()
        while True:
            for effect in self._session.handle(incoming):
                if isinstance(effect, Finished):
                    return effect.outcome
                await self._carry_out(effect, group)
            if self.failure is not None and incoming == Decided(accepted=False):
                return None  # the terminal has its negative answer; `run` raises
            incoming = await self._next()

    async def _carry_out(self, effect: Effect, group: asyncio.TaskGroup) -> None:
        match effect:
            case Send(octets):
                await self._write(octets)
            case SetTimer(timer, seconds):
                self._deadlines.set(timer, seconds)
            case Decide(result):
                task = group.create_task(self._make_durable(result), name="pump-decide")
                self._decisions.add(task)
            case Progress(step):
                self._progress(step)
            case Finished():
                raise AssertionError("nothing follows the end of a dialogue")

    async def _write(self, octets: bytes) -> None:
        """After the first failure nothing more is written; the loss queues behind what arrived."""
        if self._write_failed:
            return
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await self._link.write(octets)
        except NotSent:
            self._write_failed = True
        except (DeviceGone, TimeoutError):
            self._write_failed = self._sent = True
        else:
            self._sent = True
        if self._write_failed:
            self._inbox.put_own(LinkLost(self._sent))

    async def _next(self) -> Input:
        """The next input: a due timer, unless something arrived first.

        A late loop must not take for silence what has already come, so a due timer yields to the
        inbox; but only once, for a peer that never pauses must not hold it up.
        """
        while True:
            if self._inbox_went_first or self._inbox.empty():
                self._inbox_went_first = False
                timer = self._deadlines.take_due()
                if timer is not None:
                    return TimerFired(timer)
            self._inbox_went_first = not self._inbox.empty()
            incoming = await self._inbox.get_before(self._deadlines.first())
            if incoming is not None:
                # What is known of the sending is what is known now, not when the loss was seen.
                return LinkLost(self._sent) if isinstance(incoming, LinkLost) else incoming

    async def _listen(self) -> None:
        with contextlib.suppress(DeviceGone):
            while True:
                await self._inbox.put_read(await self._link.read())
        self._inbox.put_own(LinkLost(self._sent))

    async def _await_abort(self, abort: asyncio.Event) -> None:
        await abort.wait()
        self._inbox.put_own(AbortRequested())

    async def _make_durable(self, result: object) -> None:
        accepted = False
        try:
            accepted = await self._decide(result)
        except Exception as error:  # noqa: BLE001  raised by `run` once the terminal is answered
            self.failure = error
        self._inbox.put_own(Decided(accepted))

    async def _end_of_decisions(self) -> None:
        """Wait for what is being made durable, through any number of cancels."""
        cancelled: asyncio.CancelledError | None = None
        while pending := {task for task in self._decisions if not task.done()}:
            try:
                await asyncio.wait(pending)
            except asyncio.CancelledError as cancel:
                cancelled = cancel
        if cancelled is not None:
            raise cancelled
