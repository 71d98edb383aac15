"""Which terminal hangs on which cable. Somebody may swap two of them, and swap them back."""

import asyncio
from collections.abc import Sequence
from typing import Final

from posd.model.reader import Reader
from posd_drivers.card_reader import CardReader
from tests.simulation.lane import Lane
from tests.simulation.line import End  # noqa: TC001

UNPLUGGED_S: Final = 2.0
"""How long both plugs are out."""


def address(lane: Lane) -> str:
    """Where the lane's own cable is plugged in."""
    return f"zvt+serial:///dev/{lane.name}"


class Wiring:
    """The cables of a store, by the addresses at which they are plugged in."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        self._lanes = lanes
        self._at = {address(lane): lane for lane in lanes}
        self._ends: dict[str, End] = {}
        self._back: list[asyncio.TimerHandle] = []

    async def open(self, reader: Reader) -> CardReader:
        """What posd opens at the reader's address. Raises NotSent while that cable is out."""
        before, lane = self._ends.get(reader.address), self._at[reader.address]
        assert before is None or before.closed, "two hold one reader"
        opened = await lane.open(reader)
        assert lane.end is not None
        self._ends[reader.address] = lane.end
        return opened

    def hang_up(self) -> None:
        """posd is dead: its ends of the lines are, too."""
        for lane in self._lanes:
            lane.hang_up()
        for end in self._ends.values():
            end.die()

    def swap(self, number: int, for_s: float) -> None:
        """This lane's plug and that of the next one change places for so long."""
        one, other = self._lanes[number], self._lanes[(number + 1) % len(self._lanes)]
        self._exchange(one, other)
        loop = asyncio.get_running_loop()
        self._back.append(loop.call_later(for_s, self._exchange, one, other))

    @property
    def straight(self) -> bool:
        """Whether each plug is where it was."""
        return all(self._at[address(lane)] is lane for lane in self._lanes)

    def straighten(self) -> None:
        """Each plug where it was, for good."""
        for back in self._back:
            back.cancel()
        for lane in self._lanes:
            if self._at[address(lane)] is not lane:
                lane.pull(UNPLUGGED_S)
                self._at[address(lane)] = lane

    def _exchange(self, one: Lane, other: Lane) -> None:
        here, there = address(one), address(other)
        self._at[here], self._at[there] = self._at[there], self._at[here]
        for lane in (one, other):
            lane.pull(UNPLUGGED_S)
        for lane in self._lanes:
            lane.fall_ill(UNPLUGGED_S)
