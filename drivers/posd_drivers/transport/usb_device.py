"""A USB device that is ours: found, claimed, set up, read, written, let go. Every call blocks.

PyUSB comes with this module: import it where a device is opened, not before.
"""

import contextlib
import errno
import struct
import threading
from typing import Final

from usb import core, util
from usb.backend import IBackend, libusb1

from posd_drivers.errors import DeviceBusy, DeviceGone, NotSent
from posd_drivers.transport.base import READ_BYTES_MAX
from posd_drivers.transport.line import Line
from posd_drivers.transport.usb_match import Function, Named, function_of, the_one
from posd_drivers.transport.usb_tty import SYSFS, is_taken

READ_TIMEOUT_MS: Final = 30_000
"""A read ends earlier once there is an octet, the device is gone, or its interface is released.

Where a system does not end it on release, the device stays ours so long after it was closed.
"""
WRITE_TIMEOUT_MS: Final = 250
UDEV_RULE: Final = "systemd/70-posd.rules"
LIBUSB: Final = "libusb-1.0-0"

TO_INTERFACE: Final = 0x21
"""A class request to an interface, from the host (USB 2.0, 9.3)."""
SET_LINE_CODING: Final = 0x20
SET_CONTROL_LINE_STATE: Final = 0x22
STOP_BITS: Final = {1: 0, 2: 2}
PARITY: Final = {"N": 0, "E": 2}
"""Codes of the line coding (PSTN 1.2, table 17)."""
DTR, RTS = 0x01, 0x02


def claim(wanted: Named, line: Line, backend: IBackend | None = None) -> "UsbDevice":
    """Take hold of the device, away from the kernel's driver; a modem is set to `line`.

    Raises:
        DeviceBusy: Another program has claimed it, or its serial port.
        Several: More than one device has that name.
        NotSent: It is not there, we may not open it, nothing of it carries octets, or there is no
            libusb. PyUSB's error, an OSError, is its cause.
    """
    try:
        device = _found(wanted, backend)
        with contextlib.ExitStack() as half_open:
            half_open.callback(util.dispose_resources, device)
            function = _function(device, wanted)
            if any(is_taken(_port_path(device), each) for each in function.interfaces):
                raise DeviceBusy(f"{wanted}: another program has its serial port")
            claimed = UsbDevice(device, function)
            half_open.callback(claimed.close)
            claimed.open(line)
            half_open.pop_all()
    except core.USBError as error:
        raise _refusal(wanted, error) from error
    return claimed


class UsbDevice:
    """One claimed device. One thread reads and one writes; a third may release it."""

    def __init__(self, device: core.Device, function: Function) -> None:
        self._device = device
        self._function = function
        self._drivers_of: list[int] = []
        self._released = False
        self._writing = threading.Lock()

    def open(self, line: Line) -> None:
        """Claim its interfaces and set them up. Raises USBError, and then wants to be closed."""
        for interface in self._function.interfaces:
            if self._has_driver(interface):
                self._device.detach_kernel_driver(interface)
                self._drivers_of.append(interface)
        for interface in self._function.interfaces:
            util.claim_interface(self._device, interface)
        if self._function.control is not None:
            self._set_line(self._function.control, line)

    def read(self) -> bytes:
        """What arrived, at most READ_BYTES_MAX; nothing once it timed out or was released.

        Raises DeviceGone.
        """
        try:
            return self._read()
        except core.USBTimeoutError:
            return b""
        except core.USBError as error:
            raise DeviceGone(str(error)) from error

    def write(self, octets: bytes) -> int:
        """How many of them the device took within WRITE_TIMEOUT_MS.

        Raises DeviceGone: nobody tells how many it took before the transfer failed.
        """
        with self._writing:
            if self._released:
                raise DeviceGone("closed")
            try:
                return self._device.write(self._function.write_to, octets, WRITE_TIMEOUT_MS)
            except core.USBTimeoutError:
                return 0
            except core.USBError as error:
                if error.errno == errno.EPIPE:
                    self._clear(self._function.write_to)
                raise DeviceGone(str(error)) from error

    def release(self) -> None:
        """Let go of the interfaces, which ends a read or a write that waits. May be repeated."""
        self._released = True
        for interface in self._function.interfaces:
            with contextlib.suppress(core.USBError):
                util.release_interface(self._device, interface)

    def close(self) -> None:
        """Hand the device back to the kernel's driver. Nobody reads it any more. Never raises."""
        self.release()
        with self._writing:
            for interface in self._drivers_of:
                # One driver may take both interfaces at the first: then the second is busy.
                with contextlib.suppress(core.USBError):
                    self._device.attach_kernel_driver(interface)
            with contextlib.suppress(core.USBError):
                util.dispose_resources(self._device)

    def _read(self) -> bytes:
        """A stall is cleared and read over once: what was sent before it has arrived."""
        endpoint = self._function.read_from
        try:
            return self._device.read(endpoint, READ_BYTES_MAX, READ_TIMEOUT_MS).tobytes()
        except core.USBError as error:
            if error.errno != errno.EPIPE:
                raise
        self._device.clear_halt(endpoint)
        return self._device.read(endpoint, READ_BYTES_MAX, READ_TIMEOUT_MS).tobytes()

    def _clear(self, endpoint: int) -> None:
        with contextlib.suppress(core.USBError):
            self._device.clear_halt(endpoint)

    def _has_driver(self, interface: int) -> bool:
        try:
            return self._device.is_kernel_driver_active(interface)
        except NotImplementedError:  # not Linux
            return False

    def _set_line(self, control: int, line: Line) -> None:
        """As far as the modem takes settings: those that have no line behind them stall."""
        character = line.character
        coding = struct.pack(
            "<IBBB",
            line.baud,
            STOP_BITS[character.stop_bits],
            PARITY[character.parity],
            character.data_bits,
        )
        lines = (DTR if line.dtr is not False else 0) | (RTS if line.rts is not False else 0)
        self._request(SET_LINE_CODING, 0, control, coding)
        self._request(SET_CONTROL_LINE_STATE, lines, control, None)

    def _request(self, request: int, value: int, interface: int, octets: bytes | None) -> None:
        try:
            self._device.ctrl_transfer(TO_INTERFACE, request, value, interface, octets)
        except core.USBError as error:
            if error.errno != errno.EPIPE:
                raise


