"""Puts one terminal together and runs it until SIGTERM or SIGINT.

The only place of this package that reads the machine's clock, opens files or starts tasks for good.
"""

import asyncio
import json
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette
from typing_extensions import override

from posd_simulator.terminal.cardholder import Cardholder
from posd_simulator.terminal.day import Event, play, read_day
from posd_simulator.terminal.deeds import Need
from posd_simulator.terminal.faults import Faults
from posd_simulator.terminal.ledger import FileLedger, MemoryLedger
from posd_simulator.terminal.lines import listen, serve_pty, serve_tcp, serve_usb
from posd_simulator.terminal.panel import Panel
from posd_simulator.terminal.station import Place, Station, UsbKind, UsbPlace
from posd_simulator.terminal.terminal import Terminal
from posd_simulator.terminal.transcript import Transcript, load
from posd_simulator.usbip.descriptors import Identity
from posd_simulator.usbip.device import BulkDevice, CdcAcmDevice
from posd_simulator.usbip.server import UsbIpServer

BAUD_DEFAULT = 9600
CONTROL_HOST = "127.0.0.1"
BUS_ID = "1-1"
"""The one port of its bus."""


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


def run(station: Station) -> None:
    """Run until SIGTERM or SIGINT.

    Standard output gets one line of JSON when the terminal can be used: `ready`, `device` and `url`
    (what a till opens), `control` (the page), `terminal_id`; on USB `attach`, the command by which
    a Linux machine has the device on its own bus.

    Raises:
        OSError: A port or a file cannot be had.
        ValueError: The ledger is none, or the script cannot be read.
    """
    place, path = station.place, station.conduct.script
    script = load(path) if path else None
    terminal = _switched_on(station, script)
    day = _day(script)
    device = _Device()
    server = _Server(_quiet(Panel(terminal, device.url).app()))
    with ExitStack() as ports:
        control = ports.enter_context(listen(CONTROL_HOST, place.control_port))
        address = place.usb.address if place.usb else place.tcp
        till_port = ports.enter_context(listen(*address)) if address else None
        line = partial(_line, place, terminal, till_port, device)
        with asyncio.Runner(loop_factory=finely_timed_loop) as runner:
            runner.run(_serve(terminal, line, day, server, control, device))


def finely_timed_loop() -> asyncio.SelectorEventLoop:
    """A loop whose timers come within a tenth of a millisecond.

    epoll's are rounded up to a whole one, which is as long as an octet takes at 9600 baud: each
    acknowledgement would take the line twice as long as a real one does.
    """
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


async def _serve(
    terminal: Terminal,
    line: Callable[[], Coroutine[Any, Any, None]],
    day: list[Event],
    server: _Server,
    control: socket.socket,
    device: "_Device",
) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with asyncio.TaskGroup() as group:
        http = group.create_task(server.serve(sockets=[control]), name="control")
        running = (
            group.create_task(terminal.run(), name="terminal"),
            group.create_task(line(), name="line"),
            group.create_task(play(day, terminal), name="day"),
        )
        await device.known.wait()
        _announce(terminal, control, device)
        await stopped.wait()
        server.stop()
        await http
        for task in running:
            task.cancel()


def _switched_on(station: Station, script: Transcript | None) -> Terminal:
    conduct, book = station.conduct, station.place.ledger
    ledger = FileLedger(book) if book else MemoryLedger()
    return Terminal(
        station.settings,
        ledger,
        now=_local_time,
        cardholder=Cardholder(auto=conduct.auto, tap_after_s=conduct.tap_after_s),
        faults=Faults([Need(conduct.status)], rate=conduct.fault_rate, seed=conduct.seed),
        recording=script if script and script.is_recording else None,
    )


def _day(script: Transcript | None) -> list[Event]:
    return [] if script is None or script.is_recording else read_day(script)


class _Device:
    """What a till has to open; it may change when a pty is plugged in again."""

    def __init__(self) -> None:
        self.known = asyncio.Event()
        self.path = ""
        self.attach = ""
        self._url = ""

    def set(self, path: str, url: str, attach: str = "") -> None:
        self.path, self._url, self.attach = path, url, attach
        self.known.set()

    def url(self) -> str:
        return self._url


async def _line(
    place: Place, terminal: Terminal, till_port: socket.socket | None, device: _Device
) -> None:
    if till_port is None:
        await _pty_line(place, terminal, device)
        return
    path = "{}:{}".format(*till_port.getsockname()[:2])
    if place.usb is not None:
        await _usb_line(place.usb, terminal, till_port, partial(device.set, path))
    else:
        device.set(path, f"zvt+tcp://{path}")
        await serve_tcp(terminal, till_port)


async def _pty_line(place: Place, terminal: Terminal, device: _Device) -> None:
    rate = "" if place.baud == BAUD_DEFAULT else f"?baud={place.baud}"
    await serve_pty(
        terminal,
        place.baud,
        place.link,
        lambda path: device.set(path, f"zvt+serial://{path}{rate}"),
    )


async def _usb_line(
    place: UsbPlace, terminal: Terminal, listener: socket.socket, ready: Callable[[str, str], None]
) -> None:
    identity = Identity(serial=place.serial)
    device = CdcAcmDevice(identity) if place.kind is UsbKind.CDC else BulkDevice(identity)
    serial = "" if place.serial is None else f"/{quote(place.serial, safe='')}"
    host, port = listener.getsockname()[:2]
    async with UsbIpServer({BUS_ID: device}, listener) as server:
        ready(
            f"zvt+usb://{identity.vendor:04x}:{identity.product:04x}{serial}",
            f"usbip --tcp-port {port} attach -r {host} -b {BUS_ID}",
        )
        await serve_usb(terminal, server, BUS_ID, device)


def _announce(terminal: Terminal, control: socket.socket, device: _Device) -> None:
    ready = {
        "ready": True,
        "device": device.path,
        "url": device.url(),
        "control": "http://{}:{}".format(*control.getsockname()),
        "terminal_id": terminal.settings.terminal_id,
    }
    if device.attach:
        ready["attach"] = device.attach
    sys.stdout.write(json.dumps(ready) + "\n")
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
    return datetime.fromtimestamp(time.time_ns() / 1e9, tz=UTC).astimezone()
