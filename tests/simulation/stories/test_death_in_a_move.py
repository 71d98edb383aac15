"""The power goes while something is captured or given back, and three ledgers agree in the end.

posd comes back to an attempt that nobody runs any more: it asks the terminal, and never once more
for the money (M5). What it cannot prove is with a person, who decides by what the terminal's book
says.
"""

import asyncio
from pathlib import Path
from typing import Final

import pytest
from typing_extensions import override

from posd_simulator.terminal.ledger import REVERSAL
from posd_simulator.terminal.settings import Settings, StorageRule, Wire
from tests.simulation.stories.moves import Capture, Move, Release, done
from tests.simulation.stories.stage import opened
from tests.simulation.stories.trials import compared
from tests.unit.posd.virtual import virtual

AMOUNT: Final = 10_000
BEFORE_S: Final = (0.0005, 0.002, 0.01, 0.1)
"""After the till's call: before the first fsync, and while the terminal asks its host."""
AFTER_S: Final = tuple(0.30025 + 0.0005 * step for step in range(6))
"""From the host's answer, fsync by fsync, to the completion."""


class Cancel(Move):
    """06 30, of a sale that is held."""

    control, kind, tells_stripe, gives_back = 0x0630, REVERSAL, False, True

    @override
    async def prepare(self) -> None:
        await self.pay(self.amount, capture_method="manual")
        await done()

    @override
    async def ask(self) -> None:
        await self.manager.post(f"/v1/payment_intents/{self.payment}/cancel", {})


@pytest.mark.timeout(90)
@pytest.mark.parametrize("rule", StorageRule, ids=lambda rule: f"{rule.value}-rule")
@pytest.mark.parametrize("move", [Capture, Release, Cancel], ids=lambda move: move.__name__.lower())
@virtual
async def test_the_ledgers_agree_wherever_posd_dies(
    tmp_path: Path, move: type[Move], rule: StorageRule
) -> None:
    settings = Settings(wire=Wire.TCP, storage_rule=rule)
    async with opened(tmp_path, settings=settings) as store:
        if move is Cancel:
            store.manual_capture = "sale_then_reverse"
            await store.power_off()
            await store.power_on()
        endings = {
            await died(move(store, AMOUNT + 1_000 * number), moment_s)
            for number, moment_s in enumerate((*BEFORE_S, *AFTER_S), 1)
        }
        assert endings == {True, False}, "it is met undone and done"


async def died(move: Move, moment_s: float) -> bool:
    """Ask, cut the power after so long, come back, and compare; whether it was done."""
    store = move.store
    await move.prepare()
    asking = store.world.create_task(move.ask(), name="asking")
    await asyncio.sleep(moment_s)
    await store.power_off()
    asking.cancel()
    await store.power_on()
    move.manager = store.manager()
    return await compared(move, moment_s)
