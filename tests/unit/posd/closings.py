"""Closing the day of the stage's one reader."""

import asyncio

from posd.model.attempt import Attempt
from posd.model.reader import Reader
from tests.unit.posd.stage import READER, Stage

OFFICE = "key_posd_office"
BACK_S = 10.0
"""Longer than an end of day, and than any pause between two attempts to open the device."""


async def closed(on: Stage) -> Attempt:
    """The end of day once its dialogue has had time to end."""
    begun = await on.closings.close(READER, actor=OFFICE, claim=None)
    await asyncio.sleep(BACK_S)
    attempt = on.journal.queries.attempt(begun.record.id)
    assert attempt is not None
    return attempt


def reader_of(on: Stage) -> Reader:
    """The stage's reader as the journal has it."""
    reader = on.journal.queries.reader(READER)
    assert reader is not None
    return reader
