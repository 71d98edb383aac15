"""Whether posd runs, what it says of itself, and what systemd says of it."""

import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from posd.doctor.finding import Finding, Topic, not_seen, ok, to_fix
from posd.doctor.unit import UNIT
from posd.errors import PosdError
from posd.local_client import LocalClient, NoPermission, NotRunning
from posd.snapshot.views import Level, Snapshot

ASK_S: Final = 5.0
RESTARTS_MANY: Final = 3
PROPERTIES: Final = "ActiveState,UnitFileState,NRestarts,NeedDaemonReload"
LOG: Final = "journalctl --unit posd --lines 50"
_SHOWS: Final = frozenset({Level.OK, Level.RESTING})


def running(socket: Path) -> Snapshot | Finding:
    """How the store is, as posd says it, or why it does not."""
    try:
        told = LocalClient(socket, ASK_S).get("/posd/v1/status")
        return msgspec.json.decode(told, type=Snapshot)
    except NoPermission as error:
        return not_seen(Topic.SERVICE, str(error), "run this as root")
    except NotRunning as error:
        return to_fix(Topic.SERVICE, str(error), "systemctl start posd", LOG)
    except (PosdError, msgspec.MsgspecError) as error:
        return to_fix(Topic.SERVICE, f"posd answers, but not how it is: {error}", LOG)


def verdict(snapshot: Snapshot) -> Finding:
    """The sentence of the status page."""
    told = f"posd {snapshot.version} runs. {snapshot.verdict.sentence}"
    if snapshot.verdict.level in _SHOWS:
        return ok(Topic.SERVICE, told)
    return to_fix(Topic.SERVICE, told, "posd status")


def at_systemd(properties: Mapping[str, str]) -> Iterator[Finding]:
    """What systemd knows; nothing where posd is no service of its."""
    if properties.get("UnitFileState") == "disabled":
        told = f"{UNIT} does not start with the machine"
        yield to_fix(Topic.SERVICE, told, "systemctl enable posd")
    if properties.get("NeedDaemonReload") == "yes":
        told = f"{UNIT} has changed, and systemd does not know yet"
        yield to_fix(Topic.SERVICE, told, "systemctl daemon-reload && systemctl restart posd")
    restarts = int(properties.get("NRestarts") or 0)
    if restarts >= RESTARTS_MANY:
        yield to_fix(Topic.SERVICE, f"systemd has restarted posd {restarts} times", LOG)


def properties() -> Mapping[str, str]:
    """What `systemctl show` says of the unit; nothing without systemd."""
    asked = ["systemctl", "show", UNIT, f"--property={PROPERTIES}"]
    try:
        told = subprocess.run(  # noqa: S603 (a fixed command line)
            asked, capture_output=True, check=True, text=True, timeout=ASK_S
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    pairs = (line.partition("=") for line in told.stdout.splitlines())
    return {name: value for name, _, value in pairs}
