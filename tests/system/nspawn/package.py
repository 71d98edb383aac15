"""The Debian package of this checkout, and others made from it."""

import os
import re
import shutil
from collections.abc import Callable
from hashlib import md5
from pathlib import Path

from tests.system.vm import host

TOP = Path(__file__).parents[3]
BUILD = TOP / "systemd" / "packaging" / "build"
BUILT = "POSD_PACKAGE"
"""The variable of the environment that names a package that was built before."""
PROGRAM = "opt/posd/package/bin/posd"


def build(folder: Path) -> Path:
    """What `make deb` makes, in that folder."""
    if BUILT in os.environ:
        return Path(shutil.copy(os.environ[BUILT], folder))
    host.run(BUILD, folder)
    (package,) = folder.glob("posd_*_amd64.deb")
    return package


def version_of(package: Path) -> str:
    """As dpkg compares it."""
    return host.run("dpkg-deb", "--field", package, "Version").strip()


def as_version(package: Path, version: str, change: Callable[[Path], None] | None = None) -> Path:
    """The same package under another version, its files changed by `change` before."""
    before = version_of(package)
    tree = package.parent / version
    host.run("dpkg-deb", "--raw-extract", package, tree)
    if change is not None:
        change(tree)
    for file in (*(tree / "DEBIAN").glob("*"), *(tree / PROGRAM).parent.glob("posd*")):
        text = re.sub(rf"(?<![\d.]){re.escape(before)}(?![\d.])", version, file.read_text())
        file.write_text(text)
    _sum_up(tree)
    made = package.parent / f"posd_{version}_amd64.deb"
    host.run("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, made)
    shutil.rmtree(tree)
    return made


def _sum_up(tree: Path) -> None:
    """Write down what each file is, as dpkg verifies it."""
    files = sorted(file for file in tree.rglob("*") if file.is_file() and not file.is_symlink())
    lines = [
        f"{md5(file.read_bytes(), usedforsecurity=False).hexdigest()}  {file.relative_to(tree)}\n"
        for file in files
        if file.parent != tree / "DEBIAN"
    ]
    (tree / "DEBIAN/md5sums").write_text("".join(lines))


def that_cannot_start(tree: Path) -> None:
    """For `as_version`: a posd that passes its check and ends before it is ready."""
    program = tree / PROGRAM
    program.write_text(
        program.read_text().replace("\n\n", '\n\nif "run" in sys.argv:\n    sys.exit(70)\n\n', 1)
    )
