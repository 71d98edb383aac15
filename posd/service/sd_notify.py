"""Readiness, liveness and status for systemd, over its datagram socket (sd_notify(3)).

Without `NOTIFY_SOCKET` every call does nothing, so that the daemon runs the same by hand.
"""

import logging
import socket
import time
from collections.abc import Mapping
from typing import Final

WATCHDOG_SHARE: Final = 3
"""How many signs of life are given per watchdog period; one may be lost."""
STATUS_CHARACTERS_MAX: Final = 200

log = logging.getLogger(__name__)


class ServiceNotifier:
    """Tells systemd how the service is doing. A message that cannot be sent is dropped."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket: socket.socket | None = None
        if self._address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.settimeout(0)

    def ready(self, status: str) -> None:
        """The journal is open, the readers are known and the API answers."""
        self._send("READY=1", _status(status))

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send(_status(text))

    def reloading(self) -> None:
        """The configuration is being read again; `reloaded` says when that is over."""
        now_us = time.monotonic_ns() // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={now_us}")

    def reloaded(self) -> None:
        """The configuration has been read, and taken over or refused."""
        self._send("READY=1")

    def alive(self) -> None:
        """A sign of life; without one in the watchdog's period systemd restarts the service."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is on its way out; no watchdog from here."""
        self._send("STOPPING=1")

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, *assignments: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto("\n".join(assignments).encode(), self._address)
        except OSError as error:  # a full or vanished socket must not stop a payment
            log.debug("sd_notify dropped %s: %s", assignments[0], error)


def watchdog_interval_s(environ: Mapping[str, str], pid: int) -> float | None:
    """Seconds between two signs of life, or None if systemd asks this process for none."""
    period_us = environ.get("WATCHDOG_USEC", "")
    asked = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
    if not asked or not period_us.isdecimal() or int(period_us) == 0:
        return None
    return int(period_us) / 1_000_000 / WATCHDOG_SHARE


def _status(text: str) -> str:
    one_line = "".join(letter if letter.isprintable() else " " for letter in text)
    return f"STATUS={one_line[:STATUS_CHARACTERS_MAX]}"
