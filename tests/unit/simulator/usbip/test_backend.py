"""PyUSB's own calls against simulated devices: what a transport over libusb meets on Linux."""

import errno
import gc
import threading
import time
from collections.abc import Iterator

import pytest
import usb.core
import usb.util

from posd_simulator.usbip import client
from posd_simulator.usbip.backend import Handle, UsbIpBackend
from posd_simulator.usbip.client import ImportedDevice
from posd_simulator.usbip.descriptors import Identity
from posd_simulator.usbip.device import BulkDevice, CdcAcmDevice
from tests.unit.simulator.usbip.bus import Aside, Bus
from tests.unit.simulator.usbip.test_descriptors import KEYPAD

DATA_IN, DATA_OUT, NOTICES = 0x82, 0x02, 0x81
CODING = bytes.fromhex("00 c2 01 00 00 00 08")


@pytest.fixture
def modem() -> CdcAcmDevice:
    return CdcAcmDevice()


@pytest.fixture
def bulk() -> BulkDevice:
    return BulkDevice(Identity(0x0B00, 0x0081, "B2", "Maker", "Reader"))


@pytest.fixture
def bus(modem: CdcAcmDevice, bulk: BulkDevice) -> Iterator[Bus]:
    """The modem at 1-1 and the vendor's device at 2-4.2."""
    with Bus({"1-1": modem, "2-4.2": bulk}) as bus:
        yield bus
    threads = {thread.name for thread in threading.enumerate()}
    assert not {name for name in threads if name.startswith("usbip")}


@pytest.fixture
def opened(bus: Bus) -> Iterator[usb.core.Device]:
    """The vendor's device, with its interface claimed."""
    device = found(bus, 0x0B00)
    usb.util.claim_interface(device, 0)
    yield device
    usb.util.dispose_resources(device)


def found(bus: Bus, vendor: int, backend: UsbIpBackend | None = None) -> usb.core.Device:
    device = usb.core.find(backend=backend or bus.backend, idVendor=vendor)
    assert device is not None
    return device


def refused(number: int, code: int) -> "pytest.RaisesExc[usb.core.USBError]":
    """With the errno, and libusb's own code."""
    return pytest.raises(
        usb.core.USBError,
        check=lambda error: (error.errno, error.backend_error_code) == (number, code),
    )


BUSY, GONE = refused(errno.EBUSY, -6), refused(errno.ENODEV, -4)


def test_devices_are_found_with_their_strings_and_ports(bus: Bus) -> None:
    device = found(bus, 0x0B00)
    assert (device.manufacturer, device.product, device.serial_number) == ("Maker", "Reader", "B2")
    assert (device.bus, device.port_numbers) == (2, (4, 2))
    assert [it.bInterfaceClass for it in device.get_active_configuration()] == [0xFF]
    every = usb.core.find(find_all=True, backend=bus.backend)
    assert [(it.idVendor, it.port_numbers) for it in every] == [(0x1209, (1,)), (0x0B00, (4, 2))]
    usb.util.dispose_resources(device)


def test_all_of_a_device_can_be_printed(bus: Bus) -> None:
    device = found(bus, 0x1209)
    told = str(device)
    usb.util.dispose_resources(device)
    for words in ("DEVICE ID 1209:0001", "SIM0001", "CDC Data", "ENDPOINT 0x81: Interrupt IN"):
        assert words in told


def test_a_server_that_is_not_there_is_a_bus_without_devices(bus: Bus) -> None:
    bus.stop()
    assert usb.core.find(backend=bus.backend) is None


def test_two_terminals_with_one_serial_number() -> None:
    with Bus({"1-1": CdcAcmDevice(), "1-2": CdcAcmDevice()}) as bus:
        twins = list(usb.core.find(find_all=True, backend=bus.backend))
        assert [it.serial_number for it in twins] == ["SIM0001", "SIM0001"]
        assert [it.port_numbers for it in twins] == [(1,), (2,)]
        for twin in twins:
            usb.util.dispose_resources(twin)


