"""The command `posd` as systemd starts it behind its socket: the doors are open before and after.

sd_listen_fds(3): what is handed over begins at descriptor 3, and the variables name the process.
"""

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from typing_extensions import override

from posd.failpoints import Failpoint
from tests.crash.child import Child
from tests.crash.installed import COMMAND, Installed

HAND_OVER: Final = """
import os, sys
descriptors = sys.argv[1].split(",")
for place, descriptor in enumerate(map(int, descriptors), 3):
    os.dup2(descriptor, place)
told = {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": str(len(descriptors))}
os.execve(sys.argv[2], sys.argv[2:], os.environ | told)
"""
ABOVE: Final = 100
"""Where the test's own copies begin: none of them is where another is handed over."""


class Activated(Installed):
    """Starts posd with listening sockets that stay open here.

    Attributes:
        doors: Where they are: host and port, or a path.
    """

    def __init__(self) -> None:
        super().__init__()
        self.doors: list[tuple[str, int] | str] = []
        self._open = ExitStack()
        self._sockets: list[socket.socket] = []
        self._started: dict[int, subprocess.Popen[bytes]] = {}

    def hold(self, port: int, path: Path | None) -> None:
        """Open the doors: loopback in the families that this machine has, and a unix socket."""
        self._listen(socket.AF_INET, ("127.0.0.1", port))
        if Path("/proc/net/if_inet6").exists() and Path("/proc/net/if_inet6").read_text():
            self._listen(socket.AF_INET6, ("::1", port))
        if path is not None:
            self._listen(socket.AF_UNIX, str(path))

    @override
    def posd(
        self,
        config: Path,
        armed: Failpoint | None = None,
        ahead_s: int = 0,
        usb: int | None = None,
    ) -> Child:
        assert (armed, ahead_s, usb) == (None, 0, None), "a command takes none of these"
        given = [_copy(one) for one in self._sockets]
        hand_over = [sys.executable, "-c", HAND_OVER, ",".join(map(str, given))]
        with config.with_name("posd.log").open("ab") as log:
            process = subprocess.Popen(
                [*hand_over, COMMAND, "run", "--config", str(config)],
                pass_fds=given,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        for descriptor in given:
            os.close(descriptor)
        self._started[process.pid] = process
        return Child(process.pid, self)

    @override
    def ask(self, order: dict[str, object]) -> int | None:
        match order:
            case {"pid": int(pid)} if pid in self._started:
                return self._started[pid].poll()
            case _:
                return super().ask(order)

    @override
    def close(self) -> None:
        for process in self._started.values():
            process.kill()
            process.wait()
        self._open.close()
        super().close()

    def _listen(self, family: socket.AddressFamily, at: tuple[str, int] | str) -> None:
        door = self._open.enter_context(socket.socket(family))
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(at)
        door.listen()
        self._sockets.append(door)
        self.doors.append(at)


def call(door: tuple[str, int] | str) -> bytes:
    """The status line that somebody reads who connects, asks once whether posd lives, and goes."""
    family = socket.AF_UNIX if isinstance(door, str) else _family(door)
    with socket.socket(family) as caller:
        caller.settimeout(30)
        caller.connect(door)
        caller.sendall(
            b"GET /posd/v1/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        return caller.makefile("rb").readline()


def _family(door: Sequence[str | int]) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in str(door[0]) else socket.AF_INET


def _copy(one: socket.socket) -> int:
    return fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, ABOVE)
