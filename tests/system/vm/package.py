"""The Debian package of this checkout on a disk of its own, to be installed in the guest."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.system.nspawn import package
from tests.system.vm.image import make_disk
from tests.system.vm.machine import PACKAGE_OCTETS

NAME = "posd.deb"


@contextmanager
def packaged() -> Iterator[Path]:
    """The disk, with what `make deb` makes as NAME; built anew each time."""
    with TemporaryDirectory(prefix="posd-package-") as name:
        folder, disk = Path(name) / "files", Path(name) / "package.img"
        folder.mkdir()
        package.build(folder).rename(folder / NAME)
        make_disk(folder, disk, f"{PACKAGE_OCTETS >> 20}M", "package")
        yield disk
