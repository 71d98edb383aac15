"""One device that was imported over USB/IP: a connection, a receiving thread, many calling ones.

Every loss of the connection is OSError with ENODEV, at once for whoever waits and ever after.
"""

import contextlib
import errno
import itertools
import os
import socket
import threading
from dataclasses import replace
from typing import assert_never

from posd_drivers.errors import Malformed
from posd_simulator.usbip.layouts import (
    COUNT,
    DEVICE,
    HEADER_BYTES,
    INTERFACE,
    NO_SETUP,
    OPERATION,
    Code,
    Direction,
)
from posd_simulator.usbip.wire import (
    CmdSubmit,
    CmdUnlink,
    DeviceRecord,
    ReqDevlist,
    ReqImport,
    RetSubmit,
    RetUnlink,
    decode_answer,
    decode_operation,
    decode_record,
)

CONNECT_TIMEOUT_S = 2.0
UNLINK_TIMEOUT_S = 2.0
"""A server that does not answer an unlink so long counts as gone."""


def device_list(host: str, port: int) -> list[DeviceRecord]:
    """What is plugged in at the server; nothing, if nobody serves there or it speaks nonsense."""
    try:
        with _connected(host, port) as connection:
            connection.settimeout(CONNECT_TIMEOUT_S)
            connection.sendall(ReqDevlist().encode())
            decode_operation(_read(connection, OPERATION.size), Code.REP_DEVLIST)
            records = []
            for _ in range(COUNT.unpack(_read(connection, COUNT.size))["devices"]):
                record, interfaces = decode_record(_read(connection, DEVICE.size))
                _read(connection, interfaces * INTERFACE.size)
                records.append(record)
    except (OSError, Malformed):
        return []
    return records


class _Urb:
    """A transfer on its way. `answer` is there once it is `done`; None then: the device is gone."""

    def __init__(self, command: CmdSubmit) -> None:
        self.command = command
        self.done = threading.Event()
        self.answer: RetSubmit | None = None

    def finish(self, answer: RetSubmit | None) -> None:
        self.answer = answer
        self.done.set()


