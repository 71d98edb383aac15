"""posd's exclusive, supervised hold on the attached readers, one `Attachment` each.

An attachment opens the device, learns who the terminal is and where its counters stand (the
baseline), resolves what an earlier dialogue left open, and then runs one attempt at a time. Losing
the link at any point leads back to the beginning: recovery and start-up are the same path.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

from posd import attempts, capabilities, counters, identify, quarantine, timed_reader, turns
from posd.attempts import AttemptInHand, AttemptParts
from posd.capabilities import LearnUnsupported
from posd.live import Live, OnLive, Trouble, trouble_of
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import AttemptKind, AttemptNotSent, Baseline, Proof
from posd.model.quarantine_facts import BreakCause
from posd.model.reader import Reader
from posd.outcome import IN_DIALOGUE, Conclude
from posd.presence import Presence
from posd.quarantine import NoteBreak
from posd.resolver import Asked, Resolver
from posd.steadiness import PAUSE_S_MIN, Steadiness
from posd.timed_reader import OVERDUE
from posd.turns import TURNS_MAX, Ask, Handover, Question
from posd.upkeep import Upkeep
from posd.whereabouts import Place, Whereabouts, WrongTerminal
from posd_drivers.ability import Need, Readiness
from posd_drivers.card_reader import CardReader, Registered
from posd_drivers.errors import DeviceGone, DriverError, Refused, Unsupported

log = logging.getLogger(__name__)

T = TypeVar("T")

IDLE_PROBE_S: Final = 40.0
"""A terminal that falls silent is known to be within a minute: a question may take 15 s to fail."""
NEED_PROBE_S: Final = 10.0
"""How soon one that wants something first is asked again."""
SALE_IS_TRIED: Final = frozenset({None, Need.END_OF_DAY, Need.CARD_REMOVED})
"""A payment that meets these the terminal refuses itself; an end of day cures the one."""

RestartDue: TypeAlias = Callable[[str, Readiness], Awaitable[bool]]
"""Whether this reader, which is idle, restarts now; it is not asked for the same one twice."""


def _nobody_looks() -> None:
    """Where nothing shows steps."""


async def _never(_reader: str, _told: Readiness) -> bool:
    """Where nothing restarts."""
    return False


class Attachment:
    """One attached reader: sole owner of its device, until `let_go` is set."""

    def __init__(
        self,
        reader: Reader,
        whereabouts: Whereabouts,
        parts: AttemptParts,
        resolver: Resolver,
        on_live: OnLive = _nobody_looks,
        restart_due: RestartDue = _never,
    ) -> None:
        self.reader_id = reader.id
        self._restart_due = restart_due
        self._presence = Presence(reader.id, parts.clock, parts.zone, on_live)
        self._upkeep = Upkeep(reader.id, parts.clock, parts.zone)
        self._steadiness = Steadiness()
        self._found_at: float | None = None
        self.baseline: Baseline | None = None
        self._whereabouts = whereabouts
        whereabouts.sightings.join(reader.id, self.plugged)
        self._parts = parts
        self._resolver = resolver
        self._work: asyncio.Queue[Handover | Question[Any]] = asyncio.Queue(maxsize=TURNS_MAX)
        self._running: Handover | None = None
        self._released = asyncio.Event()
        self.let_go = asyncio.Event()
        self._judged = asyncio.Event()

    @property
    def live(self) -> Live:
        """What is known right now."""
        return self._presence.live

    def submit(self, attempt: Attempt) -> Handover:
        """Hand over an attempt that is on disk. The caller has the only unended one (M7)."""
        handover = Handover(attempt, AttemptInHand(attempt, self._parts, self._presence.seen))
        self._work.put_nowait(handover)
        return handover

    async def ask(self, question: Ask[T]) -> T:
        """What the terminal says to a question that moves no money; meanwhile it takes no payment.

        Raises Refused: `terminal_reader_offline` where it does not answer, `terminal_reader_busy`
        where it has something else in hand; Unsupported and the drivers' Refused, its own no.
        """
        if not self.live.online:
            raise turns.offline()
        asked_about_itself = self.baseline is None and self.live.need in SALE_IS_TRIED
        if asked_about_itself or self._running is not None or not self._work.empty():
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
        self._whereabouts.sightings.leave(self.reader_id)
        self._released.set()
        self.accepted()

    async def turn_away(self) -> None:
        """What was handed over after the release is proven never to have been sent."""
        await self._never_sent()

    def accepted(self) -> None:
        """A person said what is true of the reader, and that is on disk: hold it again (M18)."""
        self._judged.set()
        self.plugged()

    def plugged(self) -> None:
        """Something was plugged in: if its device is waited for, look now whether it is back."""
        self._steadiness.plugged()

    async def note_bug(self, bug: Exception) -> None:
        """The task failed over what nobody foresaw: make that durable, and count it (M18)."""
        await self._never_sent()
        command = NoteBreak(self.reader_id, BreakCause.BUG, error=quarantine.type_of(bug))
        await quarantine.note(self._parts.journal, command)

    async def run(self) -> None:
        """Hold the reader until it is released, through every loss of its link.

        Not while it is quarantined: then its device is not opened, and no octet goes there.
        """
        while not self._released.is_set():
            if self._known().quarantine is not None:
                await self._stay_away()
                continue
            try:
                await self._hold()
                self._presence.start_over()
                pause_s = PAUSE_S_MIN
            except WrongTerminal as wrong:
                pause_s = self._lost(wrong.trouble)
            except DriverError as error:
                pause_s = self._lost(trouble_of(error), error)
            await self._never_sent()
            await self._steadiness.pause(pause_s)
        self.let_go.set()

    def _lost(self, trouble: Trouble, error: DriverError | None = None) -> float:
        """Note why, and say after how many seconds its device is opened again."""
        self._presence.lost(trouble, error)
        self._steadiness.lost(self._held_s())
        return self._steadiness.pause_s

    def _held_s(self) -> float:
        """How long payments could be taken since it was opened last."""
        if self._found_at is None:
            return 0.0
        return asyncio.get_running_loop().time() - self._found_at

    async def _stay_away(self) -> None:
        """Return once somebody has judged about the reader, or let go of it."""
        self._judged.clear()
        self._presence.lost(Trouble.QUARANTINED)
        await self._judged.wait()
        self._presence.lost(Trouble.ABSENT)

    def _known(self) -> Reader:
        known = self._parts.journal.queries.reader(self.reader_id)
        assert known is not None, self.reader_id
        return known

    async def _hold(self) -> None:
        self._found_at = None
        await self._never_sent()
        await self._resolver.admit_unknown(self.reader_id)
        known, sightings = self._known(), self._whereabouts.sightings
        place = await self._whereabouts.look(known)
        await identify.recognise(place, known, sightings, self._parts.journal)
        with self._whereabouts.at(place, known):
            await self._hold_at(place, known)

    async def _hold_at(self, place: Place, known: Reader) -> None:
        reader = await timed_reader.open_in_time(partial(self._whereabouts.open, place))
        try:
            await self._settle(reader)
            registered = await self._greet(reader, place, known)
            self._presence.answered()
            await self._resolve(reader, registered)
            told = await self._upkeep.look(reader)
            baseline = await counters.ask_baseline(
                reader, registered, self.reader_id, self._parts.journal
            )
            self.baseline = baseline if told.need in SALE_IS_TRIED else None
            self._presence.wants(told.need)
            self._presence.found(registered.terminal_id)
            self._found_at = asyncio.get_running_loop().time()
            while not self._released.is_set() and await self._next(reader):
                pass
        finally:
            self.baseline = None
            self._presence.let_go()
            await reader.close()

    async def _greet(self, reader: CardReader, place: Place, known: Reader) -> Registered:
        """Its terminal and no other, from here on this reader's."""
        sightings, journal = self._whereabouts.sightings, self._parts.journal
        here = await self._whereabouts.still(place)
        await identify.recognise(here, known, sightings, journal)
        registered = await identify.greet(reader, known, here, sightings, journal)
        self._whereabouts.found()
        return registered

    async def _settle(self, reader: CardReader) -> None:
        """Wait whether a reader that was lost before stays, before a single octet goes there."""
        if not self._steadiness.settle_s:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._steadiness.settle_s):
                await reader.idle()
            raise DeviceGone(self.reader_id)

    async def _resolve(self, reader: CardReader, registered: Registered) -> None:
        """Ask about the latest attempt, if it is unproven or rests on a person's word alone (M6).

        Of one before it the last transaction says nothing: a later sale's would look like its own.
        """
        for attempt in self._latest(registered.terminal_id):
            if attempt.unproven or attempt.proof is Proof.PERSON:
                self._presence.lost(Trouble.RESOLVING)
                asked = Asked(reader, registered.terminal_id, partial(self._upkeep.look, reader))
                await self._resolver.resolve(attempt, asked)

    def _latest(self, terminal_id: str | None) -> list[Attempt]:
        """Its latest, whichever reader it was then; and the latest here, if that was another's."""
        latest, queries = self._known().attempt, self._parts.journal.queries
        here = None if latest is None else queries.attempt(latest)
        if terminal_id is None:
            return [] if here is None else [here]
        its_own = queries.latest_at_terminal(terminal_id)
        others = here if here and here.baseline.terminal_id != terminal_id else None
        return [attempt for attempt in (its_own, others) if attempt is not None]

    async def _next(self, reader: CardReader) -> bool:
        """Run the next attempt, or prove that the terminal is still there. False: start over."""
        probe_s = IDLE_PROBE_S if self.live.need is None else NEED_PROBE_S
        turn = await turns.awaited(self._work, reader, self._released, probe_s)
        if turn is None:
            return await self._looked_after(reader)
        if isinstance(turn, Question):
            await self._put(turn, reader)
            return True
        return await self._run(turn, reader)

    async def _looked_after(self, reader: CardReader) -> bool:
        """Whether the idle terminal can stay as it is held. False: start over."""
        told = await self._upkeep.look(reader)
        self._presence.wants(told.need)
        self._presence.seen()
        if self._left_behind() or (told.ready and self.baseline is None):
            return False
        if told.need not in SALE_IS_TRIED:
            self.baseline = None
        return not await self._restarted(reader, told)

    async def _run(self, handover: Handover, reader: CardReader) -> bool:
        """Take an attempt through its dialogue. False: start over.

        Not one that was begun from where the counters stood before the last booking: that booking
        would prove it (M5). A till can begin it once the journal has the approval, and before the
        dialogue is over.
        """
        if not self._still_to_run(handover):
            handover.ended.set()
            return True
        if handover.attempt.baseline != self.baseline:
            await self._not_sent(handover)
            return True
        self._running = handover
        try:
            await attempts.run(handover.attempt, reader, handover.sale, self._parts)
        finally:
            self._running = None
            handover.ended.set()
        await self._learn(handover.attempt.id)
        return self._after(handover.attempt.id)

    async def _put(self, question: Question[Any], reader: CardReader) -> None:
        """Have it answered, unless a payment is on its way; no sale finds a baseline meanwhile."""
        if not self._work.empty() or self._left_behind():
            question.give_up(turns.busy())
            return
        before, self.baseline = self.baseline, None
        await question.put_to(reader)
        self.baseline = before
        self._presence.seen()

    async def _restarted(self, reader: CardReader, told: Readiness) -> bool:
        """Whether the terminal was told to restart; from then on no sale finds a baseline here."""
        due = await self._restart_due(self.reader_id, told)
        if not due or not self._work.empty() or self._left_behind():
            return False
        self.baseline = None
        log.info("terminal restarts reader=%s", self.reader_id)
        try:
            await reader.restart()
        except (Unsupported, Refused) as error:
            log.warning("terminal does not restart reader=%s reason=%r", self.reader_id, error)
        else:
            self._presence.expect(Trouble.RESTARTING)
        self._presence.lost(Trouble.ABSENT)
        return True

    def _still_to_run(self, handover: Handover) -> bool:
        """Whether nobody has judged it meanwhile: a resolved attempt must never reach a terminal.

        A till can commit in the moment in which the reader is lost and held again.
        """
        attempt = self._parts.journal.queries.attempt(handover.attempt.id)
        return attempt is not None and attempt.state is AttemptState.STARTED

    def _left_behind(self) -> bool:
        """Whether an attempt takes this reader though nobody runs it: its caller went away."""
        if not self._work.empty():
            return False  # it waits for its turn
        unended = self._parts.journal.queries.unended_attempts()
        return any(
            attempt.reader == self.reader_id and attempt.state in IN_DIALOGUE for attempt in unended
        )

    async def _learn(self, attempt_id: str) -> None:
        """A terminal that has said once that it does not do this is not asked again."""
        attempt = self._parts.journal.queries.attempt(attempt_id)
        assert attempt is not None, attempt_id
        operation = capabilities.unsupported_by(attempt)
        if operation is not None:
            log.warning("unsupported reader=%s operation=%s", self.reader_id, operation.value)
            await self._parts.journal.commit(LearnUnsupported(self.reader_id, operation))

    def _after(self, attempt_id: str) -> bool:
        attempt = self._parts.journal.queries.attempt(attempt_id)
        assert attempt is not None, attempt_id
        assert self.baseline is not None
        self._presence.seen()
        match attempt.state:
            case AttemptState.APPROVED if attempt.kind is AttemptKind.END_OF_DAY:
                self._presence.expect(Trouble.UPDATING)  # or its restart, as some makes do then
                return False  # its counters may begin anew
            case AttemptState.APPROVED if self.baseline.totals is not None:
                return False  # they have moved, and are all that proves the next one
            case AttemptState.APPROVED if attempt.last is not None and attempt.last.receipt:
                now_ms, zone = self._parts.clock.wall_ms(), self._parts.zone
                self.baseline = counters.stands_at(self.baseline, attempt.last, now_ms, zone)
                return True
            case AttemptState.DECLINED | AttemptState.ABORTED:
                return attempt.reported is None  # else its number may be taken, though undone
            case AttemptState.UNKNOWN if attempt.reason == OVERDUE:
                self._presence.lost(Trouble.NO_ANSWER)
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
            await self._not_sent(handover)

    async def _not_sent(self, handover: Handover) -> None:
        fact = AttemptNotSent(handover.attempt.id)
        await self._parts.journal.commit(Conclude(fact, only_from=IN_DIALOGUE))
        handover.ended.set()
