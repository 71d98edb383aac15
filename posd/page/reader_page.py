"""`/readers/{reader}`: one reader, what happened to it, how fast it is, and what is set there."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from msgspec import Struct
from starlette.responses import Response

from posd.discoveries import Discovered
from posd.intents import no_such
from posd.journal.command import Entry
from posd.journal.histories import NOW, Begun
from posd.page.held_readers import held_readers
from posd.page.legs import spreads
from posd.page.timings import TIMED, by_object, timed
from posd.page.told import told
from posd.page.visit import Visit, number

ATTEMPTS_MAX: Final = 20
"""The latest, of which times are told and what happened."""
FACTS_MAX: Final = 60
"""On one page of what happened."""
OF_A_PAYMENT_MAX: Final = 20
"""Facts of one payment or attempt that are looked at."""


class Timeline(Struct, frozen=True):
    """What happened, newest first, and the number before which it goes on; None at its end."""

    entries: Sequence[Entry]
    older: int | None


async def show(visit: Visit) -> Response:
    """One reader. `before` is where the page of what happened begins. Raises Refused."""
    services, snapshot = visit.parts.services, await visit.parts.snapshot()
    reader = services.queries.reader(visit.ids["reader"])
    if reader is None:
        raise no_such("terminal.reader", visit.ids["reader"], "reader")
    before = number(visit, "before", NOW)
    histories = visit.parts.histories
    begun = histories.attempts_at(reader, ATTEMPTS_MAX, before)
    attempts = {one.attempt.id: one.attempt for one in begun}
    payments = {one.payment_intent for one in attempts.values() if one.payment_intent}
    facts = by_object(histories.latest([*attempts, *payments], OF_A_PAYMENT_MAX))
    own = histories.latest([reader.id], FACTS_MAX + 1, before)
    timings = timed(attempts.values(), facts)
    return await told(
        visit,
        "reader.html",
        reader=reader,
        view=held_readers(snapshot).get(reader.id),
        lane=next(
            (one for one in snapshot.lanes if one.reader and one.reader.id == reader.id), None
        ),
        timed=timings,
        spreads=spreads([one.legs for one in timings if one.attempt.state in TIMED]),
        attempts=attempts,
        timeline=_timeline(
            [*own, *chain(*(facts.get(id_, ()) for id_ in attempts))], begun, before
        ),
        is_latest=before == NOW,
        configuration=services.configurations.of(reader.id),
        discovered=await _discovered(visit),
    )


def _timeline(found: Iterable[Entry], begun: Sequence[Begun], before: int) -> Timeline:
    """What happened to the reader and at it, as far back as its attempts were looked up."""
    reaches_back = begun[-1].seq if len(begun) == ATTEMPTS_MAX else 0
    shown = [entry for entry in found if reaches_back <= entry.seq < before]
    shown.sort(key=lambda entry: entry.seq, reverse=True)
    if len(shown) > FACTS_MAX:
        return Timeline(shown[:FACTS_MAX], shown[FACTS_MAX - 1].seq)
    return Timeline(shown, reaches_back or None)


async def _discovered(visit: Visit) -> Sequence[Discovered]:
    """What is plugged in and no reader yet, for who may take it into use; no device is opened."""
    if visit.session is None:
        return ()
    found, _ = await visit.parts.services.discoveries.list(every_port=False)
    return found
