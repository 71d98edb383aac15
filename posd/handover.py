"""An attempt that is on disk, on its way to its reader (M1)."""

import asyncio
from typing import Final

from posd.attachments import Attachment
from posd.errors import Refused
from posd.journal.store import Journal
from posd.model.attempt import Attempt, AttemptState

ACKNOWLEDGE_S: Final = 10.0
"""How long the till's call waits for the terminal to take the command."""


async def hand_over(journal: Journal, attachment: Attachment, attempt: Attempt) -> None:
    """Give the attempt to its reader; returns once its terminal took the command, or it ended.

    Raises Refused: `terminal_reader_offline` when the device turned out to be gone (proven: no
    byte was sent), `terminal_reader_timeout` when no acknowledgement came in time, the attempt
    going on.
    """
    handover = attachment.submit(attempt)
    try:
        async with asyncio.timeout(ACKNOWLEDGE_S):
            await handover.settled()
    except TimeoutError:
        message = "The terminal has not taken the command yet; it may still show the payment."
        raise Refused(
            "terminal_reader_timeout", message, payment_intent=attempt.payment_intent
        ) from None
    now = journal.queries.attempt(attempt.id)
    assert now is not None, attempt
    if now.state is AttemptState.NOT_SENT:
        raise Refused("terminal_reader_offline", "The terminal is gone; nothing was sent.")
