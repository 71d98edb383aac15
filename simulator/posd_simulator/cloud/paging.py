"""A page of a list, cut by Stripe's cursors."""

from collections.abc import Sequence

from posd.stripe_wire import lists
from posd.stripe_wire.errors import resource_missing
from posd_simulator.cloud.objects import Json


def cut(path: str, newest_first: Sequence[Json], page: lists.Page, noun: str) -> Json:
    """The page in its envelope.

    Args:
        path: The list's own path.
        newest_first: Everything the filters let through.
        page: Which part of it.
        noun: What a cursor names, for the refusal of an unknown one.

    Raises:
        Rejected: A cursor names nothing in the list.
    """
    ids = [str(row["id"]) for row in newest_first]

    def place(cursor: str, param: str) -> int:
        if cursor not in ids:
            raise resource_missing(noun, cursor, param)
        return ids.index(cursor)

    if page.ending_before is not None:
        end = place(page.ending_before, "ending_before")
        start = max(0, end - page.limit)
        has_more = start > 0
    else:
        after = page.starting_after
        start = 0 if after is None else place(after, "starting_after") + 1
        end = start + page.limit
        has_more = end < len(ids)
    return lists.envelope(path, newest_first[start:end], has_more=has_more)
