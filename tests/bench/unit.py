"""posd as its users have it: the installed package, a service of a booted systemd, at rest.

The container, its terminal and Stripe's stand-in are those of `make system`, and so is what the
machine must have; where it does not, these rows are left out. The time is systemd's own, from the
start of the process to active; the counts are the kernel's, over all its threads.
"""

import sys
from pathlib import Path

from tests.bench.figures import (
    UNIT_MEMORY,
    UNIT_READY,
    UNIT_WAKE_UPS,
    Figure,
    p50,
)
from tests.bench.idle import at_rest
from tests.bench.payment import AMOUNT
from tests.bench.rig import STRIPE_KEY
from tests.system.nspawn import package
from tests.system.nspawn.needs import missing
from tests.system.nspawn.store import Store, booted
from tests.system.nspawn.stripe import sells_for_stripe, wait_until_told

STARTS = 11


def measure(folder: Path) -> list[Figure]:
    """Start to active in seconds; resident memory in MiB; wake-ups a second."""
    if reason := missing():
        sys.stderr.write(f"unit: left out, {reason}\n")
        return []
    with booted(folder) as store:
        store.install(package.build(folder))
        store.open()
        sells_for_stripe(store, STRIPE_KEY)
        ready = _starts(store)
        store.sell(AMOUNT, "order-1")
        wait_until_told(store)
        store.close()
        pid = int(store.property("MainPID"))
        proc = store.container.files / "proc"
        return [ready, *at_rest(pid, UNIT_MEMORY, UNIT_WAKE_UPS, proc)]


def _starts(store: Store) -> Figure:
    took_s = []
    for _ in range(STARTS):
        store.container.run("systemctl restart posd")
        took_s.append(store.ready_s())
    return Figure(UNIT_READY, p50(took_s), f"p50 of {STARTS}; the longest {max(took_s):.3g} s")
