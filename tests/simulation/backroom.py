"""The back room: the machine that posd runs on, its line, its key, and who looks after them."""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from tests.simulation.clock import MachineClock
from tests.simulation.host import Host
from tests.simulation.uplink import Uplink
from tests.simulation.visitors import Visitors

INSTALLED_S: Final = 5.0
"""How long it takes to install another posd."""
WAKES_S: Final = 60.0
"""The machine is on again so long before its line is."""


@dataclass(slots=True)
class BackRoom:
    """Everything of posd that is neither at a lane nor at a till."""

    host: Host
    clock: MachineClock
    uplink: Uplink
    visitors: Visitors
    _losses: list[asyncio.TimerHandle] = field(default_factory=list)

    def downgrade(self, for_s: float) -> None:
        """End posd, start an older one, and this one again after so long."""
        self.host.knows_epochs = False
        self.host.stop(INSTALLED_S)
        asyncio.get_running_loop().call_later(for_s, self._upgrade)

    def set_clock(self, by_s: float, for_s: float) -> None:
        """The machine's clock jumps by so much, and is set right after so long."""
        self.clock.ahead_ms = round(by_s * 1000)
        asyncio.get_running_loop().call_later(for_s, self._set_right)

    def put_back(self, after_s: float, for_s: float, *, whole: bool) -> None:
        """Back the journal up now, and put that in its place after so long."""
        self.host.back_up()
        loop = asyncio.get_running_loop()
        lose = partial(self.host.lose_disk, for_s, whole=whole)
        self._losses.append(loop.call_later(after_s, lose))

    async def wait_for_repairs(self) -> None:
        """After closing: until machine and line are in order; switched off while the line is not.

        It is on again shortly before the line is.
        """
        loop = asyncio.get_running_loop()
        night_s = self.uplink.down_until_s - loop.time() - WAKES_S
        if night_s > 0:
            self.host.stop(night_s)
            await asyncio.sleep(night_s + WAKES_S)
        await asyncio.sleep(max(0.0, self.host.down_until_s - loop.time()))

    def heal(self) -> None:
        """In order, and nothing is about to happen."""
        self._set_right()
        self._upgrade()
        self.uplink.heal()
        for loss in self._losses:
            loss.cancel()

    def _upgrade(self) -> None:
        if not self.host.knows_epochs:
            self.host.knows_epochs = True
            self.host.stop(INSTALLED_S)

    def _set_right(self) -> None:
        self.clock.ahead_ms = 0
