"""What is measured: posd as a process of its own, posd-sim's terminal, a till on one connection."""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

from posd.demo.parts import Part, wait_until

KEY = "posd_test_till_of_the_bench"
STRIPE_KEY = "rk_test_bench"
READER_OF_LANE = "/v1/terminal/readers/tmr_posd_lane-{}"
READER = READER_OF_LANE.format(1)
JOURNAL = "state/journal.db"
READY_S = 30.0
END_S = 10.0
COMPILED = "PYTHONPYCACHEPREFIX"
"""Names the folder for compiled modules."""
REQUEST_S = 30.0
PROC = Path("/proc")
DATAGRAM_BYTES_MAX = 4096
WATCHDOG_USEC = 30_000_000
"""As the unit sets it, so that the signs of life count among the wake-ups."""
USB_BAUD = 115200
"""Of the line behind a terminal that is a modem on USB."""
NO_BUS = ""
"""A simulated USB with nothing plugged in."""
NOBODY = "zvt+tcp://127.0.0.1:9"
"""A reader that is not there."""


class Caller:
    """One HTTP connection that stays open, as a till's SDK keeps it.

    Attributes:
        key: What it presents.
    """

    def __init__(self, base_url: str, key: str = KEY) -> None:
        self.key = key
        address = urlsplit(base_url)
        assert address.hostname is not None, base_url
        self._connection = HTTPConnection(address.hostname, address.port, timeout=REQUEST_S)

    def get(self, path: str) -> dict[str, Any]:
        """The JSON object at a path."""
        return self._call("GET", path, None, {})

    def page(self, path: str) -> bytes:
        """The octets at a path."""
        return self._octets("GET", path, None, {})

    def server_s(self, path: str) -> float:
        """How many seconds posd says that it took over the page at a path."""
        _, headers = self._answer("GET", path, None, {})
        return float(headers["Server-Timing"].removeprefix("posd;dur=")) / 1000

    def post(self, path: str, fields: Mapping[str, str | int]) -> dict[str, Any]:
        """The answer to a form."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._call("POST", path, urlencode(fields).encode(), form)

    def tell(self, path: str, fields: Mapping[str, object]) -> dict[str, Any]:
        """The answer to JSON."""
        json_body = {"Content-Type": "application/json"}
        return self._call("POST", path, json.dumps(fields).encode(), json_body)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _call(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._octets(method, path, body, headers))
        return told

    def _octets(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        return self._answer(method, path, body, headers)[0]

    def _answer(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[bytes, HTTPMessage]:
        known = {"Authorization": f"Bearer {self.key}"}
        self._connection.request(method, path, body, known | headers)
        answer = self._connection.getresponse()
        told = answer.read()
        assert answer.status == 200, (method, path, told)
        return told, answer.headers


@dataclass(frozen=True, slots=True)
class Load:
    """What a process has used so far, over all its threads.

    Attributes:
        cpu_s: Time on a processor, in seconds.
        wake_ups: How often it had gone to sleep and was woken.
    """

    cpu_s: float
    wake_ups: int


def load(pid: int, proc: Path = PROC) -> Load:
    """The kernel's counts, from /proc (Linux) or that of a container."""
    tasks = list((proc / f"{pid}/task").iterdir())
    on_cpu_ns = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)
    wake_ups = sum(int(_status(task / "status", "voluntary_ctxt_switches")) for task in tasks)
    return Load(on_cpu_ns / 1e9, wake_ups)


def resident_mib(pid: int, proc: Path = PROC) -> float:
    """Memory that a process has in RAM, shared libraries included."""
    return int(_status(proc / f"{pid}/status", "VmRSS").removesuffix("kB")) / 1024


