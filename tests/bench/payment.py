"""One payment with a terminal that thinks for no time, against its floor: the line and the disk.

Measured is what a till sees: from its `process_payment_intent` call to the answer in which it reads
`succeeded`. posd, the terminal and the till are three processes. The till sleeps through nine
tenths of the quickest payment so far and then asks without a pause, so that its questions take
nothing from the payment and the end is seen within one call.

Before each payment the disk and the loopback are measured, so that whatever else the machine does
meets both sides. posd's own time is what is left: it holds the till's two calls and what the
simulated terminal computes, which is shown beside it.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep

from posd_drivers.zvt.framing import encode_frame
from tests.bench.figures import Figure, p50, wire_s
from tests.bench.floors import Disk, Echo
from tests.bench.rig import READER, Caller, Daemon, Terminal, load, terminal

PAYMENTS = 20
WARM_UP_PAYMENTS = 3
COMMITS = 3
"""Durable commits of a payment: AttemptStarted, StatusReported, AttemptApproved."""
LOG_FILLING_INTENTS = 150
SLEPT_SHARE = 0.9
ACK_OCTETS = 1
FLOOR_GOAL = 1.02
AMOUNT = 1200
FIELDS: Mapping[str, str | int] = {
    "amount": AMOUNT,
    "currency": "eur",
    "payment_method_types[]": "card_present",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One payment and what was measured around it, in seconds.

    Attributes:
        total_s: What the till waited.
        wire_s: What the line was busy.
        commit_s: One durable commit just before.
        echo_s: One loopback round trip just before.
        terminal_s: What the simulated terminal computed.
        posd_s: What posd computed, the till's questions included.
    """

    total_s: float
    wire_s: float
    commit_s: float
    echo_s: float
    terminal_s: float
    posd_s: float

    @property
    def floor_s(self) -> float:
        """What no daemon could be faster than."""
        return self.wire_s + COMMITS * self.commit_s

    @property
    def own_s(self) -> float:
        """What the daemon added to it."""
        return self.total_s - self.floor_s


def measure(folder: Path) -> list[Figure]:
    """The three lines: 9600 baud, 115200 baud, TCP."""
    slow = _series(folder / "9600", 9600, "--pty")
    quick = _series(folder / "115200", 115200, "--pty", "--baud", "115200")
    network = _series(folder / "tcp", None, "--tcp", "127.0.0.1:0")
    return [
        _over_floor(slow),
        _own("9600 baud", slow),
        _own("115200 baud", quick),
        _own("TCP", network),
    ]


def fill_log(till: Caller) -> None:
    """Make the journal's log as long as it gets, so that its commits no longer make it grow."""
    for _ in range(LOG_FILLING_INTENTS):
        till.post("/v1/payment_intents", FIELDS)


def line_octets(apdus: list[bytes]) -> int:
    """What a serial line carries for these messages: frames, and one acknowledgement each.

    Repeated frames are not counted, so that a repetition makes the figure worse and not the floor.
    """
    return sum(len(encode_frame(apdu)) + ACK_OCTETS for apdu in apdus)


def _series(folder: Path, baud: int | None, *line: str) -> list[Sample]:
    folder.mkdir()
    with (
        terminal(folder, *line) as device,
        Daemon(folder, device.url) as posd,
        closing(Disk(folder)) as disk,
        Echo() as echo,
    ):
        posd.wait_for_reader()
        fill_log(posd.till)
        quickest_s = 0.0
        samples = []
        for _ in range(WARM_UP_PAYMENTS + PAYMENTS):
            samples.append(_pay(posd, device, baud, disk, echo, SLEPT_SHARE * quickest_s))
            quickest_s = min(sample.total_s for sample in samples)
    return samples[WARM_UP_PAYMENTS:]


def _pay(
    posd: Daemon, device: Terminal, baud: int | None, disk: Disk, echo: Echo, sleep_s: float
) -> Sample:
    commit_s = p50([disk.commit_s() for _ in range(5)])
    echo_s = p50([echo.round_trip_s() for _ in range(5)])
    intent = posd.till.post("/v1/payment_intents", FIELDS)["id"]
    before = load(device.pid), load(posd.process.pid)
    began = perf_counter()
    posd.till.post(f"{READER}/process_payment_intent", {"payment_intent": intent})
    sleep(max(0.0, began + sleep_s - perf_counter()))
    while posd.till.get(f"/v1/payment_intents/{intent}")["status"] != "succeeded":
        pass
    total_s = perf_counter() - began
    after = load(device.pid), load(posd.process.pid)
    terminal_s, posd_s = (now.cpu_s - then.cpu_s for then, now in zip(before, after, strict=True))
    octets = line_octets(device.messages())
    return Sample(total_s, wire_s(octets, baud), commit_s, echo_s, terminal_s, posd_s)


def _over_floor(samples: list[Sample]) -> Figure:
    return Figure(
        "payment / (line + fsyncs), 9600 baud",
        p50([sample.total_s / sample.floor_s for sample in samples]),
        FLOOR_GOAL,
        of_which=(
            f"{_ms(samples, 'total_s')} = line {_ms(samples, 'wire_s')} + {COMMITS} commits of"
            f" {_ms(samples, 'commit_s')} + {_ms(samples, 'own_s')}"
        ),
    )


def _own(line: str, samples: list[Sample]) -> Figure:
    return Figure(
        f"own time / loopback echo, {line}",
        p50([sample.own_s / sample.echo_s for sample in samples]),
        None,
        of_which=(
            f"{_ms(samples, 'own_s')}; the terminal computed {_ms(samples, 'terminal_s')} of it,"
            f" posd {_ms(samples, 'posd_s')}; an echo is {_ms(samples, 'echo_s')}"
        ),
    )


def _ms(samples: list[Sample], name: str) -> str:
    return f"{p50([getattr(sample, name) for sample in samples]) * 1000:.3g} ms"
