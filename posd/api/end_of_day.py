"""`/posd/v1/readers/{reader}/end_of_day`: a manager has a terminal close its day (M11)."""

from posd.api.calls import Call, Reply
from posd.api.decision_params import ResolveEndOfDay
from posd.api.params import NoParams
from posd.journal.command import Answered
from posd.model.attempt import Attempt
from posd.render.end_of_day import end_of_day
from posd.stripe_wire.errors import resource_missing


async def close(call: Call[NoParams]) -> Reply:
    """Have the reader close its day; answers once its terminal took the command."""
    answered = await call.services.closings.close(
        call.ids["reader"], actor=call.caller.id, claim=call.claim
    )
    return _told(call, answered)


async def show(call: Call[NoParams]) -> Reply:
    """The latest end of day of the reader, whatever became of it."""
    queries = call.services.queries
    reader = queries.reader(call.ids["reader"])
    if reader is None:
        raise resource_missing("terminal.reader", call.ids["reader"], "reader")
    latest = queries.attempt(reader.end_of_day) if reader.end_of_day is not None else None
    if latest is None:
        raise resource_missing("posd.end_of_day", reader.id, "reader")
    return Reply(end_of_day(latest, reader))


async def resolve(call: Call[ResolveEndOfDay]) -> Reply:
    """Say what a person found out about an end of day that nothing else can tell (M6)."""
    asked = call.params
    answered = await call.services.closings.rule(
        call.ids["reader"],
        asked.outcome,
        asked.reason,
        actor=call.caller.id,
        claim=call.claim,
        seen=asked.seen,
    )
    return _told(call, answered)


def _told(call: Call[NoParams] | Call[ResolveEndOfDay], answered: Answered[Attempt]) -> Reply:
    reader = call.services.queries.reader(answered.record.reader)
    assert reader is not None, answered
    return Reply(end_of_day(answered.record, reader), replayed=answered.replayed)
