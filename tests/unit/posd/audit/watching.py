"""The sentinel at work on a stage."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from posd.audit.drafts import Drafts
from posd.audit.sentinel import Sentinel
from posd.model.refund_draft import RefundDraft
from tests.unit.posd.stage import HELD_S, Stage


@asynccontextmanager
async def sentinel(on: Stage) -> AsyncIterator[Drafts]:
    """The sentinel follows the journal; what it drafts can be decided."""
    async with asyncio.TaskGroup() as group:
        following = group.create_task(Sentinel(on.journal).run(), name="sentinel")
        await asyncio.sleep(HELD_S)
        try:
            yield Drafts(on.journal, on.refunds)
        finally:
            following.cancel()


async def drafted(drafts: Drafts) -> tuple[RefundDraft, ...]:
    """What is open once the sentinel has had time to look."""
    await asyncio.sleep(HELD_S)
    return tuple(drafts.open())
