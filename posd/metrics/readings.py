"""What a metric reads at one moment; pure."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from posd.durations import Buckets
from posd.metrics.families import Family

Labels: TypeAlias = tuple[str, ...]


class Reading(Struct, frozen=True):
    """A metric and its values, by their labels in the family's order. A histogram's are Buckets."""

    family: Family
    values: Mapping[Labels, float | Buckets]


def alone(family: Family, value: float | Buckets | None) -> Reading:
    """A metric without labels; one that has no value is told without."""
    return Reading(family, {} if value is None else {(): value})


def infos(family: Family, told: Iterable[Labels]) -> Reading:
    """What is told in labels alone; the number is 1."""
    return Reading(family, dict.fromkeys(told, 1.0))


def one_of(family: Family, states: Mapping[Labels, Enum]) -> Reading:
    """Labels and then every state there is: 1 for the one it is in now, 0 for the others."""
    return Reading(
        family,
        {
            (*labels, state.value): float(state is now)
            for labels, now in states.items()
            for state in type(now)
        },
    )


def by_currency(family: Family, amounts: Mapping[str, int]) -> Reading:
    """Sums in minor units."""
    return Reading(family, {(currency,): float(amount) for currency, amount in amounts.items()})


def every(family: Family, counted: Mapping[str, int], names: Iterable[str]) -> Reading:
    """Counts by one label whose values are known before: what never happened is told as 0."""
    return Reading(family, {(name,): float(counted.get(name, 0)) for name in names})
