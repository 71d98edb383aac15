"""`/payments` and `/readers`: what lies behind the front page's numbers, as lists."""

from starlette.responses import Response

from posd.page.told import told
from posd.page.visit import Visit


async def show_payments(visit: Visit) -> Response:
    """Every payment that needs a person, and the latest ones."""
    return await told(visit, "payments.html", here="/payments")


async def show_readers(visit: Visit) -> Response:
    """The readers' days, where the readers are, and how posd stands with Stripe."""
    followed = visit.parts.far is not None
    return await told(visit, "readers.html", here="/readers", followed=followed)
