"""The disk under the journal: room, and how long it takes to make something durable."""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from posd.doctor.finding import Finding, Topic, not_seen, ok, to_fix

FREE_BYTES_MIN: Final = 500_000_000
FILES_FREE_MIN: Final = 1_000
SYNC_OCTETS: Final = 4096
SYNCS: Final = 5
SYNC_SLOW_S: Final = 0.1
"""A payment waits for three of them."""


def findings(folder: Path) -> Iterator[Finding]:
    """Of the file system that the state directory is on, or will be."""
    try:
        while not folder.exists():
            folder = folder.parent
        yield _room(folder)
        yield speed(folder, _sync_s(folder))
    except PermissionError:
        yield not_seen(Topic.DISK, f"{folder} is closed to you", "run this as root")
    except OSError as error:
        yield to_fix(Topic.DISK, f"{folder}: {error.strerror}", "dmesg --level=err | tail")


def speed(folder: Path, sync_s: float) -> Finding:
    """What an fsync that takes so long means."""
    told = f"{folder}: {sync_s * 1000:.1f} ms to make 4 KiB durable"
    if sync_s > SYNC_SLOW_S:
        return to_fix(Topic.DISK, f"{told}: too slow", "smartctl --all /dev/…  # is it failing?")
    return ok(Topic.DISK, told)


def _room(folder: Path) -> Finding:
    free, files = shutil.disk_usage(folder).free, os.statvfs(folder)
    told = f"{folder}: {free // 1_000_000} MB free"
    if free < FREE_BYTES_MIN:
        return to_fix(Topic.DISK, told, f"du --one-file-system --max-depth=2 --human {folder}")
    if files.f_files and files.f_favail < FILES_FREE_MIN:
        return to_fix(Topic.DISK, f"{told}, room for {files.f_favail} more files")
    return ok(Topic.DISK, told)


def _sync_s(folder: Path) -> float:
    """Seconds, the median of a few, in a file without a name."""
    took: list[float] = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(SYNCS):
            file.write(os.urandom(SYNC_OCTETS))
            begun = time.perf_counter()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - begun)
    return statistics.median(took)
