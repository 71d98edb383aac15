"""What a person may decide about a gap, and what is not said twice."""

from pathlib import Path

import pytest

from posd.errors import Refused
from posd.model.restore import Restore
from posd.restores import CompareTerminal, FinishListing, ImportPayments, Restores
from posd_drivers.card_reader import Totals
from tests.unit.posd.journal.lives import Machine, open_gap
from tests.unit.posd.journal.scenario import READER, Facts, reader
from tests.unit.posd.upstream.test_lost_records import IMPORTED

MANAGER = "key_posd_manager"
WHY = "Receipts compared."


@pytest.fixture
async def machine(tmp_path: Path) -> Machine:
    """A machine on which a copy without its mark lies."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    there = Machine(first)
    await there.life()
    return there.copy(second)


async def test_a_journal_without_a_gap_has_nothing_to_decide(tmp_path: Path) -> None:
    journal = Machine(tmp_path).start()
    decides = Restores(journal)
    assert decides.shown() == (None, [])
    with pytest.raises(Refused, match="is complete"):
        await decides.accept(WHY, actor=MANAGER, claim=None)
    with pytest.raises(Refused, match="is complete"):
        await decides.let_sell(WHY, actor=MANAGER, claim=None)
    assert decides.imported_for("A-17") == []
    journal.close()


async def test_another_gap_than_the_one_that_was_seen_is_not_decided(machine: Machine) -> None:
    journal = machine.start()
    decides, gap = Restores(journal), open_gap(journal)
    for decide in (decides.let_sell, decides.accept):
        with pytest.raises(Refused, match="has changed since"):
            await decide(WHY, actor=MANAGER, claim=None, seen="rst_posd_before")
    await decides.let_sell(WHY, actor=MANAGER, claim=None, seen=gap.id)
    answered = await decides.accept(WHY, actor=MANAGER, claim=None, seen=gap.id)
    assert answered.record.accepted is not None
    journal.close()


async def test_each_step_of_a_gap_is_one_fact_however_often_it_is_said(machine: Machine) -> None:
    journal = machine.start()
    decides, gap = Restores(journal), open_gap(journal)
    with pytest.raises(Refused, match="has lost facts"):
        decides.imported_for("A-17")
    for _ in range(2):
        await journal.commit(ImportPayments((IMPORTED,)))
        await journal.commit(FinishListing(gap.id, 40))
        await decides.let_sell(WHY, actor=MANAGER, claim=None)  # they may already
    assert [one.id for one in decides.imported_for("A-17")] == ["pr_1"]
    assert [one.kind for one in journal.queries.entries("pr_1")] == ["PaymentImported"]
    kinds = [one.kind for one in journal.queries.entries(gap.id)]
    assert kinds == ["RestoreNoticed", "UpstreamListed"]
    answered = await decides.accept(WHY, actor=MANAGER, claim=None)
    assert answered.record.accepted is not None
    shown, imported = decides.shown()
    assert (shown, len(imported)) == (answered.record, 1)
    await journal.commit(FinishListing(gap.id, 41))
    assert decides.shown()[0] == shown
    journal.close()


async def test_a_terminal_is_compared_again_while_the_gap_is_open_and_not_after(
    machine: Machine,
) -> None:
    journal = machine.start()
    gap = open_gap(journal)
    await journal.commit(Facts((reader(),)))

    async def compare(amount: int) -> Restore:
        totals = Totals(amount)
        await journal.commit(CompareTerminal(gap.id, READER, totals, 17, ()))
        found = journal.queries.restore(gap.id)
        assert found is not None
        return found

    assert [one.totals_amount for one in (await compare(1250)).terminals] == [1250]
    assert [one.totals_amount for one in (await compare(2500)).terminals] == [2500]
    await journal.commit(FinishListing(gap.id, 0))
    await Restores(journal).accept(WHY, actor=MANAGER, claim=None)
    assert [one.totals_amount for one in (await compare(9)).terminals] == [2500]
    journal.close()
