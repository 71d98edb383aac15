"""posd as the guest's service, installed from its Debian package, and a till on the host."""

import hashlib
from collections.abc import Callable
from time import perf_counter, sleep
from typing import Any

import httpx2

from posd.clock import SystemClock
from tests.system.vm.machine import GuestFailed, Machine
from tests.system.vm.package import NAME
from tests.system.vm.qemu import GUEST_HTTP_PORT

TILL_KEY = "posd_test_till_outside_the_machine"
READER = "tmr_posd_front"
PORT = 8719
REQUEST_S = 30.0
START_S = 320.0
INSTALL_S = 400.0
EVENTUALLY_S = 240.0
LOOK_S = 0.1
APPROVED = "approved"
PROVEN = frozenset({APPROVED, "declined", "cancelled", "not_charged"})
PREPARE = """
set -e
mkdir -p /etc/udev/rules.d /etc/systemd/system/posd.service.d
ln -s /dev/null /etc/udev/rules.d/70-posd.rules
printf '[Service]\\nWatchdogSec=300s\\n' > /etc/systemd/system/posd.service.d/guest.conf
"""
"""Its udev rules are kept back for a while; its watchdog is for a computer, not for a guest that a
busy one computes."""
INSTALL = f"mount /mnt && dpkg --install /mnt/{NAME} && umount /mnt"
LET_RULES_IN = """
set -e
rm /etc/udev/rules.d/70-posd.rules
udevadm control --reload
udevadm trigger --settle
"""
TILL_DOOR = f"""
systemd-run --quiet --unit=till --socket-property=ListenStream={GUEST_HTTP_PORT} \\
    /lib/systemd/systemd-socket-proxyd 127.0.0.1:{PORT}
"""
"""The till is outside: posd itself answers on loopback only."""


class Store:
    """One lane with one reader."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._till = httpx2.Client(
            base_url=f"http://127.0.0.1:{machine.http_port}",
            headers={"Authorization": f"Bearer {TILL_KEY}"},
            timeout=REQUEST_S,
            verify=False,
        )

    def install(self) -> None:
        """The package, its udev rules without effect yet."""
        self._machine.run(f"date --set=@{SystemClock().wall_ms() / 1000}")
        self._machine.run(PREPARE)
        self._machine.run(INSTALL, INSTALL_S)
        self.open_door()

    def open_door(self) -> None:
        """Let the till in, who is outside."""
        self._machine.run(TILL_DOOR)

    def let_rules_in(self) -> None:
        """The udev rules, for what is plugged in too."""
        self._machine.run(LET_RULES_IN)

    def start(self, reader_url: str) -> None:
        """Start posd with that reader, or start it anew; return once it is ready."""
        self._machine.run(
            f"cat > /etc/posd/posd.toml <<'END'\n{_toml(reader_url)}END\n"
            "chown root:posd /etc/posd/posd.toml && chmod 640 /etc/posd/posd.toml\n"
            "systemctl restart posd",
            START_S,
        )

    def stop(self) -> None:
        """Stop posd, which lets go of its reader."""
        self._machine.run("systemctl stop posd", START_S)

    def wait_for_reader(self, status: str = "online") -> None:
        """Return once the till reads that of the reader. Raises GuestFailed."""
        path = f"/v1/terminal/readers/{READER}"
        self._eventually(lambda: self._get(path)["status"] == status)

    def begin(self, amount: int) -> str:
        """A PaymentIntent of that amount, handed to the reader."""
        fields: dict[str, str | int] = {
            "amount": amount,
            "currency": "eur",
            "payment_method_types[]": "card_present",
        }
        intent = str(self._post("/v1/payment_intents", fields)["id"])
        process = f"/v1/terminal/readers/{READER}/process_payment_intent"
        self._post(process, {"payment_intent": intent})
        return intent

    def wait_until_paid(self, intent: str) -> None:
        """Return once the till reads that it succeeded. Raises GuestFailed."""
        path = f"/v1/payment_intents/{intent}"
        self._eventually(lambda: self._get(path)["status"] == "succeeded")

    def wait_until_proven(self, intent: str) -> str:
        """How it stands once that is proven, in posd's own words. Raises GuestFailed."""
        self._eventually(lambda: self.standing(intent)["state"] in PROVEN)
        return str(self.standing(intent)["state"])

    def standing(self, intent: str) -> dict[str, Any]:
        """How a payment stands, in posd's own words."""
        return self._get(f"/posd/v1/payment_intents/{intent}")

    def close(self) -> None:
        """Hang up."""
        self._till.close()

    def _eventually(self, true: Callable[[], bool]) -> None:
        give_up = perf_counter() + EVENTUALLY_S
        while not true():
            if perf_counter() > give_up:
                raise GuestFailed(f"not within {EVENTUALLY_S:.0f} s:\n{self._log()}")
            sleep(LOOK_S)

    def _log(self) -> str:
        return self._machine.ask("journalctl --quiet --unit=posd --lines=30 --output=cat")[1]

    def _get(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._till.get(path).raise_for_status().json()
        return answer

    def _post(self, path: str, fields: dict[str, str | int]) -> dict[str, Any]:
        answer: dict[str, Any] = self._till.post(path, data=fields).raise_for_status().json()
        return answer


def _toml(reader_url: str) -> str:
    return f"""mode = "test"

[store]
name = "A real kernel"
time_zone = "Europe/Berlin"
currency = "eur"

[upstream]
kind = "none"

[[reader]]
name = "front"
url = "{reader_url}"
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
