"""`/v1/refunds` and `refund_payment`: refused until money can go back as safely as it comes."""

from typing import NoReturn

from posd.api.calls import Call, Reply
from posd.api.params import Refund
from posd.errors import Refused


async def create(_call: Call[Refund]) -> Reply:
    """Refuse; nothing is journaled, and no terminal hears of it."""
    _not_here()


async def at_reader(_call: Call[Refund]) -> Reply:
    """Refuse; nothing is journaled, and no terminal hears of it."""
    _not_here()


def _not_here() -> NoReturn:
    raise Refused(
        "charge_not_refundable",
        "posd gives no money back yet. Refund at the terminal itself, and note it in your books.",
    )
