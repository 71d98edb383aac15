"""What is loaded until READY: the libraries of the start's floor, no less and no more."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.rig import Announced, write_config

LATE = {
    *("typer", "rich", "httpx2", "jinja2", "babel", "aiomqtt", "prometheus_client"),
    *("pyudev", "usb", "ctypes"),
}
"""The operator's libraries, and those that posd needs only once it runs."""
OURS = {"posd", "posd_drivers", "tests"}
FOR_THE_READER = {"encodings.idna", "stringprep"}
"""What opening a reader by its host's name loads, beside the start: READY waits for no reader."""
DAEMON = """
import sys
from pathlib import Path
from posd import daemon
class AtReady(daemon.ServiceNotifier):
    def ready(self, status):
        Path({told!r}).write_text(" ".join(sys.modules))
        super().ready(status)
daemon.ServiceNotifier = AtReady
daemon.run(Path({config!r}))
"""
FLOOR = "import sys, tests.bench.libraries; print(*sys.modules)"
REQUEST_MODELS = """
from posd.api.routes import ROUTES
print({route.params.__name__ for route in ROUTES if route.params.__pydantic_complete__})
"""


def told_by(program: str) -> str:
    """What a Python program prints."""
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout


def theirs(modules: str) -> set[str]:
    """The modules that are not posd's."""
    return {name for name in modules.split() if name.partition(".")[0] not in OURS}


@pytest.mark.timeout(60)  # where nothing is compiled yet, twice everything is
def test_until_ready_the_daemon_loads_the_libraries_of_the_floor_and_no_other(
    tmp_path: Path,
) -> None:
    config, told = str(write_config(tmp_path)), tmp_path / "modules"
    Announced(["-c", DAEMON.format(config=config, told=str(told))], tmp_path).end()
    daemon = theirs(told.read_text()) - FOR_THE_READER
    assert not {name.partition(".")[0] for name in daemon} & LATE
    assert daemon == theirs(told_by(FLOOR))


def test_request_models_are_built_when_they_are_asked_for() -> None:
    assert told_by(REQUEST_MODELS) == "{'NoParams'}\n"
