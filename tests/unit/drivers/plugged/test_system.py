"""What the operating system shows, without hardware: sysfs, pyserial's list, a bus over USB/IP."""

import asyncio
import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
import usb.core
from serial.tools.list_ports_common import ListPortInfo
from typing_extensions import override

from posd_drivers.plugged import system
from posd_drivers.plugged.seen import Hidden, SeenTty, SeenUsb
from posd_simulator.usbip.backend import Found, Handle, UsbIpBackend
from posd_simulator.usbip.descriptors import Identity, Interface
from posd_simulator.usbip.device import BulkDevice, CdcAcmDevice
from posd_simulator.usbip.server import UsbIpServer
from tests.unit.drivers.plugged.seen import CDC, KEYBOARD, VENDOR_BULK

ACM0 = "/dev/ttyACM0"


def in_sysfs(bus: Path, name: str, **files: str) -> Path:
    folder = bus / "usb" / "devices" / name
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / file).write_text(f"{text}\n")
    return folder


def interface(device: Path, number: str, kinds: tuple[int, int, int]) -> None:
    folder = device / f"{device.name}:{number}"
    folder.mkdir()
    for name, value in zip(("Class", "SubClass", "Protocol"), kinds, strict=True):
        (folder / f"bInterface{name}").write_text(f"{value:02x}\n")


def test_a_device_is_read_from_sysfs(tmp_path: Path) -> None:
    device = in_sysfs(
        tmp_path,
        "1-4.2",
        idVendor="0b00",
        idProduct="0081",
        serial="1234567",
        manufacturer="Ingenico",
        product="Lane 5000",
    )
    interface(device, "1.0", CDC[0])
    interface(device, "1.1", CDC[1])
    assert system.usb_in_sysfs(tmp_path) == [
        SeenUsb(0x0B00, 0x0081, "1-4.2", CDC, "1234567", "Ingenico", "Lane 5000")
    ]


def test_root_hubs_and_interfaces_are_no_devices(tmp_path: Path) -> None:
    in_sysfs(tmp_path, "usb1", idVendor="1d6b", idProduct="0002")
    in_sysfs(tmp_path, "1-0:1.0", bInterfaceClass="09")
    in_sysfs(tmp_path, "1-1:1.0", bInterfaceClass="ff")
    assert system.usb_in_sysfs(tmp_path) == []


def test_a_device_without_strings_is_one(tmp_path: Path) -> None:
    in_sysfs(tmp_path, "2-1", idVendor="1a86", idProduct="7523")
    assert system.usb_in_sysfs(tmp_path) == [SeenUsb(0x1A86, 0x7523, "2-1")]


def test_a_device_that_leaves_while_it_is_read_is_left_out(tmp_path: Path) -> None:
    in_sysfs(tmp_path, "1-1", idVendor="0b00")
    half = in_sysfs(tmp_path, "1-2", idVendor="0b00", idProduct="0081")
    (half / "1-2:1.0").mkdir()
    in_sysfs(tmp_path, "1-3", idVendor="0b00", idProduct="0081")
    assert [device.port_path for device in system.usb_in_sysfs(tmp_path)] == ["1-3"]


def test_a_string_that_is_no_text_hides_nothing(tmp_path: Path) -> None:
    device = in_sysfs(tmp_path, "1-1", idVendor="0b00", idProduct="0081")
    (device / "serial").write_bytes(b"\xff\xfe12\n")
    (seen,) = system.usb_in_sysfs(tmp_path)
    assert seen.serial == "\ufffd\ufffd12"


def test_a_machine_without_usb_shows_nothing(tmp_path: Path) -> None:
    assert system.usb_in_sysfs(tmp_path) == ()


def test_a_port_is_taken_from_the_list_with_its_links(tmp_path: Path) -> None:
    port = ListPortInfo(ACM0)
    port.vid, port.pid, port.serial_number = 0x0B00, 0x0081, "1234567"
    port.location, port.manufacturer, port.product = "1-4.2:1.0", "Ingenico", "Lane 5000"
    link = tmp_path / "usb-Ingenico_Lane_5000_1234567-if00"
    link.symlink_to(ACM0)
    seen = system.seen_port(port, system.links_in(tmp_path), system.links_in(tmp_path / "none"))
    assert seen == SeenTty(
        path=ACM0,
        vendor=0x0B00,
        product=0x0081,
        serial="1234567",
        location="1-4.2:1.0",
        manufacturer="Ingenico",
        product_name="Lane 5000",
        by_id=str(link),
    )


def test_the_ports_of_this_machine_can_be_read() -> None:
    assert all(port.path.startswith("/dev/") for port in system.ttys())


class Opened(UsbIpBackend):
    """Remembers which devices were opened, by their bus ids, and which still are."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.opened: set[str] = set()
        self.open = 0

    @override
    def open_device(self, dev: Found) -> Handle:
        self.opened.add(dev.record.bus_id)
        self.open += 1
        return super().open_device(dev)

    @override
    def close_device(self, dev_handle: Handle) -> None:
        self.open -= 1
        super().close_device(dev_handle)


async def test_a_bus_is_read_through_libusb() -> None:
    keyboard = Interface(2, KEYBOARD[0], ())
    devices = {
        "1-1": CdcAcmDevice(Identity(serial="A")),
        "1-4.2": BulkDevice(Identity(serial=None, vendor=0x0B00, product=0x0081)),
        "1-2": CdcAcmDevice(Identity(serial="A"), beside=(keyboard,)),
    }
    async with UsbIpServer(devices) as server:
        backend = Opened("127.0.0.1", server.port)
        unnamed = await asyncio.to_thread(system.unnamed_through_libusb, backend)
        assert backend.opened == set(), "a look at the bus asks nobody"
        seen = await asyncio.to_thread(system.usb_through_libusb, backend)
    assert {device.port_path for device in unnamed} == set(devices)
    names = ("posd", "Simulated card terminal")
    assert sorted(seen, key=lambda device: device.port_path) == [
        SeenUsb(0x1209, 0x0001, "1-1", CDC, "A", *names),
        SeenUsb(0x1209, 0x0001, "1-2", (*CDC, *KEYBOARD)),
        SeenUsb(0x0B00, 0x0081, "1-4.2", VENDOR_BULK, None, *names),
    ]
    assert backend.opened == {"1-1", "1-4.2"}, "what can type is not"
    assert backend.open == 0


class Forbidden(UsbIpBackend):
    """A bus whose devices nobody may open."""

    @override
    def open_device(self, dev: Found) -> Handle:
        raise usb.core.USBError("Access denied (insufficient permissions)", -3, errno.EACCES)


async def test_a_device_that_may_not_be_asked_is_told_without_its_name() -> None:
    async with UsbIpServer({"1-1": BulkDevice()}) as server:
        backend = Forbidden("127.0.0.1", server.port)
        seen = await asyncio.to_thread(system.usb_through_libusb, backend)
    assert seen == [SeenUsb(0x1209, 0x0001, "1-1", VENDOR_BULK)]


def test_without_libusb_the_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_found(**_: object) -> Iterator[usb.core.Device]:
        raise usb.core.NoBackendError

    monkeypatch.setattr(usb.core, "find", none_found)
    with pytest.raises(Hidden, match="libusb is not installed"):
        system.usb_through_libusb()
