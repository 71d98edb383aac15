"""What smuggles, floods, crawls or explodes, at every door of a real posd: told off, and no more.

The octets are those of the unit tests, where posd's own parts are fakes.
"""

import socket
import ssl
from contextlib import ExitStack, suppress
from time import perf_counter
from typing import Final

import pytest

from posd.api import lan
from tests.conformance.surface.doors import HOST, Door, Surface, status_of
from tests.crash.store import KEY
from tests.unit.posd.api.fakes import TILL
from tests.unit.posd.api.test_bad_input_wire import HOSTILE, SOCKET_BYTES

AT_ONCE_S: Final = 3.0
"""No call of a till may take so long because of others; the machine is busy with other tests."""
CRAWLERS: Final = 40
MIB: Final = 1 << 20
GROWN_MAX: Final = 8 * MIB
HOST_NAME: Final = {door: host.partition(":")[0].encode() for door, host in HOST.items()}


def addressed(octets: bytes, door: Door) -> bytes:
    """The same, to the host that is there, with the key that is right there."""
    named = octets.replace(b"localhost", HOST_NAME[door]) if door is Door.LAN else octets
    return named.replace(TILL.encode(), KEY.encode())


def told(connection: socket.socket, octets: bytes) -> bytes:
    """The first answer; empty where posd has closed before it could be read."""
    answer = b""
    with suppress(ConnectionError, ssl.SSLError):
        connection.sendall(octets)
    with suppress(ConnectionError, ssl.SSLError):
        while b"\r\n\r\n" not in answer and (more := connection.recv(65_536)):
            answer += more
    return answer


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as statm:  # noqa: PTH123 (no file of ours)
        return int(statm.read().split()[1]) * 4096


@pytest.mark.parametrize("door", Door)
def test_hostile_octets_write_nothing_and_cost_little(surface: Surface, door: Door) -> None:
    posd = surface.store.posd
    assert posd is not None
    before, resident = surface.written(), resident_bytes(posd.pid)
    wrong: list[str] = []
    for what, sent, status in HOSTILE:
        octets = addressed(sent, door)
        with surface.knock(door) as connection:
            found = status_of(told(connection, octets))
        if found != status and not (found == 0 and len(octets) > SOCKET_BYTES):
            wrong.append(f"{what}: found {found}, expected {status}")
    assert not wrong, "\n".join(wrong)
    assert surface.written() == before
    assert resident_bytes(posd.pid) - resident < GROWN_MAX


def test_a_network_full_of_silent_callers_costs_a_till_nothing(surface: Surface) -> None:
    """They hold every place there is: one on the network is let in all the same, at their cost."""
    with ExitStack() as held:
        for number in range(lan.CONNECTIONS_MAX):
            caller = f"127.0.1.{number // lan.CONNECTIONS_OF_ADDRESS_MAX + 1}"
            held.enter_context(surface.call(caller))
        with surface.knock(Door.LAN, "127.0.2.1") as late:
            late.settimeout(AT_ONCE_S)
            live = f"GET /posd/v1/live HTTP/1.1\r\nHost: {HOST[Door.LAN]}\r\n\r\n"
            assert status_of(told(late, live.encode())) == 200
        _pays_at_once(surface)


def test_those_who_crawl_hold_nobody_up(surface: Surface) -> None:
    crawling = b"GET /posd/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nA: "
    with ExitStack() as held:
        for _ in range(CRAWLERS):
            held.enter_context(surface.knock(Door.LOOPBACK)).sendall(crawling)
        _pays_at_once(surface)


def _pays_at_once(surface: Surface) -> None:
    began = perf_counter()
    surface.store.pay(100)
    took_s = perf_counter() - began
    surface.settle()
    assert took_s < AT_ONCE_S
