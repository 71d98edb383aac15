"""Copies of the working tree, and the surroundings in which Python imports what lies in one.

posd is installed in `.venv` as a pointer to the checkout. PYTHONPATH goes before it, in pytest and
in every process that a test starts, as long as that process inherits its surroundings.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.tidy.tree import ROOT, files, name_of

IMPORTED_FROM: Final = (".", "drivers", "simulator")
"""The folders that hold posd, posd_drivers and posd_simulator."""
_WHERE: Final = (
    "import posd, posd_drivers, posd_simulator\n"
    "for package in (posd, posd_drivers, posd_simulator): print(package.__file__)"
)


def copy_checkout(tree: Path) -> None:
    """Copy the files of the repository, uncommitted ones too, to a folder that is not there yet.

    Raises AssertionError if Python would still import posd from elsewhere.
    """
    for file in files():
        target = tree / name_of(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
    (tree / ".venv").symlink_to(ROOT / ".venv")  # Stripe's SDK for Node lies there
    _assert_imported_from(tree)


def copy(sound: Path, tree: Path) -> None:
    """Copy a copy, without what Python compiled in it: none of that must outlive a change."""
    shutil.copytree(sound, tree, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))


def surroundings(tree: Path) -> Mapping[str, str]:
    """Environment variables with which Python imports posd from this tree; draws are repeatable."""
    folders = [str(tree / folder) for folder in IMPORTED_FROM]
    return os.environ | {"PYTHONPATH": os.pathsep.join(folders), "HYPOTHESIS_PROFILE": "ci"}


def _assert_imported_from(tree: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _WHERE],
        cwd=tree.parent,
        env=surroundings(tree),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for file in told.splitlines():
        assert Path(file).is_relative_to(tree), f"{file} would be tested, not {tree}"
