"""Pages of a list: what the journal is asked for, and what of it is shown."""

from collections.abc import Sequence
from typing import TypeVar

from posd.journal.queries import ANY_TIME, CreatedFilter
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
