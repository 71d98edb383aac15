"""`/actions`: everything that a manager may have done now; `/done`: that it was done."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from starlette.responses import Response

from posd.api.services import QueriesPort
from posd.decisions import WITH_A_PERSON, Ruling
from posd.page.held_readers import held_readers
from posd.page.payment_words import GIVES_BACK
from posd.page.told import told
from posd.page.visit import Visit, elsewhere
from posd.snapshot.views import Errand

QUEUE_ITEMS_MAX: Final = 50
"""Of what waits for Stripe, the oldest are offered here; the rest is the queue's own page's."""
TOOK: Final = (Ruling.CHARGED, Ruling.NOT_CHARGED)
GAVE: Final = (Ruling.GIVEN_BACK, Ruling.NOT_GIVEN_BACK)


class Undecided(Struct, frozen=True):
    """A payment that only a person can decide, where it is, and what can be found out of it."""

    errand: Errand
    reader: str
    rulings: tuple[Ruling, Ruling]


async def show(visit: Visit) -> Response:
    """What is there to be done, thing by thing."""
    snapshot, services = await visit.parts.snapshot(), visit.parts.services
    return await told(
        visit,
        "actions.html",
        here="/actions",
        readers_held=list(held_readers(snapshot).values()),
        days_of={day.reader: day for day in snapshot.days},
        undecided=_undecided(snapshot.errands, services.queries),
        drafts=services.audits().drafts.open(),
        queue=services.queue.listed(None, QUEUE_ITEMS_MAX),
    )


async def show_done(visit: Visit) -> Response:
    """What was done last since they signed in."""
    done = None if visit.token is None else visit.parts.sessions.kept(visit.token)
    return elsewhere("/actions") if done is None else await told(visit, "done.html", done=done)


def _undecided(errands: Sequence[Errand], queries: QueriesPort) -> list[Undecided]:
    found = []
    for errand in errands:
        attempts = queries.attempts_of(errand.payment_intent)
        waiting = [one for one in attempts if one.contradicted or one.state in WITH_A_PERSON]
        if waiting:
            rulings = GAVE if waiting[-1].kind in GIVES_BACK else TOOK
            found.append(Undecided(errand, waiting[-1].reader, rulings))
    return found
