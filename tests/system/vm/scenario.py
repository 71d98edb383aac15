"""What is proved on a real kernel, in this order; each step is a line of the report.

A step that does not come true raises: nothing here goes on with a guess.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.system.vm import books, journal
from tests.system.vm.bus import DEVICE, LINK, MODEL, SERIAL, TTY, Terminal, terminal
from tests.system.vm.image import image
from tests.system.vm.machine import GuestFailed, Machine, resumed, saved
from tests.system.vm.package import packaged
from tests.system.vm.qemu import HOST_AS_SEEN
from tests.system.vm.report import Report
from tests.system.vm.store import APPROVED, READER, Store
from tests.system.vm.time_server import time_server

SERIAL_URL = f"zvt+serial://{LINK}"
NOBODY_URL = "zvt+serial:///dev/posd/reader-of-nobody"
THROUGH_USB, THROUGH_TTY, CUT = 990, 1250, 2300
"""The payments, in cents; the last is the one whose cable is pulled."""
TOLD, BOOKED, ASKED = 3100, 3200, 3300
"""Those that a power cut meets."""
AFTER = 50
"""By how much the payment after each of them is dearer."""
MOMENTS = {
    TOLD: "as the till reads: paid",
    BOOKED: "as the terminal books it",
    ASKED: "as the customer is asked for a card",
}
REPORTED = 3
"""The message of a payment that says what it came to: 06 01, 80 00, 04 0F."""
RULES = "systemd/70-posd.rules"
COMMAND_S = 120.0
OPEN = "python3 -c 'import os, sys; os.open(sys.argv[1], os.O_RDWR | os.O_NONBLOCK)' {}"
KEEP_CLOCK = f"""
mkdir -p /etc/systemd/timesyncd.conf.d
printf '[Time]\\nNTP={HOST_AS_SEEN}\\n' > /etc/systemd/timesyncd.conf.d/host.conf
systemctl restart systemd-timesyncd
until test -e /run/systemd/timesync/synchronized; do sleep 0.2; done
"""
READER_READY = f"ok  readers: {READER}: Ready."
NOT_PERMITTED = "Operation not permitted"
LOST, ONLINE = f"reader lost reader={READER}", f"reader online reader={READER}"
UNPLUGGED, PLUGGED = "USB disconnect", "new full-speed USB device"
"""What the kernel says."""


class Scene(NamedTuple):
    """Who plays."""

    machine: Machine
    store: Store
    terminal: Terminal


def play(report: Report) -> None:
    """All of it. Raises GuestFailed, HostFailed, QemuFailed, or what a step calls raises."""
    with _scene(report) as scene, TemporaryDirectory(prefix="posd-books-") as folder:
        _appears(report, scene)
        _refused_without_the_rules(report, scene)
        _belongs_to_posd_by_the_rules(report, scene)
        _pays_past_the_kernels_driver(report, scene)
        _is_discovered(report, scene)
        _opens_terminals_only(report, scene)
        _pays_through_the_serial_port(report, scene)
        _all_is_ok(report, scene)
        _unplugged_while_idle(report, scene)
        _unplugged_in_a_payment(report, scene)
        paid = [each for cut in MOMENTS for each in _power_cut(report, scene, cut)]
        _books_agree(report, scene, Path(folder), (THROUGH_USB, THROUGH_TTY, CUT, *paid))


@contextmanager
def _scene(report: Report) -> Iterator[Scene]:
    with ExitStack() as ending:
        with report.step("image, by its content"):
            system = image()
        with report.step("a booted guest, saved"):
            saved(system)
        with report.step("disk with this checkout's Debian package"):
            disk = ending.enter_context(packaged())
        with report.step("guest resumed") as seen:
            machine = ending.enter_context(resumed(system, disk))
            seen.append(machine.run("uname -sr"))
        folder = Path(ending.enter_context(TemporaryDirectory(prefix="posd-terminal-")))
        plugged = ending.enter_context(terminal(folder, machine))
        store = Store(machine)
        ending.callback(store.close)
        with report.step("dpkg --install posd.deb, its udev rules kept back"):
            store.install()
        yield Scene(machine, store, plugged)


def _appears(report: Report, scene: Scene) -> None:
    with report.step("plugged in") as seen:
        scene.terminal.plug_in()
        seen.append(f"lsusb: {scene.machine.run(f'lsusb -d {MODEL}')}")
        seen.append(scene.machine.run(f"stat --format='%n %U:%G %a' {TTY}"))


def _refused_without_the_rules(report: Report, scene: Scene) -> None:
    store = scene.store
    with report.step(f"without the rules, {scene.terminal.url}") as seen:
        store.start(scene.terminal.url)
        store.wait_for_reader("offline")
        refused = journal.first(scene.machine, LOST)
        if not ("trouble=no_permission" in refused.text and RULES in refused.text):
            raise GuestFailed(refused.text)
        seen.append(refused.text)


def _belongs_to_posd_by_the_rules(report: Report, scene: Scene) -> None:
    run = scene.machine.run
    with report.step("with the rules") as seen:
        scene.store.let_rules_in()
        node = run(f"udevadm info --query=name --path={DEVICE}")
        seen.append(run(f"stat --format='%n %U:%G %a' /dev/{node}"))
        seen.append(run("stat --format='%n %U:%G %a' /dev/bus/usb/001/001"))
        seen.append(f"power/control {run(f'cat {DEVICE}/power/control')}")
        seen.append(run(f"udevadm info --query=property --property=ID_MM_DEVICE_IGNORE {DEVICE}"))
    with report.step("reader online, posd not restarted") as seen:
        scene.store.wait_for_reader()
        seen.append(f"kernel drivers: {_drivers(scene)}")


def _pays_past_the_kernels_driver(report: Report, scene: Scene) -> None:
    run = scene.machine.run
    if scene.machine.ask(f"test -e {TTY}")[0] == 0:
        raise GuestFailed(f"{TTY} is still there: the kernel's driver has the device")
    _pays(report, scene, THROUGH_USB, "PyUSB")
    with report.step("posd lets go of the device") as seen:
        scene.store.stop()
        run(f"udevadm wait --timeout=20 {LINK}")
        seen.append(f"kernel drivers: {_drivers(scene)}")
        seen.append(run(f"stat --format=%N {LINK}"))
        seen.append(run(f"stat --format='%n %U:%G %a' {TTY}"))
        _without_complaints(run(f"udevadm test $(udevadm info --query=path {TTY}) 2>&1"))


def _is_discovered(report: Report, scene: Scene) -> None:
    scene.store.start(NOBODY_URL)
    with report.step("posd readers discover --look") as seen:
        said = json.loads(scene.machine.run("posd readers discover --look --json", COMMAND_S))
        found = next((each for each in said["data"] if each["serial_number"] == SERIAL), None)
        if found is None or found["look"]["terminal_id"] is None:
            raise GuestFailed(f"the terminal is not among: {said}")
        seen.append(found["registration_code"])
        seen.append("it says {answers}, {baud} {format}, {terminal_id}".format_map(found["look"]))


def _opens_terminals_only(report: Report, scene: Scene) -> None:
    """Root can open everything, and the service's place lets it open what the unit allows."""
    run = scene.machine.run
    with report.step("root in the place of posd.service") as seen:
        place = run("systemctl show --property=ControlGroup --value posd.service")
        usb = f"/dev/{run(f'udevadm info --query=name --path={DEVICE}')}"
        enter = f"echo $$ > /sys/fs/cgroup{place}/cgroup.procs && "
        for device, allowed in (
            (usb, True),
            (TTY, True),
            ("/dev/vda", False),
            ("/dev/kmsg", False),
        ):
            run(OPEN.format(device))
            status, said = scene.machine.ask(enter + OPEN.format(device))
            if (status == 0) is not allowed or (status and NOT_PERMITTED not in said):
                raise GuestFailed(f"{device}: status {status}, {said}")
            seen.append(f"{device} {'opens' if allowed else NOT_PERMITTED}")


