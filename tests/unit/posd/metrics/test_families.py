"""Names and labels as Prometheus' own guide has them (prometheus.io/docs/practices/naming)."""

import re

import pytest

from posd.metrics.families import FAMILIES, Family, Kind

UNITS = ("_seconds", "_minor_units")
LABELS_MAX = 3


def test_no_metric_stands_there_twice() -> None:
    names = [family.name for family in FAMILIES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_name_is_posds_and_says_what_it_is(family: Family) -> None:
    assert re.fullmatch(r"posd(_[a-z]+)+", family.name)
    assert family.name.endswith("_total") == (family.kind is Kind.COUNTER)
    assert not re.search(r"_(ms|milliseconds|minutes|hours|cents|count|sum|bucket)\b", family.name)
    if family.kind is Kind.HISTOGRAM or "age" in family.name.split("_"):
        assert family.name.endswith("_seconds")
    if "amount" in family.name:
        assert family.name.endswith(UNITS)
        assert family.labels == ("currency",)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_labels_are_few_and_none_is_prometheus_own(family: Family) -> None:
    assert len(family.labels) <= LABELS_MAX
    assert not {"le", "quantile", "job", "instance"} & set(family.labels)
    assert not {"payment_intent", "order", "attempt", "key"} & set(family.labels)
