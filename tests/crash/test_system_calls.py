"""Every system call of a posd that takes payments is one that its unit allows.

systemd answers any other with EPERM, in the shop and not before; here strace(1) lists what is made,
and systemd itself says what the groups of the unit's SystemCallFilter= hold.
"""

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from posd_simulator.terminal.settings import Wire
from posd_simulator.terminal.station import UsbKind
from tests.crash.child import Nursery
from tests.crash.installed import Installed
from tests.crash.store import Store, eventually
from tests.crash.torture import STRACE
from tests.tidy.tree import ROOT

pytestmark = [pytest.mark.usefixtures("strace"), pytest.mark.timeout(180)]

UNIT: Final = ROOT / "systemd" / "posd.service"
TABLE: Final = ["--follow-forks", "--summary-only", "--output"]
ROOTS_OWN: Final = frozenset({"fchown"})
"""SQLite gives its files to the owner of the database, where root opens it: not in the unit."""
TIDY_S: Final = 20.0


@pytest.fixture(scope="module")
def allowed() -> frozenset[str]:
    """What the unit lets posd call."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here (make deps)")
    told = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    groups = dict(_groups(told))
    filters = re.findall(r"^SystemCallFilter=(~?)(.*)$", UNIT.read_text(), re.MULTILINE)
    calls: set[str] = set()
    for refused, names in filters:
        held = {call for name in names.split() for call in _calls(name, groups)}
        calls = calls - held if refused else calls | held
    assert {"openat", "epoll_wait", "ioctl"} <= calls
    assert not {"mount", "reboot", "chown"} & calls
    return frozenset(calls)


def _groups(told: str) -> Iterator[tuple[str, list[str]]]:
    for block in told.split("\n\n"):
        name, *lines = block.splitlines() or [""]
        yield name.strip("# "), [line.strip() for line in lines if not line.strip().startswith("#")]


def _calls(name: str, groups: dict[str, list[str]]) -> Iterator[str]:
    if not name.startswith("@"):
        yield name
        return
    for member in groups[name]:
        yield from _calls(member, groups)


def made(summary: Path) -> frozenset[str]:
    """The calls of strace's table: the last word of each row."""
    assert eventually(lambda: summary.exists() and "total" in summary.read_text(), TIDY_S)
    rows = re.findall(r"^ *\d+\.\d+ .* (\w+)$", summary.read_text(), re.MULTILINE)
    return frozenset(rows) - {"total"}


@pytest.mark.parametrize("wire", [Wire.SERIAL, Wire.TCP], ids=lambda wire: wire.value)
def test_from_its_first_instruction_to_its_last(
    tmp_path: Path, wire: Wire, allowed: frozenset[str]
) -> None:
    assert STRACE is not None
    summary = tmp_path / "calls"
    traced = Installed([STRACE, *TABLE, str(summary), "--daemonize", "--"])
    with closing(traced), closing(Store(tmp_path / "store", traced, wire=wire)) as store:
        store.open()
        store.pay(1000)
        assert store.posd is not None
        store.posd.send(signal.SIGHUP)
        store.pay(1100)
        store.stop()
        calls = made(summary)
    assert {"execve", "fdatasync", "accept4", "sendto", "clone3"} & calls
    assert calls - ROOTS_OWN <= allowed


def test_with_a_terminal_on_usb_too(
    tmp_path: Path, nursery: Nursery, allowed: frozenset[str]
) -> None:
    assert STRACE is not None
    summary = tmp_path / "calls"
    with closing(Store(tmp_path / "store", nursery, wire=UsbKind.CDC)) as store:
        posd = store.start()
        tracing = subprocess.Popen(
            [STRACE, *TABLE, str(summary), "--attach", str(posd.pid)],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert tracing.stderr is not None
        assert "attached" in tracing.stderr.readline()
        assert eventually(store.is_online, TIDY_S)
        store.pay(1000)
        store.stop()
        tracing.communicate()
    assert made(summary) - ROOTS_OWN <= allowed
