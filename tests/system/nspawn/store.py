"""posd from the package in a container, with a terminal on a pty; its till is the test."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx2

from tests.system.nspawn import debian
from tests.system.nspawn.container import Container

TILL_KEY: Final = "posd_test_till_outside_the_container"
READER: Final = "tmr_posd_front"
REQUEST_S: Final = 10.0
TAP_AFTER_S: Final = 1.5
STOP_S: Final = 60.0
TERMINAL: Final = f"""
systemd-run --quiet --unit=terminal --uid=posd --setenv=HOME=/tmp \\
    --property=RuntimeDirectory=terminal \\
    /opt/posd/package/bin/posd-sim terminal --link /run/terminal/front \\
    --tap-after {TAP_AFTER_S} --host-delay 0.1
until [ -e /run/terminal/front ]; do sleep 0.05; done
"""
CONFIG: Final = f"""mode = "test"

[store]
name = "A real systemd"
time_zone = "Europe/Berlin"
currency = "eur"

[[reader]]
name = "front"
url = "zvt+serial:///run/terminal/front?baud=9600"
simulated = true
password = "000000"

[[lane]]
name = "1"
reader = "front"

[[key]]
name = "till"
role = "till"
sha256 = "{hashlib.sha256(TILL_KEY.encode()).hexdigest()}"
"""
DROP_IN: Final = b"""[Service]
# The terminal is on a pty.
DeviceAllow=char-pts rw
"""


class Store:
    """One lane with one reader."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self._till = httpx2.Client(
            transport=httpx2.HTTPTransport(uds=str(container.files / "run/posd/posd.sock")),
            base_url="http://127.0.0.1:8719",
            headers={"Authorization": f"Bearer {TILL_KEY}"},
            timeout=REQUEST_S,
        )

    def install(self, package: Path) -> str:
        """Hand the package to dpkg, which has no network; what it said."""
        return self.container.run(self.bring(package), STOP_S)

    def bring(self, package: Path) -> str:
        """Put the package into the container; the command that installs it."""
        place = f"/root/{package.name}"
        self.container.put(place, package.read_bytes())
        return f"dpkg --install {place}"

    def open(self, config: str = CONFIG) -> None:
        """The terminal, the configuration and the service, ready and with its reader online."""
        self.container.run("mkdir -p /etc/systemd/system/posd.service.d")
        self.container.put("/etc/systemd/system/posd.service.d/pty.conf", DROP_IN)
        self.container.run(TERMINAL)
        self.configure(config)
        self.container.run("systemctl daemon-reload && systemctl start posd")
        self.wait_for_reader()

    def configure(self, config: str) -> None:
        """Write /etc/posd/posd.toml as docs/running.md says."""
        self.container.put("/etc/posd/posd.toml", config.encode())
        self.container.run("chown root:posd /etc/posd/posd.toml && chmod 640 /etc/posd/posd.toml")

    def wait_for_reader(self) -> None:
        """Return once the till reads that it is online."""
        path = f"/v1/terminal/readers/{READER}"
        self.container.eventually(lambda: bool(self.get(path)["status"] == "online"), "online")

    def begin(self, amount: int, order: str) -> str:
        """A PaymentIntent of that amount, in the customer's hands, once the reader is online."""
        self.wait_for_reader()
        fields: dict[str, str | int] = {
            "amount": amount,
            "currency": "eur",
            "payment_method_types[]": "card_present",
            "metadata[order_id]": order,
        }
        intent = str(self._post("/v1/payment_intents", fields)["id"])
        self.container.eventually(lambda: self._is_taken(intent), "a reader that takes it")
        return intent

    def _is_taken(self, intent: str) -> bool:
        """Whether the reader has it; not while it has only just ended what came before."""
        process = f"/v1/terminal/readers/{READER}/process_payment_intent"
        answer = self._till.post(process, data={"payment_intent": intent})
        if answer.is_success:
            return True
        assert answer.json()["error"]["code"] == "terminal_reader_offline", answer.text
        return False

    def status(self, intent: str) -> str:
        """As a till polls it."""
        return str(self.get(f"/v1/payment_intents/{intent}")["status"])

    def next_step(self, intent: str) -> str:
        """What the till should do."""
        return str(self.get(f"/posd/v1/payment_intents/{intent}")["next"])

    def wait_until_paid(self, intent: str) -> None:
        """Return once the till reads that it succeeded."""
        self.container.eventually(lambda: self.status(intent) == "succeeded", "paid")

    def sell(self, amount: int, order: str) -> str:
        """A whole sale."""
        intent = self.begin(amount, order)
        self.wait_until_paid(intent)
        return intent

    def property(self, name: str) -> str:
        """What systemd says of the service."""
        return self.container.run(f"systemctl show posd --property={name} --value").strip()

    def ready_s(self) -> float:
        """Seconds from the start of its process to active, as systemd took the time."""
        began, active = (
            int(self.property(f"{moment}TimestampMonotonic"))
            for moment in ("ExecMainStart", "ActiveEnter")
        )
        return (active - began) / 1e6

    def wait_for_another(self, first: str) -> None:
        """Return once another process than `first` is the service, and ready."""

        def another() -> bool:
            return self.property("ActiveState") == "active" and self.property("MainPID") != first

        self.container.eventually(another, "another process")

    def release(self) -> str:
        """The version whose files the running process has open."""
        program = self.container.run(f"tr '\\0' '\\n' < /proc/{self.property('MainPID')}/cmdline")
        return program.splitlines()[0].split("/")[4]

    def get(self, path: str) -> dict[str, Any]:
        """The JSON at that path."""
        answer = self._till.get(path)
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body

    def _post(self, path: str, fields: dict[str, str | int]) -> dict[str, Any]:
        answer = self._till.post(path, data=fields)
        assert answer.is_success, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def close(self) -> None:
        """Hang up."""
        self._till.close()


@contextmanager
def booted(folder: Path) -> Iterator[Store]:
    """A store to be, in a Debian that lasts as long; its console is in the folder."""
    with Container(debian.root(), folder / "nspawn.log") as container:
        store = Store(container)
        yield store
        store.close()
