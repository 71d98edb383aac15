"""What a manager does in the browser: the first start, signing in and out."""

import re
from typing import Final

from playwright.sync_api import Page

from tests.browser.shop import Shop

PIN: Final = "271828"
WRONG_PIN: Final = "314159"
CODE: Final = re.compile(r"the page asks for the code (\S+)")


def code_of(shop: Shop) -> str:
    """The code that posd wrote to its log when it started without a PIN."""
    codes = CODE.findall(shop.log())
    assert codes, shop.log()
    code: str = codes[-1]
    return code


def set_up(page: Page, shop: Shop, code: str | None = None, pin: str = PIN) -> None:
    """Go through the first start, in English; signed in at its end if the code is right."""
    page.goto(f"{shop.url}/setup")
    page.get_by_label("Code from the log").fill(code_of(shop) if code is None else code)
    page.get_by_label("New PIN", exact=True).fill(pin)
    page.get_by_label("New PIN once more").fill(pin)
    page.get_by_role("button", name="Set it up").click()


def sign_in(page: Page, shop: Shop, pin: str = PIN) -> None:
    """Give the PIN, in English; signed in afterwards if it is right."""
    page.goto(f"{shop.url}/sign-in")
    page.get_by_label("PIN").fill(pin)
    page.get_by_role("button", name="Sign in").click()