def _found(wanted: Named, backend: IBackend | None) -> core.Device:
    through = backend if backend is not None else libusb1.get_backend()
    if through is None:
        raise NotSent(f"{wanted}: libusb cannot be used; install the package {LIBUSB}")
    model = core.find(
        find_all=True, backend=through, idVendor=wanted.vendor, idProduct=wanted.product
    )
    devices = [device for device in model if device.port_numbers]
    named = wanted.serial is not None or len(devices) > 1
    in_sysfs = backend is None and SYSFS.is_dir()
    index = the_one(
        wanted, [_name_of(device, named=named, in_sysfs=in_sysfs) for device in devices]
    )
    if index is None:
        raise core.USBError("not plugged in", errno=errno.ENODEV)
    return devices[index]


def _name_of(device: core.Device, *, named: bool, in_sysfs: bool) -> Named:
    port_path = _port_path(device)
    serial = None
    if named:
        serial = _serial_in_sysfs(port_path) if in_sysfs else _asked_serial(device)
    return Named(device.idVendor, device.idProduct, serial, port_path)


def _port_path(device: core.Device) -> str:
    """Where it is plugged in, as sysfs spells it."""
    return f"{device.bus}-{'.'.join(map(str, device.port_numbers or ()))}"


def _serial_in_sysfs(port_path: str) -> str | None:
    """As the kernel read it when the device came: nobody else's device is opened for it."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return (SYSFS / port_path / "serial").read_text().strip() or None
    return None


def _asked_serial(device: core.Device) -> str | None:
    """From its descriptors. None if it has none that can be read; raises USBError without leave."""
    try:
        languages = util.get_langids(device) if device.iSerialNumber else ()
        serial = util.get_string(device, device.iSerialNumber, languages[0]) if languages else None
        return (serial or "").strip() or None
    except core.USBError as error:
        if error.errno == errno.EACCES:
            raise
        return None
    except UnicodeDecodeError:
        return None
    finally:
        util.dispose_resources(device)


def _function(device: core.Device, wanted: Named) -> Function:
    function = function_of(device.get_active_configuration())
    if function is None:
        raise NotSent(
            f"{wanted}: neither a modem (CDC-ACM) nor vendor-specific with bulk endpoints"
        )
    return function


def _refusal(wanted: Named, error: core.USBError) -> NotSent | DeviceBusy:
    match error.errno:
        case errno.EBUSY:
            return DeviceBusy(f"{wanted}: claimed by another program")
        case errno.EACCES:
            return NotSent(f"{wanted}: no permission; install {UDEV_RULE} and plug it in again")
        case _:
            return NotSent(f"{wanted}: {error.strerror or error}")
