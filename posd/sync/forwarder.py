"""Pays the outbox: many lanes beside each other, each in its order (M12, M13, I18).

What one effect meets is its own affair (posd.sync.delivery). What concerns all of them is decided
here: while the line is down nothing is tried but the line itself and what a till just did, and
while Stripe does not take the credential, the account or the store's reports, nothing at all.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from msgspec.structs import replace

from posd.clock import Clock
from posd.errors import CredentialRefused
from posd.failpoints import Reach
from posd.ids import Chance
from posd.journal.store import Journal
from posd.journal.tail import Heads
from posd.model.effect import Owed
from posd.snapshot.views import Upstream, UpstreamState
from posd.sync.choice import Choice
from posd.sync.delivery import Delivery
from posd.sync.exchange import Exchange, Way
from posd.sync.gate import Gate
from posd.sync.line import Line
from posd.sync.turns import Turns, Withdrawn
from posd.upstream.account import Owner
from posd.upstream.client import CONNECTIONS_DEFAULT, StripeClient
from posd.upstream.limiter import Limiter, Priority
from posd.upstream.payment_records import PaymentRecordReports, attempt_of

log = logging.getLogger(__name__)

IN_HAND_EACH: Final = 3
"""Effects for each connection: one under way, one made ready, one whose answer goes to disk."""
PARKED_SUMMED_MAX: Final = 100
"""The sum of more parked effects than this is not shown: it is made at every look."""
BUG: Final = "posd could not carry it out: see its log"

Contain: TypeAlias = Callable[[Callable[[], Awaitable[None]], str], Awaitable[bool]]
"""Runs work of that name; False if a bug ended it, which is logged and goes no further."""
Held: TypeAlias = Callable[[], str | None]
"""Why nothing may be sent now, or None. Whoever changes that commits a fact."""


class Forwarder:
    """Takes effects from the outbox, at most one of a lane at a time.

    More are in hand than are under way, so that no connection waits for the disk.

    Args:
        contain: Keeps a bug that one effect meets from the others.
        held: Asked before anything is sent.
        connections: How many requests are under way at most.
    """

    def __init__(  # noqa: PLR0913 (composition: each part is one seam)
        self,
        journal: Journal,
        client: StripeClient,
        account: Owner,
        limiter: Limiter,
        reports: PaymentRecordReports,
        *,
        contain: Contain,
        held: Held,
        clock: Clock,
        chance: Chance,
        reach: Reach,
        connections: int = CONNECTIONS_DEFAULT,
    ) -> None:
        self._standing = Upstream(UpstreamState.UNTRIED, clock.wall_ms())
        self._journal = journal
        self._contain = contain
        self._held = held
        self._clock = clock
        self._connections = connections
        self._line = Line(chance)
        self._turns = Turns(limiter, connections)
        self._gate = Gate(account, limiter, self._turns, self._line)
        self._choice = Choice(journal.outbox)
        exchange = Exchange(client, journal.outbox, self._turns, self._line, reach)
        self._delivery = Delivery(journal, exchange, reports, clock=clock, chance=chance)
        self._busy: dict[str, Priority] = {}
        self._woken = asyncio.Event()

    def standing(self) -> Upstream:
        """How posd stands with Stripe, and what still waits to be sent."""
        outbox = self._journal.outbox
        parked = outbox.parked_count()
        return replace(
            self._standing,
            waiting=outbox.waiting_count(),
            oldest_ms=outbox.oldest_waiting_ms(),
            parked=parked,
            parked_amounts=self._parked_amounts(parked),
        )

    def _parked_amounts(self, parked: int) -> Mapping[str, int]:
        amounts: Counter[str] = Counter()
        if parked > PARKED_SUMMED_MAX:
            return amounts
        for owed in self._journal.outbox.parked(PARKED_SUMMED_MAX):
            attempt = self._journal.queries.attempt(attempt_of(owed.effect))
            if attempt is not None and attempt.approved_amount is not None:
                amounts[attempt.currency] += attempt.approved_amount
        return amounts

    async def run(self) -> None:
        """For ever: send what is due, and sleep until a fact, an answer or a retry is."""
        self._busy.clear()
        heads = self._journal.heads()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(heads), name="forwarder-facts")
            while True:
                self._woken.clear()
                pause_s = await self._advance(group)
                self._note_standing()
                await self._rest(pause_s)

    async def _follow(self, heads: Heads) -> None:
        async for _head in heads:
            self._woken.set()

    async def _rest(self, pause_s: float | None) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _advance(self, group: asyncio.TaskGroup) -> float | None:
        """Begin what may begin. Seconds until more may, or None: a fact or an answer will tell."""
        if self._held() is not None or self._journal.outbox.oldest_waiting_ms() is None:
            return None
        if shut_for_s := self._gate.shut_for_s():
            return shut_for_s
        if self._gate.account is None or self._line.problem is not None:
            if probe_in_s := self._line.probe_in_s():
                self._begin_untried(group)
                return probe_in_s
            await self._gate.ask()
            return 0.0
        return self._begin_all(group)

    def _begin_all(self, group: asyncio.TaskGroup) -> float | None:
        """Begin what is due. Seconds until more is, or None: an answer will tell."""
        now_ms = self._clock.wall_ms()
        if self._gate.problem is not None:
            return self._begin_one_for_all(group, now_ms)
        for owed in self._choice.live(now_ms, self._busy, self._room(Priority.LIVE)):
            self._begin(group, owed, Priority.LIVE)
        room = self._room(Priority.BACKLOG)
        if 2 * room < self._connections:
            return None  # looked for in batches
        for owed in self._choice.backlog(now_ms, self._busy, room):
            self._begin(group, owed, Priority.BACKLOG)
        return self._next_in_s(now_ms) if self._room(Priority.BACKLOG) else None

    def _room(self, priority: Priority) -> int:
        """How many more of them may begin."""
        return IN_HAND_EACH * self._connections - list(self._busy.values()).count(priority)

    def _begin_one_for_all(self, group: asyncio.TaskGroup, now_ms: int) -> float | None:
        """After a refusal: whether all may go on shows at one."""
        if self._busy:
            return None
        for owed in self._choice.backlog(now_ms, self._busy, 1):
            self._begin(group, owed, Priority.BACKLOG)
        return None if self._busy else self._next_in_s(now_ms)

    def _begin_untried(self, group: asyncio.TaskGroup) -> None:
        """While the line is down: what a till just did is tried once, and may find it up."""
        room = self._connections - len(self._busy)
        for owed in self._choice.live(self._clock.wall_ms(), self._busy, room):
            if owed.tries == 0:
                self._begin(group, owed, Priority.LIVE)

    def _next_in_s(self, now_ms: int) -> float | None:
        """Seconds until a lane that is not busy is due."""
        due = self._journal.outbox.next_due(len(self._busy) + 1)
        waits = [(one.at_ms - now_ms) / 1000 for one in due if one.lane not in self._busy]
        return max(0.001, waits[0]) if waits else None

    def _begin(self, group: asyncio.TaskGroup, owed: Owed, priority: Priority) -> None:
        account = self._gate.account
        if account is None:
            return
        if owed.effect.account not in (None, account):
            self._gate.shut(f"{owed.effect.id} is owed to {owed.effect.account}")
            return
        self._busy[owed.effect.lane] = priority
        way = Way(account, priority, self._turns.ticket)
        group.create_task(self._carry(owed, way), name=f"effect:{owed.effect.id}")

    async def _carry(self, owed: Owed, way: Way) -> None:
        try:
            name = f"effect:{owed.effect.id}"
            if not await self._contain(partial(self._deliver, owed, way), name):
                await self._delivery.put_off(owed, BUG)
        finally:
            del self._busy[owed.effect.lane]
            self._woken.set()

    async def _deliver(self, owed: Owed, way: Way) -> None:
        try:
            await self._delivery.deliver(owed, way)
        except Withdrawn:
            return
        except CredentialRefused as refused:
            self._gate.shut(str(refused))
        else:
            if self._line.problem is None:
                self._gate.passed()

    def _note_standing(self) -> None:
        state, problem = self._found_standing()
        if (state, problem) != (self._standing.state, self._standing.problem):
            level = logging.INFO if state is UpstreamState.OK else logging.WARNING
            log.log(level, "upstream state=%s problem=%s", state.value, problem)
            self._standing = Upstream(state, self._clock.wall_ms(), problem)

    def _found_standing(self) -> tuple[UpstreamState, str | None]:
        if problem := self._held() or self._gate.problem:
            return UpstreamState.PAUSED, problem
        if self._line.problem is not None:
            return UpstreamState.OFFLINE, self._line.problem
        return (UpstreamState.OK if self._line.tried else UpstreamState.UNTRIED), None
