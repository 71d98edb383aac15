"""Who holds a file or a port, as far as the kernel tells whoever looks."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from posd.doctor.machine import Machine


class Process(Struct, frozen=True):
    """A process of this machine; `name` is "?" where it is hidden."""

    pid: int
    name: str


def locker(machine: Machine, path: Path) -> Process | None:
    """Who holds a flock(2) on it; nothing is locked or opened to find out (proc_locks(5))."""
    with suppress(OSError):
        inode = path.stat().st_ino
        for line in machine.at("/proc/locks").read_text("ascii").splitlines():
            words = line.split()
            # "1: FLOCK ADVISORY WRITE 812 fe:01:1311 0 EOF"; who waits has "->" in second place.
            if len(words) > 5 and words[1] == "FLOCK" and words[5].endswith(f":{inode}"):
                return process(machine, int(words[4]))
    return None


def openers(machine: Machine, path: Path) -> Iterator[Process]:
    """Who has it open, of the processes that whoever looks may look into."""
    target = str(path.resolve())
    for folder in machine.at("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(str(one.readlink()) == target for one in (folder / "fd").iterdir()):
                yield process(machine, int(folder.name))


def process(machine: Machine, pid: int) -> Process:
    """Its name, as ps tells it."""
    try:
        name = machine.at(f"/proc/{pid}/comm").read_text("utf-8", "replace").strip()
    except OSError:
        name = "?"
    return Process(pid, name)
