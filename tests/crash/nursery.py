"""The process that posd and terminals are forked from: it has imported them and done nothing else.

Reads one JSON order a line on standard input and answers each with one line:

| order | answer |
|---|---|
| `{"posd": CONFIG, "armed": FAILPOINT, "ahead_s": SECONDS, "usb": PORT}` | process id of a posd: \
it dies at the failpoint, its wall clock is so far ahead, and on its USB is what the USB/IP server \
at that port serves; `armed` and `usb` may be `null` |
| `{"posd-sim": ARGUMENTS, "folder": FOLDER}` | process id of a simulator |
| `{"command": ARGUMENTS, "log": FILE}` | process id of any command |
| `{"pid": N}` | its exit status, minus the signal that ended it, or `null`: it runs |

What a posd logs is appended to `posd.log` beside its configuration; what a simulator says goes to
`posd-sim.out` and `posd-sim.log` in its folder. When standard input ends, however that came about,
what still runs is killed: a posd that nobody ends would take the line of another test's terminal.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

import pyudev
from serial.tools import list_ports
from starlette.routing import compile_path

from posd import daemon
from posd.api.routes import ROUTES
from posd.errors import UpstreamUnavailable
from posd.failpoints import Failpoint
from posd.sync import first_look
from posd.upstream import lost_records
from posd.upstream.client import StripeClient
from posd_drivers.transport import usb_device
from posd_simulator import cli
from posd_simulator.terminal import panel, serve
from posd_simulator.usbip.backend import UsbIpBackend

NOBODY: Final = "http://127.0.0.1:1"
LOOPBACK: Final = "127.0.0.1"
IMPORTED_LATE: Final = (first_look, list_ports, lost_records, pyudev, serve, usb_device)
"""What `posd-sim` and posd import only when they need it."""


def main() -> None:
    """Carry out orders until standard input ends."""
    asyncio.run(_load_what_the_first_report_loads())
    _compile_what_each_would()
    # What is here stays: no collection in a fork looks through it, and so copies its pages.
    gc.freeze()
    living: set[int] = set()
    try:
        while line := sys.stdin.readline():
            sys.stdout.write(json.dumps(_carry_out(json.loads(line), living)) + "\n")
            sys.stdout.flush()
    finally:
        _kill(living)


async def _load_what_the_first_report_loads() -> None:
    with suppress(UpstreamUnavailable):
        await StripeClient(NOBODY, "rk_test_nobody").account()


def _compile_what_each_would() -> None:
    for route in ROUTES:
        compile_path(route.path)
    panel.page()


def _kill(living: Collection[int]) -> None:
    for pid in living:
        os.kill(pid, signal.SIGKILL)
    for pid in living:
        os.waitpid(pid, 0)


def _carry_out(order: dict[str, Any], living: set[int]) -> int | None:
    """The answer to one order; `living` are the processes whose end nobody was told of."""
    match order:
        case {"pid": pid}:
            ended, status = os.waitpid(pid, os.WNOHANG)
            living.discard(ended)
            return os.waitstatus_to_exitcode(status) if ended else None
        case _:
            born = _start(order)
            living.add(born)
            return born


def _start(order: dict[str, Any]) -> int:
    match order:
        case {"posd": config, "armed": armed, "ahead_s": ahead_s, "usb": usb}:
            failpoint = Failpoint(armed) if armed else None
            log = Path(config).with_name("posd.log")
            return _fork(lambda: _serve(Path(config), failpoint, ahead_s, usb), log, log)
        case {"posd-sim": arguments, "folder": folder}:
            out, log = Path(folder, "posd-sim.out"), Path(folder, "posd-sim.log")
            return _fork(lambda: _simulate(arguments), out, log)
        case {"command": arguments, "log": log}:
            return _fork(lambda: _become(arguments), Path(log), Path(log))
        case _:
            raise AssertionError(order)


def _fork(live: Callable[[], int], out: Path, log: Path) -> int:
    child = os.fork()
    if child == 0:
        _live(live, out, log)
    return child


def _live(live: Callable[[], int], out: Path, log: Path) -> NoReturn:
    status = os.EX_SOFTWARE
    try:
        os.setsid()
        for standard, file in enumerate((Path(os.devnull), out, log)):
            opened = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            os.dup2(opened, standard)
            os.close(opened)
        status = live()
    finally:
        os._exit(status)


def _serve(config: Path, armed: Failpoint | None, ahead_s: int, usb: int | None) -> int:
    """Time that passed while nothing ran is seen by the wall clock alone."""
    here_ns = time.time_ns
    time.time_ns = lambda: here_ns() + ahead_s * 1_000_000_000
    return daemon.run(config, armed, usb=UsbIpBackend(LOOPBACK, usb) if usb else None)


def _become(arguments: list[str]) -> NoReturn:
    os.execv(arguments[0], arguments)  # noqa: S606 (no shell is wanted)


def _simulate(arguments: list[str]) -> int:
    sys.argv = ["posd-sim", *arguments]
    cli.app(standalone_mode=False)
    return os.EX_OK


if __name__ == "__main__":
    main()
