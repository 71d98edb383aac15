"""A serial line: pyserial opens and sets it, `Descriptor` carries the octets.

9600 baud, 8 data bits, no parity, 2 stop bits and no flow control are ZVT's line (T 2.1).
"""

import asyncio
import contextlib
import errno
import fcntl
import struct
import termios
from functools import partial

import serial
from typing_extensions import override

from posd_drivers.errors import DeviceBusy, NotSent
from posd_drivers.transport.base import CLOSE_TIMEOUT_S, Transport
from posd_drivers.transport.descriptor import Descriptor
from posd_drivers.transport.line import Line
from posd_drivers.transport.opening import opened

BUSY_ERRORS = frozenset({errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK})
ZVT_LINE = Line()


async def open_serial(path: str, line: Line = ZVT_LINE) -> Transport:
    """Open a serial device for nobody but us, raw, set as `line` says.

    Raises:
        DeviceBusy: Another process holds it.
        NotSent: There is no such device, it is no serial line, or we may not open it. The
            operating system's error is its cause.
    """
    try:
        # Opening a USB adapter waits for its answer to control transfers: not on the loop.
        port = await opened(partial(_open_exclusive, path, line), serial.Serial.close)
    except (OSError, termios.error) as error:
        number = error.errno if isinstance(error, OSError) else None
        failure = DeviceBusy if number in BUSY_ERRORS else NotSent
        raise failure(f"{path}: {error}") from error
    return SerialTransport(port, line)


def _open_exclusive(path: str, line: Line) -> serial.Serial:
    """Lock twice: flock stops programs that lock, TIOCEXCL those that do not (but not root).

    pyserial takes the lock before it touches the line, and itself tolerates lines without modem
    signals (ENOTTY on a pty).
    """
    port = _set_up(line)
    port.port = path
    port.open()
    with contextlib.ExitStack() as half_open:
        half_open.callback(port.close)
        fcntl.ioctl(port.fileno(), termios.TIOCEXCL)
        half_open.pop_all()
    return port


def _set_up(line: Line) -> serial.Serial:
    """A port with its settings, not open yet.

    `inter_byte_timeout=0` is pyserial's way to say VMIN 1: an empty line then reads as EAGAIN, and
    only a hang-up reads as end of file.
    """
    port = serial.Serial(
        baudrate=line.baud,
        bytesize=line.character.data_bits,
        parity=line.character.parity,
        stopbits=line.character.stop_bits,
        exclusive=True,
        inter_byte_timeout=0,
    )
    if line.dtr is not None:
        port.dtr = line.dtr
    if line.rts is not None:
        port.rts = line.rts
    return port


class SerialTransport(Transport):
    """An open serial line. See `open_serial`."""

    def __init__(self, port: serial.Serial, line: Line) -> None:
        self._port = port
        self._line = line
        self._stream = Descriptor(port.fileno())

    @override
    async def read(self) -> bytes:
        return await self._stream.read()

    @override
    async def write(self, octets: bytes) -> None:
        await self._stream.write(octets)

    @override
    def discard_input(self) -> None:
        self._stream.discard()
        with contextlib.suppress(OSError, termios.error):
            termios.tcflush(self._port.fileno(), termios.TCIFLUSH)

    @override
    async def close(self) -> None:
        if not self._port.is_open:
            return
        self._stream.release()
        with contextlib.suppress(OSError, termios.error):
            await asyncio.sleep(min(self._unsent_s(), CLOSE_TIMEOUT_S / 2))
            # The kernel's own close waits up to 30 s for a line that does not drain.
            termios.tcflush(self._port.fileno(), termios.TCOFLUSH)
            # A pty stays exclusive while its other end is open.
            fcntl.ioctl(self._port.fileno(), termios.TIOCNXCL)
        with contextlib.suppress(TimeoutError, OSError, termios.error):
            async with asyncio.timeout(CLOSE_TIMEOUT_S / 2):
                await asyncio.to_thread(self._port.close)

    def _unsent_s(self) -> float:
        """How long the line needs for what the kernel still holds."""
        answer = fcntl.ioctl(self._port.fileno(), termios.TIOCOUTQ, struct.pack("I", 0))
        return int(struct.unpack("I", answer)[0]) * self._line.character.bits / self._line.baud
