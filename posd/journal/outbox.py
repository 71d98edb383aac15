"""What is owed upstream: effects that wait in their lanes, are done, or are parked (M12, M13).

An effect enters with the fact that owes it and leaves with the fact that settles it; in between it
changes by `mark_sending` and `postpone` only, and what would be sent never changes.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeVar

import apsw
from msgspec import Struct

from posd.clock import Clock
from posd.journal.outbox_rows import COLUMNS, found, oldest_waiting_ms, read
from posd.model.effect import EffectState, Owed

POSTPONE_MAX_MS: Final = 300_000
"""Whatever is owed is tried again after so long at most. An effect that is due later than this from
now is due now: the wall clock has jumped back."""
OPEN: Final = (EffectState.WAITING, EffectState.PARKED)
"""What is not over."""
_FIRST_OF_ITS_LANE: Final = (
    "NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.state = 'waiting'"
    " AND earlier.lane = one.lane AND earlier.position < one.position)"
)
_WAITING_FIRST: Final = (
    f"SELECT {COLUMNS} FROM outbox AS one WHERE state = 'waiting' AND {_FIRST_OF_ITS_LANE}"  # noqa: S608
)
_LAST_MS: Final = 2**63 - 1
_T = TypeVar("_T")


class Write(Protocol):
    """Runs work in the writer's next batch; returns when it is on disk."""

    def __call__(self, work: Callable[[], _T], /) -> Awaitable[_T]:
        """Run it. Raises JournalFailed."""
        ...


class Due(Struct, frozen=True):
    """A lane, and when its first effect is due, in wall milliseconds."""

    lane: str
    at_ms: int


class Outbox:
    """Look-ups by the query-only connection, changes through the writer.

    Each look-up finds at most one effect of a lane: a lane is held by its first effect that waits,
    due or not; parked ones hold nothing.
    """

    def __init__(
        self, reader: apsw.Connection, writer: apsw.Connection, write: Write, clock: Clock
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._write = write
        self._clock = clock

    def due(self, now_ms: int, limit: int) -> list[Owed]:
        """Effects to send now, in the order of their lanes' turns: postponed ones last."""
        order = "due_ms, position LIMIT ? + 0"
        owed = self._waiting("due_ms BETWEEN ? AND ?", order, 0, now_ms, limit)
        if len(owed) < limit:
            beyond = now_ms + POSTPONE_MAX_MS + 1
            more = limit - len(owed)
            owed += self._waiting("due_ms BETWEEN ? AND ?", order, beyond, _LAST_MS, more)
        return owed

    def owed_since(self, since_ms: int, now_ms: int, limit: int) -> list[Owed]:
        """Effects to send now that are owed since then or later, oldest first."""
        return self._waiting(
            "owed_ms >= ? AND (due_ms <= ? OR due_ms > ?)",
            "owed_ms, position LIMIT ? + 0",
            since_ms,
            now_ms,
            now_ms + POSTPONE_MAX_MS,
            limit,
        )

    def next_due(self, limit: int) -> list[Due]:
        """The lanes that are due next, soonest first; of those that wait at all."""
        rows = self._reader.execute(
            "SELECT lane, due_ms FROM outbox AS one"  # noqa: S608 (a constant)
            f" WHERE state = 'waiting' AND {_FIRST_OF_ITS_LANE} ORDER BY due_ms LIMIT ? + 0",
            (limit,),
        )
        return [Due(lane, due_ms) for lane, due_ms in rows]

    def waiting_count(self) -> int:
        """How many effects wait."""
        count: int = self._reader.execute("SELECT count(*) FROM outbox WHERE state = 'waiting'").get
        return count

    def parked_count(self) -> int:
        """How many effects wait for a person."""
        count: int = self._reader.execute("SELECT count(*) FROM outbox WHERE state = 'parked'").get
        return count

    def oldest_waiting_ms(self) -> int | None:
        """Wall time since when the oldest waiting effect is owed, or None if none waits."""
        return oldest_waiting_ms(self._reader)

    def parked(self, limit: int = 100) -> list[Owed]:
        """Effects that wait for a person, oldest first."""
        return self.listed((EffectState.PARKED,), limit)

    def listed(
        self, states: Sequence[EffectState], limit: int, after: str | None = None
    ) -> list[Owed]:
        """Effects that are not over and in one of these states, oldest first, after that one."""
        assert set(states) <= set(OPEN), states
        waiting, parked = (one if one in states else None for one in OPEN)
        return read(
            self._reader,
            f"SELECT {COLUMNS} FROM outbox WHERE state IN ('waiting', 'parked')"  # noqa: S608
            " AND state IN (?, ?) AND position > ifnull((SELECT position FROM outbox WHERE id = ?),"
            " 0) ORDER BY position LIMIT ? + 0",
            (
                waiting.value if waiting else "",
                parked.value if parked else "",
                after or "",
                limit,
            ),
        )

    def effect(self, effect_id: str) -> Owed | None:
        """The effect of that id, whatever became of it."""
        return found(self._reader, effect_id)

    async def mark_sending(self, effect_id: str, account: str) -> bool:
        """Durable before the first send: when, and to whose account, for ever (M13).

        Whether it still waits: a person may have taken it out since it was looked up.
        """
        return await self._write(lambda: self._mark_sending(effect_id, account))

    async def postpone(
        self, effect_id: str, until_ms: int, problem: str, *, doubts: int = 0
    ) -> None:
        """Try again at `until_ms`, at most POSTPONE_MAX_MS from now; one more try is counted.

        `doubts` is 1 if what Stripe said may hide that it was carried out. Of what does not wait
        any more, nothing changes.
        """
        latest = self._clock.wall_ms() + POSTPONE_MAX_MS
        until = min(until_ms, latest)
        await self._write(lambda: self._postpone(effect_id, until, problem, doubts))

    def _waiting(self, which: str, order: str, *bindings: int) -> list[Owed]:
        return read(self._reader, f"{_WAITING_FIRST} AND {which} ORDER BY {order}", bindings)

    def _mark_sending(self, effect_id: str, account: str) -> bool:
        self._writer.execute(
            "UPDATE outbox SET account = ?, first_sent_ms = ? WHERE id = ? AND state = 'waiting'"
            " AND first_sent_ms IS NULL AND (account IS NULL OR account = ?)",
            (account, self._clock.wall_ms(), effect_id, account),
        )
        owed = found(self._writer, effect_id)
        if owed is None or owed.state is not EffectState.WAITING:
            return False
        owner = owed.effect.account
        assert owner == account, f"{effect_id} is owed to {owner}, another account than {account}"
        return True

    def _postpone(self, effect_id: str, until_ms: int, problem: str, doubts: int) -> None:
        self._writer.execute(
            "UPDATE outbox SET due_ms = ?, problem = ?, tries = tries + 1, doubts = doubts + ?"
            " WHERE id = ? AND state = 'waiting'",
            (until_ms, problem, doubts, effect_id),
        )
