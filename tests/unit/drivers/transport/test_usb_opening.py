"""Opening a device on USB: which one, its settings and drivers, and why it cannot be."""

import asyncio
import errno
import os
import threading
from pathlib import Path

import pytest
from typing_extensions import override
from usb import core, util
from usb.backend import libusb1

from posd_drivers.errors import DeviceBusy, NotSent
from posd_drivers.transport import usb_device, usb_tty
from posd_drivers.transport.line import Line
from posd_drivers.transport.serial import open_serial
from posd_drivers.transport.usb import connect_usb
from posd_drivers.transport.usb_match import Named, Several
from posd_simulator.usbip.backend import Handle, UsbIpBackend
from posd_simulator.usbip.descriptors import ACM, Description, Identity, Interface
from posd_simulator.usbip.device import BulkDevice, CdcAcmDevice, UsbDevice
from posd_simulator.usbip.server import UsbIpServer
from tests.unit.drivers.transport.contract import assert_octets_flow
from tests.unit.drivers.transport.places import BUS_ID, UsbFarEnd
from tests.unit.drivers.transport.usb_bus import (
    MODEM_CONTROL,
    MODEM_DATA,
    NAME,
    bus,
    found,
    has_driver,
    threads_of_devices,
    until_let_go,
)


@pytest.mark.parametrize(
    ("line", "coding", "dtr_and_rts"),
    [
        (Line(), "80 25 00 00 02 00 08", (True, True)),
        (Line(115200, "8N1"), "00 C2 01 00 00 00 08", (True, True)),
        (Line(19200, "7E1", dtr=False), "00 4B 00 00 00 02 07", (False, True)),
        (Line(57600, dtr=True, rts=False), "00 E1 00 00 02 00 08", (True, False)),
    ],
)
async def test_a_modem_is_set_as_the_line_says(
    line: Line, coding: str, dtr_and_rts: tuple[bool, bool]
) -> None:
    modem = CdcAcmDevice()
    async with bus({BUS_ID: modem}) as (_, backend):
        link = await connect_usb(NAME, line, backend=backend)
        assert modem.coding == bytes.fromhex(coding)
        assert (modem.dtr, modem.rts) == dtr_and_rts
        await link.close()


async def test_a_modem_that_takes_no_settings_is_used_all_the_same() -> None:
    device = UsbDevice(Description(Identity(), ACM))
    async with bus({BUS_ID: device}) as (server, backend):
        link = await connect_usb(NAME, Line(), backend=backend)
        await assert_octets_flow(link, UsbFarEnd(server, device))
        await link.close()


async def test_the_kernels_driver_is_put_aside_and_comes_back() -> None:
    async with bus({BUS_ID: CdcAcmDevice()}) as (_, backend):
        assert await asyncio.to_thread(has_driver, backend, MODEM_DATA)
        link = await connect_usb(NAME, Line(), backend=backend)
        assert not await asyncio.to_thread(has_driver, backend, MODEM_DATA)
        await link.close()
        assert await asyncio.to_thread(has_driver, backend, MODEM_CONTROL)
        assert await asyncio.to_thread(has_driver, backend, MODEM_DATA)


async def test_what_another_program_has_claimed_is_busy_and_stays_as_it_was() -> None:
    async with bus({BUS_ID: CdcAcmDevice()}) as (_, backend):
        other = await asyncio.to_thread(found, backend)
        await asyncio.to_thread(other.detach_kernel_driver, MODEM_CONTROL)
        await asyncio.to_thread(util.claim_interface, other, MODEM_DATA)
        with pytest.raises(DeviceBusy, match="claimed by another program"):
            await connect_usb(NAME, Line(), backend=backend)
        await asyncio.to_thread(util.claim_interface, other, MODEM_CONTROL)
        await asyncio.to_thread(util.dispose_resources, other)
    assert threads_of_devices() == []


@pytest.mark.parametrize("folder", ["1-4.2:1.0/tty", "1-4.2:1.0"], ids=["cdc_acm", "usbserial"])
async def test_a_serial_port_that_another_program_has_is_not_taken_away(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usb_tty, "SYSFS", tmp_path)
    monkeypatch.setattr(usb_tty, "DEV", tmp_path)
    master, slave = os.openpty()
    (tmp_path / folder / "ttyUSB7").mkdir(parents=True)
    (tmp_path / "ttyUSB7").symlink_to(os.ttyname(slave))
    async with bus({BUS_ID: CdcAcmDevice()}) as (_, backend):
        line = await open_serial(str(tmp_path / "ttyUSB7"))
        with pytest.raises(DeviceBusy, match="another program has its serial port"):
            await connect_usb(NAME, Line(), backend=backend)
        assert await asyncio.to_thread(has_driver, backend, MODEM_CONTROL)
        await line.close()
        link = await connect_usb(NAME, Line(), backend=backend)
        await link.close()
    os.close(slave)
    os.close(master)


async def test_a_second_opener_is_refused_until_the_first_lets_go() -> None:
    async with bus({BUS_ID: BulkDevice()}) as (_, backend):
        first = await connect_usb(NAME, Line(), backend=backend)
        with pytest.raises(DeviceBusy):
            await connect_usb(NAME, Line(), backend=backend)
        await first.close()
        second = await connect_usb(NAME, Line(), backend=backend)
        await second.close()


