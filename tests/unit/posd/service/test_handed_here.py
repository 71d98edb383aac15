"""What systemd hands over, taken in this process: from a descriptor above those that are in use."""

import fcntl
import os
import socket

import pytest

from posd.errors import ConfigError
from posd.service import handed_sockets as module
from posd.service.handed_sockets import handed_sockets

ABOVE = 200


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch) -> int:
    """A free descriptor, from which on sockets are handed over."""
    with socket.socket() as probe:
        free = fcntl.fcntl(probe.fileno(), fcntl.F_DUPFD, ABOVE)
        os.close(free)
    monkeypatch.setattr(module, "FIRST_DESCRIPTOR", free)
    return free


def environ() -> dict[str, str]:
    return {"LISTEN_PID": "7", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "posd.socket"}


def test_a_listening_socket_is_taken_and_kept_from_children(first: int) -> None:
    told = environ()
    with socket.create_server(("127.0.0.1", 0)) as tcp:
        os.dup2(tcp.fileno(), first)
        (taken,) = handed_sockets(told, pid=7)
        with taken:
            assert taken.getsockname() == tcp.getsockname()
            assert not os.get_inheritable(taken.fileno())
    assert not told


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_what_nobody_can_call_is_refused_and_closed(first: int, kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as deaf:
        os.dup2(deaf.fileno(), first)
        with pytest.raises(ConfigError, match=f"descriptor {first}, which is no stream socket"):
            handed_sockets(environ(), pid=7)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(first)


def test_a_descriptor_that_is_not_open_is_refused(first: int) -> None:
    with pytest.raises(ConfigError, match=f"descriptor {first}, which is no stream socket"):
        handed_sockets(environ(), pid=7)
