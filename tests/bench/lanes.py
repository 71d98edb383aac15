"""One posd with one reader, and with up to 32: what each costs more at rest, and makes wait.

posd, the terminals and the tills are three processes. A till at each lane pays without a pause; the
cardholders take their time, each another one. Of what a till waited, the terminal says for how long
it had the word; the commits are measured beside; what is left is posd's own, and what the other
lanes made this one wait. On USB, what each costs at rest has the simulated bus in it, which is in
posd's process: a thread a reader more than there is with libusb.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import repeat
from math import ceil
from pathlib import Path
from time import perf_counter, sleep

from posd.demo.parts import Part
from tests.bench.figures import (
    LANE_MEMORY,
    LANE_WAKE_UPS,
    LANES_P50,
    LANES_P99,
    USB_MEMORY,
    USB_WAKE_UPS,
    Budget,
    Figure,
    p50,
    percentile,
)
from tests.bench.floors import Disk
from tests.bench.idle import IDLE_S, QUIET_S
from tests.bench.payment import COMMIT_SAMPLES, COMMITS, FIELDS, fill_log, wait_until_approved
from tests.bench.rig import READER_OF_LANE, Caller, Daemon, load, resident_mib
from tests.bench.terminals import card_s

LANES, LANES_ON_USB = (1, 2, 8, 32), (1, 32)
ROUNDS = 2
"""Each posd in turn, so that whatever else the machine does meets all of them."""
PAYMENTS_MIN, PAYMENTS_A_LANE_MIN = 30, 5
"""In a round, over all lanes of a posd."""
WARM_UP_PAYMENTS = 1
"""At each lane."""


@dataclass(frozen=True, slots=True)
class Store:
    """One posd with so many lanes, its terminals, and a till at each lane.

    Attributes:
        waited_s: What each payment's till waited, commits left out, for each lane in seconds.
        held: Where the terminals say at their end for how long they had the word.
    """

    posd: Daemon
    lanes: int
    held: Path
    waited_s: list[list[float]]

    def warm_up(self) -> None:
        """Have everything loaded that is loaded late."""
        for lane in range(1, self.lanes + 1):
            self.posd.wait_for_reader(READER_OF_LANE.format(lane))
        fill_log(self.posd.till)
        self._pay(WARM_UP_PAYMENTS, commits_s=0.0)

    def pay(self, disk: Disk) -> None:
        """A round."""
        commit_s = p50([disk.commit_s() for _ in range(COMMIT_SAMPLES)])
        self._pay(max(PAYMENTS_A_LANE_MIN, ceil(PAYMENTS_MIN / self.lanes)), COMMITS * commit_s)

    def own_s(self) -> list[float]:
        """posd's own part of each payment in seconds. The terminals have ended."""
        held_s: list[list[float]] = json.loads(self.held.read_text())
        return own_parts_s(self.waited_s, held_s)

    def _pay(self, payments: int, commits_s: float) -> None:
        with ThreadPoolExecutor(self.lanes) as tills:
            list(tills.map(self._pay_at, range(self.lanes), repeat(payments), repeat(commits_s)))

    def _pay_at(self, number: int, payments: int, commits_s: float) -> None:
        sleep(card_s(number, self.lanes))  # the tills do not begin together
        with closing(Caller(self.posd.url)) as till:
            self.waited_s[number] += [
                _payment_s(till, READER_OF_LANE.format(number + 1)) - commits_s
                for _ in range(payments)
            ]


