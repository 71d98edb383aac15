"""A simulated terminal on USB, through PyUSB: sales, cables, restarts, and as a process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import usb.core
from typer.testing import CliRunner

from posd_drivers.errors import DeviceGone, NotSent
from posd_drivers.transport.base import Transport
from posd_drivers.transport.line import Line
from posd_drivers.transport.usb import connect_usb
from posd_drivers.transport.usb_match import Named
from posd_simulator.cli import app
from posd_simulator.terminal.cardholder import Cardholder
from posd_simulator.terminal.deeds import Reboot
from posd_simulator.terminal.faults import At, Cut, Moment
from posd_simulator.terminal.ledger import MemoryLedger
from posd_simulator.terminal.lines import serve_usb
from posd_simulator.terminal.settings import Settings
from posd_simulator.terminal.terminal import Terminal
from posd_simulator.usbip.backend import UsbIpBackend
from posd_simulator.usbip.descriptors import Identity
from posd_simulator.usbip.device import BulkDevice, CdcAcmDevice, UsbDevice
from posd_simulator.usbip.server import UsbIpServer
from tests.unit.simulator.terminal.test_serve import SerialCaller, posd_sim
from tests.unit.simulator.terminal.test_terminal import until

REGISTERS, SELLS = "06 00 06 00 00 00 10 09 78", "06 01 07 04 00 00 00 00 12 50"
OCTET_AT_9600_S = 11 / 9600
BUS_ID = "1-1"


@dataclass
class Desk:
    """A terminal that is switched on, and a machine that its cable leads to."""

    terminal: Terminal
    server: UsbIpServer
    device: UsbDevice
    tills: list[Transport] = field(default_factory=list)

    async def till(self, baud: int = 115200) -> SerialCaller:
        backend = UsbIpBackend("127.0.0.1", self.server.port)
        line = await connect_usb(Named(0x1209, 0x0001), Line(baud), backend=backend)
        self.tills.append(line)
        return SerialCaller(line)


@contextlib.asynccontextmanager
async def desk(device: UsbDevice) -> AsyncIterator[Desk]:
    terminal = Terminal(
        Settings(on_usb=True, host_delay_s=0),
        MemoryLedger(),
        now=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC),
        cardholder=Cardholder(auto=True, tap_after_s=0),
    )
    async with UsbIpServer({}) as server, asyncio.TaskGroup() as group:
        running = (
            group.create_task(terminal.run(), name="terminal"),
            group.create_task(serve_usb(terminal, server, BUS_ID, device), name="line"),
        )
        await until(lambda: terminal.connected)
        there = Desk(terminal, server, device)
        yield there
        for line in there.tills:
            await line.close()
        for task in running:
            task.cancel()


@pytest.mark.parametrize("device", [CdcAcmDevice, BulkDevice])
async def test_a_whole_sale(device: type[CdcAcmDevice | BulkDevice]) -> None:
    async with desk(device()) as there:
        till = await there.till()
        assert (await till.run(REGISTERS)).startswith("06 0F 0A 19 00 29")
        assert await till.run(SELLS) == "06 0F 00"
        last = there.terminal.ledger.book.last
        assert last is not None
        assert last.amount == 1250


async def test_a_modem_is_as_slow_as_its_line() -> None:
    async with desk(CdcAcmDevice()) as there:
        till = await there.till(baud=9600)
        started = asyncio.get_running_loop().time()
        await till.run(REGISTERS)
        # 16 octets there, ACK and 9 back, ACK there, 19 back: one after the other.
        assert asyncio.get_running_loop().time() - started >= 45 * OCTET_AT_9600_S


async def test_a_cut_inside_a_message_takes_it_off_the_bus_until_it_is_plugged_in() -> None:
    async with desk(CdcAcmDevice()) as there:
        till = await there.till()
        await there.terminal.arm(At(3, Moment.INSIDE, Cut(), byte=7))
        with pytest.raises(DeviceGone):
            await till.run(SELLS)
        with pytest.raises(NotSent):
            await there.till()
        there.terminal.cable.plug()
        await until(lambda: there.terminal.connected)
        await there.till()


async def test_it_is_off_the_bus_while_it_restarts() -> None:
    async with desk(BulkDevice()) as there:
        till = await there.till()
        await there.terminal.arm(Reboot(for_s=0.1))
        with pytest.raises(DeviceGone):
            await till.line.read()
        assert not there.terminal.cable.plugged
        await until(lambda: there.terminal.connected)
        assert await (await there.till()).run("05 01 00") == "06 0F 01 00"


async def test_it_is_a_process_with_a_cable_to_pull() -> None:
    arguments = ("--usbip", "127.0.0.1:0", "--usb-serial", "A 1/2")
    async with posd_sim(*arguments) as simulator:
        host, _, port = simulator.ready["device"].partition(":")
        assert simulator.ready["url"] == "zvt+usb://1209:0001/A%201%2F2"
        assert simulator.ready["attach"] == f"usbip --tcp-port {port} attach -r {host} -b 1-1"
        backend = UsbIpBackend(host, int(port))
        wanted = Named(0x1209, 0x0001, "A 1/2")
        line = await connect_usb(wanted, Line(115200), backend=backend)
        state = await simulator.post("/cable", plugged=False)
        assert state["plugged"] is False
        with pytest.raises(DeviceGone):
            await line.read()
        await line.close()
        await simulator.post("/cable", plugged=True)
        line = await connect_usb(wanted, Line(115200), backend=backend)
        assert await SerialCaller(line).run("05 01 00") == "06 0F 01 00"
        await line.close()


async def test_a_process_can_be_bulk_pipes_without_a_serial_number() -> None:
    arguments = ("--usbip", "127.0.0.1:0", "--usb", "bulk", "--usb-serial", "")
    async with posd_sim(*arguments) as simulator:
        assert simulator.ready["url"] == "zvt+usb://1209:0001"
        host, _, port = simulator.ready["device"].partition(":")
        backend = UsbIpBackend(host, int(port))
        device = await asyncio.to_thread(lambda: usb.core.find(backend=backend))
        assert device is not None
        assert [it.bInterfaceClass for it in next(iter(device))] == [0xFF]
        assert device.serial_number is None


def test_the_device_that_a_url_without_options_names() -> None:
    assert (Identity().vendor, Identity().product, Identity().serial) == (0x1209, 1, "SIM0001")


@pytest.mark.parametrize(
    "wrong",
    [
        ("--usbip", "nowhere"),
        ("--usbip", "127.0.0.1:0", "--tcp", "127.0.0.1:0"),
        ("--usbip", "127.0.0.1:0", "--pty"),
        ("--usbip", "127.0.0.1:0", "--usb", "audio"),
    ],
)
def test_wrong_options_are_refused(wrong: tuple[str, ...]) -> None:
    ended = CliRunner().invoke(app, ["terminal", *wrong])
    assert ended.exit_code == 2
    assert "Invalid value" in ended.output
