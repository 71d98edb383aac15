"""docs/packages.md: its commands, as they stand there, one chapter after the other."""

import re
from pathlib import Path

import pytest

from tests.system.nspawn import package
from tests.system.nspawn.store import Store

PAGE = (package.TOP / "docs" / "packages.md").read_text()
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LATER = "0.2.1"
NAMED = re.compile(r"\./posd_([\d.]+)_amd64\.deb")
COMMANDS_S = 90.0
pytestmark = pytest.mark.timeout(240)


def scripts(chapter: str) -> list[str]:
    text = PAGE.partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    found = BLOCK.findall(text)
    assert found, chapter
    return found


def test_the_commands_of_the_page(bare: Store, built: Path) -> None:
    now = package.version_of(built)
    assert NAMED.findall(PAGE) == [now, LATER, now], "the page names this version and a later one"
    for file in (built, package.as_version(built, LATER)):
        bare.bring(file)

    def follow(script: str) -> str:
        return bare.container.run(f"set -e\ncd /root\n{script}", COMMANDS_S)

    said = [follow(script) for script in scripts("Install")]
    assert "Bakery Main Street" in said[-1]
    for chapter, runs in (("Upgrade", LATER), ("Go back", now)):
        for script in scripts(chapter):
            follow(script)
        assert (bare.property("ActiveState"), bare.release()) == ("active", runs)
    remove, purge = scripts("Remove")
    assert "nothing is open" in follow(remove)
    assert "is kept in /var/backups/posd-" in follow(purge)
