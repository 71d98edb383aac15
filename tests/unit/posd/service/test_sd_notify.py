"""What systemd receives, on a socket of each kind, and that its absence harms nothing."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from posd.service.sd_notify import STATUS_CHARACTERS_MAX, ServiceNotifier, watchdog_interval_s


@pytest.fixture(params=["path", "abstract"])
def supervisor(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[socket.socket, str]]:
    address = str(tmp_path / "notify")
    if request.param == "abstract":
        if sys.platform != "linux":
            pytest.skip("abstract sockets are Linux's")
        address = f"@posd-test-{os.getpid()}"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(address.replace("@", "\0", 1))
        listening.settimeout(1)
        yield listening, address


def test_each_message_is_one_datagram(supervisor: tuple[socket.socket, str]) -> None:
    listening, address = supervisor
    notifier = ServiceNotifier({"NOTIFY_SOCKET": address})
    notifier.ready("every lane can take cards")
    notifier.alive()
    notifier.status("front: offline")
    notifier.stopping()
    notifier.close()
    assert [listening.recv(4096) for _ in range(4)] == [
        b"READY=1\nSTATUS=every lane can take cards",
        b"WATCHDOG=1",
        b"STATUS=front: offline",
        b"STOPPING=1",
    ]


def test_a_reload_names_the_moment_and_says_when_it_is_over(
    supervisor: tuple[socket.socket, str],
) -> None:
    listening, address = supervisor
    notifier = ServiceNotifier({"NOTIFY_SOCKET": address})
    before_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    notifier.reloading()
    notifier.reloaded()
    notifier.close()
    begun, _, moment_us = listening.recv(4096).partition(b"\nMONOTONIC_USEC=")
    assert begun == b"RELOADING=1"
    assert 0 <= int(moment_us) - before_us < 5_000_000
    assert listening.recv(4096) == b"READY=1"


def test_a_status_stays_one_short_line(supervisor: tuple[socket.socket, str]) -> None:
    listening, address = supervisor
    notifier = ServiceNotifier({"NOTIFY_SOCKET": address})
    notifier.status("label\nMAINPID=1\x1b[31m" + "x" * 1000)
    notifier.close()
    told = listening.recv(65536).decode()
    assert told.startswith("STATUS=label MAINPID=1 [31mxxx")
    assert len(told) == len("STATUS=") + STATUS_CHARACTERS_MAX


def test_a_supervisor_that_does_not_read_delays_nothing(
    supervisor: tuple[socket.socket, str],
) -> None:
    _, address = supervisor
    notifier = ServiceNotifier({"NOTIFY_SOCKET": address})
    for _ in range(5_000):
        notifier.alive()
    notifier.close()


def test_without_systemd_nothing_happens(tmp_path: Path) -> None:
    ServiceNotifier({}).ready("by hand")
    gone = ServiceNotifier({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    gone.alive()
    gone.close()


def test_nothing_is_sent_after_close(supervisor: tuple[socket.socket, str]) -> None:
    listening, address = supervisor
    notifier = ServiceNotifier({"NOTIFY_SOCKET": address})
    notifier.close()
    notifier.alive()
    listening.settimeout(0)
    with pytest.raises(BlockingIOError):
        listening.recv(16)


@pytest.mark.parametrize(
    ("environ", "interval_s"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 10.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 10.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_fed_thrice_a_period(
    environ: dict[str, str], interval_s: float | None
) -> None:
    assert watchdog_interval_s(environ, pid=7) == interval_s