def _pays_through_the_serial_port(report: Report, scene: Scene) -> None:
    with report.step(f"posd.service ready, {SERIAL_URL}"):
        scene.store.start(SERIAL_URL)
    with report.step("reader online"):
        scene.store.wait_for_reader()
    _pays(report, scene, THROUGH_TTY, TTY)


def _all_is_ok(report: Report, scene: Scene) -> None:
    run = scene.machine.run
    with report.step("posd doctor, the clock kept over the network") as seen, time_server():
        run(KEEP_CLOCK)
        said = run("posd doctor", COMMAND_S)
        told = [line for line in said.splitlines() if not line.startswith(" ")]
        if READER_READY not in told or not all(line.startswith("ok ") for line in told):
            raise GuestFailed(said)
        seen.append(f"{len(told)} lines, all ok")


def _unplugged_while_idle(report: Report, scene: Scene) -> None:
    before_s = journal.entries(scene.machine)[-1].at_s
    with report.step("unplugged and plugged in again, idle") as seen:
        scene.terminal.pull()
        scene.store.wait_for_reader("offline")
        scene.terminal.put_back()
        scene.store.wait_for_reader()
        gone = journal.first(scene.machine, UNPLUGGED, before_s)
        lost = journal.first(scene.machine, LOST, gone.at_s)
        back = journal.first(scene.machine, PLUGGED, gone.at_s)
        usable = journal.first(scene.machine, ONLINE, back.at_s)
        seen.append(f"seen {1000 * (lost.at_s - gone.at_s):.0f} ms after the kernel saw it")
        seen.append(f"usable {usable.at_s - back.at_s:.1f} s after the kernel saw it")