class Announced:
    """A process that says READY on systemd's socket, and when it did.

    Attributes:
        ready_s: Seconds from just before its start to its READY.
        status: What it said of itself with it.
    """

    def __init__(self, arguments: Sequence[str], folder: Path) -> None:
        address = folder / "notify"
        address.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(address))
            notify.settimeout(READY_S)
            began = perf_counter()
            with (folder / "process.log").open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=_environment(folder, address),
                )
            try:
                self.status = notify.recv(DATAGRAM_BYTES_MAX).decode()
            except BaseException:
                self.end(signal.SIGKILL)
                raise
            self.ready_s = perf_counter() - began
        assert "READY=1" in self.status, self.status
        self.pid = self._process.pid

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send it a signal and wait for its end."""
        self._process.send_signal(number)
        self._process.wait(END_S)


class Daemon:
    """posd with a lane for each reader, from its exec to SIGTERM.

    Its state directory stays in `folder`.

    Attributes:
        url: Where its tills call.
        till: One of them, on a connection that stays open.
    """

    def __init__(
        self,
        folder: Path,
        *reader_urls: str,
        stripe: str | None = None,
        tills: int = 0,
        bus: str | None = None,
        upstream: str = "",
    ) -> None:
        """`bus`: address of a simulated USB, and udev's word by signal; None: the machine's own.

        `upstream`: what else stands in the configuration's section of that name.
        """
        config = write_config(
            folder, *reader_urls, stripe_url=stripe, tills=tills, upstream=upstream
        )
        plain = ["-m", "posd", "run", "--config"]
        program = plain if bus is None else ["-m", "tests.bench.machine", bus]
        self.process = Announced([*program, str(config)], folder)
        port = int(self.process.status.rsplit(maxsplit=1)[-1])
        self.url = f"http://127.0.0.1:{port}"
        self.till = Caller(self.url)

    def __enter__(self) -> "Daemon":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.till.close()
        self.process.end()

    def wait_for_reader(self, reader: str = READER) -> None:
        """Return once that reader takes payments."""
        assert wait_until(lambda: self.till.get(reader)["status"] == "online", READY_S)


class Terminal:
    """posd-sim's terminal, whose cardholder and host take no time. Made by `terminal`.

    Attributes:
        url: What posd opens.
        bus: The address of the USB that it is plugged into; None where it is on another line.
    """

    def __init__(self, part: Part) -> None:
        ready = part.start_and_read()
        on_usb = "attach" in ready
        self.bus: str | None = ready["device"] if on_usb else None
        self.url: str = ready["url"] + (f"?baud={USB_BAUD}" if on_usb else "")
        self.pid = part.pid
        self._control: str = ready["control"]

    def since(self, control: bytes) -> list[bytes]:
        """The last APDUs on its line in order, from the latest with this control field on."""
        # A fresh connection: the terminal closes one that is idle for as long as a payment may be.
        with closing(Caller(self._control)) as page:
            messages = page.get("/state")["messages"]
        told = [bytes.fromhex(message["line"][3:]) for message in messages]
        begins = max(at for at, apdu in enumerate(told) if apdu.startswith(control))
        return told[begins:]

    def pull(self) -> None:
        """Pull its cable."""
        self._cable(plugged=False)

    def plug(self) -> None:
        """Plug it in again."""
        self._cable(plugged=True)

    def _cable(self, *, plugged: bool) -> None:
        with closing(Caller(self._control)) as page:
            page.tell("/cable", {"plugged": plugged})


@contextmanager
def terminal(folder: Path, *line: str) -> Iterator[Terminal]:
    """A terminal on the line that the options of `posd-sim terminal` name."""
    folder.mkdir(exist_ok=True)
    options = ["--tap-after", "0", "--host-delay", "0", *line]
    part = Part("terminal", ["posd_simulator", "terminal", *options], folder / "terminal.log")
    with ExitStack() as ending:
        ending.callback(part.stop)
        yield Terminal(part)


@contextmanager
def stripe(folder: Path) -> Iterator[str]:
    """The address of posd-sim's Stripe."""
    part = Part("Stripe", ["posd_simulator", "cloud"], folder / "cloud.log")
    with ExitStack() as ending:
        ending.callback(part.stop)
        yield str(part.start_and_read()["url"])


def _environment(folder: Path, notify: Path) -> dict[str, str]:
    """As the service has it: with the watchdog, and modules compiled once and kept.

    In the folder, unless there is one for all.
    """
    return os.environ | {
        "NOTIFY_SOCKET": str(notify),
        "WATCHDOG_USEC": str(WATCHDOG_USEC),
        "PYTHONDONTWRITEBYTECODE": "",
        COMPILED: os.environ.get(COMPILED, str(folder / "compiled")),
    }


def _status(file: Path, name: str) -> str:
    lines = file.read_text().splitlines()
    return next(value for key, _, value in (line.partition(":") for line in lines) if key == name)


def till_key(number: int) -> str:
    """The key of one of many tills."""
    return f"{KEY}_{number}"


def write_config(
    folder: Path,
    *reader_urls: str,
    stripe_url: str | None = None,
    tills: int = 0,
    upstream: str = "",
) -> Path:
    """The configuration of a store with a lane for each reader, in a file; without any, for NOBODY.

    So many more tills have keys.
    """
    keys = {"till": KEY} | {f"till {number}": till_key(number) for number in range(tills)}
    kind = 'kind = "none"'
    if stripe_url is not None:
        key = folder / "stripe.key"
        key.write_text(STRIPE_KEY)
        key.chmod(0o600)
        kind = f'kind = "stripe"\nbase_url = "{stripe_url}"\ncredential_file = "{key}"'
    config = folder / "posd.toml"
    config.write_text(
        f"""mode = "test"

[store]
name = "Bench"
time_zone = "Europe/Berlin"
currency = "eur"
state_dir = "{folder / "state"}"

[upstream]
{kind}
{upstream}

[listen]
port = 0
socket = "{folder / "posd.sock"}"

"""
        + "".join(_lane(lane, url) for lane, url in enumerate(reader_urls or (NOBODY,), 1))
        + "\n".join(
            f'[[key]]\nname = "{name}"\nrole = "till"\n'
            f'sha256 = "{hashlib.sha256(secret.encode()).hexdigest()}"\n'
            for name, secret in keys.items()
        )
    )
    return config


def _lane(lane: int, reader_url: str) -> str:
    return f"""[[reader]]
name = "lane-{lane}"
url = "{reader_url}"
simulated = true
password = "000000"

[[lane]]
name = "Lane {lane}"
reader = "lane-{lane}"

"""
