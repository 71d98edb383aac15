"""Each line says by which URL a till opens it, and a device on USB how a machine attaches it."""

import asyncio
import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from posd_simulator.terminal.cardholder import Cardholder
from posd_simulator.terminal.ledger import MemoryLedger
from posd_simulator.terminal.lines import listen
from posd_simulator.terminal.serve import _Device, _line
from posd_simulator.terminal.settings import Settings
from posd_simulator.terminal.station import Place, UsbKind, UsbPlace
from posd_simulator.terminal.terminal import Terminal

ANYWHERE = ("127.0.0.1", 0)
PTY = Place(tcp=None, usb=None, link=None, baud=9600, ledger=None, control_port=0)
QUICK, TCP = replace(PTY, baud=115200), replace(PTY, tcp=ANYWHERE)
MODEM = replace(PTY, usb=UsbPlace(address=ANYWHERE, kind=UsbKind.CDC, serial="LANE 5/7"))
OWN = replace(PTY, usb=UsbPlace(address=ANYWHERE, kind=UsbKind.BULK, serial=None))


@pytest.mark.parametrize(
    ("place", "url", "attach"),
    [
        (PTY, r"zvt\+serial:///dev/pts/[0-9]+", ""),
        (QUICK, r"zvt\+serial:///dev/pts/[0-9]+\?baud=115200", ""),
        (TCP, r"zvt\+tcp://127\.0\.0\.1:PORT", ""),
        (
            MODEM,
            r"zvt\+usb://1209:0001/LANE%205%2F7",
            r"usbip --tcp-port PORT attach -r 127\.0\.0\.1 -b 1-1",
        ),
        (
            OWN,
            r"zvt\+usb://1209:0001",
            r"usbip --tcp-port PORT attach -r 127\.0\.0\.1 -b 1-1",
        ),
    ],
    ids=["pty", "quick pty", "tcp", "modem on usb", "vendor-specific on usb"],
)
async def test_a_line_says_how_it_is_opened(place: Place, url: str, attach: str) -> None:
    terminal = Terminal(
        Settings(),
        MemoryLedger(),
        now=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC),
        cardholder=Cardholder(),
    )
    device = _Device()
    with closing(listen(*ANYWHERE)) as listener:
        port = str(listener.getsockname()[1])
        listens = place.tcp is not None or place.usb is not None
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            line = group.create_task(
                _line(place, terminal, listener if listens else None, device), name="line"
            )
            await device.known.wait()
            line.cancel()
    assert re.fullmatch(url.replace("PORT", port), device.url())
    assert re.fullmatch(attach.replace("PORT", port), device.attach)
