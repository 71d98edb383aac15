"""The demo from curtain to curtain: start the parts, take a payment, stay up, clean up."""

import hashlib
import json
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Final

import httpx2
from msgspec import Struct

from posd.clock import SystemClock
from posd.demo.parts import READY_S, Part, PartFailed, wait_until
from posd.demo.story import AMOUNT, CURRENCY, Ending, Scene, take_payment
from posd.local_client import LocalClient

PORT: Final = 8719
READER: Final = "tmr_posd_lane-1"
ONLINE_S: Final = 20.0
RESOLVED_S: Final = 90.0
WATCH_S: Final = 0.2
SOCKET: Final = "posd.sock"
UPSTREAMS: Final = ("stripe", "none")
CARDHOLDERS: Final = ("auto", "manual")


class Wishes(Struct, frozen=True):
    """What a demo is asked for.

    Attributes:
        once: End after the first payment; otherwise stay up until Ctrl-C.
        upstream: One of UPSTREAMS.
        port: Where posd listens; 0 takes a free one, None is PORT, or with `once` a free one.
        cardholder: One of CARDHOLDERS: whether customers tap by themselves, or wait for a script.
    """

    once: bool = False
    upstream: str = "stripe"
    port: int | None = None
    cardholder: str = "auto"


class Performance(Struct, frozen=True):
    """What one run of the demo is made of."""

    folder: Path
    port: int
    key: str
    scene: Scene
    posd: Part
    parts: tuple[Part, ...]


class _Curtain(BaseException):
    """Somebody asked the demo to end: Ctrl-C, a closed window, SIGTERM."""


def run(wishes: Wishes) -> int:
    """Run the demo. Returns 0 if the payment was approved, journaled, booked and reported.

    Returns 1 if the payment or a part failed, 64 for a wish that is none, 69 if the port is in use.
    """
    for option, found, known in (
        ("upstream", wishes.upstream, UPSTREAMS),
        ("cardholder", wishes.cardholder, CARDHOLDERS),
    ):
        if found not in known:
            _say(f"--{option}: found '{found}', expected one of {', '.join(known)}")
            return 64
    asked = wishes.port if wishes.port is not None else (0 if wishes.once else PORT)
    chosen = asked or _free_port()
    if not _is_free(chosen):
        _say(
            f"Port {chosen} is in use: is posd, or another demo, running? "
            f"Choose another: posd demo --port {chosen + 1}"
        )
        return 69
    folder = Path(tempfile.mkdtemp(prefix="posd-demo-"))
    parts: list[Part] = []
    try:
        _on_signals(_end)
        return _perform(folder, chosen, parts, wishes)
    except _Curtain:
        _say("\nEnding the demo.")
        return 0
    except PartFailed as failure:
        _say(str(failure))
        return 1
    finally:
        _on_signals(signal.SIG_IGN)
        for part in reversed(parts):
            part.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _perform(folder: Path, port: int, parts: list[Part], wishes: Wishes) -> int:
    _say("posd demo: everything on this machine, nothing real is charged.\n")
    performance = _set_up(folder, port, parts, wishes)
    ending = take_payment(performance.scene, SystemClock())
    _tell(ending)
    if not wishes.once:
        _invite(performance)
        _stay(performance)
    return 0 if ending.good else 1


def _set_up(folder: Path, port: int, parts: list[Part], wishes: Wishes) -> Performance:
    terminal = Part("terminal", ["posd_simulator", "terminal", "--pty"], folder / "terminal.log")
    terminal.add("--link", str(folder / "terminal"), "--ledger", str(folder / "terminal.ledger"))
    terminal.add("--cardholder", wishes.cardholder)
    parts.append(terminal)
    device = terminal.start_and_read()
    _say(f"terminal  {device['terminal_id']} on a pty, {device['device']}")
    stripe: str | None = None
    if wishes.upstream == "stripe":
        cloud = Part("Stripe", ["posd_simulator", "cloud", "--port", "0"], folder / "cloud.log")
        parts.append(cloud)
        stripe = str(cloud.start_and_read()["url"])
        _say(f"Stripe    simulated at {stripe}")
    key = f"posd_test_{secrets.token_urlsafe(32)}"
    config = _write_config(folder, port, key, device, stripe)
    posd = Part("posd", ["posd", "run", "--config", str(config)], folder / "posd.log")
    parts.append(posd)
    base_url = f"http://127.0.0.1:{port}"
    scene = Scene(
        base_url,
        key,
        READER,
        folder / "state/journal.db",
        device["control"],
        stripe,
        presents=wishes.cardholder == "manual",
    )
    _start_posd(posd, scene)
    if not wait_until(lambda: _reader_status(scene) == "online", ONLINE_S):
        raise PartFailed(f"posd did not find the terminal:\n{posd.last_lines()}")
    _say(f"posd      test mode at {base_url}\n")
    return Performance(folder, port, key, scene, posd, tuple(parts))


def _start_posd(posd: Part, scene: Scene) -> None:
    """Return once it answers tills."""
    posd.start()
    if not wait_until(lambda: not posd.running() or _reader_status(scene) != "", READY_S):
        raise PartFailed(f"posd does not answer:\n{posd.last_lines()}")
    if not posd.running():
        raise PartFailed(f"posd ended with {posd.end()}:\n{posd.last_lines()}")


