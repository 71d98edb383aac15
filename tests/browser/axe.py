"""axe-core: finds what of a page assistive technology cannot tell, by the rules of WCAG."""

from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

SCRIPT: Final = Path(__file__).parents[2] / ".venv/node/node_modules/axe-core/axe.min.js"
"""Where `make test` installs what `tests/node/package-lock.json` names."""
WCAG_2_2_AA: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN: Final = """async tags => {
    const found = await axe.run(document, {runOnly: tags, resultTypes: ["violations"]});
    return found.violations;
}"""
SERIOUS: Final = frozenset({"serious", "critical"})


def violations(page: Page) -> list[str]:
    """The serious ones on the page as it stands, each with where it is."""
    page.evaluate(SCRIPT.read_text())
    found: list[dict[str, Any]] = page.evaluate(RUN, list(WCAG_2_2_AA))
    return [
        f"{one['impact']}: {one['help']} ({one['id']}): {node['html']}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]
