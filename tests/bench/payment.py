"""One payment with a terminal that thinks for no time, against its floor: the line and the disk.

Measured is what a till sees: from its `process_payment_intent` call to the answer which says that
it is approved. posd, the terminal and the till are three processes. The till waits as the API asks
it to: one long poll after the other, each answered when the payment has moved.

The simulated terminal does think, as every program does. How long is measured on a second one, with
a bare till that only acknowledges: what its dialogue takes beyond the line's time is subtracted.
Beside one on USB it is on a pty of the same speed: whatever USB/IP costs counts as posd's.
Terminal, disk and loopback are measured before and after each payment, so that whatever else the
machine does meets both sides. posd's own time is what is left, the till's calls included.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from time import perf_counter, sleep

from posd_drivers.zvt.framing import encode_frame
from tests.bench.bare_till import COMPLETION, BareTill
from tests.bench.figures import (
    OWN_9600,
    OWN_115200,
    OWN_TCP,
    OWN_USB,
    PAYMENT,
    Budget,
    Figure,
    p50,
    wire_s,
)
from tests.bench.floors import Disk, Echo
from tests.bench.rig import READER, USB_BAUD, Caller, Daemon, Terminal, load, terminal

PAYMENTS = 20
WARM_UP_PAYMENTS = 3
COMMITS = 3
"""Durable commits of a payment: AttemptStarted, StatusReported, AttemptApproved."""
LOG_FILLING_INTENTS = 150
COMMIT_SAMPLES, ECHO_SAMPLES = 5, 5
QUIET_S = 0.05
"""After a payment: posd answers the completion, and notes that the till has heard."""
WAIT_S = 25
ACK_OCTETS = 1
AMOUNT = 1200
FIELDS: Mapping[str, str | int] = {
    "amount": AMOUNT,
    "currency": "eur",
    "payment_method_types[]": "card_present",
}


REGISTRATION, AUTHORISATION = b"\x06\x00", b"\x06\x01"
COMMAND = bytes.fromhex("06 01 0a 04 00 00 00 00 12 00 49 09 78")
"""Authorisation of AMOUNT in euro, as posd says it (zvt.md 6.3)."""


@dataclass(frozen=True, slots=True)
class Floors:
    """What is measured beside a payment."""

    disk: Disk
    echo: Echo
    till: BareTill

    def now(self) -> tuple[float, float, float]:
        """Seconds of one commit, of one round trip and of one bare dialogue."""
        return (
            p50([self.disk.commit_s() for _ in range(COMMIT_SAMPLES)]),
            p50([self.echo.round_trip_s() for _ in range(ECHO_SAMPLES)]),
            self.till.dialogue_s(COMMAND),
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """One payment and what was measured around it, in seconds.

    Attributes:
        total_s: What the till waited.
        wire_s: What the line was busy.
        commit_s: One durable commit just before and after.
        echo_s: One loopback round trip just before and after.
        bare_s: The same dialogue with a bare till just before and after: line and terminal.
        posd_s: What posd computed, the till's questions included.
    """

    total_s: float
    wire_s: float
    commit_s: float
    echo_s: float
    bare_s: float
    posd_s: float

    @property
    def thought_s(self) -> float:
        """What the simulated terminal thought."""
        return max(0.0, self.bare_s - self.wire_s)

    @property
    def paid_s(self) -> float:
        """What the till would have waited with a terminal that thinks for no time."""
        return self.total_s - self.thought_s

    @property
    def floor_s(self) -> float:
        """What no daemon could be faster than."""
        return self.wire_s + COMMITS * self.commit_s

    @property
    def own_s(self) -> float:
        """What the daemon added to it."""
        return self.paid_s - self.floor_s


def measure(folder: Path) -> list[Figure]:
    """The four lines: 9600 baud, 115200 baud, TCP, USB/IP."""
    quick_pty = ("--pty", "--baud", "115200")
    slow = _series(folder / "9600", 9600, "--pty")
    quick = _series(folder / "115200", 115200, *quick_pty)
    network = _series(folder / "tcp", None, "--tcp", "127.0.0.1:0")
    usb = _series(folder / "usb", USB_BAUD, "--usbip", "127.0.0.1:0", beside=quick_pty)
    return [
        _over_floor(slow),
        _own(OWN_9600, slow),
        _own(OWN_115200, quick),
        _own(OWN_TCP, network),
        _own(OWN_USB, usb),
    ]


def fill_log(till: Caller) -> None:
    """Make the journal's log as long as it gets, so that its commits no longer make it grow."""
    for _ in range(LOG_FILLING_INTENTS):
        till.post("/v1/payment_intents", FIELDS)