def _reader_status(scene: Scene) -> str:
    """`online`, `offline`, or nothing while posd does not answer."""
    url = f"{scene.base_url}/v1/terminal/readers/{scene.reader}"
    headers = {"Authorization": f"Bearer {scene.key}"}
    try:
        answer = httpx2.get(url, headers=headers, trust_env=False).raise_for_status()
    except (httpx2.TransportError, httpx2.HTTPStatusError):
        return ""
    status: str = answer.json()["status"]
    return status


def _write_config(
    folder: Path, port: int, key: str, device: Mapping[str, str], stripe: str | None
) -> Path:
    upstream = 'kind = "none"'
    if stripe is not None:
        credential = folder / "stripe.key"
        credential.write_text("rk_test_posd_demo\n")
        credential.chmod(0o600)
        upstream = (
            f'kind = "stripe"\nbase_url = "{stripe}"\ncredential_file = "{credential}"\n'
            "requests_per_s = 20"
        )
    config = folder / "posd.toml"
    config.write_text(
        f"""mode = "test"

[store]
name = "posd demo"
time_zone = "Europe/Berlin"
locale = "en"
currency = "{CURRENCY}"
state_dir = "{folder / "state"}"

[upstream]
{upstream}

[listen]
port = {port}
socket = "{folder / SOCKET}"

[[reader]]
name = "lane-1"
url = "{device["url"]}"
simulated = true
control = "{device["control"]}"
password = "000000"

[[lane]]
name = "Lane 1"
reader = "lane-1"

[[key]]
name = "demo till"
role = "till"
sha256 = "{hashlib.sha256(key.encode()).hexdigest()}"
"""
    )
    return config


def _tell(ending: Ending) -> None:
    first = ending.lines[0].at_ms
    for line in ending.lines:
        _say(f"{(line.at_ms - first) / 1000:7.3f} s  {line.who:<9} {line.what}")
    marks = {True: "yes", False: "NO", None: "not asked for"}
    _say(
        f"\napproved: {marks[ending.approved]}   journaled: {marks[ending.journaled]}   "
        f"in the terminal's book: {marks[ending.booked]}   "
        f"reported to Stripe: {marks[ending.reported]}   reports owed, ever: {ending.owed}\n"
    )


def _invite(performance: Performance) -> None:
    scene = performance.scene
    at_machine = LocalClient(performance.folder / SOCKET)
    code = json.loads(at_machine.post("/posd/v1/page/code", {}))["code"]
    _say(
        f"""Base URL    {scene.base_url}
Till key    {scene.key}
Status page {scene.base_url}/, where a manager's PIN is set with the code {code}
Terminal    {scene.terminal}/

The next payment, with Stripe's own Python SDK (pip install stripe):

{five_lines(scene.base_url, scene.key, scene.reader)}
Try to break it:
 1. Start a payment and pull the cable on the terminal's page right after the tap. Nobody knows
    then whether the card was charged; plug it in again and watch posd ask the terminal.
 2. kill -9 {performance.posd.pid} in a payment. The demo starts posd again, as systemd would.
 3. Decide about a payment yourself: posd demo --cardholder manual, and once the reader has it
    till.test_helpers.terminal.readers.present_payment_method(
        "{scene.reader}", {{"card_present": {{"number": "4000000000009995"}}}})

Ctrl-C ends everything."""
    )


def five_lines(base_url: str, key: str, reader: str) -> str:
    """The till's whole program, with the official SDK; README shows the same."""
    return f"""import time
import stripe

till = stripe.StripeClient("{key}", base_addresses={{"api": "{base_url}"}}).v1
sale = till.payment_intents.create({{"amount": {AMOUNT}, "currency": "{CURRENCY}", "payment_method_types": ["card_present"]}})
till.terminal.readers.process_payment_intent("{reader}", {{"payment_intent": sale.id}})
while till.terminal.readers.retrieve("{reader}").action.status == "in_progress": time.sleep(0.2)
print(till.payment_intents.retrieve(sale.id).status)
"""  # noqa: E501 (a line is a line)


def _stay(performance: Performance) -> None:
    while True:
        time.sleep(WATCH_S)
        if not performance.posd.running():
            _bring_back(performance.posd, performance.scene)


def _bring_back(posd: Part, scene: Scene) -> None:
    """Start posd again, as systemd would, and tell when the terminal has said what is true."""
    began = time.perf_counter()
    _say(f"posd ended with {posd.end()}; starting it again …")
    _start_posd(posd, scene)
    _say(
        f"posd is back after {time.perf_counter() - began:.2f} s, as process {posd.pid}.\n"
        "A terminal waits up to half a minute for a till that is gone; then it can be asked."
    )
    wait_until(lambda: not posd.running() or _reader_status(scene) == "online", RESOLVED_S)
    if posd.running():
        _say(f"The reader takes payments again after {time.perf_counter() - began:.0f} s.")


def _on_signals(do: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, do)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise _Curtain


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
