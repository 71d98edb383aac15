"""Every page that links lead to, as a manager sees it who has signed in."""

import re
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Page

from posd.page.table import PAGES
from tests.browser.axe import SCRIPT, violations
from tests.browser.browser import DESK, PHONE
from tests.browser.conftest import Open
from tests.browser.deeds import set_up
from tests.browser.shop import NOBODY, Shop
from tests.browser.situations import Yard, unproven_payment
from tests.browser.walk import walk

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("every-page")]

NO_PAGES = ("/static/", "/now", "/live", "/setup", "/sign-in", "/done", "/lanes")
"""Parts of pages, the way in, what follows upon a form, what needs a broker: not linked."""


@pytest.fixture
def shop(own_yard: Yard) -> Iterator[Shop]:
    """A store in which there is something to see: a payment to decide on, reports that wait."""
    yard = Yard(own_yard.folder, own_yard.nursery, NOBODY)
    with closing(unproven_payment(yard)) as shop:
        yield shop


def troubles(page: Page) -> list[str]:
    """What is wrong with the page that is open."""
    found = violations(page) if SCRIPT.exists() else []
    if page.locator("h1").count() != 1:
        found.append("it has not one heading of the first rank")
    if page.locator("html").get_attribute("lang") != "en":
        found.append("it does not say its language")
    page.set_viewport_size(PHONE)
    if page.evaluate("document.documentElement.scrollWidth - window.innerWidth") > 0:
        found.append("a phone scrolls sideways")
    page.set_viewport_size(DESK)
    return found


def test_every_page_is_linked_whole_and_open_to_everybody(shop: Shop, open_page: Open) -> None:
    opened = open_page(shop)
    set_up(opened.page, shop)
    found = {kind: troubles(opened.page) for kind in walk(opened.page, shop)}
    assert not {path: wrong for path, wrong in found.items() if wrong}
    assert not opened.complaints + opened.refused
    pages = {re.sub(r"\{\w+\}", "{id}", page.path) for page in PAGES if page.method == "GET"}
    assert not {path for path in pages if not path.startswith(NO_PAGES)} - found.keys()
