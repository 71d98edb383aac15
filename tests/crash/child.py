"""Processes that can be armed, killed and asked how they ended.

The matrix starts posd some hundred times, and a terminal for each case. Importing them each time
would take more than the tier's minute, so each start is a fork of `nursery`; what runs in it is
`posd.daemon.run`, or the command `posd-sim`, and nothing else.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from posd.demo.parts import wait_until
from posd.failpoints import Failpoint

ENDED_S = 30.0


class Nursery:
    """Starts processes; several threads may ask it at once. None of them outlives it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._turn = threading.Lock()

    def posd(
        self,
        config: Path,
        armed: Failpoint | None = None,
        ahead_s: int = 0,
        usb: int | None = None,
    ) -> "Child":
        """A posd on its way up, which dies at `armed` and whose wall clock is ahead.

        `usb` is the port of the USB/IP server with what is plugged in there.
        """
        failpoint = armed.value if armed else None
        return self._born({"posd": str(config), "armed": failpoint, "ahead_s": ahead_s, "usb": usb})

    def command(self, arguments: Sequence[str], log: Path) -> "Child":
        """Any command, its output appended to that log."""
        return self._born({"command": list(arguments), "log": str(log)})

    def simulator(self, arguments: Sequence[str], folder: Path) -> "Child":
        """`posd-sim` with these arguments."""
        return self._born({"posd-sim": list(arguments), "folder": str(folder)})

    def ask(self, order: dict[str, object]) -> int | None:
        """The answer to one order."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            answer: int | None = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """Have what still runs killed; it has ended when this returns."""
        self._process.communicate()

    def _born(self, order: dict[str, object]) -> "Child":
        pid = self.ask(order)
        assert pid is not None, order
        return Child(pid, self)


class Child:
    """One process, from its start to its end."""

    def __init__(self, pid: int, nursery: Nursery) -> None:
        self.pid = pid
        self.status: int | None = None
        self._nursery = nursery

    @property
    def running(self) -> bool:
        """Whether it has not ended yet; afterwards `status` says how, minus a signal's number."""
        if self.status is None:
            self.status = self._nursery.ask({"pid": self.pid})
        return self.status is None

    def ended(self, within_s: float = ENDED_S) -> int | None:
        """How it ended, or None if it has not within that time."""
        wait_until(lambda: not self.running, within_s)
        return self.status

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL, and wait for the end."""
        if self.running:
            self.send(signal.SIGKILL)
            self.ended()
