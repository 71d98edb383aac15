"""The rows of the outbox: how an effect is owed, settled and read; each in one transaction."""

from typing import Any, Final

import apsw

from posd.model.effect import Effect, EffectState, Owed

COLUMNS: Final = (
    "id, stream, lane, method, path, body, key, payment_intent, api_version, livemode,"
    " connected_account, account, state, owed_ms, due_ms, first_sent_ms, tries, problem,"
    " look_first, doubts, written_off_ms"
)
_EFFECT_COLUMNS: Final = 12


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


def settle(db: apsw.Connection, effect_id: str, state: EffectState, at_ms: int) -> int:
    """End the effect's wait, in the transaction of the fact that says so.

    What was written off may still turn out to be done: Stripe's word is the last. Returns since
    when it was owed.
    """
    given_up = state is EffectState.WRITTEN_OFF
    owed_ms: int | None = db.execute(
        "UPDATE outbox SET state = ?, written_off_ms = ? WHERE id = ?"
        " AND (state IN ('waiting', 'parked') OR written_off_ms IS NOT NULL) RETURNING owed_ms",
        (
            EffectState.DONE.value if given_up else state.value,
            at_ms if given_up else None,
            effect_id,
        ),
    ).get
    assert owed_ms is not None, f"{effect_id} is neither waiting nor parked"
    return owed_ms


def requeue(db: apsw.Connection, effect_id: str) -> None:
    """A parked effect waits for Stripe again, in its old place, due at once."""
    db.execute(
        "UPDATE outbox SET state = 'waiting', due_ms = 0 WHERE id = ? AND state = 'parked'",
        (effect_id,),
    )
    assert db.changes() == 1, f"{effect_id} is not parked"


def found(db: apsw.Connection, effect_id: str) -> Owed | None:
    """The effect of that id, whatever became of it."""
    rows = read(db, f"SELECT {COLUMNS} FROM outbox WHERE id = ?", (effect_id,))  # noqa: S608
    return rows[0] if rows else None


def oldest_waiting_ms(db: apsw.Connection) -> int | None:
    """Wall time since when the oldest waiting effect is owed, or None if none waits."""
    oldest: int | None = db.execute("SELECT min(owed_ms) FROM outbox WHERE state = 'waiting'").get
    return oldest


def read(db: apsw.Connection, sql: str, bindings: tuple[int | str, ...]) -> list[Owed]:
    """The effects that a statement over COLUMNS finds."""
    return [_owed(row) for row in db.execute(sql, bindings)]


def _owed(row: tuple[Any, ...]) -> Owed:
    state, owed_ms, due_ms, first_sent_ms, tries, problem, look, doubts, given_up = row[
        _EFFECT_COLUMNS:
    ]
    return Owed(
        effect=_effect(row[:_EFFECT_COLUMNS]),
        state=EffectState.WRITTEN_OFF if given_up is not None else EffectState(state),
        owed_ms=owed_ms,
        due_ms=due_ms,
        first_sent_ms=first_sent_ms,
        tries=tries,
        problem=problem,
        look_first=bool(look),
        doubts=doubts,
    )


def _effect(row: tuple[Any, ...]) -> Effect:
    id_, stream, lane, method, path, body, key, payment_intent, api_version, livemode = row[:10]
    connected_account, account = row[10:]
    return Effect(
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
