"""`POST /v1/payment_intents` against the least a durable HTTP call can take.

The floor is a server of its own (`bare`): Starlette on uvicorn and httptools, which commits one row
and sends the form back. Both are called in turn on kept connections by the same client.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter

from tests.bench.figures import INTENTS, Figure, p50
from tests.bench.payment import FIELDS, fill_log
from tests.bench.rig import Announced, Caller, Daemon

CALLS = 400
WARM_UP_CALLS = 50


def measure(folder: Path) -> list[Figure]:
    """The median of both sides, one over the other."""
    with Daemon(folder) as posd, _bare(folder) as bare:
        fill_log(posd.till)
        pairs = [
            (_call_s(posd.till, "/v1/payment_intents"), _call_s(bare, "/echo"))
            for _ in range(WARM_UP_CALLS + CALLS)
        ][WARM_UP_CALLS:]
    ours, floor = (p50(side) for side in zip(*pairs, strict=True))
    return [
        Figure(
            INTENTS,
            ours / floor,
            f"{ours * 1000:.3g} ms / {floor * 1000:.3g} ms, p50 of {CALLS}",
        )
    ]


def _call_s(caller: Caller, path: str) -> float:
    began = perf_counter()
    caller.post(path, FIELDS)
    return perf_counter() - began


@contextmanager
def _bare(folder: Path) -> Iterator[Caller]:
    beside = folder / "bare"
    beside.mkdir()
    process = Announced(["-m", "tests.bench.bare", str(beside)], beside)
    try:
        port = process.status.rsplit(maxsplit=1)[-1]
        with closing(Caller(f"http://127.0.0.1:{port}")) as caller:
            yield caller
    finally:
        process.end()
