"""A Debian that systemd-nspawn boots: nothing of it is left when it has ended."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, sleep
from typing import Self

BOOT_S = 60.0
COMMAND_S = 30.0
EVENTUALLY_S = 90.0
"""A terminal that lost its till repeats itself for half a minute before it listens again."""
LOOK_S = 0.02
BOOTED = ("running", "degraded")
NAMESPACES = ("-m", "-p", "-u", "-i", "-n", "-C")


class CommandFailed(Exception):
    """A command in the container ended badly; the text has what it said."""


class Container:
    """A booted systemd with a network of its own, which has only loopback."""

    def __init__(self, root: Path, log: Path) -> None:
        self._log = log
        with log.open("wb") as said:
            self._nspawn = subprocess.Popen(
                [
                    *("systemd-nspawn", "--quiet", "--directory", root, "--boot"),
                    # The host's own systemd, if it has one, is not asked.
                    *("--register=no", "--keep-unit"),
                    *("--volatile=overlay", "--private-network", "--console=read-only"),
                    "systemd.unit=multi-user.target",
                ],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        try:
            self._leader = self._booted()
            self.run("ip link set lo up")
        except BaseException:
            self._nspawn.kill()
            self._nspawn.wait()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self._leader, signal.SIGKILL)
        self._nspawn.wait()

    @property
    def files(self) -> Path:
        """Its root as the host reaches it."""
        return Path(f"/proc/{self._leader}/root")

    def run(self, script: str, within_s: float = COMMAND_S) -> str:
        """What a shell script says, both ways. Raises CommandFailed unless it ends with 0."""
        status, said = self.attempt(script, within_s)
        if status:
            raise CommandFailed(f"status {status} of: {script}\n{said}\n{self._journal()}")
        return said

    def attempt(self, script: str, within_s: float = COMMAND_S) -> tuple[int, str]:
        """A script's status, and what it says both ways."""
        done = subprocess.run(
            self._command(script),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=within_s,
            check=False,
        )
        return done.returncode, done.stdout

    def begin(self, script: str) -> "subprocess.Popen[str]":
        """A script that goes on beside the test."""
        return subprocess.Popen(
            self._command(script),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def put(self, path: str, octets: bytes) -> None:
        """A file of root's; whatever overlay the container sees it through."""
        place = f"cat > '{path}'"
        subprocess.run(self._command(place), input=octets, check=True)

    def eventually(self, true: Callable[[], bool], what: str) -> None:
        """Return once it is. Raises CommandFailed if it is not for EVENTUALLY_S."""
        give_up = perf_counter() + EVENTUALLY_S
        while not true():
            if perf_counter() > give_up:
                raise CommandFailed(f"not {what}\n{self._journal()}")
            sleep(LOOK_S)

    def _journal(self) -> str:
        return self.attempt("journalctl --no-pager --lines=40")[1]

    def _command(self, script: str) -> list[str]:
        return ["nsenter", "-t", str(self._leader), *NAMESPACES, "/bin/sh", "-c", script]

    def _booted(self) -> int:
        give_up = perf_counter() + BOOT_S
        while perf_counter() < give_up and self._nspawn.poll() is None:
            leader = _systemd_below(self._nspawn.pid)
            if leader is not None:
                self._leader = leader
                if self.attempt("systemctl is-system-running")[1].strip() in BOOTED:
                    return leader
            sleep(LOOK_S)
        raise CommandFailed(f"it did not boot: {self._log.read_text(errors='replace')}")


def _systemd_below(pid: int) -> int | None:
    """The container's own process 1, a child or grandchild of systemd-nspawn."""
    try:
        children = _children(pid)
        below = [*children, *(grandchild for child in children for grandchild in _children(child))]
        return next((one for one in below if _name(one) == "systemd"), None)
    except (FileNotFoundError, ProcessLookupError):
        return None  # one of them has just ended


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()
