"""QEMU as a process: its command line, its control (QMP), its certain end.

TCG: nothing of the host's hardware is needed, and the guest is some fifteen times slower for it.
"""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from tests.system.vm import host
from tests.system.vm.image import Image

PROGRAM = "qemu-system-x86_64"
START_S = 10.0
LOOK_S = 0.02
GUEST_HTTP_PORT = 8720
HOST_AS_SEEN = "10.0.2.2"
"""The host's loopback, as QEMU's network shows it to the guest."""
HARDWARE = (
    *("-machine", "q35", "-accel", "tcg,thread=multi,tb-size=256", "-cpu", "max"),
    *("-smp", "2", "-m", "1024", "-nodefaults", "-display", "none", "-no-reboot"),
    *("-device", "virtio-serial-pci", "-device", "virtserialport,chardev=agent,name=agent"),
    *("-device", "virtio-rng-pci", "-device", "virtio-net-pci,netdev=net,romfile="),
    *("-append", "console=ttyS0 quiet mitigations=off nokaslr net.ifnames=0 panic=-1"),
)
"""What the guest sees; a saved state fits no other."""


class QemuFailed(Exception):
    """QEMU did not start, or refused a command."""


class Qemu:
    """A running QEMU. Made by `started`.

    Attributes:
        agent: The host's end of the agent's port.
        console: The file with what the guest's kernel says.
    """

    def __init__(self, agent: socket.socket, control: socket.socket, console: Path) -> None:
        self.agent = agent
        self.console = console
        self._control = control
        self._answers = control.makefile("rb")
        self._answers.readline()
        self.execute("qmp_capabilities")

    def execute(self, command: str, **arguments: str) -> dict[str, Any]:
        """What QEMU answers to a command of its machine protocol. Raises QemuFailed."""
        request = {"execute": command, "arguments": arguments}
        self._control.sendall(json.dumps(request).encode() + b"\n")
        for line in self._answers:
            answer: dict[str, Any] = json.loads(line)
            if "error" in answer:
                raise QemuFailed(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                returned: dict[str, Any] = answer["return"]
                return returned
        raise QemuFailed(f"{command}: QEMU ended")

    def save(self, state: Path, within_s: float) -> None:
        """Stop the guest and write its memory and devices to a file. Raises QemuFailed."""
        self.execute("stop")
        self.execute("migrate", uri=f"exec:zstd -q -3 > {state}")
        give_up = perf_counter() + within_s
        while (status := self.execute("query-migrate")["status"]) != "completed":
            if status == "failed" or perf_counter() > give_up:
                raise QemuFailed(f"saving: {status}")
            sleep(LOOK_S)

    def go_on(self, within_s: float) -> None:
        """Let a guest run that was saved, as soon as it is loaded. Raises QemuFailed."""
        give_up = perf_counter() + within_s
        while (status := self.execute("query-status")["status"]) == "inmigrate":
            if perf_counter() > give_up:
                raise QemuFailed(f"resuming: {status}")
            sleep(LOOK_S)
        self.execute("cont")


def version() -> str:
    """QEMU's own."""
    return host.run(PROGRAM, "--version").splitlines()[0]


def free_port() -> int:
    """One of the host's loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def started(
    image: Image, root: Path, package: Path, folder: Path, port: int, state: Path | None = None
) -> Iterator[Qemu]:
    """QEMU with these two disks, the first written to; killed however this ends, ours included.

    What the guest has flushed is on the first disk then, as after a power cut. `port` of the host's
    loopback is its GUEST_HTTP_PORT. With a state, the guest is loaded from it and waits for
    `go_on`. Its sockets and its console lie in `folder`. Raises QemuFailed.
    """
    console = folder / "console.log"
    options = [
        *("-kernel", image.kernel, "-initrd", image.initrd),
        *("-drive", f"file={root},format=qcow2,if=virtio,cache=writeback"),
        *("-drive", f"file={package},format=raw,if=virtio,readonly=on"),
        *("-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{port}-:{GUEST_HTTP_PORT}"),
        *("-chardev", f"socket,id=agent,path={folder}/agent,server=on,wait=off"),
        *("-qmp", f"unix:{folder}/control,server=on,wait=off"),
        *("-serial", f"file:{console}"),
        *(("-incoming", f"exec:zstd -dcq {state}") if state else ()),
    ]
    # The kernel kills QEMU if this process is killed; no other way out leaves the `with` early.
    polite = ["setpriv", "--pdeathsig", "KILL", "nice", "-n", "10"]
    process = subprocess.Popen([*polite, PROGRAM, *HARDWARE, *options], stdin=subprocess.DEVNULL)
    with ExitStack() as ending:
        ending.callback(process.wait)
        ending.callback(process.kill)
        agent = ending.enter_context(_connected(folder / "agent", process))
        control = ending.enter_context(_connected(folder / "control", process))
        yield Qemu(agent, control, console)


def _connected(path: Path, process: subprocess.Popen[bytes]) -> socket.socket:
    """Raises QemuFailed."""
    give_up = perf_counter() + START_S
    while process.poll() is None and perf_counter() < give_up:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(os.fspath(path))
        except OSError:
            connection.close()
            sleep(LOOK_S)
        else:
            return connection
    raise QemuFailed(f"QEMU has no {path.name} socket, status {process.poll()}")