def test_octets_go_both_ways(bus: Bus, bulk: BulkDevice, opened: usb.core.Device) -> None:
    assert opened.write(DATA_OUT, b"to the terminal") == 15
    assert bus.on_loop(bulk.take, 64) == b"to the terminal"
    bus.on_loop(bulk.send, b"to the till")
    assert bytes(opened.read(DATA_IN, 64)) == b"to the till"


def test_a_modem_is_set_up_as_cdc_acm_does(bus: Bus, modem: CdcAcmDevice) -> None:
    device = found(bus, 0x1209)
    device.detach_kernel_driver(0)
    assert device.ctrl_transfer(0x21, 0x20, 0, 0, CODING) == 7
    assert bytes(device.ctrl_transfer(0xA1, 0x21, 0, 0, 7)) == CODING
    device.ctrl_transfer(0x21, 0x22, 3, 0, None)
    assert bytes(device.read(NOTICES, 16)) == bytes.fromhex("a1 20 00 00 00 00 02 00 03 00")
    assert modem.dtr
    usb.util.dispose_resources(device)
    bus.until(lambda: not modem.dtr)


def test_a_read_in_vain_times_out_and_loses_nothing(
    bus: Bus, bulk: BulkDevice, opened: usb.core.Device
) -> None:
    with pytest.raises(usb.core.USBTimeoutError, check=lambda it: it.errno == errno.ETIMEDOUT):
        opened.read(DATA_IN, 64, 10)
    assert bus.on_loop(bulk.waiting) == 0
    bus.on_loop(bulk.send, b"later")
    assert bytes(opened.read(DATA_IN, 64)) == b"later"


def test_a_write_that_finds_no_room_times_out(
    bus: Bus, bulk: BulkDevice, opened: usb.core.Device
) -> None:
    assert opened.write(DATA_OUT, bytes(4096)) == 4096
    with refused(errno.ETIMEDOUT, -7):
        opened.write(DATA_OUT, b"more", 10)
    assert bus.on_loop(bulk.take, 8192) == bytes(4096)
    assert opened.write(DATA_OUT, b"more") == 4


def test_a_stall_is_a_broken_pipe_until_it_is_cleared(
    bus: Bus, bulk: BulkDevice, opened: usb.core.Device
) -> None:
    with refused(errno.EPIPE, -9):
        opened.ctrl_transfer(0xC0, 0x77, 0, 0, 4)
    bus.on_loop(bulk.halt, DATA_OUT)
    with refused(errno.EPIPE, -9):
        opened.write(DATA_OUT, b"x")
    opened.clear_halt(DATA_OUT)
    assert opened.write(DATA_OUT, b"x") == 1


def test_a_read_that_is_too_small_overflows(
    bus: Bus, bulk: BulkDevice, opened: usb.core.Device
) -> None:
    bus.on_loop(bulk.send, bytes(20))
    with refused(errno.EOVERFLOW, -8):
        opened.read(DATA_IN, 10)


def test_unplugged_in_a_parked_read(bus: Bus, bulk: BulkDevice, opened: usb.core.Device) -> None:
    reading = Aside(lambda: opened.read(DATA_IN, 64, 0))
    bus.until(lambda: bulk.waiting() == 1)
    bus.on_loop(bus.server.unplug, "2-4.2")
    with GONE:
        reading.result()
    with GONE:
        opened.write(DATA_OUT, b"x")
    with GONE:
        opened.ctrl_transfer(0x80, 8, 0, 0, 1)
    assert usb.core.find(backend=bus.backend, idVendor=0x0B00) is None
    usb.util.dispose_resources(opened)
    bus.on_loop(bus.server.plug, "2-4.2")
    again = found(bus, 0x0B00)
    assert again.address != opened.address
    assert again.write(DATA_OUT, b"x") == 1
    usb.util.dispose_resources(again)


