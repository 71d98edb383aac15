"""posd as a store installs it, on a disk of its own: the program, and the repository's systemd/.

The commands are those of docs/running.md, run by the guest's own Python in a chroot: in the guest
itself they would take minutes. Wheels are fetched by the host's pip, which knows its mirrors.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.system.vm import cache, host
from tests.system.vm.image import Image, make_disk
from tests.system.vm.machine import PROGRAM_OCTETS

TOP = Path(__file__).parents[3]
LOCK = TOP / "requirements.lock"
SYSTEMD = TOP / "systemd"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
GUEST_PYTHON = "3.11"
"""Of the guest's Debian; the host's may be another."""
PLATFORMS = tuple(
    f"--platform={tag}_x86_64" for tag in ("manylinux_2_36", "manylinux_2_28", "manylinux2014")
)
INSTALL = """
set -e
python3 -m venv /opt/posd
pip="/opt/posd/bin/pip --quiet --disable-pip-version-check --no-cache-dir"
$pip install --no-index --find-links /opt/wheels --require-hashes --only-binary :all: \\
    -r /opt/wheels/requirements.lock
$pip install --no-index --no-deps /opt/wheels/posd-*.whl
rm -r /opt/wheels
"""


def program(image: Image) -> Path:
    """The disk with this checkout's posd, built if there is none of the same files."""
    with _wheel() as wheel:
        key = cache.key_of(
            image.key, LOCK, SYSTEMD, wheel, wheel.name, Path(__file__), str(PROGRAM_OCTETS)
        )
        folder = cache.kept("program", key, lambda fresh: _build(fresh, image, wheel))
    return folder / "program.img"


@contextmanager
def _wheel() -> Iterator[Path]:
    with TemporaryDirectory(prefix="posd-wheel-") as folder:
        host.run(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, TOP)
        (wheel,) = Path(folder).glob("posd-*.whl")
        yield wheel


def _build(folder: Path, image: Image, wheel: Path) -> None:
    opt = image.tree / "opt"
    shutil.rmtree(opt, ignore_errors=True)
    wheels = opt / "wheels"
    wheels.mkdir(parents=True)
    shutil.copy(wheel, wheels)
    shutil.copy(LOCK, wheels)
    fetch = ("download", "--no-deps", "--require-hashes", "--only-binary", ":all:")
    guest = ("--python-version", GUEST_PYTHON, "--implementation", "cp", *PLATFORMS)
    host.run(*PIP, *fetch, *guest, "--dest", wheels, "--requirement", LOCK)
    host.run("chroot", image.tree, "sh", "-c", INSTALL)
    shutil.copytree(SYSTEMD, opt / "systemd")
    make_disk(opt, folder / "program.img", f"{PROGRAM_OCTETS >> 20}M", "program")
    shutil.rmtree(opt)
