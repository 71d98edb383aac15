"""The support file, made when somebody asks for it: no sale waits, nothing is written to disk."""

import asyncio
import io
from collections.abc import Sequence

from posd.api.support_port import NAME, SupportFile, SupportZip
from posd.clock import utc
from posd.support.sources import Sources


class Bundles:
    """Makes one at a time, so that the memory it takes is bounded."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._turn = asyncio.Lock()

    async def files(self) -> Sequence[SupportFile]:
        """What it would hold now, README.txt first. Raises JournalFailed, OSError."""
        from posd.support.contents import gathered, written

        async with self._turn:
            found = await gathered(self._sources)
            return await asyncio.to_thread(written, found, self._sources)

    async def zipped(self) -> SupportZip:
        """The same as one zip. Raises JournalFailed, OSError."""
        files, at_ms = await self.files(), self._sources.clock.wall_ms()
        octets = await asyncio.to_thread(_zip, files, at_ms)
        return SupportZip(NAME.format(at=utc(at_ms)), octets)


def _zip(files: Sequence[SupportFile], at_ms: int) -> bytes:
    from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

    octets, moment = io.BytesIO(), utc(at_ms)
    with ZipFile(octets, "w") as archive:
        for file in files:
            about = ZipInfo(file.name, moment.timetuple()[:6])
            archive.writestr(about, file.octets, compress_type=ZIP_DEFLATED)
    return octets.getvalue()
