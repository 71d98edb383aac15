"""`python -m tests.bench.visitors URL RATE ADDRESSES`: browsers that ask for a page for ever.

Says one line when all are connected, asks RATE times a second until SIGTERM, and says how many
answers came by status. A browser that still waits for its last answer leaves its turn out. The
browsers are as many machines' as ADDRESSES says: 127.0.0.2 and those that follow, all of loopback
(RFC 1122, 3.2.1.3).
"""

import asyncio
import json
import signal
import sys
from collections import Counter
from typing import Final
from urllib.parse import urlsplit

BROWSERS: Final = 48
"""Each on a connection that stays open, and with one request under way at most: enough that none
leaves out a turn while it waits a quarter of a second for the next snapshot."""

BROWSERS_OF_ONE_MAX: Final = 8
"""A listener takes no more connections of one address."""


async def main(url: str, rate: float, addresses: int) -> None:
    """Visit until SIGTERM."""
    address = urlsplit(url)
    assert address.hostname is not None, url
    ask = f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    answers: Counter[int] = Counter()
    lines = [
        await asyncio.open_connection(
            address.hostname, address.port, local_addr=(f"127.0.0.{2 + at % addresses}", 0)
        )
        for at in range(min(BROWSERS, BROWSERS_OF_ONE_MAX * addresses))
    ]
    _say({"connected": len(lines)})
    async with asyncio.TaskGroup() as group:
        for at, (reader, writer) in enumerate(lines):
            turns = _Turns(first_s=at / rate, every_s=len(lines) / rate, over=over)
            group.create_task(_visit(reader, writer, ask, turns, answers), name=f"browser {at}")
    _say({str(status): count for status, count in answers.items()})


class _Turns:
    """When one browser asks."""

    def __init__(self, *, first_s: float, every_s: float, over: asyncio.Event) -> None:
        self._now = asyncio.get_running_loop().time
        self._next_s = self._now() + first_s
        self._every_s = every_s
        self._over = over

    async def come(self) -> bool:
        """Wait for the next turn that has not gone by. Returns whether there is one."""
        while self._next_s < self._now():
            self._next_s += self._every_s
        try:
            async with asyncio.timeout_at(self._next_s):
                await self._over.wait()
        except TimeoutError:
            return True
        return False


async def _visit(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    ask: bytes,
    turns: _Turns,
    answers: Counter[int],
) -> None:
    while await turns.come():
        writer.write(ask)
        head = await reader.readuntil(b"\r\n\r\n")
        status, *fields = head.decode("latin-1").splitlines()
        names = dict(field.lower().split(": ", 1) for field in fields if field)
        await reader.readexactly(int(names["content-length"]))
        answers[int(status.split()[1])] += 1
    writer.close()


def _say(told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
