"""The built wheel in an empty environment elsewhere: everything it needs is in it or declared.

The environment gets the wheel, installed by pip, and links to exactly the distributions that the
wheel's own metadata requires, and theirs. What is missing from the wheel or from its requirements
is missing there; only the download of what the lock files hold anyway is saved.
"""

import os
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path
from sysconfig import get_path
from tempfile import TemporaryDirectory

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PACKAGES = ("posd", "posd_drivers", "posd_simulator")
WHERE = f"import {', '.join(PACKAGES)}\nfor one in ({', '.join(PACKAGES)}): print(one.__file__)"
pytestmark = pytest.mark.timeout(300)


def build(folder: Path) -> Path:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
    subprocess.run([*command, str(folder), str(ROOT)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def needed(requirements: Sequence[str]) -> list[Distribution]:
    """The distributions that these requirements mean here, and all that those require."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        assert not requirement.extras, "extras would have to be followed"
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if applies and requirement.name not in found:
            found[requirement.name] = distribution(requirement.name)
            waiting += map(Requirement, found[requirement.name].requires or [])
    return list(found.values())


def link(one: Distribution, site: Path) -> None:
    """Link what a distribution has at the top of its site-packages."""
    tops = {file.parts[0] for file in one.files or [] if file.parts[0] not in ("..", "__pycache__")}
    for top in tops:
        if not (site / top).exists():
            (site / top).symlink_to(Path(str(one.locate_file(top))))


@pytest.fixture
def place() -> Iterator[Path]:
    """The environment: nothing but the wheel, by pip, and links to what its metadata asks for."""
    with TemporaryDirectory(prefix="wheel-") as folder:
        place = Path(folder, "env")
        venv.create(place, with_pip=False)
        pip = [sys.executable, "-m", "pip", "--python", str(place / "bin/python"), "--quiet"]
        install = ["install", "--no-index", "--no-deps", str(build(Path(folder)))]
        subprocess.run([*pip, *install], check=True)
        site = Path(get_path("purelib", vars={"base": str(place)}))
        (installed,) = distributions(name="posd", path=[str(site)])
        for one in needed(installed.requires or []):
            link(one, site)
        yield place


def run(place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command of that environment, from a directory that has nothing to do with posd."""
    program, *arguments = command
    clean = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [place / "bin" / program, *arguments],
        cwd=place,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_runs_the_demo_in_an_empty_environment(place: Path) -> None:
    said = run(place, "python", "-c", WHERE)
    assert said.returncode == 0, said.stderr
    files = [Path(line) for line in said.stdout.splitlines()]
    assert len(files) == len(PACKAGES)
    assert all(file.is_relative_to(place) for file in files), files
    assert run(place, "python", "-c", "import pytest").returncode != 0, "it is not empty"
    ended = run(place, "posd", "demo", "--once")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "reported to Stripe: yes" in ended.stdout
    assert run(place, "posd-sim", "--help").returncode == 0