def test_a_claim_of_what_is_gone(bus: Bus) -> None:
    device = found(bus, 0x0B00)
    assert device.serial_number == "B2"
    bus.on_loop(bus.server.unplug, "2-4.2")
    with GONE:
        device.ctrl_transfer(0x80, 8, 0, 0, 1)
    with GONE:
        usb.util.claim_interface(device, 0)
    usb.util.dispose_resources(device)
    with GONE:
        usb.util.claim_interface(device, 0)


def test_releasing_the_interface_ends_a_parked_read(
    bus: Bus, bulk: BulkDevice, opened: usb.core.Device
) -> None:
    reading = Aside(lambda: bytes(opened.read(DATA_IN, 64, 0)))
    bus.until(lambda: bulk.waiting() == 1)
    usb.util.release_interface(opened, 0)
    assert reading.result() == b"", "libusb ends a killed transfer without an error"
    assert bus.on_loop(bulk.waiting) == 0


def test_other_endpoints_go_on_beside_a_parked_read(
    bus: Bus, bulk: BulkDevice, opened: usb.core.Device
) -> None:
    reading = Aside(lambda: bytes(opened.read(DATA_IN, 64, 0)))
    bus.until(lambda: bulk.waiting() == 1)
    assert opened.write(DATA_OUT, b"x") == 1
    assert bytes(opened.ctrl_transfer(0x80, 8, 0, 0, 1)) == b"\x01"
    bus.on_loop(bulk.send, b"done")
    assert reading.result() == b"done"


def test_an_interface_is_busy_for_another_handle(bus: Bus, opened: usb.core.Device) -> None:
    other = found(bus, 0x0B00)
    assert other.serial_number == "B2"
    with BUSY:
        usb.util.claim_interface(other, 0)
    with BUSY:
        other.write(DATA_OUT, b"x")
    usb.util.release_interface(opened, 0)
    assert other.write(DATA_OUT, b"x") == 1
    usb.util.dispose_resources(other)


def test_a_handle_that_is_closed_gives_its_claims_back(bus: Bus) -> None:
    one, other = found(bus, 0x0B00), found(bus, 0x0B00)
    usb.util.claim_interface(one, 0)
    usb.util.dispose_resources(one)
    usb.util.claim_interface(other, 0)
    usb.util.dispose_resources(other)
    bus.until(lambda: not bus.server.is_held("2-4.2"))


def test_a_handle_that_is_closed_without_a_release_gives_them_back_too(bus: Bus) -> None:
    for _ in range(2):
        handle = bus.backend.open_device(next(bus.backend.enumerate_devices()))
        if bus.backend.is_kernel_driver_active(handle, 1):
            bus.backend.detach_kernel_driver(handle, 1)
        bus.backend.claim_interface(handle, 1)
        bus.backend.close_device(handle)


def test_what_was_found_is_not_what_is_plugged_in_there_now(bus: Bus) -> None:
    stale = next(bus.backend.enumerate_devices())
    bus.on_loop(bus.server.plug, "1-1")
    with refused(errno.ENODEV, -4):
        bus.backend.open_device(stale)
    gc.collect()  # which tells of a connection that was left open


def test_what_another_machine_has_is_not_on_this_one(bus: Bus, opened: usb.core.Device) -> None:
    elsewhere = UsbIpBackend("127.0.0.1", bus.server.port)
    assert usb.core.find(backend=elsewhere, idVendor=0x0B00) is None
    usb.util.dispose_resources(opened)
    bus.until(lambda: not bus.server.is_held("2-4.2"))
    there = found(bus, 0x0B00, elsewhere)
    usb.util.claim_interface(there, 0)
    with BUSY:
        usb.util.claim_interface(opened, 0)
    usb.util.dispose_resources(there)


