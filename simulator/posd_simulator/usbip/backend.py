"""A PyUSB backend that speaks USB/IP: a machine with the server's devices plugged into it.

    backend = UsbIpBackend("127.0.0.1", server.port)
    device = usb.core.find(backend=backend, idVendor=0x1209, idProduct=0x0001)

It is what libusb and a Linux kernel would be: kernel drivers take what they know, interfaces are
claimed by one handle, a cancelled read ends with no octets, and errors carry libusb's code and
errno. A device is imported while any handle of this backend is open; another backend is another
machine, which does not see it meanwhile. Blocks: call it from a thread.
"""

import errno
import os
import threading
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TypeAlias

import usb.backend
import usb.core
from typing_extensions import override

from posd_drivers.errors import Malformed
from posd_simulator.usbip.client import ImportedDevice, device_list
from posd_simulator.usbip.descriptors import DEVICE, SETUP, Kind
from posd_simulator.usbip.layouts import URB_BYTES_MAX, Speed
from posd_simulator.usbip.parsing import Configuration, parse_configuration, parse_device
from posd_simulator.usbip.usbfs import Owners
from posd_simulator.usbip.wire import DeviceRecord

CONTROL_TIMEOUT_MS = 1000
LIBUSB_CODES = {
    errno.EIO: -1,
    errno.EINVAL: -2,
    errno.EACCES: -3,
    errno.ENODEV: -4,
    errno.ENOENT: -5,
    errno.EBUSY: -6,
    errno.ETIMEDOUT: -7,
    errno.EOVERFLOW: -8,
    errno.EPIPE: -9,
}
LIBUSB_SPEED_SUPER = 4
_CONTROL_IN = 0x80
_Plug: TypeAlias = tuple[str, int]
"""A bus id, and the device number that is another one each time something is plugged in there."""


@dataclass(frozen=True, slots=True)
class Found:
    """A device that is plugged in, and what Linux keeps of it in sysfs."""

    record: DeviceRecord
    device: SimpleNamespace
    configuration: Configuration


@dataclass(slots=True)
class _Attached:
    """A device of this machine, while anybody uses it."""

    imported: ImportedDevice
    users: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Handle:
    """A device, open."""

    found: Found
    imported: ImportedDevice
    owners: Owners


