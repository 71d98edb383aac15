"""Charges that are one too many are on the page until somebody has decided."""

import pytest

from posd.snapshot.views import Level
from tests.unit.posd.snapshots import Shop, online


@pytest.mark.parametrize(
    ("drafts", "level", "details"),
    [(0, Level.OK, ()), (2, Level.ATTENTION, ("Refunds to decide: 2.",))],
)
def test_drafted_refunds_are_counted_for_a_person(
    drafts: int, level: Level, details: tuple[str, ...]
) -> None:
    shop = Shop()
    shop.live[shop.add_reader("front")] = online()
    shop.refund_drafts = drafts
    snapshot = shop.snapshot()
    assert (snapshot.verdict.level, snapshot.verdict.details) == (level, details)
    assert snapshot.refund_drafts == drafts
