"""Which of the sockets that systemd hands over is which of posd's doors.

Their addresses count: posd opens none beside them, and does not start where its configuration says
another one. On the network nothing is served but what `[lan]` names, since only that speaks TLS.
"""

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from posd.errors import ConfigError

LOOPBACK: Final[Mapping[int, str]] = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


class Asked(Struct, frozen=True):
    """What the configuration says. `lan` is address and port on the network.

    A port of 0 is any.
    """

    port: int
    path: Path | None
    lan: tuple[str, int] | None = None


class Doors(Struct, frozen=True):
    """What was handed over of each kind. `loopback` has IPv4 first, and one port."""

    loopback: tuple[socket.socket, ...] = ()
    unix: socket.socket | None = None
    lan: socket.socket | None = None

    def close(self) -> None:
        """Let go of them; systemd does not."""
        for one in (*self.loopback, self.unix, self.lan):
            if one is not None:
                one.close()


NONE_HELD: Final = Doors()


def doors(handed: Sequence[socket.socket], asked: Asked) -> Doors:
    """Each socket in its place. Raises ConfigError, naming both, where the two say otherwise."""
    loopback: list[socket.socket] = []
    unix: socket.socket | None = None
    lan: socket.socket | None = None
    for one in handed:
        if one.family == socket.AF_UNIX:
            _agree(one, asked)
            unix = one
        elif asked.lan is not None and _is_at(one, *asked.lan):
            lan = one
        else:
            _agree(one, asked)
            loopback.append(one)
    loopback.sort(key=lambda one: one.family)
    if len({one.getsockname()[1] for one in loopback}) > 1:
        told = " and ".join(_address(one) for one in loopback)
        raise ConfigError(f"systemd listens on {told}; expected one port for both (posd.socket)")
    return Doors(tuple(loopback), unix, lan)


def _agree(handed: socket.socket, asked: Asked) -> None:
    if handed.family == socket.AF_UNIX:
        fits = handed.getsockname() == str(asked.path)
        key, found = "listen.socket", str(asked.path)
    else:
        fits = _is_at(handed, LOOPBACK[handed.family], asked.port)
        key, found = "listen.port", f"{LOOPBACK[handed.family]} port {asked.port}"
    if not fits:
        raise ConfigError(
            f"{key}: found {found}, but systemd listens on {_address(handed)} (posd.socket, which "
            "counts): make them the same"
        )


def _is_at(handed: socket.socket, host: str, port: int) -> bool:
    found_host, found_port = handed.getsockname()[:2]
    return found_host == host and port in {0, found_port}


def _address(handed: socket.socket) -> str:
    if handed.family == socket.AF_UNIX:
        return str(handed.getsockname())
    host, port = handed.getsockname()[:2]
    return f"{host} port {port}"
