"""What a journal of a million payments costs, against one of a single day; and what a backup costs.

posd is started on either in turn and asked the same at once, while it verifies what the start did
not. The journals are those of `years`. A backup is a process beside posd, as an operator runs it;
meanwhile a till makes PaymentIntents, each a durable commit.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from tests.bench import page, years
from tests.bench.figures import (
    BACKUP,
    MILLION_LOOK_UPS,
    MILLION_START,
    MILLION_STATUS,
    Figure,
    p50,
    percentile,
)
from tests.bench.payment import FIELDS
from tests.bench.rig import JOURNAL, Daemon

DAYS = 2_000
PAYMENTS_A_DAY = 500
BACKED_UP_DAYS = 40
ROUNDS = 8
CALLS = 50
"""Of each kind in a round."""
STATUS = "/posd/v1/status"
LOOK_UPS = {
    "by id": "/v1/payment_intents/pi_posd_00001_00250",
    "of an order": "/posd/v1/payments?order=order_00001_00250",
    "newest page": "/v1/payment_intents",
}
"""The first is of the oldest day, which both journals have."""


def measure(folder: Path) -> list[Figure]:
    """Start, look-ups and status over those of a day; the page; then commits beside a backup."""
    day, million, copied = (folder / name for name in ("day", "million", "copied"))
    for one, days in ((day, 1), (million, DAYS), (copied, BACKED_UP_DAYS)):
        (one / JOURNAL).parent.mkdir(parents=True)
        years.fill(one / JOURNAL, days, PAYMENTS_A_DAY)
    for one in (day, million):
        _round(one)
    rounds = [(_round(million), _round(day)) for _ in range(ROUNDS)]
    ratios = {what: _ratio(rounds, what) for what in ("start", STATUS, *LOOK_UPS)}
    slowest = max(LOOK_UPS, key=lambda what: ratios[what][0])
    return [
        Figure(MILLION_START, *ratios["start"]),
        Figure(MILLION_LOOK_UPS, ratios[slowest][0], f"{slowest}: {ratios[slowest][1]}"),
        Figure(MILLION_STATUS, *ratios[STATUS]),
        page.served(million),
        _backup(copied),
    ]


def _round(folder: Path) -> dict[str, list[float]]:
    """Seconds of one start, and of the calls right after it."""
    with Daemon(folder) as posd:
        asked = {STATUS: STATUS} | LOOK_UPS
        calls = {what: _calls_s(posd, path) for what, path in asked.items()}
        return {"start": [posd.process.ready_s]} | calls


def _calls_s(posd: Daemon, path: str) -> list[float]:
    return [_call_s(lambda: posd.till.get(path)) for _ in range(CALLS)]


def _call_s(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


def _ratio(
    rounds: list[tuple[dict[str, list[float]], dict[str, list[float]]]], what: str
) -> tuple[float, str]:
    """The medians, one over the other, and in words."""
    many, few = (
        p50([sample for one in side for sample in one[what]]) for side in zip(*rounds, strict=True)
    )
    samples = sum(len(one[what]) for one, _ in rounds)
    return many / few, f"{many * 1000:.3g} ms / {few * 1000:.3g} ms, p50 of {samples}"


def _backup(folder: Path) -> Figure:
    """How long a PaymentIntent takes while its journal is backed up, and after that."""
    with Daemon(folder) as posd:
        command = ["-m", "posd", "journal", "backup", str(folder / "copy.db")]
        command += ["--config", str(folder / "posd.toml")]
        backup = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
        beside: list[float] = []
        while backup.poll() is None:
            beside.append(_new_intent_s(posd))
        alone = [_new_intent_s(posd) for _ in beside]
    assert backup.returncode == 0
    copied = (folder / "copy.db").stat().st_size / 2**20
    told = f"{copied:.0f} MiB; p50 {p50(beside) * 1000:.3g} ms, of {len(beside)} calls"
    without = f"without a backup p50 {p50(alone) * 1000:.3g} ms, p99 {_p99_ms(alone):.3g} ms"
    return Figure(BACKUP, _p99_ms(beside), f"{told}; {without}")


def _new_intent_s(posd: Daemon) -> float:
    return _call_s(lambda: posd.till.post("/v1/payment_intents", FIELDS))


def _p99_ms(samples: list[float]) -> float:
    return percentile(samples, 99) * 1000
