"""Boots a guest, plugs a simulated terminal into it, and proves that posd takes payments there.

    python -m tests.system.vm

Ends with 0, also where it cannot run, of which it then says in one line why; with 1 if a step did
not come true.
"""

import signal
import sys
from types import FrameType

from tests.system.vm import cache, needs, scenario
from tests.system.vm.host import HostFailed
from tests.system.vm.machine import GuestFailed
from tests.system.vm.qemu import QemuFailed
from tests.system.vm.report import Report

SUMMARY = cache.FOLDER / "summary.txt"


def main() -> None:
    """Run it and leave the report in SUMMARY."""
    if reason := needs.missing():
        sys.stdout.write(f"no system-vm here: {reason}\n")
        return
    signal.signal(signal.SIGTERM, _end)
    report = Report()
    try:
        scenario.play(report)
    except (GuestFailed, HostFailed, QemuFailed) as failed:
        sys.exit(f"not so: {failed}")
    report.end(SUMMARY)


def _end(number: int, _: FrameType | None) -> None:
    """Leave by the way that ends what was started."""
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
