"""Walks through the pages of a store as somebody does who follows every link."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import Page

from tests.browser.shop import Shop

ID: Final = re.compile(r"/[a-z]+_(?:posd_)?[\w-]+|/\d{4}-\d\d-\d\d")
"""In a path: one page of each kind is enough."""
LINKS: Final = "() => [...document.querySelectorAll('a[href]')].map(link => link.href)"


def kind_of(url: str) -> str:
    """The path of a page, the same for all of its kind."""
    return ID.sub("/{id}", urlsplit(url).path)


def walk(page: Page, shop: Shop) -> Iterator[str]:
    """Open one page of each kind that links lead to from the first; its kind."""
    seen: set[str] = set()
    ahead = [f"{shop.url}/"]
    while ahead:
        url = ahead.pop()
        if kind_of(url) in seen or not url.startswith(shop.url):
            continue
        seen.add(kind_of(url))
        page.goto(url)
        ahead += [urldefrag(link).url for link in page.evaluate(LINKS)]
        yield kind_of(url)