class ImportedDevice:
    """A device that nobody else can import meanwhile. Safe from any thread."""

    def __init__(self, host: str, port: int, record: DeviceRecord) -> None:
        """Raises OSError: EBUSY if another machine has it, ENODEV if it is not there any more."""
        self._devid = record.devid
        self._connection = _imported(host, port, record)
        self._sending = threading.Lock()
        self._state = threading.Lock()
        self._numbers = itertools.count(1)
        self._urbs: dict[int, _Urb] = {}
        self._unlinks: dict[int, _Urb] = {}
        self.gone = False
        self._receiver = threading.Thread(
            target=self._receive, name=f"usbip {record.bus_id}", daemon=True
        )
        self._receiver.start()

    def transfer(
        self, address: int, payload: bytes | int, timeout_ms: int, setup: bytes = NO_SETUP
    ) -> bytes | int:
        """One transfer: octets to send, or room for so many. Returns what came or was taken.

        `timeout_ms` 0 waits for ever. A transfer that was cancelled ends like one of no octets,
        as libusb has it. Raises OSError: ETIMEDOUT, ENODEV, or what the device answered.
        """
        urb = self._submit(address, payload, setup)
        if not urb.done.wait(timeout_ms / 1000 if timeout_ms else None):
            self._unlink(urb)
            if urb.answer is not None and urb.answer.status == -errno.ECONNRESET:
                raise _error(errno.ETIMEDOUT)
        answer = urb.answer
        if answer is None or answer.status in (-errno.ENODEV, -errno.ESHUTDOWN):
            raise _error(errno.ENODEV)
        if answer.status not in (0, -errno.ECONNRESET):
            raise _error(-answer.status)
        return answer.octets if urb.command.direction is Direction.IN else answer.actual_length

    def cancel(self, addresses: set[int]) -> None:
        """End whatever waits at these endpoints; when it returns, nothing does."""
        with self._state:
            waiting = [it for it in self._urbs.values() if it.command.address in addresses]
        for urb in waiting:
            self._unlink(urb)

    def hang_up(self) -> None:
        """Give the device back: whoever waits hears that it is gone."""
        with self._state:
            self.gone = True
            lost = list(self._urbs.values())
            self._urbs.clear()
            self._unlinks.clear()
        with contextlib.suppress(OSError):  # the server was quicker
            self._connection.shutdown(socket.SHUT_RDWR)
        for urb in lost:
            urb.finish(None)

    def close(self) -> None:
        """Hang up. Returns once the receiving thread has ended."""
        self.hang_up()
        if threading.current_thread() is not self._receiver:  # where garbage may be collected
            self._receiver.join()
        self._connection.close()

    def _submit(self, address: int, payload: bytes | int, setup: bytes) -> _Urb:
        octets, length = (payload, len(payload)) if isinstance(payload, bytes) else (b"", payload)
        with self._state:
            if self.gone:
                raise _error(errno.ENODEV)
            command = CmdSubmit(
                seqnum=next(self._numbers),
                devid=self._devid,
                direction=Direction.OUT if isinstance(payload, bytes) else Direction.IN,
                endpoint=address & 0x0F,
                length=length,
                setup=setup,
                octets=octets,
            )
            urb = self._urbs[command.seqnum] = _Urb(command)
        self._send(command)
        return urb

    def _unlink(self, urb: _Urb) -> None:
        """Give it up; when it returns, it is done: given up, or answered a moment before."""
        with self._state:
            if urb.done.is_set():
                return
            order = CmdUnlink(next(self._numbers), self._devid, urb.command.seqnum)
            self._unlinks[order.seqnum] = urb
        self._send(order)
        if not urb.done.wait(UNLINK_TIMEOUT_S):
            self.hang_up()

    def _send(self, command: CmdSubmit | CmdUnlink) -> None:
        try:
            with self._sending:
                self._connection.sendall(command.encode())
        except OSError:
            self.hang_up()

    def _receive(self) -> None:
        try:
            while True:
                self._take(decode_answer(_read(self._connection, HEADER_BYTES)))
        except (OSError, Malformed):
            self.hang_up()

    def _take(self, answer: RetSubmit | RetUnlink) -> None:
        match answer:
            case RetSubmit():
                with self._state:
                    urb = self._urbs.pop(answer.seqnum, None)
                if urb is not None:
                    if urb.command.direction is Direction.IN:
                        octets = _read(self._connection, answer.actual_length)
                        answer = replace(answer, octets=octets)
                    urb.finish(answer)
            case RetUnlink():
                with self._state:
                    urb = self._unlinks.pop(answer.seqnum, None)
                    if urb is not None:
                        self._urbs.pop(urb.command.seqnum, None)
                if urb is not None and not urb.done.is_set():
                    urb.finish(RetSubmit(urb.command.seqnum, answer.status, 0))
            case _:
                assert_never(answer)


def _connected(host: str, port: int) -> socket.socket:
    connection = socket.create_connection((host, port), CONNECT_TIMEOUT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _imported(host: str, port: int, record: DeviceRecord) -> socket.socket:
    with contextlib.ExitStack() as undo:
        try:
            connection = undo.enter_context(_connected(host, port))
            connection.sendall(ReqImport(record.bus_id).encode())
            if decode_operation(_read(connection, OPERATION.size), Code.REP_IMPORT):
                raise _error(_why_refused(host, port, record))
            _read(connection, DEVICE.size)
        except Malformed as error:
            raise _error(errno.ENODEV) from error
        except OSError as error:
            raise _error(errno.EBUSY if error.errno == errno.EBUSY else errno.ENODEV) from error
        connection.settimeout(None)
        undo.pop_all()
        return connection


def _why_refused(host: str, port: int, record: DeviceRecord) -> int:
    """The protocol does not say."""
    there = {(it.bus_id, it.devnum) for it in device_list(host, port)}
    return errno.EBUSY if (record.bus_id, record.devnum) in there else errno.ENODEV


def _read(connection: socket.socket, count: int) -> bytes:
    """Exactly so many octets. Raises OSError."""
    octets = b""
    while len(octets) < count:
        some = connection.recv(count - len(octets))
        if not some:
            raise _error(errno.ENODEV)
        octets += some
    return octets


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
