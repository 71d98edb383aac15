"""What a manager does in the browser: the first start, signing in and out."""

import re
from typing import Final

from playwright.sync_api import Page

from tests.browser.shop import Shop

PIN: Final = "271828"
WRONG_PIN: Final = "314159"
CODE: Final = re.compile(r"the page asks for the code (\S+)")
WHY: Final = "Why? It is kept for good."


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


def carry_out(
    page: Page,
    shop: Shop,
    deed: str,
    *,
    about: str = "",
    choice: str = "",
    reason: str = "",
) -> str:
    """Have something done that `/actions` offers, and say what the page says then.

    Args:
        deed: What its button says.
        about: A text in the card that it stands in, where several offer it.
        choice: What is chosen, where there is a choice.
        reason: Why, where that is asked.
    """
    page.goto(f"{shop.url}/actions")
    card = page.locator(".card").filter(has_text=about).filter(has_text=deed).first
    if choice or reason:
        card.locator("summary").filter(has_text=deed).click()
    form = card.locator("form").filter(has=page.get_by_role("button", name=deed, exact=True))
    if choice:
        form.get_by_label(choice, exact=True).check()
    if reason:
        form.get_by_label(WHY).fill(reason)
    form.get_by_role("button", name=deed, exact=True).click()
    page.wait_for_url(f"{shop.url}/done")
    return page.get_by_role("main").get_by_role("status").inner_text()
