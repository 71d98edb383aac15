"""What the lost facts captured is neither captured again nor given back (M7)."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from posd.composition import Posd
from posd.errors import Refused
from posd.intents import NewPaymentIntent
from posd.model.payment_intent import IntentState
from tests.unit.posd.house import LANE_1, TILL, config, declared
from tests.unit.posd.restored_store import REPORTED_S, STRIPE, store
from tests.unit.posd.virtual import virtual

MANAGER = "key_posd_manager"
HOLDS: list[Literal["preauth", "sale_then_reverse"]] = ["preauth", "sale_then_reverse"]


async def held(posd: Posd) -> str:
    new = NewPaymentIntent(1250, "eur", capture_method="manual")
    intent = (await posd.payments.create(new, actor=TILL, claim=None)).record
    await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
    await asyncio.sleep(REPORTED_S)
    return intent.id


@pytest.mark.parametrize("way", HOLDS)
@virtual
async def test_what_was_captured_in_the_gap_is_not_given_back_by_a_cancel(
    tmp_path: Path, way: Literal["preauth", "sale_then_reverse"]
) -> None:
    lane = replace(declared("lane-1"), manual_capture=way)
    async with store(tmp_path, config(lane, upstream=STRIPE)) as on:
        async with on.house.living() as posd:
            intent = await held(posd)
        on.back_up()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            await posd.captures.capture(intent, None, actor=TILL, claim=None)
            await asyncio.sleep(REPORTED_S)
        on.put_back()
        asked = len(on.terminal.asked)
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            with pytest.raises(Refused, match="was paid"):
                await posd.captures.cancel(intent, None, actor=TILL, claim=None)
            if way == "preauth":
                with pytest.raises(Refused, match="was paid"):
                    await posd.captures.capture(intent, None, actor=TILL, claim=None)
            else:
                await posd.captures.capture(intent, None, actor=TILL, claim=None)
                known = posd.journal.queries.payment_intent(intent)
                assert known is not None
                assert known.state is IntentState.APPROVED
            await posd.closings.close(LANE_1, actor=MANAGER, claim=None)
            assert not {"capture", "release", "reverse"} & set(on.terminal.asked[asked:])
        assert on.guaranteed() == [1250]
