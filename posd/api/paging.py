"""Pages of a list: what the journal is asked for, and what of it is shown."""

from collections.abc import Sequence
from typing import TypeVar

from posd.journal.queries import ANY_TIME, CreatedFilter
from posd.render import Json
from posd.stripe_wire.errors import resource_missing
from posd.stripe_wire.lists import Page, TimeRange

T = TypeVar("T")


def created_filter(asked: TimeRange) -> CreatedFilter:
    """Whole seconds, both included, as the journal's milliseconds, the end excluded."""
    end_of_time = ANY_TIME.before_ms
    return CreatedFilter(
        from_ms=0 if asked.first is None else min(asked.first * 1000, end_of_time),
        before_ms=end_of_time if asked.last is None else min((asked.last + 1) * 1000, end_of_time),
    )


def cut(found: Sequence[T], page: Page) -> tuple[Sequence[T], bool]:
    """The page of one object more than fits, and whether there is more in its direction."""
    shown = found[-page.limit :] if page.ending_before else found[: page.limit]
    return shown, len(found) > page.limit


def cut_whole(newest_first: Sequence[Json], page: Page, noun: str) -> tuple[Sequence[Json], bool]:
    """The page of a list that is at hand whole, and whether there is more in its direction.

    Raises Rejected for a cursor that names none of them; `noun` is what they are.
    """
    ids = [one["id"] for one in newest_first]

    def place(id_: str, param: str) -> int:
        if id_ not in ids:
            raise resource_missing(noun, id_, param)
        return ids.index(id_)

    if page.ending_before is not None:
        end = place(page.ending_before, "ending_before")
        start = max(0, end - page.limit)
        return newest_first[start:end], start > 0
    start = 0
    if page.starting_after is not None:
        start = place(page.starting_after, "starting_after") + 1
    end = start + page.limit
    return newest_first[start:end], end < len(newest_first)
