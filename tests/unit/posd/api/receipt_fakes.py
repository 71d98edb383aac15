"""What stands behind receipts in the API's tests."""

from posd_drivers.card_reader import Receipt


class ReprintsFake:
    """Has these receipts for every reader, or raises what it is told to."""

    def __init__(self) -> None:
        self.receipts: tuple[Receipt, ...] = ()
        self.failure: Exception | None = None

    async def reprint(self, _reader: str) -> tuple[Receipt, ...]:
        if self.failure is not None:
            raise self.failure
        return self.receipts
