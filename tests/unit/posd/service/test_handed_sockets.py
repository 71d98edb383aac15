"""What systemd hands over, as sd_listen_fds(3) has it: in a process, from descriptor 3 on."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from posd.errors import ConfigError
from posd.service.handed_sockets import handed_sockets

TELL = """
import os, sys
from posd.errors import ConfigError
from posd.service.handed_sockets import handed_sockets
environ = dict(os.environ, LISTEN_PID=str(os.getpid() + int(sys.argv[2])), LISTEN_FDS=sys.argv[1])
try:
    handed = handed_sockets(environ, os.getpid())
except ConfigError as error:
    sys.exit(str(error))
print([one.getsockname() for one in handed], [os.get_inheritable(one.fileno()) for one in handed])
print(sorted(name for name in environ if name.startswith("LISTEN")))
for one in handed:
    one.close()
"""
FROM_3 = """
import os, sys
for place, descriptor in enumerate(map(int, filter(None, sys.argv[1].split(","))), 3):
    os.dup2(descriptor, place)
os.execv(sys.executable, [sys.executable, "-c", *sys.argv[2:]])
"""


def told(given: Sequence[socket.socket], count: str, pid_off: int = 0) -> tuple[str, str]:
    """What a process says that was started with these from descriptor 3 on."""
    above = [os.dup(one.fileno()) for one in given]
    try:
        done = subprocess.run(
            [sys.executable, "-c", FROM_3, ",".join(map(str, above)), TELL, count, str(pid_off)],
            pass_fds=above,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        for descriptor in above:
            os.close(descriptor)
    return done.stdout, done.stderr


def test_what_was_handed_over_is_taken_and_told_to_no_child(tmp_path: Path) -> None:
    path = str(tmp_path / "posd.sock")
    with ExitStack() as opened:
        tcp = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        unix = opened.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind(path)
        unix.listen()
        addresses = [tcp.getsockname(), path]
        said, _ = told([tcp, unix], "2")
    assert said == f"{addresses} [False, False]\n[]\n"


def test_what_another_process_was_handed_is_not_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp:
        said, _ = told([tcp], "1", pid_off=1)
    assert said == "[] []\n[]\n"


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_socket_that_nobody_can_call_is_refused(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as deaf:
        deaf.bind(("127.0.0.1", 0))
        _, why = told([deaf], "1")
    assert "descriptor 3, which is no stream socket that listens" in why


def test_a_descriptor_that_is_none_is_refused() -> None:
    _, why = told([], "1")
    assert "descriptor 3" in why


@pytest.mark.parametrize("count", ["", "two", "-1", "0"])
def test_started_by_hand_there_are_none(count: str) -> None:
    environ = {"LISTEN_PID": "7", "LISTEN_FDS": count, "PATH": "/bin"}
    assert handed_sockets(environ, pid=7) == ()
    assert environ == {"PATH": "/bin"}


def test_no_start_takes_hundreds() -> None:
    with pytest.raises(ConfigError, match="expected 16 at most"):
        handed_sockets({"LISTEN_PID": "7", "LISTEN_FDS": "400"}, pid=7)
