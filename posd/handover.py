"""An attempt that is on disk, on its way to its reader (M1)."""

import asyncio
from contextlib import suppress
from typing import Final

from posd.attachments import Attachment
from posd.errors import Refused
from posd.journal.store import Journal
from posd.model.attempt import Attempt, AttemptState
from posd.outcome import IN_DIALOGUE

ACKNOWLEDGE_S: Final = 10.0
"""How long the till's call waits for the terminal to take the command."""


async def hand_over(journal: Journal, attachment: Attachment, attempt: Attempt) -> None:
    """Give the attempt to its reader; returns once its terminal took the command, or it ended.

    Raises Refused: `terminal_reader_offline` when the device turned out to be gone, or to have
    booked since the attempt was begun (proven: no byte was sent), `terminal_reader_timeout` when no
    acknowledgement came in time, the attempt going on.
    """
    handover = attachment.submit(attempt)
    try:
        async with asyncio.timeout(ACKNOWLEDGE_S):
            await handover.settled()
    except TimeoutError:
        message = "The terminal has not taken the command yet; it may still carry it out."
        raise Refused(
            "terminal_reader_timeout", message, payment_intent=attempt.payment_intent or None
        ) from None
    now = _as_it_stands(journal, attempt.id)
    if now.state is AttemptState.NOT_SENT:
        raise Refused(
            "terminal_reader_offline",
            "The terminal is gone, or has only just ended what came before; nothing was sent.",
        )


async def last_word(journal: Journal, attempt_id: str, wait_s: float) -> Attempt:
    """The attempt once its dialogue has ended; as it stands after `wait_s` seconds, else."""
    facts = journal.tail(journal.head)
    with suppress(TimeoutError):
        async with asyncio.timeout(wait_s):
            while _as_it_stands(journal, attempt_id).state in IN_DIALOGUE:
                await anext(facts)
    return _as_it_stands(journal, attempt_id)


def _as_it_stands(journal: Journal, attempt_id: str) -> Attempt:
    attempt = journal.queries.attempt(attempt_id)
    assert attempt is not None, attempt_id
    return attempt
