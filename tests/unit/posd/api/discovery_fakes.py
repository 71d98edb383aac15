"""What stands behind discovery in the API's tests."""

from collections.abc import Sequence

from posd.discoveries import Discovered


class DiscoveriesFake:
    """A bench with these devices on it."""

    def __init__(self) -> None:
        self.found: list[Discovered] = []
        self.hidden: list[str] = []
        self.asked: list[tuple[str, bool]] = []

    async def list(self, *, every_port: bool) -> tuple[Sequence[Discovered], Sequence[str]]:
        self.asked.append(("list", every_port))
        return self.found, self.hidden

    async def look(self, *, every_port: bool) -> tuple[Sequence[Discovered], Sequence[str]]:
        self.asked.append(("look", every_port))
        return self.found, self.hidden