def wait_until_approved(till: Caller, intent: str) -> None:
    """As the API asks a till to wait: one long poll after the other."""
    path = f"/posd/v1/payment_intents/{intent}?wait={WAIT_S}"
    told = till.get(path)
    while told["next"] == "wait":
        told = till.get(f"{path}&known={told['version']}")
    assert told["state"] == "approved", told


def paid_s(posd: Daemon) -> float:
    """How many seconds a till waits for a sale, from handing it over to reading that it is paid."""
    intent = posd.till.post("/v1/payment_intents", FIELDS)["id"]
    began = perf_counter()
    posd.till.post(f"{READER}/process_payment_intent", {"payment_intent": intent})
    wait_until_approved(posd.till, intent)
    return perf_counter() - began


def line_octets(dialogue: list[bytes]) -> int:
    """What a serial line carries until the completion is here: frames, and an acknowledgement each.

    A till can read `succeeded` before the completion is acknowledged and answered. Repeated frames
    are not counted, so that a repetition makes the figure worse and not the floor.
    """
    ends = next(at for at, apdu in enumerate(dialogue) if apdu.startswith(COMPLETION))
    frames = [encode_frame(apdu) for apdu in dialogue[: ends + 1]]
    return sum(map(len, frames)) + ACK_OCTETS * (len(frames) - 1)


def _series(folder: Path, baud: int | None, *line: str, beside: Sequence[str] = ()) -> list[Sample]:
    """Payments at a terminal on that line; `beside`: the bare till's, if it is another."""
    folder.mkdir()
    with (
        terminal(folder / "bare", *(beside or line)) as other,
        terminal(folder, *line) as device,
        Daemon(folder, device.url, bus=device.bus) as posd,
        closing(Disk(folder)) as disk,
        Echo() as echo,
        ExitStack() as opened,
    ):
        posd.wait_for_reader()
        fill_log(posd.till)
        bare = opened.enter_context(closing(BareTill(other.url, device.since(REGISTRATION)[0])))
        around = Floors(disk, echo, bare)
        samples = [_pay(posd, device, baud, around) for _ in range(WARM_UP_PAYMENTS + PAYMENTS)]
    return samples[WARM_UP_PAYMENTS:]


def _pay(posd: Daemon, device: Terminal, baud: int | None, floors: Floors) -> Sample:
    intent = posd.till.post("/v1/payment_intents", FIELDS)["id"]
    before = floors.now()
    computed_s = load(posd.process.pid).cpu_s
    began = perf_counter()
    posd.till.post(f"{READER}/process_payment_intent", {"payment_intent": intent})
    wait_until_approved(posd.till, intent)
    total_s = perf_counter() - began
    posd_s = load(posd.process.pid).cpu_s - computed_s
    sleep(QUIET_S)
    commit_s, echo_s, bare_s = map(mean, zip(before, floors.now(), strict=True))
    dialogue = device.since(AUTHORISATION)
    assert dialogue[0] == COMMAND, dialogue[0].hex(" ")
    return Sample(total_s, wire_s(line_octets(dialogue), baud), commit_s, echo_s, bare_s, posd_s)


def _over_floor(samples: list[Sample]) -> Figure:
    return Figure(
        PAYMENT,
        p50([sample.paid_s / sample.floor_s for sample in samples]),
        (
            f"{_ms(samples, 'paid_s')} = line {_ms(samples, 'wire_s')} + {COMMITS} commits of"
            f" {_ms(samples, 'commit_s')} + own {_ms(samples, 'own_s')}, p50 of {len(samples)};"
            f" the terminal thought {_ms(samples, 'thought_s')} more"
        ),
    )


def _own(budget: Budget, samples: list[Sample]) -> Figure:
    return Figure(
        budget,
        p50([sample.own_s / sample.echo_s for sample in samples]),
        (
            f"{_ms(samples, 'own_s')} / {_ms(samples, 'echo_s')}, p50 of {len(samples)};"
            f" posd computed {_ms(samples, 'posd_s')}"
        ),
    )


def _ms(samples: list[Sample], name: str) -> str:
    return f"{p50([getattr(sample, name) for sample in samples]) * 1000:.3g} ms"
