"""Who has the sources can tell whether a package was made from them."""

from pathlib import Path

import pytest

from tests.system.nspawn.package import BUILD
from tests.system.vm import host

pytestmark = pytest.mark.timeout(240)


def test_the_same_sources_make_the_same_octets(built: Path, tmp_path: Path) -> None:
    host.run(BUILD, tmp_path)
    assert (tmp_path / built.name).read_bytes() == built.read_bytes()
