"""The floor of the start imports nothing that posd itself does not import before READY."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent.parent
NAMES = "import sys, {0}; print(*sorted(name.partition('.')[0] for name in sys.modules))"


def imported(module: str) -> set[str]:
    """The top-level packages that are loaded once this module is."""
    program = NAMES.format(module)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_floor_is_part_of_what_the_daemon_loads() -> None:
    ours = {"tests", "posd", "posd_drivers"}
    assert imported("tests.bench.libraries") - ours <= imported("posd.daemon")


def test_the_daemon_leaves_the_libraries_of_the_operator_alone() -> None:
    assert not imported("posd.daemon") & {"typer", "rich", "httpx2", "jinja2", "babel"}
