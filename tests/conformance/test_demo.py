"""`posd demo` as a person runs it: to its end, beside another, stopped, and with a death in it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import pytest

from posd.demo.stage import READER
from tests.crash.store import eventually, free_port

UP_S, BACK_S = 60.0, 60.0
RESOLVED_S = 120.0
END_S = 60.0
COMPLETION = 9
"""The message of a payment, counted from its command, that completes it."""
pytestmark = pytest.mark.timeout(300)

POSD = (sys.executable, "-m", "posd")
STEP = re.compile(r"^ +\d+\.\d{3} s  (\w+) +(.+)$", re.MULTILINE)


def run(*options: str) -> subprocess.CompletedProcess[str]:
    """`posd demo` with these options, to its end."""
    return subprocess.run([*POSD, "demo", *options], capture_output=True, text=True, check=False)


class Demo:
    """A demo that stays up, its output and its temporary files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self._out = folder / "out"
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                [*POSD, "demo", "--port", str(free_port())],
                stdout=out,
                stderr=subprocess.STDOUT,
                env=os.environ | {"TMPDIR": str(self.temporary)},
            )
        assert eventually(lambda: "Ctrl-C ends everything" in self.said(), UP_S), self.said()
        self.base_url = self.found(r"Base URL +(\S+)")
        self.panel = self.found(r"Terminal +(http\S+)")
        self.till = httpx2.Client(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {self.found(r'Till key +(.+)')}"},
            verify=False,
        )

    def said(self) -> str:
        """What it printed up to now."""
        return self._out.read_text()

    def found(self, pattern: str) -> str:
        """What it printed there."""
        match = re.search(pattern, self.said())
        assert match, (pattern, self.said())
        return match[1]

    def parts(self) -> list[int]:
        """The processes it started that still run."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def pay(self) -> str:
        """Hand a payment to the reader; the terminal has taken it when this returns."""
        body = {"amount": 1250, "currency": "eur", "payment_method_types[]": "card_present"}
        intent: str = self.till.post("/v1/payment_intents", data=body).json()["id"]
        path = f"/v1/terminal/readers/{READER}/process_payment_intent"
        self.till.post(path, data={"payment_intent": intent}).raise_for_status()
        return intent

    def status(self, intent: str) -> str:
        """What the till reads of a payment; empty while nobody answers."""
        try:
            answer: str = self.till.get(f"/v1/payment_intents/{intent}").json()["status"]
        except httpx2.TransportError:
            return ""
        return answer

    def booked(self) -> int:
        """How many payments stand in the terminal's book."""
        rows = httpx2.get(f"{self.panel}state", verify=False).json()["ledger"]
        return [row["what"] for row in rows].count("stored")

    def end(self) -> int:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(END_S)


@pytest.fixture
def demo() -> Iterator[Demo]:
    # Not pytest's folder: the path of a unix socket has 107 characters at most.
    with TemporaryDirectory(prefix="demo-") as folder:
        demo = Demo(Path(folder))
        try:
            yield demo
        finally:
            demo.till.close()
            demo.end()


def story(output: str) -> list[tuple[str, str]]:
    """Who did what, in the order of the demo's clock."""
    return STEP.findall(output)


def position(steps: Sequence[tuple[str, str]], who: str, what: str) -> int:
    """Where in the story somebody does something. Facts of other parts may stand in between."""
    return next(at for at, step in enumerate(steps) if step[0] == who and what in step[1])


def test_once_tells_the_payment_step_by_step_and_ends_well() -> None:
    ended = run("--once")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    steps = story(ended.stdout)
    in_the_order_of_the_money_rules = [
        position(steps, who, what)
        for who, what in (
            ("till", "POST /v1/payment_intents"),
            ("journal", "AttemptStarted"),
            ("terminal", "takes the command 06 01"),
            ("terminal", "has the card"),
            ("terminal", "reports the result, 04 0F"),
            ("journal", "StatusReported"),
            ("terminal", "completes, 06 0F"),
            ("journal", "AttemptApproved"),
            ("Stripe", "POST /v1/payment_records/report_payment"),
        )
    ]
    assert in_the_order_of_the_money_rules == sorted(in_the_order_of_the_money_rules), steps
    assert "approved: yes   journaled: yes   in the terminal's book: yes" in ended.stdout
    assert "reported to Stripe: yes" in ended.stdout


def test_without_stripe_nobody_is_owed_a_report_and_a_customer_who_waits_gets_a_card() -> None:
    ended = run("--once", "--upstream", "none", "--cardholder", "manual")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    steps = story(ended.stdout)
    assert {who for who, _ in steps} == {"till", "journal", "terminal"}
    assert "reported to Stripe: not asked for   reports owed, ever: 0" in ended.stdout
    presented = position(steps, "till", "POST …/present_payment_method")
    assert presented < position(steps, "terminal", "has the card")
    assert steps[presented:].count(("till", "reads action: succeeded")) == 1


@pytest.mark.parametrize(
    ("option", "known"), [("upstream", "stripe, none"), ("cardholder", "auto, manual")]
)
def test_an_option_that_is_none_is_wrong_usage(option: str, known: str) -> None:
    ended = run("--once", f"--{option}", "elsewhere")
    assert (ended.returncode, ended.stdout) == (
        64,
        f"--{option}: found 'elsewhere', expected one of {known}\n",
    )


def test_a_second_demo_finds_the_port_in_use_and_ctrl_c_leaves_nothing(demo: Demo) -> None:
    port = demo.base_url.rpartition(":")[2]
    second = run("--port", port)
    assert second.returncode == 69
    assert second.stdout.startswith(f"Port {port} is in use: ")
    assert "Traceback" not in second.stdout + second.stderr
    parts = demo.parts()
    assert len(parts) == 3
    assert list(demo.temporary.iterdir())
    assert demo.end() == 0
    assert demo.said().endswith("Ending the demo.\n")
    assert not [pid for pid in parts if Path(f"/proc/{pid}").exists()]
    assert not list(demo.temporary.iterdir())
    again = run("--once", "--port", port)
    assert again.returncode == 0, again.stdout + again.stderr


def test_a_posd_killed_in_a_payment_comes_back_and_resolves_it(demo: Demo) -> None:
    """The demo's second suggestion, with the kill at the completion: it is quick to resolve."""
    killed = int(demo.found(r"kill -9 (\d+) in a payment"))
    order = {"fault": "kill", "message": COMPLETION, "moment": "before", "pid": killed}
    httpx2.post(f"{demo.panel}fault", json=order, verify=False).raise_for_status()
    booked = demo.booked()
    intent = demo.pay()
    assert eventually(lambda: "posd is back after" in demo.said(), BACK_S), demo.said()
    assert "posd ended with signal 9; starting it again" in demo.said()
    assert eventually(lambda: demo.status(intent) == "succeeded", RESOLVED_S), demo.status(intent)
    assert demo.booked() == booked + 1
    assert eventually(lambda: "The reader takes payments again" in demo.said(), END_S)
    assert demo.status(demo.pay()) != "", "and it stays up"
