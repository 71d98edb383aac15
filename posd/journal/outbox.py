"""What is owed upstream: effects that wait in their lanes, are done, or are parked (M12, M13).

An effect enters with the fact that owes it and leaves with the fact that settles it; in between it
changes by `mark_sending` and `postpone` only, and what would be sent never changes.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal, Protocol, TypeVar

import apsw
from msgspec import Struct

from posd.clock import Clock
from posd.model.effect import Effect

POSTPONE_MAX_MS: Final = 3_600_000
"""An effect that is due later than this from now is due now: the wall clock has jumped back."""
_COLUMNS: Final = (
    "id, stream, lane, method, path, body, key, payment_intent, api_version, livemode,"
    " connected_account, account, owed_ms, first_sent_ms, tries, problem"
)
_FIRST_OF_ITS_LANE: Final = (
    "NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.state = 'waiting'"
    " AND earlier.lane = one.lane AND earlier.position < one.position)"
)
_LAST_MS: Final = 2**63 - 1
_T = TypeVar("_T")


class Owed(Struct, frozen=True):
    """An effect and what became of it so far. Times are wall milliseconds.

    Attributes:
        first_sent_ms: When it was about to be sent for the first time, or None.
        tries: How often it was postponed after a try.
        problem: Why the last try did not settle it, or None.
    """

    effect: Effect
    owed_ms: int
    first_sent_ms: int | None
    tries: int
    problem: str | None


class Write(Protocol):
    """Runs work in the writer's next batch; returns when it is on disk."""

    def __call__(self, work: Callable[[], _T], /) -> Awaitable[_T]:
        """Run it. Raises JournalFailed."""
        ...


class Outbox:
    """Look-ups by the query-only connection, changes through the writer."""

    def __init__(
        self, reader: apsw.Connection, writer: apsw.Connection, write: Write, clock: Clock
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._write = write
        self._clock = clock

    def due(self, now_ms: int, limit: int) -> list[Owed]:
        """Effects to send now, oldest first and postponed ones last, at most one of a lane.

        A lane is held by its first effect that waits, due or not; parked ones hold nothing.
        """
        owed = self._due_between(0, now_ms, limit)
        if len(owed) < limit:
            beyond = now_ms + POSTPONE_MAX_MS + 1
            owed += self._due_between(beyond, _LAST_MS, limit - len(owed))
        return owed

    def next_due_ms(self) -> int | None:
        """When the next lane is due, as `due` takes them, or None if nothing waits."""
        due: int | None = self._reader.execute(
            "SELECT due_ms FROM outbox AS one"  # noqa: S608 (a constant)
            f" WHERE state = 'waiting' AND {_FIRST_OF_ITS_LANE}"
            " ORDER BY due_ms LIMIT 1"
        ).get
        return due

    def waiting_count(self) -> int:
        """How many effects wait."""
        count: int = self._reader.execute("SELECT count(*) FROM outbox WHERE state = 'waiting'").get
        return count

    def oldest_waiting_ms(self) -> int | None:
        """Wall time since when the oldest waiting effect is owed, or None if none waits."""
        oldest: int | None = self._reader.execute(
            "SELECT min(owed_ms) FROM outbox WHERE state = 'waiting'"
        ).get
        return oldest

    def parked(self, limit: int = 100) -> list[Owed]:
        """Effects that Stripe refused for good and that wait for a person, oldest first."""
        return _owed(
            self._reader,
            f"SELECT {_COLUMNS} FROM outbox WHERE state = 'parked'"  # noqa: S608 (a constant)
            " ORDER BY position LIMIT ? + 0",
            (limit,),
        )

    async def mark_sending(self, effect_id: str, account: str) -> None:
        """Durable before the first send: when, and to whose account, for ever (M13)."""
        await self._write(lambda: self._mark_sending(effect_id, account))

    async def postpone(self, effect_id: str, until_ms: int, problem: str) -> None:
        """Try again at `until_ms`, at most POSTPONE_MAX_MS from now; one more try is counted."""
        latest = self._clock.wall_ms() + POSTPONE_MAX_MS
        await self._write(lambda: self._postpone(effect_id, min(until_ms, latest), problem))

    def _due_between(self, first_ms: int, last_ms: int, limit: int) -> list[Owed]:
        return _owed(
            self._reader,
            f"SELECT {_COLUMNS} FROM outbox AS one"  # noqa: S608 (a constant)
            f" WHERE state = 'waiting' AND due_ms BETWEEN ? AND ? AND {_FIRST_OF_ITS_LANE}"
            " ORDER BY due_ms, position LIMIT ? + 0",
            (first_ms, last_ms, limit),
        )

    def _mark_sending(self, effect_id: str, account: str) -> None:
        self._writer.execute(
            "UPDATE outbox SET account = ?, first_sent_ms = ? WHERE id = ? AND state = 'waiting'"
            " AND first_sent_ms IS NULL AND (account IS NULL OR account = ?)",
            (account, self._clock.wall_ms(), effect_id, account),
        )
        found = self._writer.execute(
            "SELECT 1 FROM outbox WHERE id = ? AND state = 'waiting' AND account = ?",
            (effect_id, account),
        ).get
        assert found, f"{effect_id} does not wait, or is owed to another account than {account}"

    def _postpone(self, effect_id: str, until_ms: int, problem: str) -> None:
        self._writer.execute(
            "UPDATE outbox SET due_ms = ?, problem = ?, tries = tries + 1"
            " WHERE id = ? AND state = 'waiting'",
            (until_ms, problem, effect_id),
        )
        assert self._writer.changes() == 1, f"{effect_id} does not wait"


def owe(db: apsw.Connection, effect: Effect, at_ms: int) -> None:
    """Put the effect at the end of its lane, in the transaction of the fact that owes it."""
    db.execute(
        "INSERT INTO outbox (id, stream, lane, method, path, body, key, payment_intent,"
        " api_version, livemode, connected_account, account, state, owed_ms, due_ms, tries)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, 0, 0)",
        (
            effect.id,
            effect.stream,
            effect.lane,
            effect.method,
            effect.path,
            effect.body,
            effect.key,
            effect.payment_intent,
            effect.api_version,
            effect.livemode,
            effect.connected_account,
            effect.account,
            at_ms,
        ),
    )


def settle(db: apsw.Connection, effect_id: str, state: Literal["done", "parked"]) -> None:
    """End the effect's wait, in the transaction of the fact that says so."""
    db.execute(
        "UPDATE outbox SET state = ? WHERE id = ? AND state IN ('waiting', 'parked')",
        (state, effect_id),
    )
    assert db.changes() == 1, f"{effect_id} is neither waiting nor parked"


def _owed(db: apsw.Connection, sql: str, bindings: tuple[int, ...]) -> list[Owed]:
    return [_from_row(row) for row in db.execute(sql, bindings)]


def _from_row(row: tuple[Any, ...]) -> Owed:
    id_, stream, lane, method, path, body, key, payment_intent, api_version, livemode = row[:10]
    connected_account, account, owed_ms, first_sent_ms, tries, problem = row[10:]
    effect = Effect(
        id=id_,
        stream=stream,
        lane=lane,
        method=method,
        path=path,
        body=body,
        key=key,
        payment_intent=payment_intent,
        api_version=api_version,
        livemode=bool(livemode),
        connected_account=connected_account,
        account=account,
    )
    return Owed(effect, owed_ms, first_sent_ms, tries, problem)
