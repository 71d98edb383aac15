"""`python -m tests.bench.terminals COUNT FILE`: so many simulated terminals on TCP, in one process.

Each has a cardholder of its own speed, so that they do not keep step. At the end, the file has how
many seconds each terminal had the word in each of its payments, as JSON: what else a payment took
is posd's and the line's.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path
from time import perf_counter

from typing_extensions import override

from posd.clock import SystemClock, utc
from posd_drivers.transport.base import Transport
from posd_drivers.zvt.apdu import ApduStream
from posd_simulator.terminal.cardholder import Cardholder
from posd_simulator.terminal.ledger import MemoryLedger
from posd_simulator.terminal.lines import listen, serve_tcp
from posd_simulator.terminal.serve import finely_timed_loop
from posd_simulator.terminal.settings import Settings, Wire
from posd_simulator.terminal.terminal import Terminal

CARD_S_MIN, CARD_S_MAX = 0.5, 1.0
"""The quickest and the slowest cardholder: many times as many payments as a store takes."""
AUTHORISATION, COMPLETION = 0x0601, b"\x06\x0f"


def card_s(number: int, count: int) -> float:
    """How many seconds the cardholder of that terminal, of so many, takes; the one alone, half."""
    return CARD_S_MIN + (CARD_S_MAX - CARD_S_MIN) * (number + 0.5) / count


class Words:
    """Who has the word in a payment, as the terminal sees it.

    Attributes:
        held_s: For how many seconds the terminal had it, for each payment that came to its end.
    """

    def __init__(self) -> None:
        self.held_s: list[float] = []
        self._paying_s: float | None = None
        self._since = 0.0
        self._stream = ApduStream()

    def heard(self, octets: bytes, now: float) -> None:
        """The till spoke: from now on it is the terminal's turn."""
        self._since = now
        # The answer to a completion and the next command may come together.
        if any(apdu.control == AUTHORISATION for apdu in self._stream.feed(octets)):
            self._paying_s = 0.0

    def said(self, apdu: bytes, now: float) -> None:
        """The terminal spoke, and perhaps will again before the till does."""
        if self._paying_s is None:
            return
        self._paying_s += now - self._since
        self._since = now
        if apdu.startswith(COMPLETION):
            self.held_s.append(self._paying_s)
            self._paying_s = None


class Overheard(Transport):
    """A till's line with somebody who notes who speaks when; each write is one APDU on TCP."""

    def __init__(self, line: Transport, words: Words) -> None:
        self._line = line
        self._words = words

    @override
    async def read(self) -> bytes:
        octets = await self._line.read()
        self._words.heard(octets, perf_counter())
        return octets

    @override
    async def write(self, octets: bytes) -> None:
        self._words.said(octets, perf_counter())
        await self._line.write(octets)

    @override
    def discard_input(self) -> None:
        self._line.discard_input()

    @override
    async def close(self) -> None:
        await self._line.close()


class TimedTerminal(Terminal):
    """A terminal whose host takes no time, and whose till is overheard."""

    def __init__(self, number: int, count: int) -> None:
        super().__init__(
            Settings(Wire.TCP, terminal_id=f"{number + 1:08d}", host_delay_s=0.0),
            MemoryLedger(),
            now=lambda: utc(SystemClock().wall_ms()),
            cardholder=Cardholder(tap_after_s=card_s(number, count)),
        )
        self.words = Words()

    @override
    async def connect(self, link: Transport) -> None:
        await super().connect(Overheard(link, self.words))


async def _serve(count: int) -> list[list[float]]:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stopped.set)
    terminals = [TimedTerminal(number, count) for number in range(count)]
    urls = []
    async with asyncio.TaskGroup() as group:
        running = []
        for terminal in terminals:
            port = listen("127.0.0.1", 0)
            urls.append(f"zvt+tcp://127.0.0.1:{port.getsockname()[1]}")
            running += [
                group.create_task(terminal.run(), name="terminal"),
                group.create_task(serve_tcp(terminal, port), name="line"),
            ]
        sys.stdout.write(json.dumps({"urls": urls}) + "\n")
        sys.stdout.flush()
        await stopped.wait()
        for task in running:
            task.cancel()
    return [terminal.words.held_s for terminal in terminals]


def main(count: int, told: Path) -> None:
    """Serve until SIGINT, and say on standard output what a till opens."""
    with asyncio.Runner(loop_factory=finely_timed_loop) as runner:
        held_s = runner.run(_serve(count))
    told.write_text(json.dumps(held_s))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
