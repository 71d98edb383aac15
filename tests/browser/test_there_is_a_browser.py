"""What the tests of this folder need beside posd: where it is missing, one line says so."""

import pytest

from tests.browser.axe import SCRIPT
from tests.browser.browser import CHROMIUM


def test_chromium_drives_the_page() -> None:
    if CHROMIUM is None:
        pytest.skip("there is no chromium (make deps): the page is tried in no browser")


def test_axe_core_looks_at_the_page() -> None:
    if not SCRIPT.exists():
        pytest.skip("npm has not installed axe-core: nobody looks for what WCAG asks")
