"""How the machine and the process are, for the health that is told now and then."""

import asyncio
import shutil
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from posd.snapshot.views import Snapshot

STATM: Final = Path("/proc/self/statm")
PAGE_OCTETS: Final = 4096


class Pulse(Struct, frozen=True):
    """What was measured.

    Attributes:
        rss_bytes: Memory of the process, or None where the system does not tell.
        disk_free_bytes: Room left where the journal lies, or None where that cannot be asked.
        loop_late_ms: How late posd's event loop was lately, or None where nobody measures it.
    """

    rss_bytes: int | None
    disk_free_bytes: int | None
    loop_late_ms: int | None = None


async def take_pulse(state_dir: Path) -> Pulse:
    """Measure; on a thread, since a disk may hang."""
    return await asyncio.to_thread(_measure, state_dir)


def _measure(state_dir: Path) -> Pulse:
    try:
        rss_bytes = int(STATM.read_bytes().split()[1]) * PAGE_OCTETS
    except OSError:
        rss_bytes = None
    try:
        disk_free_bytes = shutil.disk_usage(state_dir).free
    except OSError:
        disk_free_bytes = None
    return Pulse(rss_bytes, disk_free_bytes)


def health(snapshot: Snapshot, pulse: Pulse) -> dict[str, Any]:
    """What is told: the legs that a payment goes, the queue, the machine, the process."""
    return {
        "at": snapshot.at_ms,
        "verdict": snapshot.verdict.level,
        "sentence": snapshot.verdict.sentence,
        "fault": snapshot.blame.fault,
        "legs": [msgspec.to_builtins(leg) for leg in snapshot.blame.legs],
        "queue_depth": snapshot.upstream.waiting,
        **msgspec.structs.asdict(pulse),
    }
