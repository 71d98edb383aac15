"""What only USB has once a device is open: its thread, stalls, and transfers that nothing ends."""

import asyncio
import errno
import threading
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from posd_drivers.errors import DeviceGone
from posd_drivers.transport import usb
from posd_drivers.transport.line import Line
from posd_drivers.transport.usb import INBOX_READS_MAX, connect_usb
from posd_simulator.usbip.backend import Handle, UsbIpBackend
from posd_simulator.usbip.descriptors import BULK_IN, BULK_OUT
from posd_simulator.usbip.device import BulkDevice
from posd_simulator.usbip.server import UsbIpServer
from tests.unit.drivers.transport.contract import assert_octets_flow, read_exactly
from tests.unit.drivers.transport.places import BUS_ID
from tests.unit.drivers.transport.usb_bus import (
    NAME,
    bus,
    opened,
    threads_of_devices,
    until_let_go,
)

if TYPE_CHECKING:
    from array import array

SOON_S = 0.05


async def test_one_thread_waits_for_a_device_and_goes_with_it() -> None:
    async with bus({BUS_ID: BulkDevice()}) as (_, backend):
        link = await connect_usb(NAME, Line(), backend=backend)
        await link.write(b"x")
        assert threads_of_devices() == ["usb 1209:0001/SIM0001"]
        await link.close()
        assert threads_of_devices() == []


async def test_a_stall_is_cleared_and_loses_nothing() -> None:
    device = BulkDevice()
    async with opened(device) as (link, far):
        device.halt(BULK_IN)
        await far.send(b"terminal")
        assert await read_exactly(link, 8) == b"terminal"


async def test_a_write_that_stalls_is_gone_and_leaves_the_device_usable() -> None:
    device = BulkDevice()
    async with opened(device) as (link, far):
        device.halt(BULK_OUT)
        with pytest.raises(DeviceGone) as gone:
            await link.write(b"till")
        assert isinstance(gone.value.__cause__, OSError)
        assert gone.value.__cause__.errno == errno.EPIPE
        await link.write(b"till")
        assert await far.receive(4) == b"till"


async def test_a_cancelled_write_does_not_mix_with_the_next() -> None:
    device = BulkDevice()
    async with opened(device) as (link, far):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await link.write(b"a" * 1_000_000)
        async with asyncio.TaskGroup() as group:
            group.create_task(link.write(b"z" * 10_000))
            octets = b""
            while octets.count(b"z") < 10_000:
                octets += await far.receive(1)
        assert octets.strip(b"a") == b"z" * 10_000


async def test_what_was_discarded_makes_room() -> None:
    async with opened(BulkDevice()) as (link, far):
        for _ in range(2 * INBOX_READS_MAX):
            await far.send(b"stale")
            await asyncio.sleep(0.002)
            link.discard_input()
        await assert_octets_flow(link, far)


class Stuck(UsbIpBackend):
    """Whose reads nothing can end."""

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port)
        self.may_end = threading.Event()

    @override
    def bulk_read(
        self, dev_handle: Handle, ep: int, intf: int, buff: "array[int]", timeout: int
    ) -> int:
        self.may_end.wait(5.0)
        return 0


async def test_closing_does_not_wait_for_a_read_that_is_stuck(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(usb, "CLOSE_TIMEOUT_S", SOON_S)
    async with UsbIpServer({BUS_ID: BulkDevice()}) as server:
        backend = Stuck(server.port)
        link = await connect_usb(NAME, Line(), backend=backend)
        started = asyncio.get_running_loop().time()
        await link.close()
        assert asyncio.get_running_loop().time() - started < SOON_S + 0.2
        assert threads_of_devices() == ["usb 1209:0001/SIM0001"]
        backend.may_end.set()
        await until_let_go(server)
    assert threads_of_devices() == []


class StuckWriting(UsbIpBackend):
    """Whose writes nothing can end, and which tells in what order things ended."""

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port)
        self.writing = threading.Event()
        self.may_end = threading.Event()
        self.ended: list[str] = []

    @override
    def bulk_write(
        self, dev_handle: Handle, ep: int, intf: int, data: "array[int]", timeout: int
    ) -> int:
        self.writing.set()
        self.may_end.wait(5.0)
        self.ended.append("write")
        return 0

    @override
    def close_device(self, dev_handle: Handle) -> None:
        self.ended.append("close")
        super().close_device(dev_handle)


async def test_a_device_is_not_closed_under_a_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usb, "CLOSE_TIMEOUT_S", SOON_S)
    async with UsbIpServer({BUS_ID: BulkDevice()}) as server:
        backend = StuckWriting(server.port)
        link = await connect_usb(NAME, Line(), backend=backend)
        backend.ended.clear()
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(link.write(b"till"))
            await asyncio.to_thread(backend.writing.wait, 5.0)
            writing.cancel()
        await link.close()
        assert backend.ended == []
        backend.may_end.set()
        await until_let_go(server)
        assert backend.ended == ["write", "close"]
