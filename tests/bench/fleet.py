"""What posd adds to a call about Stripe's fleet: the same one, to it and to Stripe's simulator.

A connection token is fetched for each caller, so that posd's figure has the simulator's in it, and
a commit. The list of readers is answered from posd's copy. Both sides are called in turn on kept
connections by the same client.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from time import perf_counter

from posd.demo.parts import wait_until
from posd.tokens import TOKENS_BURST_MAX
from tests.bench.figures import READER_LIST, TOKENS, Budget, Figure, p50
from tests.bench.rig import READY_S, STRIPE_KEY, Caller, Daemon, stripe, till_key

READERS = 20
LISTS = 300
TILLS = 60
"""Each has its burst of tokens."""
WARM_UP_CALLS = 50
TOKENS_PATH = "/v1/terminal/connection_tokens"
LOCATIONS_PATH = "/v1/terminal/locations"
READERS_PATH = "/v1/terminal/readers"


def measure(folder: Path) -> list[Figure]:
    """The median of both calls, posd's over the simulator's."""
    with stripe(folder) as url:
        with closing(Caller(url, STRIPE_KEY)) as furnisher:
            here = _furnished(furnisher)
        listed = f"{READERS_PATH}?location={here}&limit=100"
        with (
            Daemon(folder, stripe=url, tills=TILLS) as posd,
            closing(Caller(url, STRIPE_KEY)) as direct,
        ):
            assert wait_until(lambda: len(posd.till.get(listed)["data"]) == READERS, READY_S)
            lists = _pairs(lambda _: posd.till.get(listed), lambda: direct.get(listed), LISTS)
            tokens = _pairs(
                lambda number: _token(posd.till, number),
                lambda: direct.post(TOKENS_PATH, {}),
                TILLS * TOKENS_BURST_MAX,
            )
    return [_figure(TOKENS, tokens), _figure(READER_LIST, lists)]


def _furnished(direct: Caller) -> str:
    """The location where the simulator has readers now."""
    vienna = {"country": "AT", "line1": "Graben 1", "city": "Wien", "postal_code": "1010"}
    address = {f"address[{part}]": text for part, text in vienna.items()}
    here: str = direct.post(LOCATIONS_PATH, {"display_name": "Bench", **address})["id"]
    for _ in range(READERS):
        direct.post(READERS_PATH, {"registration_code": "simulated-wpe", "location": here})
    return here


def _token(till: Caller, number: int) -> None:
    """A token for the next till that has one left of its burst."""
    till.key = till_key(number // TOKENS_BURST_MAX)
    till.post(TOKENS_PATH, {})


def _pairs(
    ours: Callable[[int], object], theirs: Callable[[], object], calls: int
) -> list[tuple[float, float]]:
    """Seconds of each call on both sides, in turn, after the first ones."""
    pairs = []
    for number in range(calls):
        began = perf_counter()
        ours(number)
        between = perf_counter()
        theirs()
        pairs.append((between - began, perf_counter() - between))
    return pairs[WARM_UP_CALLS:]


def _figure(budget: Budget, pairs: Sequence[tuple[float, float]]) -> Figure:
    ours, theirs = (p50(side) for side in zip(*pairs, strict=True))
    made_of = f"{ours * 1000:.3g} ms / {theirs * 1000:.3g} ms, p50 of {len(pairs)}"
    return Figure(budget, ours / theirs, made_of)
