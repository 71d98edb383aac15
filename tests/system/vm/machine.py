"""The guest: booted once, saved, and resumed from there; what runs in it by its agent."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.system.vm import cache, host, qemu
from tests.system.vm.image import Image
from tests.system.vm.qemu import Qemu, started

HERE = Path(__file__).parent
BOOT_S = 240.0
SAVE_S = 60.0
RESUME_S = 60.0
COMMAND_S = 60.0
GRACE_S = 60.0
"""How much later than the agent's own limit its answer may come."""
CONSOLE_CHARACTERS_SHOWN = 2000
PACKAGE_OCTETS = 128 << 20
"""Of the second disk: its files may be others than when the state was saved, but not its size."""
UP = """
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
systemctl is-system-running --wait
"""
SETTLED = """
sync
echo 3 > /proc/sys/vm/drop_caches
"""


class GuestFailed(Exception):
    """The guest did not start, or a script in it did not end well."""


class Plug:
    """What gives a guest power: QEMU, started with the same disks each time.

    Attributes:
        http_port: Where on the host's loopback the guest's GUEST_HTTP_PORT is.
    """

    def __init__(self, image: Image, root: Path, package: Path, folder: Path) -> None:
        self.http_port = qemu.free_port()
        self._image = image
        self._disks = root, package
        self._folder = folder
        self._running = ExitStack()

    def put_in(self, state: Path | None = None) -> Qemu:
        """Start it, from a state that was saved or else from the disk. Raises QemuFailed."""
        root, package = self._disks
        process = started(self._image, root, package, self._folder, self.http_port, state)
        return self._running.enter_context(process)

    def close(self) -> None:
        """Pull it: nothing in the guest's memory is written any more."""
        self._running.close()


class Machine:
    """A running guest. Made by `resumed`.

    Attributes:
        http_port: Where on the host's loopback the guest's GUEST_HTTP_PORT is.
    """

    def __init__(self, plug: Plug, process: Qemu) -> None:
        self.http_port = plug.http_port
        self._plug = plug
        self._process = process
        self._answers = process.agent.makefile("rb")

    def cut_power(self) -> None:
        """End it as a power cut does."""
        self._plug.close()

    def boot(self) -> None:
        """Start it from its disk; return once all that it starts by itself runs."""
        self._process = self._plug.put_in()
        self._answers = self._process.agent.makefile("rb")
        self.hear(BOOT_S)
        self.run(UP, BOOT_S)

    def ask(self, script: str, within_s: float = COMMAND_S) -> tuple[int, str]:
        """How a shell script in the guest ends, and what it says. Raises GuestFailed."""
        request = {"script": script, "within_s": str(within_s)}
        self._process.agent.sendall(json.dumps(request).encode() + b"\n")
        answer = self.hear(within_s + GRACE_S)
        return answer["status"], answer["out"].strip()

    def run(self, script: str, within_s: float = COMMAND_S) -> str:
        """What a shell script in the guest says. Raises GuestFailed unless it ends with 0."""
        status, out = self.ask(script, within_s)
        if status:
            raise GuestFailed(f"status {status} of: {script.strip()}\n{out}")
        return out

    def hear(self, within_s: float) -> dict[str, Any]:
        """The next thing that the agent says. Raises GuestFailed."""
        self._process.agent.settimeout(within_s)
        try:
            line = self._answers.readline()
        except TimeoutError as late:
            raise GuestFailed(f"the guest is silent\n{self._console()}") from late
        if not line:
            raise GuestFailed(f"QEMU ended\n{self._console()}")
        heard: dict[str, Any] = json.loads(line)
        return heard

    def _console(self) -> str:
        return self._process.console.read_text(errors="replace")[-CONSOLE_CHARACTERS_SHOWN:]


def saved(image: Image) -> Path:
    """The folder with a booted guest of this image; booted now if there is none."""
    key = cache.key_of(image.key, qemu.version(), HERE / "qemu.py", HERE / "machine.py")
    return cache.kept("state", key, lambda fresh: _boot(image, fresh))


@contextmanager
def resumed(image: Image, package: Path) -> Iterator[Machine]:
    """The saved guest of this image with a second disk; what it writes is lost at the end."""
    state = saved(image)
    with TemporaryDirectory(prefix="posd-vm-") as name:
        folder = Path(name)
        root = _layer(folder / "root.qcow2", state / "root.qcow2", "qcow2")
        with closing(Plug(image, root, package, folder)) as plug:
            process = plug.put_in(state / "memory.zst")
            process.go_on(RESUME_S)
            yield Machine(plug, process)


def _boot(image: Image, state: Path) -> None:
    """Boot a guest and leave its disk and its memory in `state`."""
    root = _layer(state / "root.qcow2", image.root, "raw")
    with TemporaryDirectory(prefix="posd-vm-") as name:
        folder = Path(name)
        package = folder / "package.img"
        with package.open("wb") as empty:
            empty.truncate(PACKAGE_OCTETS)
        with closing(Plug(image, root, package, folder)) as plug:
            process = plug.put_in()
            machine = Machine(plug, process)
            machine.hear(BOOT_S)
            machine.run(UP + SETTLED, BOOT_S)
            process.save(state / "memory.zst", SAVE_S)


def _layer(layer: Path, below: Path, form: str) -> Path:
    """A disk that keeps what is written to it, on top of another that stays as it is."""
    host.run("qemu-img", "create", "-q", "-f", "qcow2", "-b", below, "-F", form, layer)
    return layer
