"""What nothing can be faster than, measured beside what is compared with it."""

import asyncio
from pathlib import Path
from time import perf_counter
from types import TracebackType

import apsw

ECHO_OCTETS = 100
ROW_OCTETS = 300
LOG_OCTETS = 8_000_000
"""More than SQLite lets the log grow to before it begins again, 1000 pages of 4 KiB."""


class Disk:
    """One commit of one row in WAL with `synchronous=FULL`: a transaction and its one fsync.

    The log is as long as it gets from the beginning: an fsync of a file that has grown takes longer
    than one of a file that is written anew, as a journal's is most of its life.
    `folder` must be on the file system of the journal that it is compared with.
    """

    def __init__(self, folder: Path) -> None:
        self._db = apsw.Connection(str(folder / "floor.db"))
        self._db.pragma("journal_mode", "wal")
        self._db.pragma("synchronous", 2)
        self._db.execute("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body BLOB)")
        self._db.execute("INSERT INTO row (body) VALUES (zeroblob(?))", (LOG_OCTETS,))

    def commit(self) -> None:
        """Return when one more row is on disk."""
        with self._db:
            self._db.execute("INSERT INTO row (body) VALUES (?)", (bytes(ROW_OCTETS),))

    def commit_s(self) -> float:
        """How many seconds one commit takes now."""
        began = perf_counter()
        self.commit()
        return perf_counter() - began

    def close(self) -> None:
        """Close the database."""
        self._db.close()


class Echo:
    """asyncio's streams over loopback: there and back, client and server on one loop."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def __enter__(self) -> "Echo":
        self._server, self._reader, self._writer = self._runner.run(_connected())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._runner.run(self._hang_up())
        self._runner.close()

    def round_trip_s(self) -> float:
        """How many seconds one round trip takes now."""
        return self._runner.run(self._once())

    async def _once(self) -> float:
        await self._trip()  # a loop that was asleep is no part of the round trip
        began = perf_counter()
        await self._trip()
        return perf_counter() - began

    async def _trip(self) -> None:
        self._writer.write(bytes(ECHO_OCTETS))
        await self._reader.readexactly(ECHO_OCTETS)

    async def _hang_up(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()
        self._server.close()
        await self._server.wait_closed()


async def _connected() -> tuple[asyncio.Server, asyncio.StreamReader, asyncio.StreamWriter]:
    server = await asyncio.start_server(_send_back, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    return server, reader, writer


async def _send_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while octets := await reader.read(ECHO_OCTETS):
        writer.write(octets)
    writer.close()
