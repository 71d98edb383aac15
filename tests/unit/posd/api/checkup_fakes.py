"""What stands behind tests and diagnoses of terminals in the API's tests."""

from posd_drivers.ability import Readiness


class CheckupsFake:
    """Every terminal says this of itself, or posd raises what it is told to."""

    def __init__(self) -> None:
        self.told = Readiness(ready=True, status=0)
        self.failure: Exception | None = None
        self.diagnosed_by: list[str] = []

    async def test(self, _reader: str) -> Readiness:
        if self.failure is not None:
            raise self.failure
        return self.told

    async def diagnose(self, reader: str, *, actor: str) -> Readiness:
        self.diagnosed_by.append(actor)
        return await self.test(reader)
