"""A store of real processes: a terminal, posd and Stripe's stand-in, and a till that talks HTTP.

What the till reads and what the three ledgers say is kept apart, so that a test can compare them.
"""

import contextlib
import hashlib
import itertools
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, assert_never

import httpx2

from posd.demo.parts import Part
from posd.failpoints import Failpoint
from posd.journal.connection import open_reader
from posd.journal.queries import Queries
from posd.model.attempt import Attempt, AttemptState
from posd.model.facts import Fact
from posd_simulator.terminal.ledger import Book, read_ledger
from posd_simulator.terminal.settings import StorageRule, Wire
from posd_simulator.terminal.station import UsbKind
from tests.crash.child import Child, Nursery
from tests.wakeful import wakeful

KEY = "posd_test_till_of_the_crash_tests"
MANAGER_KEY = "posd_test_manager_of_the_crash_tests"
PASSWORD = "000000"
READER = "tmr_posd_lane-1"
READER_PATH = f"/v1/terminal/readers/{READER}"
READY_S = 60.0
PAID_S = 60.0
REQUEST_S = 30.0
ZONE = "Europe/Berlin"
"""Limits of these tests are far beyond what a busy machine takes: only a failure waits for them."""
KEPT = httpx2.Limits(keepalive_expiry=1.0)
"""Connections are let go of sooner than a server hangs up on them, or both do in one moment."""
PORTS = range(20_000, 30_000)
"""Below the ports that a system gives to callers: one that is free stays free for a restart."""

_first = os.getpid() * 97 % len(PORTS)
_ports: Iterator[int] = itertools.cycle((*PORTS[_first:], *PORTS[:_first]))

AUTHORISATION, REPEAT_RECEIPT = "ECR  06 01", "ECR  06 20"


def eventually(true: Callable[[], bool], within_s: float, look_s: float = 0.1) -> bool:
    """Whether it comes true in time."""
    give_up = time.perf_counter() + within_s
    while not true():
        if time.perf_counter() > give_up:
            return False
        time.sleep(look_s)
    return True


class Stripe:
    """The simulated Stripe, shared by stores that each have an account."""

    def __init__(self, folder: Path) -> None:
        self._part = Part("Stripe", ["posd_simulator", "cloud"], folder / "cloud.log")
        self.url: str = self._part.start_and_read()["url"]

    def guaranteed(self, payment_intent: str) -> list[int]:
        """The guaranteed amount of each record of a payment; more than one is a payment twice."""
        return self.told(payment_intent, "amount_guaranteed")

    def told(self, payment_intent: str, amount: str) -> list[int]:
        """That amount of each record of a payment."""
        # Nothing is encrypted here, and to load what machines trust takes as long as a payment.
        state = httpx2.get(f"{self.url}/_sim/state", timeout=REQUEST_S, verify=False).json()
        return [
            record[amount]["value"]
            for account in state["accounts"]
            for record in account["payment_records"]
            if record["metadata"]["posd_payment_intent"] == payment_intent
        ]

    def close(self) -> None:
        """End it."""
        self._part.stop()


