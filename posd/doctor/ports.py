"""Who has the TCP ports that tills call: posd, nobody, or somebody else."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from posd.config import Config
from posd.doctor.finding import Finding, Topic, ok, to_fix
from posd.doctor.held import Process, locker, process
from posd.doctor.machine import Machine

TABLES: Final = ("/proc/net/tcp", "/proc/net/tcp6")
SOCKET_UNITS: Final = "systemd"
"""Who holds the port for posd while it restarts (systemd.socket(5))."""
LISTENING: Final = "0A"
"""TCP_LISTEN in the kernel's tables (proc(5), /proc/net/tcp)."""
_PORT: Final = 1
_STATE: Final = 3
_INODE: Final = 9


def findings(machine: Machine, config: Config, *, runs: bool) -> Iterator[Finding]:
    """Of each port that the configuration names; posd is who holds the state directory."""
    posd = locker(machine, machine.at(config.store.state_dir))
    named = {"listen.port": config.listen.port}
    if config.lan is not None:
        named["lan.port"] = config.lan.port
    for key, port in named.items():
        if port:
            yield _port(machine, posd, key, port, runs=runs)


def _port(machine: Machine, posd: Process | None, key: str, port: int, *, runs: bool) -> Finding:
    inodes = set(_listeners(machine, port))
    if not inodes:
        if runs:
            told = f"{port}: posd runs and does not listen there"
            return to_fix(Topic.PORTS, told, f"systemctl restart posd  # does {key} count already?")
        return ok(Topic.PORTS, f"{port}: free")
    holder = _holder(machine, inodes)
    if holder is not None and (holder == posd or holder.name == SOCKET_UNITS):
        return ok(Topic.PORTS, f"{port}: posd's")
    if holder is None and runs:
        return ok(Topic.PORTS, f"{port}: taken, and posd answers")
    if holder is None:
        return to_fix(
            Topic.PORTS, f"{port}: taken", f"ss --listening --tcp --processes sport = {port}"
        )
    return to_fix(
        Topic.PORTS,
        f"{port}: taken by {holder.name}, process {holder.pid}",
        f"systemctl status {holder.pid}  # stop it, or choose another {key}",
    )


def _listeners(machine: Machine, port: int) -> Iterator[str]:
    """The inodes of the sockets that listen there, on whatever address."""
    for table in TABLES:
        with suppress(OSError):
            for line in machine.at(table).read_text("ascii").splitlines()[1:]:
                words = line.split()
                is_port = int(words[_PORT].rpartition(":")[2], 16) == port
                if is_port and words[_STATE] == LISTENING:
                    yield words[_INODE]


def _holder(machine: Machine, inodes: set[str]) -> Process | None:
    """Whose the sockets are, of the processes that whoever looks may look into."""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for folder in machine.at("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(str(one.readlink()) in wanted for one in (folder / "fd").iterdir()):
                return process(machine, int(folder.name))
    return None
