"""A support file of two small files."""

from collections.abc import Sequence

from posd.api.support_port import SupportFile, SupportZip

FILES = (
    SupportFile("README.txt", "what is in it", b"read me"),
    SupportFile("facts.json", "the facts", b"[]"),
)
ZIPPED = SupportZip("posd-support.zip", b"PK\x05\x06" + bytes(18))


class SupportFake:
    """Counts who took one."""

    def __init__(self) -> None:
        self.taken = 0

    async def files(self) -> Sequence[SupportFile]:
        return FILES

    async def zipped(self) -> SupportZip:
        self.taken += 1
        return ZIPPED
