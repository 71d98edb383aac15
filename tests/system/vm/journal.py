"""The guest's own log: when its kernel saw something, and when posd did, by one clock."""

import json
from time import perf_counter, sleep
from typing import Any, NamedTuple

from tests.system.vm.machine import GuestFailed, Machine

READ = """journalctl --quiet --boot --output=json \\
    --output-fields=MESSAGE,_SOURCE_MONOTONIC_TIMESTAMP \\
    _TRANSPORT=kernel + _SYSTEMD_UNIT=posd.service"""

SAID_S = 60.0
LOOK_S = 0.5


class Entry(NamedTuple):
    """One line, and when: in seconds by the guest's monotonic clock."""

    at_s: float
    text: str


def entries(machine: Machine) -> list[Entry]:
    """What kernel and posd said since the guest was booted, oldest first."""
    told = [json.loads(line) for line in machine.run(READ).splitlines()]
    return sorted(Entry(_at_s(each), str(each["MESSAGE"])) for each in told)


def first(machine: Machine, words: str, after_s: float = 0.0) -> Entry:
    """The first entry with these words after that time, waited for. Raises GuestFailed."""
    give_up = perf_counter() + SAID_S
    while True:
        told = entries(machine)
        for entry in told:
            if entry.at_s > after_s and words in entry.text:
                return entry
        if perf_counter() > give_up:
            latest = "\n".join(f"{entry.at_s:.3f} {entry.text}" for entry in told[-20:])
            raise GuestFailed(f"nobody said {words!r} after {after_s:.3f}:\n{latest}")
        sleep(LOOK_S)


def _at_s(entry: dict[str, Any]) -> float:
    """Of what the kernel says, its own time; of what posd says, when the journal got it."""
    return int(entry.get("_SOURCE_MONOTONIC_TIMESTAMP", entry["__MONOTONIC_TIMESTAMP"])) / 1e6
