"""What a reload takes over of a file that has changed, and what of it waits for a restart."""

from collections.abc import Iterator, Set
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from posd.config.sections import Config, ReaderConfig

LIVE: Final = ("offline", "log", "lane", "reader", "key")
"""The sections that count as soon as the file is read again."""


@dataclass(frozen=True, slots=True)
class Changes:
    """From the file that counts to the one that was read.

    Attributes:
        readers: Names of those that are new, other than before, or gone.
        waiting: Keys that count after a restart only, e.g. `store.time_zone`.
    """

    readers: frozenset[str]
    waiting: tuple[str, ...]


def changes(before: Config, after: Config) -> Changes:
    """What differs."""
    old = {one.name: one for one in before.reader}
    new = {one.name: one for one in after.reader}
    readers = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    return Changes(frozenset(readers), tuple(_waiting(before, after)))


def taken_over(before: Config, after: Config, kept: Set[str]) -> Config:
    """What counts from now on; the readers named in `kept` stay as they were."""
    readers = [one for one in after.reader if one.name not in kept]
    readers += [one for one in before.reader if one.name in kept]
    order = [one.name for one in (*after.reader, *before.reader)]
    readers.sort(key=lambda one: order.index(one.name))
    taken: tuple[ReaderConfig, ...] = tuple(readers)
    live = {name: getattr(after, name) for name in LIVE} | {"reader": taken}
    return replace(before, **live)


def _waiting(before: Config, after: Config) -> Iterator[str]:
    for section in fields(Config):
        old, new = getattr(before, section.name), getattr(after, section.name)
        if section.name in LIVE or old == new:
            continue
        if old is None or new is None or isinstance(old, str | tuple):
            yield section.name
            continue
        yield from (f"{section.name}.{key}" for key in _differing(old, new))


def _differing(old: Any, new: Any) -> Iterator[str]:  # noqa: ANN401 (whatever a section holds)
    for field in fields(old):
        if getattr(old, field.name) != getattr(new, field.name):
            yield field.name
