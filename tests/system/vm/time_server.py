"""What the guest's clock is kept by: the host's, told over SNTP (RFC 5905, 7.3 and 14)."""

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseRequestHandler, UDPServer

from typing_extensions import override

from posd.clock import SystemClock
from tests.system.vm.host import HostFailed

ADDRESS = ("127.0.0.1", 123)
"""timesyncd asks at no other port."""
PACKET = struct.Struct("!BBbbIII8s8s8s8s")
"""Mode and version, stratum, poll, precision; root delay and dispersion, reference; four times."""
NO_LEAP_VERSION_4_SERVER = 0x24
STRATUM, POLL, PRECISION = 1, 6, -10
TO_1970_S = 2_208_988_800
"""From the era of NTP, 1900-01-01, to that of Unix."""


class _Answer(BaseRequestHandler):
    @override
    def handle(self) -> None:
        asked, line = self.request
        if len(asked) < PACKET.size:
            return
        *_, sent_at = PACKET.unpack(asked[: PACKET.size])
        now = _time()
        told = (NO_LEAP_VERSION_4_SERVER, STRATUM, POLL, PRECISION, 0, 0, 0, now, sent_at, now, now)
        line.sendto(PACKET.pack(*told), self.client_address)


def _time() -> bytes:
    """Seconds and their fraction, 32 bits each."""
    seconds, milliseconds = divmod(SystemClock().wall_ms(), 1000)
    return struct.pack("!II", seconds + TO_1970_S, (milliseconds << 32) // 1000)


@contextmanager
def time_server() -> Iterator[None]:
    """Tell the time to whoever asks on the host's loopback. Raises HostFailed."""
    try:
        server = UDPServer(ADDRESS, _Answer)
    except OSError as taken:
        raise HostFailed(f"port {ADDRESS[1]} of {ADDRESS[0]}: {taken}") from taken
    with server:
        thread = threading.Thread(target=server.serve_forever, name="time", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
