"""Puts one terminal together and runs it until SIGTERM or SIGINT.

The only place of this package that reads the machine's clock, opens files or starts tasks for good.
"""

import asyncio
import json
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from typing_extensions import override

from posd_simulator.terminal.cardholder import TAP_AFTER_S, Cardholder
from posd_simulator.terminal.ledger import FileLedger, MemoryLedger
from posd_simulator.terminal.lines import listen, serve_pty, serve_tcp
from posd_simulator.terminal.panel import Panel
from posd_simulator.terminal.settings import Settings
from posd_simulator.terminal.terminal import Terminal

BAUD_DEFAULT = 9600
CONTROL_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Station:
    """How and where a terminal is served.

    Attributes:
        settings: The terminal itself.
        tcp: Host and port to listen on (0: a free one), or None for a pty.
        link: A name for the pty, kept pointing to it however often the cable is pulled.
        baud: The line rate of the pty.
        ledger: The file of its book, or None for one that ends with the process.
        control_port: Loopback port of its page and control; 0: a free one.
        auto: Whether cardholders tap by themselves.
        tap_after_s: After how long.
    """

    settings: Settings
    tcp: tuple[str, int] | None = None
    link: Path | None = None
    baud: int = BAUD_DEFAULT
    ledger: Path | None = None
    control_port: int = 0
    auto: bool = True
    tap_after_s: float = TAP_AFTER_S


class _Server(uvicorn.Server):
    """Without signal handlers of its own and without the ten ticks a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stop = asyncio.Event()

    @override
    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._stop.wait()

    @contextmanager
    @override
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        """Close the connections and return from `serve`."""
        self.force_exit = True
        self._stop.set()


async def serve(station: Station, announce: Callable[[str], None] | None = None) -> None:
    """Run until SIGTERM or SIGINT.

    `announce` (default: standard output) gets one line of JSON when the terminal can be used:
    `ready`, `device` and `url` (what a till opens), `control` (the page), `terminal_id`. Raises
    OSError if a port or a file cannot be had.
    """
    ledger = FileLedger(station.ledger) if station.ledger else MemoryLedger()
    cardholder = Cardholder(auto=station.auto, tap_after_s=station.tap_after_s)
    terminal = Terminal(station.settings, ledger, now=_local_time, cardholder=cardholder)
    control = listen(CONTROL_HOST, station.control_port)
    device = _Device()
    server = _Server(_quiet(Panel(terminal, device.url).app()))
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with asyncio.TaskGroup() as group:
        http = group.create_task(server.serve(sockets=[control]), name="control")
        running = [
            group.create_task(terminal.run(), name="terminal"),
            group.create_task(_serve_line(station, terminal, device), name="line"),
        ]
        await device.known.wait()
        (announce or _print)(_ready(station, device, control))
        await stopped.wait()
        server.stop()
        await http
        for task in running:
            task.cancel()


class _Device:
    """What a till has to open; it may change when a pty is plugged in again."""

    def __init__(self) -> None:
        self.known = asyncio.Event()
        self.path = ""
        self._scheme = ""

    def set(self, scheme: str, path: str) -> None:
        self._scheme, self.path = scheme, path
        self.known.set()

    def url(self) -> str:
        return f"{self._scheme}://{self.path}"


async def _serve_line(station: Station, terminal: Terminal, device: _Device) -> None:
    if station.tcp is None:
        scheme, baud = "zvt+serial", station.baud
        suffix = "" if baud == BAUD_DEFAULT else f"?baud={baud}"
        await serve_pty(
            terminal, baud, station.link, lambda path: device.set(scheme, path + suffix)
        )
    else:
        listener = listen(*station.tcp)
        host, port = listener.getsockname()[:2]
        device.set("zvt+tcp", f"{host}:{port}")
        await serve_tcp(terminal, listener)


def _ready(station: Station, device: _Device, control: socket.socket) -> str:
    host, port = control.getsockname()
    return json.dumps(
        {
            "ready": True,
            "device": device.path,
            "url": device.url(),
            "control": f"http://{host}:{port}",
            "terminal_id": station.settings.terminal_id,
        }
    )


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _quiet(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
    )


def _local_time() -> datetime:
    return datetime.fromtimestamp(time.time_ns() // 1_000_000_000, tz=UTC).astimezone()
