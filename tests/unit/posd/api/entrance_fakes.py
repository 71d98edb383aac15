"""The way in at the page, as far as the API's tests need it."""

from posd.model.store_facts import ManagerActed


class EntranceFake:
    """Counts its codes."""

    def __init__(self) -> None:
        self.drawn = 0
        self.resets: list[str] = []
        self.noted: list[tuple[ManagerActed, str]] = []

    async def new_code(self) -> str:
        self.drawn += 1
        return f"CODE-{self.drawn}"

    async def reset(self, *, actor: str) -> str:
        self.resets.append(actor)
        return await self.new_code()

    async def note(self, fact: ManagerActed, *, actor: str) -> None:
        self.noted.append((fact, actor))
