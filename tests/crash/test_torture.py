"""The disk refuses, or the power goes, at the system calls that make a payment durable (F10, F19).

strace makes one call of a running posd fail or kill it; a terminal on a pty and Stripe's stand-in
keep the books that posd never writes. A sample here, each call three times with `make torture`.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final

import pytest

from tests.crash.child import Nursery
from tests.crash.installed import Installed
from tests.crash.store import Store, Stripe
from tests.crash.tormented import STATUS_OF, Tormented
from tests.crash.torture import Fault, Injection, launched_by
from tests.figures import FIGURE

EVERY_CALL: Final = os.environ.get("POSD_EVERY_CALL") == "1"
STORES_MAX: Final = 28
"""Side by side: what takes long is a terminal that waits for a till which has died."""
SYNC: Final = "fdatasync"
OWN_SYNCS: Final = 5
"""Created, started, reported, approved, heard; what follows is told to Stripe."""
WRITES_SAMPLED: Final = 4
START_S: Final = 60.0
"""strace looks at each system call of a start in which it is to kill."""
START: Final = Counter({SYNC: 1, "pwrite64": 12})
"""Calls that a start makes at the least: it commits that it began."""

pytestmark = [
    pytest.mark.usefixtures("strace"),
    pytest.mark.timeout(3600 if EVERY_CALL else 300),
]


@pytest.fixture
def census(
    tmp_path: Path,
    nursery: Nursery,
    stripe: Stripe,
    strace: None,  # noqa: ARG001 (it is there)
) -> Counter[str]:
    """How often a payment makes each durable call, its report to Stripe included."""
    with closing(Store(tmp_path / "census", nursery, stripe=stripe)) as store:
        return Tormented(store).census()


def test_no_call_that_fails_or_kills_loses_or_doubles_a_payment(
    census: Counter[str],
    nursery: Nursery,
    stripe: Stripe,
    tmp_path: Path,
    subtests: pytest.Subtests,
    record_property: Callable[[str, object], None],
) -> None:
    injections = list(_every(census) if EVERY_CALL else _sample(census))
    shares = [injections[store::STORES_MAX] for store in range(min(STORES_MAX, len(injections)))]

    def torment(number: int) -> list[tuple[Injection, list[str] | None]]:
        place = tmp_path / str(number)
        with closing(Store(place, nursery, stripe=stripe)) as store:
            tormented = Tormented(store)
            return [(one, tormented.suffer(one)) for one in shares[number]]

    with ThreadPoolExecutor(len(shares)) as pool:
        trials = [pool.submit(torment, number) for number in range(len(shares))]
    reached = 0
    for number, trial in enumerate(trials):
        with subtests.test(f"store {number}"):
            for injection, wrong in trial.result():
                assert not wrong, injection
                reached += wrong is not None
    record_property(FIGURE, f"calls that failed or killed: {reached} of {len(injections)}")
    assert reached >= 0.9 * len(injections), "a payment does not make as many each time"


def test_no_call_of_a_stop_that_fails_or_kills_takes_a_payment_back(
    nursery: Nursery, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with closing(Store(tmp_path / "store", nursery)) as store:
        tormented = Tormented(store)
        census = tormented.stopped(None)
        injections = list(_every(census) if EVERY_CALL else _sample_of_a_stop(census))
        for injection in injections:
            assert tormented.started_again() == []
            tormented.stopped(injection)
        assert tormented.started_again() == []
    record_property(FIGURE, f"calls of a stop that failed or killed: {len(injections)}")


def test_no_call_of_a_start_that_fails_or_kills_takes_a_payment_back(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with closing(Installed()) as installed, closing(Store(tmp_path / "s", installed)) as store:
        tormented = Tormented(store)
        state = store.config.parent / "state"
        injections = list(_every(START) if EVERY_CALL else _sample_of_a_start())
        for injection in injections:
            assert store.posd is not None
            store.posd.kill()
            installed.before = launched_by(state, injection)
            assert installed.posd(store.config).ended(START_S) == STATUS_OF[injection.fault]
            installed.before = ()
            assert tormented.started_again() == []
    record_property(FIGURE, f"calls of a start that failed or killed: {len(injections)}")


def _every(census: Counter[str]) -> Iterator[Injection]:
    for call, made in census.items():
        for number in range(1, made + 1):
            yield from (Injection(call, number, fault) for fault in Fault)


def _sample_of_a_stop(census: Counter[str]) -> Iterator[Injection]:
    """The log is moved into the database, made durable there, and deleted."""
    yield Injection("pwrite64", census["pwrite64"] // 2, Fault.ENOSPC)
    yield Injection(SYNC, 1, Fault.EIO)
    yield Injection("unlink", 1, Fault.KILL)


def _sample_of_a_start() -> Iterator[Injection]:
    yield Injection("pwrite64", 2, Fault.EIO)
    yield Injection(SYNC, 1, Fault.KILL)


def _sample(census: Counter[str]) -> Iterator[Injection]:
    """Every sync kills, but the last, which may not come; a payment's own fail; so do writes."""
    for number in range(1, census[SYNC]):
        yield Injection(SYNC, number, Fault.KILL)
    for number in range(1, 1 + OWN_SYNCS):
        yield Injection(SYNC, number, Fault.EIO)
    writes = census["pwrite64"]
    for number in islice(range(1, writes, writes // (WRITES_SAMPLED + 1)), 1, WRITES_SAMPLED + 1):
        yield Injection("pwrite64", number, Fault.ENOSPC)
