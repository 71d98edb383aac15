"""`/audit` and `/audit/{period}`: the books of a business day beside one another, also on paper."""

import re
from datetime import date, timedelta
from typing import Final

from starlette.responses import Response

from posd.errors import Refused
from posd.page.held_readers import held_readers
from posd.page.told import told
from posd.page.visit import Visit, elsewhere

OFFERED_DAYS: Final = 7
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


async def choose(visit: Visit) -> Response:
    """Which day; to its page once it is said."""
    day = visit.fields.get("day", "")
    if _DAY.fullmatch(day):
        return elsewhere(f"/audit/{day}")
    today = (await visit.parts.snapshot()).money.business_day
    latest = _days_until(today) if _DAY.fullmatch(today) else []
    return await told(visit, "audit.html", here="/audit", day=today, export=None, latest=latest)


def _days_until(today: str) -> list[str]:
    """The latest business days, today first."""
    last = date.fromisoformat(today)
    return [(last - timedelta(days=n)).isoformat() for n in range(OFFERED_DAYS)]


async def show(visit: Visit) -> Response:
    """That day, audited now, as `GET /posd/v1/audit/{period}` tells it. Raises Refused."""
    day, services = visit.ids["period"], visit.parts.services
    if not _DAY.fullmatch(day):
        raise Refused("parameter_invalid", "Here a period is one day: YYYY-MM-DD.", param="period")
    export = await services.audits().books.audited(day)
    labels = held_readers(await visit.parts.snapshot())
    return await told(visit, "audit.html", here="/audit", day=day, export=export, labels=labels)
