"""posd's exclusive, supervised hold on the attached readers, one `Attachment` each.

An attachment opens the device, learns who the terminal is and where its counters stand (the
baseline), resolves what an earlier dialogue left open, and then runs one attempt at a time. Losing
the link at any point leads back to the beginning: recovery and start-up are the same path.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias, TypeVar

from msgspec.structs import replace

from posd import attempts, identify, quarantine, timed_reader, turns
from posd.attempts import AttemptInHand, AttemptParts
from posd.identify import WrongTerminal
from posd.live import Live, OnLive, Trouble, trouble_of
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import AttemptKind, AttemptNotSent, Baseline, Proof
from posd.model.quarantine_facts import BreakCause
from posd.model.reader import Reader
from posd.outcome import IN_DIALOGUE, Conclude
from posd.quarantine import NoteBreak
from posd.resolver import Resolver
from posd.timed_reader import OVERDUE, OpenReader
from posd.turns import TURNS_MAX, Ask, Handover, Question
from posd_drivers.card_reader import CardReader, Registered, Step
from posd_drivers.errors import DeviceGone, DriverError, Refused, Unsupported

log = logging.getLogger(__name__)

T = TypeVar("T")

BACKOFF_MIN_S: Final = 0.25
BACKOFF_MAX_S: Final = 5.0
IDLE_PROBE_S: Final = 60.0

RestartDue: TypeAlias = Callable[[str], Awaitable[bool]]
"""Whether this reader, which is idle, restarts now; it is not asked for the same one twice."""


def _nobody_looks() -> None:
    """Where nothing shows steps."""


async def _never(_reader: str) -> bool:
    """Where nothing restarts."""
    return False


class Attachment:
    """One attached reader: sole owner of its device."""

    def __init__(
        self,
        reader: Reader,
        open_reader: OpenReader,
        parts: AttemptParts,
        resolver: Resolver,
        on_live: OnLive = _nobody_looks,
        restart_due: RestartDue = _never,
    ) -> None:
        self.reader_id = reader.id
        self._restart_due = restart_due
        self._on_live = on_live
        self._live = Live(online=False)
        self.baseline: Baseline | None = None
        self._open_reader = open_reader
        self._parts = parts
        self._resolver = resolver
        self._work: asyncio.Queue[Handover | Question[Any]] = asyncio.Queue(maxsize=TURNS_MAX)
        self._running: Handover | None = None
        self._released = asyncio.Event()
        self._judged = asyncio.Event()

    @property
    def live(self) -> Live:
        """What is known right now; whoever looks is told of each change (R13)."""
        return self._live

    @live.setter
    def live(self, now: Live) -> None:
        self._live = now
        self._on_live()

    def submit(self, attempt: Attempt) -> Handover:
        """Hand over an attempt that is on disk. The caller has the only unended one (M7)."""
        handover = Handover(attempt, AttemptInHand(attempt, self._parts, self._on_step))
        self._work.put_nowait(handover)
        return handover

    async def ask(self, question: Ask[T]) -> T:
        """What the terminal says to a question that moves no money; meanwhile it takes no payment.

        Raises Refused: `terminal_reader_offline` where it does not answer, `terminal_reader_busy`
        where it has something else in hand; Unsupported and the drivers' Refused, its own no.
        """
        if not self.live.online:
            raise turns.offline()
        if self.baseline is None or self._running is not None or not self._work.empty():
            raise turns.busy()
        asked = Question(question)
        self._work.put_nowait(asked)
        return await asked.answered()

    def stop(self, attempt_id: str) -> None:
        """Ask the terminal to end this attempt; any other goes on (M9).

        The wish is on disk. An attempt that has not reached the terminal yet finds it there.
        """
        if self._running is not None and self._running.attempt.id == attempt_id:
            self._running.sale.stop()

    def release(self) -> None:
        """Let go of the reader for good. The caller has made sure that no attempt takes it (M9)."""
        self._released.set()
        self._judged.set()

    def accepted(self) -> None:
        """A person took the reader back, and that is on disk: hold it again (M18)."""
        self._judged.set()

    async def note_bug(self, bug: Exception) -> None:
        """The task failed over what nobody foresaw: make that durable, and count it (M18)."""
        await self._never_sent()
        command = NoteBreak(self.reader_id, BreakCause.BUG, error=quarantine.type_of(bug))
        await quarantine.note(self._parts.journal, command)

    async def run(self) -> None:
        """Hold the reader until it is released, through every loss of its link.

        Not while it is quarantined: then its device is not opened, and no octet goes there.
        """
        backoff_s = BACKOFF_MIN_S
        while not self._released.is_set():
            if self._known().quarantine is not None:
                await self._stay_away()
                continue
            try:
                await self._hold()
                backoff_s = BACKOFF_MIN_S
            except WrongTerminal as wrong:
                self._lost(wrong.trouble)
            except DriverError as error:
                self._lost(trouble_of(error))
            await self._never_sent()
            await asyncio.sleep(backoff_s)
            backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)

    async def _stay_away(self) -> None:
        """Return once somebody has judged about the reader, or let go of it."""
        self._judged.clear()
        self._lost(Trouble.QUARANTINED)
        await self._judged.wait()
        self.live = replace(self.live, trouble=Trouble.ABSENT)

    def _known(self) -> Reader:
        known = self._parts.journal.queries.reader(self.reader_id)
        assert known is not None, self.reader_id
        return known

    async def _hold(self) -> None:
        await self._never_sent()
        await self._resolver.admit_unknown(self.reader_id)
        reader = await timed_reader.open_in_time(self._open_reader)
        try:
            registered = await identify.greet(reader, self._known(), self._parts.journal)
            await self._resolve(reader, registered)
            self.baseline = await identify.ask_baseline(reader, registered)
            self._found(registered)
            while not self._released.is_set() and await self._next(reader):
                pass
        finally:
            self.baseline = None
            self.live = replace(self.live, online=False, step=None)
            await reader.close()

    async def _resolve(self, reader: CardReader, registered: Registered) -> None:
        """Ask about the latest attempt, if it is unproven or rests on a person's word alone (M6).

        Of one before it the last transaction says nothing: a later sale's would look like its own.
        """
        latest = self._known().attempt
        attempt = None if latest is None else self._parts.journal.queries.attempt(latest)
        if attempt is not None and (attempt.unproven or attempt.proof is Proof.PERSON):
            self._lost(Trouble.RESOLVING)
            await self._resolver.resolve(attempt, reader, registered.terminal_id)

    async def _next(self, reader: CardReader) -> bool:
        """Run the next attempt, or prove that the terminal is still there. False: start over."""
        turn = await self._work_or_loss(reader)
        if turn is None:
            told = await reader.readiness()
            self.live = replace(self.live, need=told.need)
            self._seen(step=None)
            return not self._left_behind() and not (told.ready and await self._restarted(reader))
        if isinstance(turn, Question):
            await self._put(turn, reader)
            return True
        return await self._run(turn, reader)

    async def _run(self, handover: Handover, reader: CardReader) -> bool:
        """Take an attempt through its dialogue. False: start over."""
        if not self._still_to_run(handover):
            handover.ended.set()
            return True
        self._running = handover
        try:
            await attempts.run(handover.attempt, reader, handover.sale, self._parts)
        finally:
            self._running = None
            handover.ended.set()
        return self._after(handover.attempt.id)

    async def _put(self, question: Question[Any], reader: CardReader) -> None:
        """Have it answered, unless a payment is on its way; no sale finds a baseline meanwhile."""
        if not self._work.empty() or self._left_behind():
            question.give_up(turns.busy())
            return
        before, self.baseline = self.baseline, None
        await question.put_to(reader)
        self.baseline = before
        self._seen(step=None)

    async def _restarted(self, reader: CardReader) -> bool:
        """Whether the terminal was told to restart; from then on no sale finds a baseline here."""
        due = await self._restart_due(self.reader_id)
        if not due or not self._work.empty() or self._left_behind():
            return False
        self.baseline = None
        log.info("terminal restarts reader=%s", self.reader_id)
        try:
            await reader.restart()
        except (Unsupported, Refused) as error:
            log.warning("terminal does not restart reader=%s reason=%r", self.reader_id, error)
        self._lost(Trouble.ABSENT)
        return True

    async def _work_or_loss(self, reader: CardReader) -> Handover | Question[Any] | None:
        """The next turn; None on release, or when it is time to ask whether it is there."""
        async with asyncio.TaskGroup() as group:
            work = group.create_task(self._work.get(), name="work")
            loss = group.create_task(reader.idle(), name="idle")
            release = group.create_task(self._released.wait(), name="release")
            done, _ = await asyncio.wait(
                {work, loss, release}, timeout=IDLE_PROBE_S, return_when=asyncio.FIRST_COMPLETED
            )
            work.cancel()
            loss.cancel()
            release.cancel()
        if work in done:
            return work.result()
        if loss in done:
            raise DeviceGone(self.reader_id)
        return None

    def _still_to_run(self, handover: Handover) -> bool:
        """Whether nobody has judged it meanwhile: a resolved attempt must never reach a terminal.

        A till can commit in the moment in which the reader is lost and held again.
        """
        attempt = self._parts.journal.queries.attempt(handover.attempt.id)
        return attempt is not None and attempt.state is AttemptState.STARTED

    def _left_behind(self) -> bool:
        """Whether an attempt takes this reader though nobody runs it: its caller went away."""
        unended = self._parts.journal.queries.unended_attempts()
        return any(
            attempt.reader == self.reader_id and attempt.state in IN_DIALOGUE for attempt in unended
        )

    def _after(self, attempt_id: str) -> bool:
        attempt = self._parts.journal.queries.attempt(attempt_id)
        assert attempt is not None, attempt_id
        assert self.baseline is not None
        self._seen(step=None)
        match attempt.state:
            case AttemptState.APPROVED if attempt.kind is AttemptKind.END_OF_DAY:
                return False  # its counters may begin anew, and it may restart or update itself
            case AttemptState.APPROVED if attempt.last is not None and attempt.last.receipt:
                self.baseline = identify.baseline_after(self.baseline.terminal_id, attempt.last)
                return True
            case AttemptState.DECLINED | AttemptState.ABORTED:
                return True
            case AttemptState.UNKNOWN if attempt.reason == OVERDUE:
                self._lost(Trouble.NO_ANSWER)
                return False
            case _:
                return False

    async def _never_sent(self) -> None:
        """An attempt that was handed over and never reached the device proves itself."""
        while not self._work.empty():
            handover = self._work.get_nowait()
            if isinstance(handover, Question):
                handover.give_up(turns.offline())
                continue
            fact = AttemptNotSent(handover.attempt.id)
            await self._parts.journal.commit(Conclude(fact, only_from=IN_DIALOGUE))
            handover.ended.set()

    def _on_step(self, step: Step) -> None:
        self._seen(step=step)

    def _seen(self, step: Step | None) -> None:
        now = self._parts.clock.wall_ms()
        need = self.live.need
        self.live = Live(online=True, last_seen_ms=now, step=step, trouble=None, need=need)

    def _found(self, registered: Registered) -> None:
        self.live = replace(self.live, need=None)
        self._seen(step=None)
        log.info("reader online reader=%s terminal=%s", self.reader_id, registered.terminal_id)

    def _lost(self, trouble: Trouble) -> None:
        if self.live.online or self.live.trouble is not trouble:
            log.warning("reader lost reader=%s trouble=%s", self.reader_id, trouble.value)
        self.live = Live(online=False, last_seen_ms=self.live.last_seen_ms, trouble=trouble)
