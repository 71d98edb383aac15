"""Debian's Chromium, driven by Playwright, and how the tests open a page in it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final, TypedDict

from playwright.sync_api import Browser, Page, Request, Response, ViewportSize, sync_playwright
from typing_extensions import Unpack

CHROMIUM: Final = shutil.which("chromium")
"""Where `make deps` puts it, or None."""
DESK: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 375, "height": 740}
"""A small telephone, in CSS pixels."""
ANSWERED_WITH_AN_ERROR: Final = "Failed to load resource: the server responded"
PATIENCE_MS: Final = 10_000
"""How long a test waits for what ought to come at once."""


class Look(TypedDict, total=False):
    """Whose eyes a page is looked at with; what is left out is Chromium's own."""

    viewport: ViewportSize
    locale: str
    java_script_enabled: bool
    color_scheme: str


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, without a window. Only where there is one."""
    assert CHROMIUM is not None, "make deps installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        try:
            yield browser
        finally:
            browser.close()


class Window:
    """One page of its own: no cookie and nothing else from before.

    Attributes:
        page: What Playwright drives.
        asked: The URL of each request, in order.
        refused: What was answered with an error, each as status and URL.
        complaints: What else the browser found wrong: in scripts, or forbidden by the policy.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.refused: list[str] = []
        self.complaints: list[str] = []
        self._finished: list[Request] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfinished", self._has_finished)
        page.on("response", self._was_answered)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda told: self._heard(told.type, told.text))

    def octets(self) -> int:
        """How many octets of bodies came, as they are before anything packs them."""
        answers = [request.response() for request in self._finished]
        return sum(len(answer.body()) for answer in answers if answer is not None and answer.ok)

    def _has_finished(self, request: Request) -> None:
        self._finished.append(request)

    def _was_answered(self, response: Response) -> None:
        if response.status >= HTTPStatus.BAD_REQUEST:
            self.refused.append(f"{response.status} {response.url}")

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not text.startswith(ANSWERED_WITH_AN_ERROR):
            self.complaints.append(text)


@contextmanager
def window(browser: Browser, **look: Unpack[Look]) -> Iterator[Window]:
    """A window that is closed at the end."""
    context = browser.new_context(**{"viewport": DESK, **look})  # type: ignore[arg-type]
    try:
        yield Window(context.new_page())
    finally:
        context.close()
