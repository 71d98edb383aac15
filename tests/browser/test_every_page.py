"""Every page that links lead to, as a manager sees it who has signed in."""

import re
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import Page

from posd.page.table import PAGES
from tests.browser.axe import SCRIPT, violations
from tests.browser.browser import DESK, PHONE, Window
from tests.browser.conftest import Open
from tests.browser.manager import set_up
from tests.browser.shop import NOBODY, Shop
from tests.browser.situations import Yard, unproven_payment

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("every-page")]

ID = re.compile(r"/[a-z]+_(?:posd_)?[\w-]+|/\d{4}-\d\d-\d\d")
"""In a path: one page of each kind is enough."""
LINKS = "() => [...document.querySelectorAll('a[href]')].map(link => link.href)"
NO_PAGES = ("/static/", "/now", "/live", "/setup", "/sign-in", "/done")
"""Parts of pages, the way in, and what follows upon a form: no link leads there."""


@pytest.fixture
def shop(own_yard: Yard) -> Iterator[Shop]:
    """A store in which there is something to see: a payment to decide on, reports that wait."""
    yard = Yard(own_yard.folder, own_yard.nursery, NOBODY)
    with closing(unproven_payment(yard)) as shop:
        yield shop


def kind_of(url: str) -> str:
    """The path of a page, the same for all of its kind."""
    return ID.sub("/{id}", urlsplit(url).path)


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


def visited(opened: Window, shop: Shop) -> dict[str, list[str]]:
    """The kinds of pages that links lead to from the first, each with what is wrong with it."""
    found: dict[str, list[str]] = {}
    ahead = [f"{shop.url}/"]
    while ahead:
        url = ahead.pop()
        if kind_of(url) in found or not url.startswith(shop.url):
            continue
        opened.page.goto(url)
        found[kind_of(url)] = troubles(opened.page)
        ahead += [urldefrag(link).url for link in opened.page.evaluate(LINKS)]
    return found


def test_every_page_is_linked_whole_and_open_to_everybody(shop: Shop, open_page: Open) -> None:
    opened = open_page(shop)
    set_up(opened.page, shop)
    found = visited(opened, shop)
    assert not {path: wrong for path, wrong in found.items() if wrong}
    assert not opened.complaints + opened.refused
    pages = {re.sub(r"\{\w+\}", "{id}", page.path) for page in PAGES if page.method == "GET"}
    assert not {path for path in pages if not path.startswith(NO_PAGES)} - found.keys()