class Store:
    """One lane. `start` and `stop` posd as often as wanted; its state directory stays."""

    def __init__(
        self,
        folder: Path,
        nursery: Nursery,
        *,
        rule: StorageRule = StorageRule.OLD,
        wire: Wire | UsbKind = Wire.SERIAL,
        stripe: Stripe | None = None,
        cardholder: str = "auto",
        tap_after_s: float = 0.05,
        host_delay_s: float = 0.05,
        card_timeout_s: float = 30.0,
        manual_capture: str = "refuse",
        password: str = PASSWORD,
    ) -> None:
        folder.mkdir(parents=True)
        self._password = password
        self._folder = folder
        self._nursery = nursery
        self._stripe = stripe
        self._manual_capture = manual_capture
        self.port = free_port()
        self.book_file = folder / "terminal.ledger"
        habits = ["--tap-after", str(tap_after_s), "--host-delay", str(host_delay_s)]
        habits += ["--cardholder", cardholder, "--card-timeout", str(card_timeout_s)]
        habits += ["--password", password]
        ledger = ["--ledger", str(self.book_file), "--storage-rule", rule.value]
        self.terminal = nursery.simulator(
            ["terminal", *_line(wire, folder), *ledger, *habits], folder
        )
        ready = self._ready(folder / "posd-sim.out")
        self.device: str = ready["device"]
        self._usb = int(self.device.rpartition(":")[2]) if isinstance(wire, UsbKind) else None
        self.panel = httpx2.Client(
            base_url=ready["control"], timeout=REQUEST_S, verify=False, limits=KEPT
        )
        self.config = folder / "posd.toml"
        self.config.write_text(self._toml(ready["url"], ready["control"]))
        self.till = httpx2.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=REQUEST_S,
            verify=False,
            limits=KEPT,
        )
        self.posd: Child | None = None

    def start(self, armed: Failpoint | None = None, *, ahead_s: int = 0) -> Child:
        """Start posd, by a clock that is so far ahead; return once it answers tills."""
        self.posd = posd = self._nursery.posd(self.config, armed, ahead_s, self._usb)
        if not eventually(lambda: self._answers() or not posd.running, READY_S) or posd.status:
            raise AssertionError(f"posd is not ready, status {posd.status}:\n{self.log()}")
        return posd

    def open(self, armed: Failpoint | None = None) -> Child:
        """Start posd; return once its reader takes payments."""
        posd = self.start(armed)
        assert eventually(self.is_online, READY_S), self.log()
        return posd

    def stop(self) -> None:
        """SIGTERM, and the tidy end of it."""
        assert self.posd is not None
        self.posd.send(signal.SIGTERM)
        assert self.posd.ended() == 0, self.log()

    def log(self) -> str:
        """What posd logged."""
        return (self._folder / "posd.log").read_text()

    def create(self, amount: int, **more: str) -> str:
        """A PaymentIntent of that amount."""
        body = {"amount": amount, "currency": "eur", "payment_method_types[]": "card_present"}
        answer = self.till.post("/v1/payment_intents", data=body | more)
        intent: str = answer.raise_for_status().json()["id"]
        return intent

    def process(self, intent: str, key: str | None = None) -> httpx2.Response:
        """What the till is answered when it hands the payment to the reader."""
        headers = {"Idempotency-Key": key} if key else {}
        path = f"{READER_PATH}/process_payment_intent"
        return self.till.post(path, data={"payment_intent": intent}, headers=headers)

    def status(self, intent: str) -> str:
        """What the till reads of a payment."""
        answer = self.till.get(f"/v1/payment_intents/{intent}").raise_for_status().json()
        status: str = answer["status"]
        return status

    def standing(self, intent: str) -> Mapping[str, Any]:
        """How a payment stands, in posd's own words for the till and its cashier."""
        answer = self.till.get(f"/posd/v1/payment_intents/{intent}").raise_for_status()
        standing: Mapping[str, Any] = answer.json()
        return standing

    def pay(self, amount: int) -> str:
        """An ordinary payment, to its good end: the till reads that it succeeded."""
        intent = self.create(amount)
        self.process(intent, key=f"ordinary-{intent}").raise_for_status()
        assert eventually(lambda: self.status(intent) == "succeeded", PAID_S), self.log()
        return intent

    def behave(self, behaviour: str) -> None:
        """Tell the next cardholder what to do, or the one who stands there."""
        self.panel.post("/script", json={"behaviour": behaviour}).raise_for_status()

    def fault(self, **fields: str | float) -> None:
        """Arm a fault of the terminal."""
        self.panel.post("/fault", json=fields).raise_for_status()

    def unplug(self, for_s: float | None = None) -> None:
        """Pull the terminal's cable, for so many seconds or until `plug`."""
        self.panel.post("/cable", json={"plugged": False, "for_s": for_s}).raise_for_status()

    def plug(self) -> None:
        """Plug the terminal's cable in."""
        self.panel.post("/cable", json={"plugged": True}).raise_for_status()

    def kill_at(self, message: int, moment: str, by: signal.Signals = signal.SIGKILL) -> None:
        """Have the terminal signal this posd at a message of the next payment."""
        assert self.posd is not None
        pid = self.posd.pid
        self.fault(fault="kill", message=message, moment=moment, pid=pid, signal=by.name)

    def messages(self, since_ms: int = 0) -> list[str]:
        """What went over the terminal's line since then, oldest first."""
        told = self._terminal_state()["messages"]
        return [message["line"] for message in told if message["at_ms"] >= since_ms]

    def now_ms(self) -> int:
        """The time of the last message on the terminal's line, by its clock."""
        told = self._terminal_state()["messages"]
        return told[-1]["at_ms"] + 1 if told else 0

    def prompt(self) -> str | None:
        """What the terminal asks its customer for: a card, a PIN, or nothing."""
        prompt: str | None = self._terminal_state()["prompt"]
        return prompt

    def is_busy(self) -> bool:
        """Whether a command runs at the terminal."""
        return bool(self._terminal_state()["busy"])

    def is_online(self) -> bool:
        """Whether the reader takes payments."""
        reader = self.till.get(READER_PATH).raise_for_status().json()
        return bool(reader["status"] == "online")

    def is_free(self) -> bool:
        """Whether nothing is open at the terminal and at the reader, which takes payments."""
        reader = self.till.get(READER_PATH).raise_for_status().json()
        in_hand = reader["action"] is not None and reader["action"]["status"] == "in_progress"
        return not in_hand and reader["status"] == "online" and not self.is_busy()

    def is_quiet(self) -> bool:
        """Whether nothing is open: at the terminal, at the reader, on the way to Stripe."""
        if not self.is_free():
            return False
        status = self.till.get("/posd/v1/status").raise_for_status().json()
        return bool(status["upstream"]["waiting"] == 0)

    def book(self) -> Book:
        """The terminal's own book, from its file."""
        return read_ledger(self.book_file)

    def booked(self, amount: int) -> int:
        """How many sales of that amount stand in the terminal's book."""
        return [sale.amount for sale in self.book().stored].count(amount)

    def guaranteed(self, intent: str) -> list[int]:
        """What Stripe was told of a payment."""
        assert self._stripe is not None
        return self._stripe.guaranteed(intent)

    def refunded(self, intent: str) -> list[int]:
        """What Stripe was told that went back of a payment."""
        assert self._stripe is not None
        return self._stripe.told(intent, "amount_refunded")

    def facts(self, attempt: str) -> list[Fact]:
        """What the journal holds of an attempt, oldest first."""
        with closing(open_reader(self._folder / "state/journal.db", None)) as connection:
            entries = Queries(connection).entries(attempt)
        return [entry.fact for entry in entries if entry.fact is not None]

    def attempt(self, intent: str) -> Attempt | None:
        """The last attempt of a payment."""
        with closing(open_reader(self._folder / "state/journal.db", None)) as connection:
            return Queries(connection).latest_attempt(intent)

    def knows(self, intent: str) -> AttemptState | None:
        """The state of a payment's last attempt."""
        attempt = self.attempt(intent)
        return attempt.state if attempt is not None else None

    def close(self) -> None:
        """End what runs."""
        if self.posd is not None:
            self.posd.kill()
        self.terminal.kill()
        self.panel.close()
        self.till.close()

    def _answers(self) -> bool:
        try:
            return self.till.get(READER_PATH).is_success
        except httpx2.TransportError:
            return False

    def _ready(self, out: Path) -> Mapping[str, str]:
        """The line that a simulator says when it is ready."""
        said = eventually(lambda: out.exists() and out.read_text().endswith("\n"), READY_S)
        assert said, out.with_suffix(".log").read_text()
        ready: Mapping[str, str] = json.loads(out.read_text())
        return ready

    def _terminal_state(self) -> Mapping[str, Any]:
        state: Mapping[str, Any] = self.panel.get("/state").raise_for_status().json()
        return state

    def _toml(self, reader_url: str, control: str) -> str:
        upstream = 'kind = "none"'
        if self._stripe is not None:
            key = self._folder / "stripe.key"
            key.write_text(f"rk_test_{self.port}")
            key.chmod(0o600)
            upstream = (
                f'kind = "stripe"\nbase_url = "{self._stripe.url}"\n'
                f'credential_file = "{key}"\nrequests_per_s = 100'
            )
        return f"""mode = "test"

[store]
name = "Crash test"
time_zone = "{wakeful(ZONE)}"
currency = "eur"
state_dir = "{self._folder / "state"}"

[upstream]
{upstream}

[listen]
port = {self.port}
socket = "{self._folder / "posd.sock"}"

[[reader]]
name = "lane-1"
url = "{reader_url}"
simulated = true
control = "{control}"
password = "{self._password}"
receipts = "till"
manual_capture = "{self._manual_capture}"

[[lane]]
name = "Lane 1"
reader = "lane-1"

[[key]]
name = "till"
role = "till"
sha256 = "{hashlib.sha256(KEY.encode()).hexdigest()}"

[[key]]
name = "manager"
role = "manager"
sha256 = "{hashlib.sha256(MANAGER_KEY.encode()).hexdigest()}"
"""


def _line(wire: Wire | UsbKind, folder: Path) -> Sequence[str]:
    """How the simulator is told which line its terminal is on."""
    match wire:
        case Wire.SERIAL:
            return ["--pty", "--link", str(folder / "terminal"), "--baud", "115200"]
        case Wire.TCP:
            return ["--tcp", "127.0.0.1:0"]
        case UsbKind():
            return ["--usbip", "127.0.0.1:0", "--usb", wire.value]
        case _:
            assert_never(wire)


def free_port() -> int:
    """A port that nobody listens on, and that no system gives to a caller."""
    for port in _ports:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a cycle has no end")
