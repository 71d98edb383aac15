"""The files that make up the repository, without what tools and runs leave beside them."""

import os
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LEFT_BEHIND = {"__pycache__", "build", "dist", "node_modules"}


def files(*suffixes: str) -> list[Path]:
    """Every file under the top with one of the suffixes, or every file; sorted, none hidden."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name == ".ci" or not _is_left_behind(name)]
        found += [Path(folder, name) for name in names if not name.startswith(".")]
    return sorted(file for file in found if not suffixes or file.suffix in suffixes)


def name_of(file: Path) -> str:
    """The file's path from the top, as documents write it."""
    return file.relative_to(ROOT).as_posix()


def _is_left_behind(folder: str) -> bool:
    return folder.startswith(".") or folder in LEFT_BEHIND or folder.endswith(".egg-info")
