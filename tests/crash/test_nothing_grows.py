"""A posd that sells on and on holds no more than one that sold a little (F36)."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from posd.upstream.client import IDLE_CONNECTION_S
from posd_simulator.terminal.settings import Wire
from tests.bench.rig import resident_mib
from tests.crash.child import Nursery
from tests.crash.store import Store, Stripe, eventually
from tests.figures import FIGURE

AMOUNT: Final = 1000
FEW: Final = 12
MORE: Final = 30
QUIET_S: Final = IDLE_CONNECTION_S + 30
"""Until connections to Stripe that nobody uses are closed; how many there are at once is chance."""
MIB_MAX: Final = 1.0
"""Over MORE payments, each a dozen facts and calls."""
ROUNDS_MAX: Final = 3
"""A thread that a busy machine needs once takes memory once; what leaks does so each time."""


@pytest.fixture
def store(tmp_path: Path, nursery: Nursery, stripe: Stripe) -> Iterator[Store]:
    with closing(
        Store(tmp_path / "s", nursery, wire=Wire.TCP, stripe=stripe, tap_after_s=0, host_delay_s=0)
    ) as store:
        yield store


@pytest.mark.timeout(240)
def test_payments_leave_no_descriptor_no_thread_and_no_memory_behind(
    store: Store, record_property: Callable[[str, object], None]
) -> None:
    posd = store.open()
    place = Path(f"/proc/{posd.pid}")

    def held() -> tuple[int, int]:
        return len(list((place / "fd").iterdir())), len(list((place / "task").iterdir()))

    def grown_mib() -> float:
        before, before_mib = held(), resident_mib(posd.pid)
        sell(store, MORE)
        assert eventually(lambda: no_more(held(), before), QUIET_S), f"{before} then {held()}"
        return resident_mib(posd.pid) - before_mib

    sell(store, FEW)
    least_mib = grown_mib()
    for _ in range(ROUNDS_MAX - 1):
        least_mib = least_mib if least_mib <= MIB_MAX else grown_mib()
    record_property(FIGURE, f"memory after {MORE} payments more: {least_mib:+.2f} MiB")
    assert least_mib <= MIB_MAX


def no_more(now: tuple[int, int], before: tuple[int, int]) -> bool:
    return all(count <= at_first for count, at_first in zip(now, before, strict=True))


def sell(store: Store, payments: int) -> None:
    for _ in range(payments):
        store.pay(AMOUNT)
    assert eventually(store.is_quiet, QUIET_S), store.log()
