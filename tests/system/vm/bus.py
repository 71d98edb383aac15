"""What is plugged into the guest's USB: a simulated terminal that runs on the host."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2

from posd.demo.parts import Part
from posd_simulator.terminal.ledger import Book, read_ledger
from tests.system.vm.machine import GuestFailed, Machine
from tests.system.vm.qemu import HOST_AS_SEEN

LOOPBACK = "127.0.0.1"
SERIAL = "SIM0001"
MODEL = "1209:0001"
TTY = "/dev/ttyACM0"
LINK = f"/dev/posd/reader-{SERIAL}"
REQUEST_S = 10.0
APPEARS_S = 20.0
LOOK_S = 0.05
BOOKED_LOOK_S = 0.001
DEVICE = "/sys/bus/usb/devices/1-1"
"""At the first port of the first of the kernel's USB/IP controllers."""


class Terminal:
    """posd-sim's terminal as a CDC-ACM device, plugged in and out. Made by `terminal`.

    Attributes:
        url: What posd opens without the kernel's serial port.
    """

    def __init__(self, part: Part, ledger: Path, machine: Machine) -> None:
        ready = part.start_and_read()
        self.url: str = ready["url"]
        self._attach: str = ready["attach"].replace(LOOPBACK, HOST_AS_SEEN)
        self._control: str = ready["control"]
        self._ledger = ledger
        self._machine = machine

    def plug_in(self) -> None:
        """Attach it to the guest's kernel; return when that has made a serial port of it."""
        self._machine.run(self._attach)
        self._machine.run(f"udevadm wait --timeout={APPEARS_S:.0f} {TTY} && udevadm settle")

    def pull(self) -> None:
        """Pull its cable; return when the guest's kernel has noticed."""
        self._post("/cable", {"plugged": False})
        self.wait_until_gone()

    def wait_until_gone(self) -> None:
        """Return when the guest's kernel does not know it any more. Raises GuestFailed."""
        give_up = time.perf_counter() + APPEARS_S
        while self._machine.ask(f"test -e {DEVICE}")[0] == 0:
            if time.perf_counter() > give_up:
                raise GuestFailed("the device does not go away")
            time.sleep(LOOK_S)

    def put_back(self) -> None:
        """Let the host offer it again, and plug it in."""
        self._post("/cable", {"plugged": True})
        self.plug_in()

    def cut_at(self, message: int) -> None:
        """Have its cable pulled in front of a message of the next payment."""
        self._post("/fault", {"fault": "cut", "message": message, "moment": "before"})

    def wait_until_booked(self, amount: int) -> None:
        """Return as soon as its acquirer will settle a sale of that amount. Raises GuestFailed."""
        give_up = time.perf_counter() + APPEARS_S
        while amount not in (sale.amount for sale in self.book().stored):
            if time.perf_counter() > give_up:
                raise GuestFailed(f"the terminal sells nothing for {amount}")
            time.sleep(BOOKED_LOOK_S)

    def book(self) -> Book:
        """What its acquirer will settle, whatever any till believes."""
        return read_ledger(self._ledger)

    def _post(self, path: str, body: dict[str, Any]) -> None:
        answer = httpx2.post(self._control + path, json=body, timeout=REQUEST_S, verify=False)
        answer.raise_for_status()


@contextmanager
def terminal(folder: Path, machine: Machine) -> Iterator[Terminal]:
    """A terminal on the host, not plugged in yet."""
    ledger = folder / "terminal.ledger"
    # By the newer rule what the host approved is booked, whether a till hears of it or not.
    habits = ["--storage-rule", "new", "--tap-after", "0.5", "--host-delay", "0.2"]
    place = ["--usbip", f"{LOOPBACK}:0", "--usb-serial", SERIAL, "--ledger", str(ledger)]
    arguments = ["posd_simulator", "terminal", *place, *habits]
    part = Part("terminal", arguments, folder / "terminal.log")
    with ExitStack() as ending:
        ending.callback(part.stop)
        yield Terminal(part, ledger, machine)
