"""Walks through the pages of a store as somebody does who follows every link."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urldefrag, urlsplit

from playwright.sync_api import Page, Response

from tests.browser.shop import Shop

TOO_OFTEN: Final = 429
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
        _open(page, url)
        ahead += [urldefrag(link).url for link in page.evaluate(LINKS)]
        yield kind_of(url)


def _open(page: Page, url: str) -> None:
    """Open it; after a wait, where nobody would have come so soon."""
    answer = _answer(page, url)
    if answer.status == TOO_OFTEN:
        page.wait_for_timeout(1000 * int(answer.headers["retry-after"]))
        answer = _answer(page, url)
    assert answer.ok, (url, answer.status)


def _answer(page: Page, url: str) -> Response:
    answer = page.goto(url)
    assert answer is not None, url
    return answer
