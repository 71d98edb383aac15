"""Ids that count instead of being drawn."""


class CountingIds:
    """`pi_posd_00000001`, `att_posd_00000002` and so on."""

    def __init__(self, count: int = 0) -> None:
        self._count = count

    def new(self, prefix: str) -> str:
        """The next id."""
        self._count += 1
        return f"{prefix}_{self._count:08d}"
