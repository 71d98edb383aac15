"""What a look costs: so many statements, however long the journal and the day."""

import pytest

from posd.journal.store import Journal
from posd.snapshot.build import AtStripe, build
from tests.unit.posd.journal.conftest import clock, journal  # noqa: F401 (fixtures)
from tests.unit.posd.journal.scenario import READER, Facts, payment, reader
from tests.unit.posd.snapshots import NOW_MS, Shop, nothing_lately, online

STATEMENTS_MAX = 17
"""Of a store with one reader where nothing is wrong."""


@pytest.mark.parametrize("payments", [1, 30])
async def test_a_look_costs_so_many_statements_whatever_was_sold(
    journal: Journal,  # noqa: F811 (a fixture)
    payments: int,
) -> None:
    await journal.commit(Facts((reader(),)))
    for number in range(payments):
        for command in payment(number):
            await journal.commit(command)
    shop = Shop(live={READER: online()})
    asked: list[str] = []

    def note(_cursor: object, statement: str, _bindings: object) -> bool:
        asked.append(statement)
        return True

    journal.queries._db.exec_trace = note
    stripe = AtStripe(shop.upstream, shop.fleet)
    seen = build(shop.place(), journal.queries, shop.live, stripe, nothing_lately(), NOW_MS)
    assert len(seen.payments) == min(payments, 20)
    assert len(asked) <= STATEMENTS_MAX, "\n".join(asked)
