"""What stands behind the API of what only Stripe can do."""

from posd.tokens import ConnectionToken


class TokensFake:
    """A new token for every call, unless it is told to fail."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.asked: list[tuple[str | None, str]] = []

    async def issue(self, location: str | None, *, actor: str) -> ConnectionToken:
        self.asked.append((location, actor))
        if self.failure is not None:
            raise self.failure
        return ConnectionToken(f"pst_test_{len(self.asked)}", location)
