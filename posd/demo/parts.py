"""The demo's processes: started, watched, and ended together."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from posd.errors import PosdError

READY_S: Final = 20.0
STOP_S: Final = 5.0
POLL_S: Final = 0.05
LOG_LINES_SHOWN: Final = 12


class PartFailed(PosdError):
    """A part of the demo did not start; the text carries the end of its log."""


class Part:
    """One child process, its log in a file."""

    def __init__(self, name: str, arguments: Sequence[str], log: Path) -> None:
        self.name = name
        self._arguments = [sys.executable, "-m", *arguments]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def add(self, *arguments: str) -> None:
        """More arguments for its next start."""
        self._arguments += arguments

    @property
    def pid(self) -> int:
        """Process id of the running part."""
        assert self._process is not None, self.name
        return self._process.pid

    def start(self) -> None:
        """Start it, in a session of its own, so that Ctrl-C reaches the demo alone."""
        with self._log.open("ab") as log:
            self._process = self._spawn(log)

    def start_and_read(self) -> Mapping[str, Any]:
        """Start it and return the one JSON line that it prints when ready. Raises PartFailed."""
        out = self._log.with_suffix(".ready")
        out.unlink(missing_ok=True)
        with self._log.open("ab") as log, out.open("wb") as ready:
            self._process = self._spawn(log, ready)
        wait_until(lambda: b"\n" in out.read_bytes() or not self.running(), READY_S)
        line, newline, _ = out.read_bytes().partition(b"\n")
        if not newline:
            raise PartFailed(f"{self.name} did not start:\n{self.last_lines()}")
        said: Mapping[str, Any] = json.loads(line)
        return said

    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def end(self) -> str:
        """How the process ended, e.g. `status 75` or `signal 9`."""
        assert self._process is not None, self.name
        status = self._process.wait()
        return f"status {status}" if status >= 0 else f"signal {-status}"

    def stop(self) -> None:
        """Ask it to end, and make it end if it does not within STOP_S."""
        if self._process is None or not self.running():
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_lines(self) -> str:
        """The end of its log."""
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES_SHOWN:])

    def _spawn(self, log: IO[bytes], out: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 (our own programs, by our own interpreter)
            self._arguments,
            stdin=subprocess.DEVNULL,
            stdout=out or log,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )


def wait_until(true: Callable[[], bool], within_s: float) -> bool:
    """Ask until it is true, for at most `within_s` seconds. Returns whether it came true."""
    give_up = time.perf_counter() + within_s
    while not true():
        if time.perf_counter() > give_up:
            return False
        time.sleep(POLL_S)
    return True
