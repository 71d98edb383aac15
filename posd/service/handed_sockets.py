"""The listening sockets that systemd opened and hands over: sd_listen_fds(3), without its library.

systemd keeps them open while posd restarts. Who calls meanwhile waits there, and is not refused.
"""

import os
import socket
from collections.abc import MutableMapping
from typing import Final

from posd.errors import ConfigError

FIRST_DESCRIPTOR: Final = 3
"""SD_LISTEN_FDS_START of sd-daemon.h."""
HANDED_MAX: Final = 16
FAMILIES: Final = frozenset({socket.AF_INET, socket.AF_INET6, socket.AF_UNIX})
VARIABLES: Final = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


def handed_sockets(environ: MutableMapping[str, str], pid: int) -> tuple[socket.socket, ...]:
    """The sockets that this process was started with; none if it was started by hand.

    The variables that tell of them are taken out of `environ`: a child must not take the sockets
    for its own. Raises ConfigError for what is no stream socket that listens.
    """
    told_pid, count, _ = (environ.pop(name, "") for name in VARIABLES)
    if told_pid != str(pid) or not count.isdecimal():
        return ()
    if int(count) > HANDED_MAX:
        raise ConfigError(f"systemd hands over {count} sockets, expected {HANDED_MAX} at most")
    last = FIRST_DESCRIPTOR + int(count)
    return tuple(_taken(descriptor) for descriptor in range(FIRST_DESCRIPTOR, last))


def _taken(descriptor: int) -> socket.socket:
    try:
        taken = socket.socket(fileno=descriptor)
        listens = taken.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise _unfit(descriptor) from error
    if not listens or taken.type != socket.SOCK_STREAM or taken.family not in FAMILIES:
        taken.close()
        raise _unfit(descriptor)
    os.set_inheritable(descriptor, False)  # noqa: FBT003 (it takes no name)
    return taken


def _unfit(descriptor: int) -> ConfigError:
    return ConfigError(
        f"systemd hands over descriptor {descriptor}, which is no stream socket that listens; "
        "expected only ListenStream= in posd.socket"
    )