@pytest.mark.parametrize("name", [NAME, Named(0x1209, 0x0001)])
async def test_without_leave_it_is_not_sent_and_names_the_udev_rule(name: Named) -> None:
    async with bus({BUS_ID: CdcAcmDevice()}) as (_, backend):
        backend.forbidden.add(BUS_ID)
        with pytest.raises(
            NotSent, match=r"1209:0001.*no permission.*systemd/70-posd\.rules"
        ) as no:
            await connect_usb(name, Line(), backend=backend)
    assert isinstance(no.value.__cause__, OSError)
    assert no.value.__cause__.errno == errno.EACCES


async def test_a_device_that_is_not_there_is_not_sent() -> None:
    async with bus({BUS_ID: CdcAcmDevice()}) as (_, backend):
        for name in (replaced(serial="SIM0002"), replaced(port_path="1-4"), Named(0x1209, 0x0002)):
            with pytest.raises(NotSent, match="not plugged in") as no:
                await connect_usb(name, Line(), backend=backend)
            assert isinstance(no.value.__cause__, OSError)
            assert no.value.__cause__.errno == errno.ENODEV


def replaced(serial: str | None = None, port_path: str | None = None) -> Named:
    return Named(NAME.vendor, NAME.product, serial, port_path)


async def test_a_device_without_octets_to_carry_is_not_sent() -> None:
    storage = (Interface(0, (8, 6, 0x50), BulkDevice().description.interfaces[0].endpoints),)
    async with bus({BUS_ID: UsbDevice(Description(Identity(), storage))}) as (_, backend):
        with pytest.raises(NotSent, match="bulk endpoints"):
            await connect_usb(NAME, Line(), backend=backend)


async def test_two_with_one_serial_number_are_told_apart_by_their_sockets() -> None:
    devices: dict[str, UsbDevice] = {"1-1": BulkDevice(), "1-4.2": BulkDevice()}
    async with bus(devices) as (server, backend):
        with pytest.raises(Several) as several:
            await connect_usb(NAME, Line(), backend=backend)
        assert several.value.names == (replaced(port_path="1-1"), replaced(port_path="1-4.2"))
        assert not server.is_held("1-1")
        assert not server.is_held("1-4.2")
        link = await connect_usb(several.value.names[1], Line(), backend=backend)
        await assert_octets_flow(link, UsbFarEnd(server, devices["1-4.2"]))
        await link.close()


async def test_a_serial_number_is_matched_as_the_kernel_shows_it() -> None:
    odd = BulkDevice(Identity(serial="  N° 7 "))
    none = BulkDevice(Identity(serial=None))
    async with bus({"1-1": odd, "1-2": none}) as (server, backend):
        link = await connect_usb(replaced("N° 7"), Line(), backend=backend)
        assert server.is_held("1-1")
        await link.close()
        with pytest.raises(NotSent):
            await connect_usb(replaced(""), Line(), backend=backend)


async def test_with_libusb_the_serial_numbers_come_from_sysfs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for port_path, serial in (("1-1", "FIRST\n"), ("1-2", "SECOND\n")):
        (tmp_path / port_path).mkdir()
        (tmp_path / port_path / "serial").write_text(serial)
    async with bus({"1-1": BulkDevice(), "1-2": BulkDevice()}) as (server, backend):
        monkeypatch.setattr(libusb1, "get_backend", lambda: backend)
        monkeypatch.setattr(usb_device, "SYSFS", tmp_path)
        link = await connect_usb(replaced("SECOND"), Line())
        assert server.is_held("1-2")
        await link.close()


async def test_through_libusb_what_is_not_there_is_not_sent() -> None:
    if await asyncio.to_thread(libusb1.get_backend) is None:
        pytest.skip("no libusb here")
    with pytest.raises(NotSent, match="not plugged in"):
        await connect_usb(Named(0x1209, 0x0001, "nobody's"), Line())


async def test_without_libusb_it_is_not_sent_and_names_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(libusb1, "get_backend", lambda: None)
    with pytest.raises(NotSent, match=r"libusb-1\.0-0"):
        await connect_usb(NAME, Line())


class Half(UsbIpBackend):
    """Where a modem's second interface is somebody else's."""

    @override
    def claim_interface(self, dev_handle: Handle, intf: int) -> None:
        if intf == MODEM_DATA:
            raise core.USBError("Resource busy", -6, errno.EBUSY)
        super().claim_interface(dev_handle, intf)


async def test_what_could_not_be_claimed_whole_goes_back_to_the_kernel() -> None:
    async with UsbIpServer({BUS_ID: CdcAcmDevice()}) as server:
        backend = Half("127.0.0.1", server.port)
        with pytest.raises(DeviceBusy):
            await connect_usb(NAME, Line(), backend=backend)
        assert await asyncio.to_thread(has_driver, backend, MODEM_CONTROL)
        assert await asyncio.to_thread(has_driver, backend, MODEM_DATA)


class Slow(UsbIpBackend):
    """Whose devices take their time to open."""

    def __init__(self, port: int) -> None:
        super().__init__("127.0.0.1", port)
        self.opening = threading.Event()
        self.may_open = threading.Event()

    @override
    def claim_interface(self, dev_handle: Handle, intf: int) -> None:
        super().claim_interface(dev_handle, intf)
        self.opening.set()
        self.may_open.wait(5.0)


async def test_a_cancelled_opening_leaves_the_device_to_others() -> None:
    async with UsbIpServer({BUS_ID: CdcAcmDevice()}) as server:
        backend = Slow(server.port)
        async with asyncio.TaskGroup() as group:
            opening = group.create_task(connect_usb(NAME, Line(), backend=backend))
            await asyncio.to_thread(backend.opening.wait, 5.0)
            opening.cancel()
        backend.may_open.set()
        await until_let_go(server)
        link = await connect_usb(NAME, Line(), backend=backend)
        await link.close()
