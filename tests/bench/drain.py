"""A backlog that drains, against what line and limit allow; and a till that sells meanwhile.

The store comes back from days offline: 10,000 requests are owed, two for each payment and in their
order. Stripe is a tenth of a second away. No store could be faster than C requests under way at a
time, nor than its own limit, which is the highest that the configuration takes. With few
connections the whole would take a quarter of an hour: there the first of them are timed, with all
the others waiting behind.
"""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from posd.demo.parts import Part, wait_until
from posd.outcome import Conclude
from posd.upstream.payment_records import PaymentRecordReports
from tests.bench.far import TOOK
from tests.bench.figures import (
    DRAIN_1,
    DRAIN_4,
    DRAIN_8,
    DRAIN_16,
    LIVE_P50,
    LIVE_P99,
    Budget,
    Figure,
    percentile,
)
from tests.bench.payment import fill_log, paid_s
from tests.bench.rig import Caller, Daemon, terminal
from tests.bench.start import life, open_journal
from tests.unit.posd.journal.scenario import Facts

PAYMENTS: Final = 5_000
REQUESTS_EACH: Final = 2
LATENCY_S: Final = 0.1
REQUESTS_PER_S: Final = 100
TIMED: Final = {1: 250, 4: 1_000, 8: 2_000, 16: PAYMENTS * REQUESTS_EACH}
"""Requests by connections: each some twenty seconds, and one to the end."""
BUDGETS: Final = {1: DRAIN_1, 4: DRAIN_4, 8: DRAIN_8, 16: DRAIN_16}
SLOWER_MAX: Final = 4
"""Times the ideal; then the measure gives up."""
LIVE_CONNECTIONS: Final = 4
LIVE_PAYMENTS: Final = 200
WARM_UP_PAYMENTS: Final = 5


def measure(folder: Path) -> list[Figure]:
    """The drain for each number of connections, then what a sale waits beside one."""
    owing = folder / "owing"
    owing.mkdir()
    with Daemon(owing):
        pass  # it registers the reader
    asyncio.run(_owe(owing / "state"))
    return [
        *(_drain(folder, owing, connections, budget) for connections, budget in BUDGETS.items()),
        *_beside_sales(folder, owing),
    ]


def ideal_s(requests: int, connections: int) -> float:
    """What so many requests take at the least."""
    return max(requests * LATENCY_S / connections, requests / REQUESTS_PER_S)


async def _owe(state: Path) -> None:
    """The journal of a store that sold and could report nothing."""
    journal = open_journal(state)
    reports = PaymentRecordReports()
    for number in range(PAYMENTS):
        intent, started, reported, approved = life(number)
        await journal.commit(Facts((intent, started, reported)))
        await journal.commit(Conclude(approved, reports))
    assert journal.outbox.waiting_count() == PAYMENTS
    journal.close()


def _drain(folder: Path, owing: Path, connections: int, budget: Budget) -> Figure:
    requests = TIMED[connections]
    ideal = ideal_s(requests, connections)
    own = folder / f"connections-{connections}"
    with _far(own) as stripe, _posd(own, owing, stripe, connections):
        took_s = _took_s(stripe, requests, ideal * SLOWER_MAX)
    return Figure(
        budget,
        took_s / ideal,
        f"{took_s:.3g} s / {ideal:.3g} s for the first {requests}, {requests / took_s:.3g}/s",
    )


def _beside_sales(folder: Path, owing: Path) -> list[Figure]:
    """Payments in turn at a posd that drains and at one that owes nothing."""
    with ExitStack() as opened:
        busy, idle = (
            opened.enter_context(_shop(folder / name, backlog))
            for name, backlog in (("draining", owing), ("in-step", None))
        )
        for posd in (busy, idle):
            posd.wait_for_reader()
            fill_log(posd.till)
        rounds = [(paid_s(busy), paid_s(idle)) for _ in range(LIVE_PAYMENTS)]
        still_owed = busy.till.get("/posd/v1/status")["upstream"]["waiting"]
    assert still_owed > 0, "the backlog was gone before the sales were"
    beside, alone = zip(*rounds[WARM_UP_PAYMENTS:], strict=True)
    return [
        Figure(
            budget,
            percentile(beside, percent) / percentile(alone, percent),
            f"{percentile(beside, percent) * 1000:.3g} ms /"
            f" {percentile(alone, percent) * 1000:.3g} ms, {len(alone)} payments each",
        )
        for budget, percent in ((LIVE_P50, 50), (LIVE_P99, 99))
    ]


@contextmanager
def _shop(folder: Path, backlog: Path | None) -> Iterator[Daemon]:
    """posd with a terminal on TCP, four connections to a Stripe of its own, and a backlog."""
    with (
        _far(folder) as stripe,
        terminal(folder, "--tcp", "127.0.0.1:0") as device,
        _posd(folder, backlog, stripe, LIVE_CONNECTIONS, device.url) as posd,
    ):
        yield posd


@contextmanager
def _posd(
    folder: Path, backlog: Path | None, stripe: str, connections: int, *readers: str
) -> Iterator[Daemon]:
    if backlog is not None:
        shutil.copytree(backlog / "state", folder / "state")
    upstream = f"requests_per_s = {REQUESTS_PER_S}\nconnections = {connections}"
    with Daemon(folder, *readers, stripe=stripe, upstream=upstream) as posd:
        yield posd


@contextmanager
def _far(folder: Path) -> Iterator[str]:
    """The address of a Stripe that is LATENCY_S away."""
    folder.mkdir(exist_ok=True)
    part = Part("far Stripe", ["tests.bench.far", str(LATENCY_S)], folder / "far.log")
    with ExitStack() as ending:
        ending.callback(part.stop)
        yield str(part.start_and_read()["url"])


def _took_s(stripe: str, requests: int, patience_s: float) -> float:
    """How long the first requests took, from the first that came to the last that was answered."""
    with closing(Caller(stripe)) as asking:

        def took_s() -> float | None:
            told: float | None = asking.get(f"{TOOK}{requests}")["took_s"]
            return told

        assert wait_until(lambda: took_s() is not None, patience_s), "the backlog does not drain"
        found = took_s()
    assert found is not None
    return found
