"""`python -m tests.bench.terminals LINE COUNT FILE`: many simulated terminals in one process.

LINE is `tcp`, or `usb`: modems on one bus, served over USB/IP. Each terminal has a cardholder of
its own speed, so that they do not keep step. At the end, FILE has for how many seconds each had the
word in each of its payments, as JSON: what else a payment took is posd's and the line's. On USB
nobody listens.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from typing_extensions import override

from posd.clock import SystemClock, utc
from posd_drivers.transport.base import Transport
from posd_drivers.zvt.apdu import ApduStream
from posd_simulator.terminal.cardholder import Cardholder
from posd_simulator.terminal.ledger import MemoryLedger
from posd_simulator.terminal.lines import listen, serve_tcp, serve_usb
from posd_simulator.terminal.serve import finely_timed_loop
from posd_simulator.terminal.settings import Settings, Wire
from posd_simulator.terminal.terminal import Terminal
from posd_simulator.usbip.descriptors import Identity
from posd_simulator.usbip.device import CdcAcmDevice, UsbDevice
from posd_simulator.usbip.server import UsbIpServer
from tests.bench.rig import USB_BAUD

HOST = "127.0.0.1"
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
    """A terminal whose host takes no time, and whose till is overheard on TCP."""

    def __init__(self, number: int, count: int, wire: Wire) -> None:
        settings = Settings(
            wire, wire is Wire.SERIAL, terminal_id=f"{number + 1:08d}", host_delay_s=0.0
        )
        super().__init__(
            settings,
            MemoryLedger(),
            now=lambda: utc(SystemClock().wall_ms()),
            cardholder=Cardholder(tap_after_s=card_s(number, count)),
        )
        self.words = Words()

    @override
    async def connect(self, link: Transport) -> None:
        on_tcp = self.settings.wire is Wire.TCP
        await super().connect(Overheard(link, self.words) if on_tcp else link)


def main(line: str, count: int, told: Path) -> None:
    """Serve until SIGINT, and say on standard output what a till opens, and where the bus is."""
    wire, serve = {"tcp": (Wire.TCP, _on_tcp), "usb": (Wire.SERIAL, _on_usb)}[line]
    terminals = [TimedTerminal(number, count, wire) for number in range(count)]
    with asyncio.Runner(loop_factory=finely_timed_loop) as runner:
        runner.run(serve(terminals))
    told.write_text(json.dumps([terminal.words.held_s for terminal in terminals]))


async def _on_tcp(terminals: Sequence[Terminal]) -> None:
    ports = [listen(HOST, 0) for _ in terminals]
    urls = [f"zvt+tcp://{HOST}:{port.getsockname()[1]}" for port in ports]
    lines = [serve_tcp(*plugged) for plugged in zip(terminals, ports, strict=True)]
    await _run(terminals, lines, {"urls": urls})


async def _on_usb(terminals: Sequence[Terminal]) -> None:
    serials = [terminal.settings.terminal_id for terminal in terminals]
    devices: dict[str, UsbDevice] = {
        f"1-{port}": CdcAcmDevice(Identity(serial=serial)) for port, serial in enumerate(serials, 1)
    }
    async with UsbIpServer(devices) as server:
        lines = [
            serve_usb(terminal, server, *plugged)
            for terminal, plugged in zip(terminals, devices.items(), strict=True)
        ]
        urls = [f"zvt+usb://1209:0001/{serial}?baud={USB_BAUD}" for serial in serials]
        await _run(terminals, lines, {"urls": urls, "bus": f"{HOST}:{server.port}"})


async def _run(
    terminals: Sequence[Terminal],
    lines: Sequence[Coroutine[Any, Any, None]],
    ready: Mapping[str, object],
) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stopped.set)
    async with asyncio.TaskGroup() as group:
        switched_on = [terminal.run() for terminal in terminals]
        running = [group.create_task(work, name="terminal") for work in (*switched_on, *lines)]
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await stopped.wait()
        for task in running:
            task.cancel()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
