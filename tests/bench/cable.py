"""A reader's cable is pulled and plugged in again: how soon posd says so, and takes a sale there.

On a pty, which stands for a USB adapter, over USB/IP, and over TCP, where no udev tells of it. Each
terminal has a posd of its own, and all are pulled at the same time: most of it is waiting.
"""

import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

from tests.bench.figures import PLUGGED_IN, PULLED, Budget, Figure, p50
from tests.bench.payment import FIELDS, wait_until_approved
from tests.bench.rig import NO_BUS, READER, Daemon, Terminal, terminal

CYCLES = 10
OUT_S = 1.0
LOOK_S = 0.005
SHOWN_S_MAX = 60.0
"""Later, it has failed."""
LINES = {
    "pty": ("--pty", "--baud", "115200"),
    "USB/IP": ("--usbip", "127.0.0.1:0"),
    "TCP": ("--tcp", "127.0.0.1:0"),
}
UNTOLD = "TCP"
"""Nobody tells that it is plugged in: posd finds it when it looks again, every 5 s by then."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """Out and in again.

    Attributes:
        seen_s: From the pull until the reader is told offline.
        usable_s: From the plug until a sale is accepted.
    """

    seen_s: float
    usable_s: float


@dataclass(frozen=True, slots=True)
class Desk:
    """A terminal, its cable, and the posd that it is plugged into."""

    device: Terminal
    posd: Daemon
    told: bool

    def cycle(self) -> Cycle:
        """Once out and in again, with a sale at the end."""
        intent = self.posd.till.post("/v1/payment_intents", FIELDS)["id"]
        began = perf_counter()
        self.device.pull()
        self._udev()
        self._until("offline")
        seen_s = perf_counter() - began
        sleep(OUT_S)
        began = perf_counter()
        self.device.plug()
        self._udev()
        self._until("online")
        self.posd.till.post(f"{READER}/process_payment_intent", {"payment_intent": intent})
        usable_s = perf_counter() - began
        wait_until_approved(self.posd.till, intent)
        return Cycle(seen_s, usable_s)

    def _udev(self) -> None:
        if self.told:
            os.kill(self.posd.process.pid, signal.SIGUSR1)

    def _until(self, status: str) -> None:
        give_up = perf_counter() + SHOWN_S_MAX
        while self.posd.till.get(READER)["status"] != status:
            assert perf_counter() < give_up, f"not {status} within {SHOWN_S_MAX} s"
            sleep(LOOK_S)


def measure(folder: Path) -> list[Figure]:
    """The longest of all cycles, each way."""
    with ExitStack() as opened, ThreadPoolExecutor(len(LINES)) as hands:
        desks = [opened.enter_context(_desk(folder, name)) for name in LINES]
        cycles = dict(zip(LINES, hands.map(_cycles, desks), strict=True))
    seen_s = {line: [cycle.seen_s for cycle in some] for line, some in cycles.items()}
    usable_s = {line: [cycle.usable_s for cycle in some] for line, some in cycles.items()}
    return [longest(PULLED, seen_s), longest(PLUGGED_IN, usable_s)]


def longest(budget: Budget, by_line: Mapping[str, Sequence[float]]) -> Figure:
    """The longest, in seconds by line, of those whose plug posd is told of."""
    each = [
        f"{line} p50 {p50(some):.3g} s, max {max(some):.3g} s" for line, some in by_line.items()
    ]
    value = max(max(some) for line, some in by_line.items() if line != UNTOLD)
    return Figure(budget, value, f"{'; '.join(each)}; {len(by_line[UNTOLD])} times each")


@contextmanager
def _desk(folder: Path, line: str) -> Iterator[Desk]:
    own = folder / line.replace("/", "-")
    options = LINES[line]
    link = ("--link", str(own / "tty")) if line == "pty" else ()
    with (
        terminal(own, *options, *link) as device,
        Daemon(own, device.url, bus=device.bus or NO_BUS) as posd,
    ):
        posd.wait_for_reader()
        yield Desk(device, posd, line != UNTOLD)


def _cycles(desk: Desk) -> list[Cycle]:
    return [desk.cycle() for _ in range(CYCLES)]