def measure(folder: Path) -> list[Figure]:
    """What each reader adds to an idle posd, and what 31 others add to a payment."""
    _compile(folder)
    with ExitStack() as opened:
        disk = opened.enter_context(closing(Disk(folder)))
        stores = [opened.enter_context(_store(folder, lanes, "tcp")) for lanes in LANES]
        for _ in range(ROUNDS):
            for store in stores:
                store.pay(disk)
        on_usb = [opened.enter_context(_store(folder, lanes, "usb")) for lanes in LANES_ON_USB]
        memory_mib, wake_ups = _at_rest([store.posd for store in (*stores, *on_usb)])
    own_s = {store.lanes: store.own_s() for store in stores}
    first = len(stores)
    return [
        each_more(LANE_MEMORY, dict(zip(LANES, memory_mib[:first], strict=True))),
        each_more(LANE_WAKE_UPS, dict(zip(LANES, wake_ups[:first], strict=True))),
        each_more(USB_MEMORY, dict(zip(LANES_ON_USB, memory_mib[first:], strict=True))),
        each_more(USB_WAKE_UPS, dict(zip(LANES_ON_USB, wake_ups[first:], strict=True))),
        over_one(LANES_P50, own_s, 50),
        over_one(LANES_P99, own_s, 99),
    ]


def own_parts_s(
    waited_s: Sequence[Sequence[float]], held_s: Sequence[Sequence[float]]
) -> list[float]:
    """Seconds that the tills of each lane waited while its terminal did not have the word, warm.

    Both lists have the payments of a lane in the order in which they were made.
    """
    return [
        waited - held
        for lane in zip(waited_s, held_s, strict=True)
        for waited, held in list(zip(*lane, strict=True))[WARM_UP_PAYMENTS:]
    ]


def each_more(budget: Budget, by_lanes: Mapping[int, float]) -> Figure:
    """What each lane after the first adds, of a value for each number of lanes."""
    fewest, most = min(by_lanes), max(by_lanes)
    added = (by_lanes[most] - by_lanes[fewest]) / (most - fewest)
    told = [f"{lanes}: {value:.3g}" for lanes, value in by_lanes.items()]
    return Figure(budget, added, ", ".join(told))


def over_one(budget: Budget, by_lanes: Mapping[int, Sequence[float]], percent: float) -> Figure:
    """A percentile with the most lanes over the same with one, of samples for each number."""
    each_s = {lanes: percentile(samples, percent) for lanes, samples in by_lanes.items()}
    most = max(by_lanes)
    told = [f"{lanes}: {value * 1000:.3g} ms" for lanes, value in each_s.items()]
    of = f"of {len(by_lanes[1])} payments and of {len(by_lanes[most])}"
    return Figure(budget, each_s[most] / each_s[1], f"{', '.join(told)}; {of}")


def _compile(folder: Path) -> None:
    """Compile what posd loads on either line, in one that is not measured: that takes memory."""
    beside = folder / "compiling"
    beside.mkdir()
    for line in ("tcp", "usb"):
        with _store(beside, 1, line):
            pass


@contextmanager
def _store(folder: Path, lanes: int, line: str) -> Iterator[Store]:
    own = folder / f"{line}-{lanes}"
    own.mkdir()
    held = own / "held.json"
    arguments = ["tests.bench.terminals", line, str(lanes), str(held)]
    terminals = Part("terminals", arguments, own / "terminals.log")
    with ExitStack() as ending:
        ending.callback(terminals.stop)
        ready = terminals.start_and_read()
        posd = ending.enter_context(Daemon(own, *ready["urls"], bus=ready.get("bus")))
        store = Store(posd, lanes, held, [[] for _ in range(lanes)])
        store.warm_up()
        yield store


def _payment_s(till: Caller, reader: str) -> float:
    intent = till.post("/v1/payment_intents", FIELDS)["id"]
    began = perf_counter()
    till.post(f"{reader}/process_payment_intent", {"payment_intent": intent})
    wait_until_approved(till, intent)
    return perf_counter() - began


def _at_rest(daemons: Sequence[Daemon]) -> tuple[list[float], list[float]]:
    """MiB resident and wake-ups a second of each, at the same time: nobody's are another's."""
    for posd in daemons:
        posd.till.close()
    sleep(QUIET_S)
    before = [load(posd.process.pid).wake_ups for posd in daemons]
    sleep(IDLE_S)
    after = [load(posd.process.pid).wake_ups for posd in daemons]
    wake_ups = [(end - begin) / IDLE_S for begin, end in zip(before, after, strict=True)]
    return [resident_mib(posd.process.pid) for posd in daemons], wake_ups
