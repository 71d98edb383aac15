"""Keeps what the page looks like in the six situations: `python -m tests.browser.screenshots`.

    python -m tests.browser.screenshots [SITUATION …]

Writes `docs/screenshots/SITUATION.png`, of all or of those that are named.
"""

import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Browser, ViewportSize

from tests.browser.browser import chromium, window
from tests.browser.png import slim
from tests.browser.situations import SITUATIONS, Yard
from tests.crash.child import Nursery
from tests.crash.store import Stripe

SCREENSHOTS: Final = Path(__file__).parents[2] / "docs/screenshots"
FIRST_START: Final = "first-start"
SETTLED: Final = {
    "all-well": "ok",
    "reader-lost": "stop",
    "unproven-payment": "stop",
    "offline-with-queue": "attention",
    "day-closed": "ok",
}
"""The colour that each comes to: a loss is one after half a minute, all is well after one."""
SETTLED_MS: Final = 90_000
FRAME: Final[ViewportSize] = {"width": 1120, "height": 760}


def main(names: Sequence[str]) -> None:
    """Make each situation in turn and keep what it looks like."""
    SCREENSHOTS.mkdir(exist_ok=True)
    with (
        TemporaryDirectory(prefix="posd-screenshots-") as folder,
        closing(Nursery()) as nursery,
        closing(Stripe(Path(folder))) as stripe,
        chromium() as browser,
    ):
        for name in names or SITUATIONS:
            _keep(browser, name, Yard(Path(folder, name), nursery, stripe.url))


def _keep(browser: Browser, name: str, yard: Yard) -> None:
    with closing(SITUATIONS[name](yard)) as shop, window(browser, viewport=FRAME) as opened:
        opened.page.goto(f"{shop.url}/setup" if name == FIRST_START else shop.url)
        if name in SETTLED:
            opened.page.wait_for_selector(f"#verdict.{SETTLED[name]}", timeout=SETTLED_MS)
        picture = opened.page.screenshot(full_page=True)
    (SCREENSHOTS / f"{name}.png").write_bytes(slim(picture))


if __name__ == "__main__":
    main(sys.argv[1:])
