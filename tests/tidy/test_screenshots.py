"""docs/page.md shows each situation that the browser's tests make, in a small picture."""

import re

from tests.browser.png import SIGNATURE
from tests.browser.situations import SITUATIONS
from tests.tidy.tree import ROOT

FOLDER = ROOT / "docs/screenshots"
OCTETS_MAX = 100 * 1024


def test_each_situation_is_shown_and_nothing_else() -> None:
    shown = re.findall(r"!\[.+\]\(screenshots/(.+)\.png\)", (ROOT / "docs/page.md").read_text())
    assert shown == list(SITUATIONS)
    assert {picture.name for picture in FOLDER.iterdir()} == {f"{name}.png" for name in shown}


def test_the_pictures_are_small() -> None:
    for picture in FOLDER.iterdir():
        octets = picture.read_bytes()
        assert octets.startswith(SIGNATURE)
        assert len(octets) <= OCTETS_MAX, picture.name
