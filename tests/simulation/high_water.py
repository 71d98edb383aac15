"""The mark beside a simulated journal: it lies on the machine, and outlives every posd there."""

from dataclasses import dataclass

from posd.journal.high_water import HighWater


@dataclass
class MarkInMemory:
    """What posd.journal.high_water.HighWaterFile keeps in a file."""

    mark: HighWater | None = None

    def read(self) -> HighWater | None:
        """The mark, or None if there is none."""
        return self.mark

    def write(self, mark: HighWater, /) -> None:
        """Keep it."""
        self.mark = mark

    async def keep(self, mark: HighWater, /) -> None:
        """Keep it."""
        self.mark = mark
