"""A browser that runs no script is told the same, and can do the same."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import expect

from posd.page.html import REFRESH_S
from tests.browser.conftest import Open
from tests.browser.deeds import PIN, set_up, sign_in
from tests.browser.shop import Shop
from tests.browser.situations import Yard

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("without-script")]


@pytest.fixture
def shop(own_yard: Yard) -> Iterator[Shop]:
    with closing(Shop(own_yard.folder, own_yard.nursery, tills=("Till 1",), stripe=None)) as shop:
        shop.open()
        yield shop


def test_the_page_is_whole_and_comes_anew_by_itself(shop: Shop, open_page: Open) -> None:
    opened = open_page(shop, java_script_enabled=False)
    main = opened.page.get_by_role("main")
    expect(main).to_contain_text("Till 1")
    assert f"{REFRESH_S} seconds" in opened.page.locator("footer").inner_text()
    shop.pay("Till 1", 2345, "1")
    expect(main).to_contain_text("€23.45", timeout=(REFRESH_S + 5) * 1000)
    assert not any(url.endswith(".js") for url in opened.asked)


def test_a_manager_signs_in_and_out(shop: Shop, open_page: Open) -> None:
    page = open_page(shop, java_script_enabled=False).page
    set_up(page, shop)
    page.get_by_role("button", name="Sign out").click()
    assert not page.context.cookies()
    sign_in(page, shop, PIN)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
