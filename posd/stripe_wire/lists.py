"""Lists: what a page is, how a caller asks for one, and the envelope it comes in.

Newest first. `starting_after` goes towards older objects, `ending_before` towards newer ones; both
name an object of the list. Source: Stripe API reference, "Pagination".
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from posd.stripe_wire import fields
from posd.stripe_wire.errors import invalid_request
from posd.stripe_wire.form import Node

PAGE_OBJECTS_DEFAULT = 10
PAGE_OBJECTS_MAX = 100

PARAMS = frozenset({"limit", "starting_after", "ending_before"})
"""The parameters `page` reads."""


class Page(Struct, frozen=True):
    """Which part of a list is asked for; at most one of the cursors is set.

    Attributes:
        limit: Objects at most, 1..100.
        starting_after: The id of the object just before the page, or None.
        ending_before: The id of the object just after the page, or None.
    """

    limit: int = PAGE_OBJECTS_DEFAULT
    starting_after: str | None = None
    ending_before: str | None = None


class TimeRange(Struct, frozen=True):
    """A `created` filter in whole seconds since 1970 UTC, both ends included; None is open."""

    first: int | None = None
    last: int | None = None

    def holds(self, seconds: int) -> bool:
        """Whether the moment lies within."""
        return (self.first is None or self.first <= seconds) and (
            self.last is None or seconds <= self.last
        )


def page(params: Mapping[str, Node]) -> Page:
    """The page a query asks for. Raises Rejected."""
    if "starting_after" in params and "ending_before" in params:
        raise invalid_request(
            "You cannot parameterize both 'starting_after' and 'ending_before'.",
            code="parameters_exclusive",
            param="starting_after",
        )
    limit = PAGE_OBJECTS_DEFAULT
    if "limit" in params:
        limit = fields.integer(params["limit"], "limit", minimum=1, maximum=PAGE_OBJECTS_MAX)
    return Page(limit, _cursor(params, "starting_after"), _cursor(params, "ending_before"))


def created(node: Node, param: str = "created") -> TimeRange:
    """A `created` filter: one second, or a hash of gt, gte, lt and lte. Raises Rejected."""
    if isinstance(node, str):
        exact = fields.timestamp(node, param)
        return TimeRange(exact, exact)
    bounds = fields.hash_of(node, param)
    fields.reject_unknown(bounds, ("gt", "gte", "lt", "lte"), param)
    value = {name: fields.timestamp(bounds[name], f"{param}[{name}]") for name in bounds}
    firsts = [value[name] + step for name, step in (("gt", 1), ("gte", 0)) if name in value]
    lasts = [value[name] - step for name, step in (("lt", 1), ("lte", 0)) if name in value]
    return TimeRange(max(firsts, default=None), min(lasts, default=None))


def envelope(
    url: str, objects: Sequence[Mapping[str, object]], *, has_more: bool
) -> dict[str, object]:
    """The list as the caller sees it. `url` is the path, without query: SDKs page with it."""
    return {"object": "list", "url": url, "has_more": has_more, "data": list(objects)}


def _cursor(params: Mapping[str, Node], name: str) -> str | None:
    return fields.text(params[name], name) if name in params else None