def _unplugged_in_a_payment(report: Report, scene: Scene) -> None:
    store, machine = scene.store, scene.machine
    before_s = journal.entries(machine)[-1].at_s
    with report.step("unplugged in a payment that the bank has approved") as seen:
        scene.terminal.cut_at(REPORTED)
        intent = store.begin(CUT)
        scene.terminal.wait_until_gone()
        store.wait_for_reader("offline")
        gone = journal.first(machine, UNPLUGGED, before_s)
        unknown = journal.first(machine, "outcome=OutcomeUnknown", gone.at_s)
        seen.append(f"seen {1000 * (unknown.at_s - gone.at_s):.0f} ms after the kernel saw it")
        seen.append(f"the till reads: {store.standing(intent)['state']}")
    with report.step("plugged in again, and the till reads: paid") as seen:
        scene.terminal.put_back()
        store.wait_until_paid(intent)
        seen.append(journal.first(machine, "resolved attempt", gone.at_s).text)
        store.wait_for_reader()


def _power_cut(report: Report, scene: Scene, amount: int) -> list[int]:
    """What was paid, the payment after it included.

    Without that one the next would be the reader's second break in a row, and quarantine it (M18).
    """
    machine, store, plugged = scene
    with report.step(f"power cut in the payment of {amount / 100:.2f}, {MOMENTS[amount]}"):
        intent = store.begin(amount)
        if amount == TOLD:
            store.wait_until_paid(intent)
        elif amount == BOOKED:
            plugged.wait_until_booked(amount)
        machine.cut_power()
    with report.step("booted from its disk") as seen:
        machine.boot()
        store.open_door()
        seen.append(f"posd.service {machine.run('systemctl is-active posd')}")
        state = store.standing(intent)["state"]
        seen.append(f"without the terminal the till reads: {state}")
        if amount == TOLD and state != APPROVED:
            raise GuestFailed(f"an approved payment is {state}")
    with report.step("plugged in again") as seen:
        plugged.plug_in()
        state = store.wait_until_proven(intent)
        seen.append(f"the till reads: {state}")
        store.wait_for_reader()
    _pays(report, scene, amount + AFTER, TTY)
    return [*([amount] if state == APPROVED else []), amount + AFTER]


def _books_agree(report: Report, scene: Scene, folder: Path, amounts: Sequence[int]) -> None:
    with report.step("the terminal's ledger and posd's journal") as seen:
        scene.store.stop()
        seen.append(scene.machine.run("posd journal verify"))
        terminals = books.of_terminal(scene.terminal.book())
        posds = books.of_posd(scene.machine, folder)
        if terminals != posds or [sale.amount for sale in posds] != list(amounts):
            raise GuestFailed(f"terminal: {terminals}, posd: {posds}")
        told = ", ".join(f"receipt {sale.receipt}: {sale.amount / 100:.2f}" for sale in posds)
        seen.append(f"the same, each sale once: {told}")


def _pays(report: Report, scene: Scene, amount: int, way: str) -> None:
    with report.step(f"payment of {amount / 100:.2f} through {way}"):
        scene.store.wait_until_paid(scene.store.begin(amount))


def _drivers(scene: Scene) -> str:
    """Which drivers have the interfaces of the device; usbfs is libusb's hold on them."""
    read = f"for each in {DEVICE}:*; do basename $(readlink $each/driver || echo none); done"
    return " ".join(scene.machine.run(read).split())


def _without_complaints(told: str) -> None:
    """Raises GuestFailed if udev does not understand a line of the rules."""
    wrong = ("nvalid", "nknown", "ailed", "gnoring")
    for line in told.splitlines():
        if "/70-posd.rules" in line and any(word in line for word in wrong):
            raise GuestFailed(line)
