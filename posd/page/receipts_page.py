"""Receipts as they were kept, and the last ones of a terminal once more."""

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from posd.api.objects import Objects
from posd.api.receipts import wording
from posd.intents import no_such
from posd.model.attempt import Attempt
from posd.model.printed import masked_receipt
from posd.model.store_facts import ManagerActed
from posd.page.told import told
from posd.page.visit import Visit
from posd.render import slip

OF_A_PAYMENT_MAX: Final = 20
DAYS_MAX: Final = 10


async def of_payment(visit: Visit) -> Response:
    """`/payments/{intent}/receipts`: of every try that has one, for everybody. Raises Rejected."""
    services = visit.parts.services
    objects = Objects(services.queries, services.fleet, services.mirror)
    intent = objects.found_intent(visit.ids["intent"], "payment_intent")
    attempts = services.queries.attempts_of(intent.id)[-OF_A_PAYMENT_MAX:]
    return await _kept(visit, attempts, f"/payments/{intent.id}", reader=None)


async def of_days(visit: Visit) -> Response:
    """`/readers/{reader}/receipts`: of its latest ends of day, newest first. Raises Refused."""
    reader = visit.ids["reader"]
    if visit.parts.services.queries.reader(reader) is None:
        raise no_such("terminal.reader", reader, "reader")
    closings = visit.parts.services.queries.closings_of(reader, DAYS_MAX)
    return await _kept(visit, closings, f"/readers/{reader}", reader=reader)


async def reprint(visit: Visit) -> Response:
    """Have the terminal say its last receipts again, and show them. Raises Refused."""
    assert visit.session is not None
    reader, actor = visit.ids["reader"], visit.session.actor
    await visit.parts.entrance.note(ManagerActed("reprint", reader), actor=actor)
    receipts = await visit.parts.services.reprints.reprint(reader)
    printed = ["\n".join(masked_receipt(one).lines) for one in receipts]
    return await told(visit, "receipts.html", slips=printed, back=f"/readers/{reader}", reader=None)


async def _kept(
    visit: Visit, attempts: Sequence[Attempt], back: str, *, reader: str | None
) -> Response:
    """Their receipts; `reader` is one that can be asked for its last ones."""
    found = await asyncio.to_thread(_slips, visit, attempts)
    return await told(visit, "receipts.html", slips=found, back=back, reader=reader)


def _slips(visit: Visit, attempts: Sequence[Attempt]) -> list[str]:
    """On a thread, since babel and the locale are read from disk at first."""
    found = slip.slips(attempts, None, wording(visit.parts.services))
    return ["\n".join(slip.text_lines(one)) for one in found]
