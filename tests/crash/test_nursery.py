"""Nothing that these tests start outlives them.

A posd that is left over opens its line again and again. The number of a pty is given to the next
terminal, which it would hold then: the posd of another test finds its reader busy.
"""

import os
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.crash.installed import Installed
from tests.crash.store import Store, eventually
from tests.crash.torture import Fault, Injection, launched_by

SETTLED_S = 10.0
NEVER = Injection("pwrite64", 60_000, Fault.EIO)

pytestmark = [pytest.mark.usefixtures("strace"), pytest.mark.timeout(180)]


def named(config: Path) -> list[str]:
    """The programs that run with this configuration in their command line."""
    found: list[str] = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            line = (place / "cmdline").read_bytes().decode().split("\0")
            found += [Path(line[0]).name] if str(config) in line else []
    return sorted(found)


def test_no_posd_outlives_its_nursery_also_if_strace_runs_it(tmp_path: Path) -> None:
    with closing(Installed()) as installed:
        store = Store(tmp_path / "store", installed)
        installed.before = launched_by(store.config.parent / "state", NEVER)
        posd = store.start()
        # A child that posd forks, ldconfig to find libusb, has its command line for a moment.
        assert eventually(lambda: named(store.config) == ["python", "strace"], SETTLED_S)
        assert Path(f"/proc/{posd.pid}/exe").resolve().name.startswith("python")
        store.panel.close()
        store.till.close()
    assert "python" not in named(store.config)
    with pytest.raises(ProcessLookupError):
        os.kill(store.terminal.pid, 0)
