"""The tables of `docs/api.md` that are made and not written: routes, and differences from Stripe.

    python -m tests.tidy.api_tables

writes them anew. What a call does is what its handler's docstring says first.
"""

import inspect
from collections.abc import Sequence
from typing import Final

from posd.api.calls import AnyRoute
from posd.api.routes import ROUTES
from tests.conformance.fleet.differences import DIFFERENCES
from tests.tidy.tree import ROOT

PAGE: Final = ROOT / "docs" / "api.md"
OWN: Final = "posd"


def routes() -> str:
    """Every call, by resource in the order of the table; posd's own after Stripe's."""
    resources = list(dict.fromkeys(map(_resource, ROUTES)))
    resources.sort(key=lambda resource: resource == OWN)
    rows = [
        (route.method, f"`{route.path}`", route.access.name.lower(), _does(route))
        for resource in resources
        for route in ROUTES
        if _resource(route) == resource
    ]
    return _table(("method", "path", "role", "what it does"), rows)


def differences() -> str:
    """Everything that the comparison with Stripe takes away."""
    rows = [(one.of, one.posd, one.why) for one in DIFFERENCES]
    return _table(("of", "at posd", "why"), rows)


def fresh(page: str) -> str:
    """The page with both tables as they should be."""
    for name, table in (("routes", routes()), ("differences", differences())):
        begins, ends = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = page.partition(begins)
        _, closed, after = rest.partition(ends)
        assert found, f"the page has no {begins}"
        assert closed, f"the page has no {ends}"
        page = f"{before}{begins}{table}{ends}{after}"
    return page


def _resource(route: AnyRoute) -> str:
    """What the route is about; a test helper is about what it helps with."""
    if not route.path.startswith("/v1/"):
        return OWN
    segments = route.path.removeprefix("/v1/").removeprefix("test_helpers/").split("/")
    return "/".join(segments[: 2 if segments[0] == "terminal" else 1])


def _does(route: AnyRoute) -> str:
    told = inspect.getdoc(route.handler)
    assert told, f"{route.method} {route.path}: its handler says nothing"
    return told.splitlines()[0].removesuffix(".")


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(fresh(PAGE.read_text()))