class UsbIpBackend(usb.backend.IBackend):
    """PyUSB's port (usb.backend.IBackend), over USB/IP.

    Attributes:
        forbidden: Bus ids of devices that this user may look at and not open (EACCES).
    """

    def __init__(self, host: str, port: int) -> None:
        self.forbidden: set[str] = set()
        self._host, self._port = host, port
        self._lock = threading.RLock()
        self._attached: dict[_Plug, _Attached] = {}
        self._owners: dict[_Plug, Owners] = {}

    @override
    def enumerate_devices(self) -> Iterator[Found]:
        """Those that are plugged in, but for those that another machine has."""
        records = device_list(self._host, self._port)
        plugs = {_plug(record) for record in records}
        with self._lock:
            self._owners = {it: own for it, own in self._owners.items() if it in plugs}
        for record in records:
            try:
                yield self._look_at(record)
            except (usb.core.USBError, Malformed):
                continue

    @override
    def get_parent(self, dev: Found) -> None:
        """The hub, of which nothing is known."""

    @override
    def get_device_descriptor(self, dev: Found) -> SimpleNamespace:
        bus, _, ports = dev.record.bus_id.partition("-")
        port_numbers = tuple(int(port) for port in ports.split("."))
        speed = LIBUSB_SPEED_SUPER if dev.record.speed == Speed.SUPER else dev.record.speed
        return SimpleNamespace(
            **vars(dev.device),
            bus=int(bus),
            address=dev.record.devnum,
            port_number=port_numbers[-1],
            port_numbers=port_numbers,
            speed=speed,
        )

    @override
    def get_configuration_descriptor(self, dev: Found, config: int) -> SimpleNamespace:
        if config != 0:
            raise IndexError(config)
        return dev.configuration.own

    @override
    def get_interface_descriptor(
        self, dev: Found, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        if config != 0:
            raise IndexError(config)
        return dev.configuration.setting(intf, alt).interface

    @override
    def get_endpoint_descriptor(
        self, dev: Found, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        if config != 0:
            raise IndexError(config)
        return dev.configuration.setting(intf, alt).endpoints[ep]

    @override
    def open_device(self, dev: Found) -> Handle:
        if dev.record.bus_id in self.forbidden:
            raise usb_error(OSError(errno.EACCES, os.strerror(errno.EACCES)))
        imported = self._attach(dev.record)
        with self._lock:
            owners = self._owners.setdefault(_plug(dev.record), Owners(dev.configuration.classes))
        return Handle(dev, imported, owners)

    @override
    def close_device(self, dev_handle: Handle) -> None:
        for interface in dev_handle.owners.claims_of(dev_handle):
            self.release_interface(dev_handle, interface)
        self._detach(dev_handle.found.record, dev_handle.imported)

    @override
    def set_configuration(self, dev_handle: Handle, config_value: int) -> None:
        """EBUSY while any interface has an owner, a kernel driver included."""
        with self._lock, _errors():
            if dev_handle.owners.any:
                raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
        _control(dev_handle.imported, (0x00, 9, config_value, 0), b"", CONTROL_TIMEOUT_MS)

    @override
    def get_configuration(self, dev_handle: Handle) -> int:
        return _read(dev_handle.imported, (0x80, 8, 0, 0), 1)[0]

    @override
    def set_interface_altsetting(self, dev_handle: Handle, intf: int, altsetting: int) -> None:
        _control(dev_handle.imported, (0x01, 11, altsetting, intf), b"", CONTROL_TIMEOUT_MS)

    @override
    def claim_interface(self, dev_handle: Handle, intf: int) -> None:
        """EBUSY: another handle, or a kernel driver, has it."""
        with self._lock, _errors():
            if dev_handle.imported.gone:
                raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
            dev_handle.owners.claim(intf, dev_handle)

    @override
    def release_interface(self, dev_handle: Handle, intf: int) -> None:
        """Whatever waits at its endpoints ends, with no octets and no error."""
        with self._lock, _errors():
            dev_handle.owners.release(intf, dev_handle)
        dev_handle.imported.cancel(dev_handle.found.configuration.addresses(intf))

    @override
    def bulk_write(
        self, dev_handle: Handle, ep: int, intf: int, data: "array[int]", timeout: int
    ) -> int:
        self.claim_interface(dev_handle, intf)
        with _errors():
            return int(dev_handle.imported.transfer(ep, data.tobytes(), timeout))

    @override
    def bulk_read(
        self, dev_handle: Handle, ep: int, intf: int, buff: "array[int]", timeout: int
    ) -> int:
        self.claim_interface(dev_handle, intf)
        with _errors():
            octets = dev_handle.imported.transfer(ep, len(buff), timeout)
        return _fill(buff, octets)

    @override
    def intr_write(
        self, dev_handle: Handle, ep: int, intf: int, data: "array[int]", timeout: int
    ) -> int:
        return self.bulk_write(dev_handle, ep, intf, data, timeout)

    @override
    def intr_read(
        self, dev_handle: Handle, ep: int, intf: int, size: "array[int]", timeout: int
    ) -> int:
        return self.bulk_read(dev_handle, ep, intf, size, timeout)

    @override
    def ctrl_transfer(
        self,
        dev_handle: Handle,
        bmRequestType: int,
        bRequest: int,
        wValue: int,
        wIndex: int,
        data: "array[int]",
        timeout: int,
    ) -> int:
        request = (bmRequestType, bRequest, wValue, wIndex)
        if bmRequestType & _CONTROL_IN:
            return _fill(data, _control(dev_handle.imported, request, len(data), timeout))
        return int(_control(dev_handle.imported, request, data.tobytes(), timeout))

    @override
    def clear_halt(self, dev_handle: Handle, ep: int) -> None:
        _control(dev_handle.imported, (0x02, 1, 0, ep), b"", CONTROL_TIMEOUT_MS)

    @override
    def is_kernel_driver_active(self, dev_handle: Handle, intf: int) -> bool:
        with self._lock:
            return dev_handle.owners.driver_of(intf) is not None

    @override
    def detach_kernel_driver(self, dev_handle: Handle, intf: int) -> None:
        with self._lock, _errors():
            dev_handle.owners.detach(intf)

    @override
    def attach_kernel_driver(self, dev_handle: Handle, intf: int) -> None:
        with self._lock, _errors():
            dev_handle.owners.attach(intf)

    def _look_at(self, record: DeviceRecord) -> Found:
        imported = self._attach(record)
        try:
            device = _descriptor(imported, Kind.DEVICE, DEVICE.size)
            configuration = _descriptor(imported, Kind.CONFIGURATION, URB_BYTES_MAX - 1)
            return Found(record, parse_device(device), parse_configuration(configuration))
        finally:
            self._detach(record, imported)

    def _attach(self, record: DeviceRecord) -> ImportedDevice:
        """The device, imported if it is not."""
        with self._lock, _errors():
            attached = self._attached.get(_plug(record))
            if attached is None or attached.imported.gone:
                attached = self._attached[_plug(record)] = _Attached(self._import(record))
            attached.users += 1
            return attached.imported

    def _import(self, record: DeviceRecord) -> ImportedDevice:
        """Plug it into this machine, whose kernel then sets its first configuration."""
        imported = ImportedDevice(self._host, self._port, record)
        try:
            _control(imported, (0x00, 9, 1, 0), b"", CONTROL_TIMEOUT_MS)
        except OSError:
            imported.close()
            raise
        return imported

    def _detach(self, record: DeviceRecord, imported: ImportedDevice) -> None:
        """One user less; without any it is given back."""
        with self._lock:
            attached = self._attached.get(_plug(record))
            if attached is not None and attached.imported is imported:
                attached.users -= 1
                if attached.users:
                    return
                del self._attached[_plug(record)]
            # While nobody can import it anew: that one would be refused.
            imported.hang_up()
        imported.close()


def usb_error(error: OSError) -> usb.core.USBError:
    """What PyUSB raises for it over libusb."""
    number = error.errno or errno.EIO
    kind = usb.core.USBTimeoutError if number == errno.ETIMEDOUT else usb.core.USBError
    return kind(os.strerror(number), LIBUSB_CODES.get(number, -99), number)


def _plug(record: DeviceRecord) -> _Plug:
    return record.bus_id, record.devnum


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except usb.core.USBError:
        raise
    except OSError as error:
        raise usb_error(error) from error


def _control(
    device: ImportedDevice, request: tuple[int, int, int, int], payload: bytes | int, timeout: int
) -> bytes | int:
    request_type, number, value, index = request
    setup = SETUP.pack(
        bmRequestType=request_type,
        bRequest=number,
        wValue=value,
        wIndex=index,
        wLength=len(payload) if isinstance(payload, bytes) else payload,
    )
    with _errors():
        return device.transfer(0, payload, timeout, setup)


def _read(device: ImportedDevice, request: tuple[int, int, int, int], length: int) -> bytes:
    octets = _control(device, request, length, CONTROL_TIMEOUT_MS)
    assert isinstance(octets, bytes)
    return octets


def _descriptor(device: ImportedDevice, kind: Kind, length: int) -> bytes:
    return _read(device, (0x80, 6, kind << 8, 0), length)


def _fill(buffer: "array[int]", octets: bytes | int) -> int:
    assert isinstance(octets, bytes)
    buffer[: len(octets)] = array("B", octets)
    return len(octets)
