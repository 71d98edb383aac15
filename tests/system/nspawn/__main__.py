"""Makes what the tests share, then runs them, two files beside each other.

    python -m tests.system.nspawn

They wait most of their time, for terminals and for systemd.
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.system.nspawn import debian, package
from tests.system.nspawn.needs import missing

BESIDE = ("-n", "2", "--dist", "loadfile")


def main() -> int:
    """The exit status of pytest, which names each test that it skips and why."""
    here = str(Path(__file__).parent)
    if missing():
        return pytest.main(["-q", "--no-fold-skipped", here])
    debian.root()
    with TemporaryDirectory(prefix="posd-package-") as folder:
        os.environ[package.BUILT] = str(package.build(Path(folder)))
        return pytest.main(["-q", "--no-fold-skipped", "--durations=5", *BESIDE, here])


if __name__ == "__main__":
    sys.exit(main())
