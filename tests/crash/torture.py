"""One system call of a running posd goes wrong: strace(1) makes the n-th of its kind fail or kill.

Counted and tortured is what a process asks of its journal's files, by whichever of its threads.
"""

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Final

from typing_extensions import override

from posd.daemon import JOURNAL_FILE
from posd.demo.parts import wait_until

STRACE: Final = shutil.which("strace")
LOG: Final = "strace.log"
ATTACHED_S: Final = 30.0
ENDED_S: Final = 30.0
READING: Final = frozenset(
    {"access", "close", "fcntl", "fstat", "lseek", "mmap", "munmap", "newfstatat", "openat"}
    | {"pread64", "stat", "statx"}
)
"""Calls on the journal's files that leave nothing on a disk."""
ONLY_AT_THE_CALL: Final = "--seccomp-bpf"
"""Stops a process at the call in question and not at each: it starts as if alone.

strace 6.1 sends no signal from such a stop.
"""


class Fault(Enum):
    """What becomes of the call, as strace's `-e inject=` has it."""

    EIO = "error=EIO"
    ENOSPC = "error=ENOSPC"
    KILL = "signal=KILL"


@dataclass(frozen=True, slots=True)
class Injection:
    """The `number`th time that a thread makes this call, counted from when strace is there.

    Attributes:
        lasting: Whether each later one goes wrong as well: a disk that stays as it is.
    """

    call: str
    number: int
    fault: Fault
    lasting: bool = False

    @property
    def expression(self) -> str:
        """As strace reads it."""
        more = "+" if self.lasting else ""
        return f"inject={self.call}:{self.fault.value}:when={self.number}{more}"

    @override
    def __str__(self) -> str:
        return f"{self.fault.name} at {self.call} {self.number}{' and after' * self.lasting}"


def attaches() -> bool:
    """Whether strace is there, and this machine lets it attach to a process that runs."""
    if STRACE is None:
        return False
    sleeping = subprocess.Popen(["sleep", "60"])
    tracing = subprocess.Popen([STRACE, "-p", str(sleeping.pid)], stderr=subprocess.PIPE, text=True)
    assert tracing.stderr is not None
    attached = "attached" in tracing.stderr.readline()
    tracing.terminate()
    tracing.communicate()
    sleeping.kill()
    sleeping.wait()
    return attached


def launched_by(state: Path, injection: Injection) -> list[str]:
    """What a command is run by so that this happens to it, counted from its start.

    It keeps its process id and its status, and is ended as if it were alone; strace goes with it.
    """
    quick = () if injection.fault is Fault.KILL else (ONLY_AT_THE_CALL,)
    return [*_strace(state, injection), "--daemonize", *quick, "--"]


class Trace:
    """strace at one process, from when it is made to the end of its block."""

    def __init__(self, pid: int, state: Path, injection: Injection | None = None) -> None:
        self._log = state.parent / LOG
        self._said = state.parent / "strace.said"
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                [*_strace(state, injection), "-p", str(pid)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        attached = wait_until(self._is_there, ATTACHED_S)
        assert attached, self._said.read_text()

    def __enter__(self) -> "Trace":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(ENDED_S)

    def durable_calls(self) -> Counter[str]:
        """How often each call was made that changes what is on the disk."""
        made = re.findall(r"^\d+ +(\w+)\(", self._log.read_text(), re.MULTILINE)
        return Counter(call for call in made if call not in READING)

    def _is_there(self) -> bool:
        said = self._said.read_text()
        assert self._process.poll() is None, said
        return "attached" in said


def _strace(state: Path, injection: Injection | None) -> list[str]:
    """strace, watching the journal's files only, in all threads."""
    assert STRACE is not None
    names = (JOURNAL_FILE, f"{JOURNAL_FILE}-wal", f"{JOURNAL_FILE}-shm")
    watched = [argument for name in names for argument in ("-P", str(state / name))]
    inject = ["-e", f"trace={injection.call}", "-e", injection.expression] if injection else []
    return [STRACE, "-f", *inject, *watched, "-o", str(state.parent / LOG)]
