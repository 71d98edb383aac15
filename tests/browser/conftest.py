"""What the tests of this folder share: one browser, the six shops, and windows on their pages."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page
from typing_extensions import Unpack

from tests.browser.browser import CHROMIUM, Look, Window, chromium, window
from tests.browser.shop import Shop
from tests.browser.situations import SITUATIONS, Yard
from tests.crash.child import Nursery
from tests.crash.conftest import nursery, stripe
from tests.crash.store import Stripe

__all__ = ["nursery", "stripe"]

collect_ignore_glob = [] if CHROMIUM else ["test_[!t]*"]
"""Without a browser one test is left, which says so."""


class Situations(Protocol):
    """The shop in a situation; made once, so that a test that changes it makes its own."""

    def __call__(self, situation: str, locale: str = "en-GB") -> Shop:
        """The shop."""
        ...


class FrontPage(Protocol):
    """The first page of the store in a situation, as it is to look at."""

    def __call__(self, situation: str) -> Page:
        """The page."""
        ...


class Open(Protocol):
    """Opens a window on the page of a shop."""

    def __call__(self, shop: Shop, path: str = "/", **look: Unpack[Look]) -> Window:
        """The window; it is closed when the test ends."""
        ...


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def yard(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery, stripe: Stripe) -> Yard:
    return Yard(tmp_path_factory.mktemp("yard"), nursery, stripe.url)


@pytest.fixture(scope="session")
def shop_in(yard: Yard) -> Iterator[Situations]:
    """Makes the shops of the situations that are asked for."""
    made: dict[tuple[str, str], Shop] = {}
    with ExitStack() as opened:

        def shop_in(situation: str, locale: str = "en-GB") -> Shop:
            if (situation, locale) not in made:
                place = yard.folder / f"{situation}-{locale}"
                own = Yard(place, yard.nursery, yard.stripe, locale)
                made[situation, locale] = opened.enter_context(closing(SITUATIONS[situation](own)))
            return made[situation, locale]

        yield shop_in


@pytest.fixture(scope="session")
def front_page(browser: Browser, shop_in: Situations) -> Iterator[FrontPage]:
    """Shows the pages; each stays open, and a test sets what it depends on."""
    opened: dict[str, Page] = {}
    with ExitStack() as closing_them:

        def front_page(situation: str) -> Page:
            if situation not in opened:
                opened[situation] = closing_them.enter_context(window(browser)).page
                opened[situation].goto(shop_in(situation).url)
            return opened[situation]

        yield front_page


@pytest.fixture
def own_yard(tmp_path: Path, yard: Yard) -> Yard:
    """For a shop that a test changes."""
    return Yard(tmp_path / "shop", yard.nursery, yard.stripe)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Opens windows."""
    with ExitStack() as opened:

        def open_page(shop: Shop, path: str = "/", **look: Unpack[Look]) -> Window:
            opening = opened.enter_context(window(browser, **look))
            opening.page.goto(f"{shop.url}{path}")
            return opening

        yield open_page
