"""A store that can be reached in every way there is: loopback, network, unix socket.

posd is a process of its own, with a journal, a terminal and one payment that was taken; a caller
is a bare socket, so that nothing tidies up what is sent.
"""

import hashlib
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from itertools import cycle
from pathlib import Path
from typing import Final

from posd.journal.connection import open_reader
from posd_simulator.terminal.settings import Wire
from tests.crash.child import Nursery
from tests.crash.store import Store, eventually, free_port
from tests.unit.posd.tls.shop import founded, trusting

AMOUNT: Final = 723_456
SUM: Final = re.compile(rb"7,23\d\.56")
"""How a page tells it; alone, or with what other tests had paid in whole units."""
CANARIES: Final = (b"723456", b"7,234.56", b"7.234,56", b"pi_posd_", b"ch_posd_")
"""What an answer that is refused must not tell: the payment's sum, in any form, and its ids."""
OBSERVER_KEY: Final = "posd_test_observer_of_the_surface_tests"
NAME: Final = "till.store.example"
ADDRESS: Final = "127.0.0.7"
"""Another name of it, which no line of the matrix tries and every resolver knows."""
ANSWERED_S: Final = 10.0
AT_REST_S: Final = 0.3
ANSWER_BYTES_MAX: Final = 1 << 20


class Door(Enum):
    """A way in."""

    LOOPBACK = "loopback"
    LAN = "lan"
    SOCKET = "socket"


HOST: Final = {Door.LOOPBACK: "127.0.0.1:8719", Door.LAN: f"{NAME}:8720", Door.SOCKET: "localhost"}
"""What a caller names; the port is looked at for nothing but whether it is one."""


class Surface:
    """One posd, and whoever knocks.

    Attributes:
        url: Where a till on the network reaches it.
        authority: What that till must trust.
        intent: The payment that was taken.
    """

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self.store = Store(folder / "store", nursery, wire=Wire.TCP)
        self._tls = founded(folder / "tls", (NAME, ADDRESS))
        self._trusting = trusting(self._tls)
        self._lan_port = free_port()
        self.url = f"https://{ADDRESS}:{self._lan_port}/"
        self.authority = self._tls.authority
        self._folder = folder / "store"
        with self.store.config.open("a") as file:
            file.write(self._lan())
        self._callers = cycle(f"127.0.0.{last}" for last in range(2, 250))
        self.store.open()
        self.intent = self.store.pay(AMOUNT)
        self._witness = open_reader(self._folder / "state/journal.db", None)
        self.settle()

    def written(self) -> tuple[int, int]:
        """The number of facts, and of keys that are claimed.

        posd marks every minute that it runs; that is no answer to anybody.
        """
        facts, claims = "SELECT seq FROM head", "SELECT count(*) FROM idempotency"
        head: int = self._witness.execute(facts).get
        claimed: int = self._witness.execute(claims).get
        return head, claimed

    @contextmanager
    def knock(self, door: Door, caller: str = "") -> Iterator[socket.socket]:
        """A connection, from an address of its own unless `caller` is one."""
        with self._reach(door, caller or next(self._callers)) as connection:
            connection.settimeout(ANSWERED_S)
            yield connection

    def call(self, caller: str) -> socket.socket:
        """A connection to the port on the network that has said nothing yet."""
        return _dial(self._lan_port, caller)

    def ask(self, door: Door, request: bytes, caller: str = "") -> bytes:
        """The whole answer, read until posd closes."""
        with self.knock(door, caller) as connection:
            connection.sendall(request)
            return read_all(connection)

    def settle(self) -> None:
        """Wait until nothing is written any more of what was paid."""
        assert eventually(self._is_at_rest, ANSWERED_S)

    def close(self) -> None:
        """End it."""
        self._witness.close()
        self.store.close()

    def _is_at_rest(self) -> bool:
        """Whether nothing is written for a while."""
        before = self.written()
        time.sleep(AT_REST_S)
        return self.written() == before

    def _reach(self, door: Door, caller: str) -> socket.socket:
        match door:
            case Door.LOOPBACK:
                return _dial(self.store.port, caller)
            case Door.LAN:
                plain = self.call(caller)
                return self._trusting.wrap_socket(plain, server_hostname=NAME)
            case Door.SOCKET:
                local = socket.socket(socket.AF_UNIX)
                local.connect(str(self._folder / "posd.sock"))
                return local

    def _lan(self) -> str:
        sha256 = hashlib.sha256(OBSERVER_KEY.encode()).hexdigest()
        return f"""
[[key]]
name = "observer"
role = "observer"
sha256 = "{sha256}"

[lan]
address = "0.0.0.0"
port = {self._lan_port}
hosts = ["{NAME}", "{ADDRESS}"]
certificate = "{self._tls.certificate}"
key_file = "{self._tls.key}"
"""


def _dial(port: int, caller: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), ANSWERED_S, (caller, 0))


def read_all(connection: socket.socket) -> bytes:
    """What comes until the other side closes, or resets."""
    told = b""
    try:
        while len(told) < ANSWER_BYTES_MAX and (more := connection.recv(65_536)):
            told += more
    except (ConnectionError, ssl.SSLEOFError):
        pass
    return told


def status_of(answer: bytes) -> int:
    """The status of an answer; 0 is none."""
    return int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else 0