def test_a_kernel_driver_has_a_modem_until_it_is_detached(bus: Bus) -> None:
    device = found(bus, 0x1209)
    assert [device.is_kernel_driver_active(n) for n in (0, 1)] == [True, True]
    with BUSY:
        usb.util.claim_interface(device, 1)
    with BUSY:
        device.set_configuration()
    device.detach_kernel_driver(1)
    assert [device.is_kernel_driver_active(n) for n in (0, 1)] == [False, False]
    device.set_configuration()
    usb.util.claim_interface(device, 1)
    with BUSY:
        device.attach_kernel_driver(1)
    usb.util.release_interface(device, 1)
    device.attach_kernel_driver(0)
    with BUSY:
        device.attach_kernel_driver(1)
    with refused(errno.ENOENT, -5):
        found(bus, 0x0B00).detach_kernel_driver(0)
    usb.util.dispose_resources(device)


def test_a_detached_driver_stays_away_when_the_handle_is_closed(bus: Bus) -> None:
    device = found(bus, 0x1209)
    device.detach_kernel_driver(0)
    usb.util.dispose_resources(device)
    assert not device.is_kernel_driver_active(0)
    usb.util.dispose_resources(device)
    bus.on_loop(bus.server.plug, "1-1")
    again = found(bus, 0x1209)
    assert again.is_kernel_driver_active(0)
    usb.util.dispose_resources(again)


def test_a_device_that_this_user_may_not_open(bus: Bus) -> None:
    bus.backend.forbidden.add("2-4.2")
    device = found(bus, 0x0B00)
    assert device.idProduct == 0x0081
    with refused(errno.EACCES, -3):
        usb.util.claim_interface(device, 0)
    bus.backend.forbidden.clear()
    usb.util.claim_interface(device, 0)
    usb.util.dispose_resources(device)


def test_a_modem_with_a_keypad() -> None:
    with Bus({"1-1": CdcAcmDevice(beside=(KEYPAD,))}) as bus:
        device = found(bus, 0x1209)
        interfaces = list(device.get_active_configuration())
        assert [it.bInterfaceClass for it in interfaces] == [2, 10, 3]
        assert [device.is_kernel_driver_active(n) for n in range(3)] == [True, True, True]
        device.detach_kernel_driver(0)
        assert device.is_kernel_driver_active(2)
        usb.util.dispose_resources(device)


def test_an_alternate_setting_can_be_chosen(bus: Bus) -> None:
    handle = bus.backend.open_device(next(bus.backend.enumerate_devices()))
    bus.backend.set_interface_altsetting(handle, 1, 0)
    with refused(errno.EPIPE, -9):
        bus.backend.set_interface_altsetting(handle, 1, 1)
    bus.backend.close_device(handle)


def test_a_device_that_is_given_back_can_be_opened_at_once(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_meanwhile: list[Handle] = []
    close = ImportedDevice.close

    def open_between(imported: ImportedDevice) -> None:
        if not opened_meanwhile:
            opened_meanwhile.append(bus.backend.open_device(handle.found))
        close(imported)

    handle = bus.backend.open_device(next(bus.backend.enumerate_devices()))
    monkeypatch.setattr(ImportedDevice, "close", open_between)
    bus.backend.close_device(handle)
    bus.backend.close_device(opened_meanwhile[0])


def test_a_quiet_device_stays(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "CONNECT_TIMEOUT_S", 0.02)
    device = found(bus, 0x0B00)
    assert device.write(DATA_OUT, b"x") == 1
    time.sleep(0.05)
    assert device.write(DATA_OUT, b"x") == 1
    usb.util.dispose_resources(device)


def test_a_hundred_plugs_leave_nothing_behind(bus: Bus) -> None:
    for _ in range(100):
        device = found(bus, 0x0B00)
        assert device.write(DATA_OUT, b"x") == 1
        bus.on_loop(bus.server.plug, "2-4.2")
        usb.util.dispose_resources(device)
    assert threading.active_count() <= 3
    assert len(bus.backend._owners) <= 2
    assert not bus.backend._attached
