"""A journal that was put back from a backup: nothing is taken twice, and nothing is told twice."""

import asyncio
from pathlib import Path

import pytest

from posd.composition import Posd
from posd.errors import Refused
from posd.model.attempt import AttemptState
from posd.model.closing import Agreement
from posd.model.restore_facts import RestoreCause
from posd.refund_commands import Allowance
from posd.snapshot.views import UpstreamState
from tests.unit.posd.house import LANE_1, TILL, config, declared, ordered
from tests.unit.posd.restored_store import REPORTED_S, Store, gap, no_line, sold, store, wish
from tests.unit.posd.stage import approves, hangs
from tests.unit.posd.virtual import virtual

MANAGER = "key_posd_manager"
WHY = "Receipts compared with the terminal."
DAY_MS = 24 * 3600 * 1000
A_TILL = Allowance(any_payment=True, amount_max=5000)
A_MANAGER = Allowance(any_payment=True)


async def life(on: Store, *orders: str) -> None:
    """One posd that sells each order and tells Stripe."""
    async with on.house.living() as posd:
        for order in orders:
            await sold(posd, order=order)
            await asyncio.sleep(REPORTED_S)


async def restored(on: Store) -> None:
    """One order is in the backup, two are lost with it; Stripe has all three."""
    await life(on, "A-1")
    on.back_up()
    await life(on, "A-2", "A-3")
    on.put_back()


@virtual
async def test_what_stripe_has_of_the_gap_guards_its_orders(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        await restored(on)
        async with on.house.living() as posd:
            assert gap(posd).cause is RestoreCause.BEHIND
            await asyncio.sleep(REPORTED_S)
            assert gap(posd).listed_ms is not None
            with pytest.raises(Refused) as refused:
                await sold(posd, order="A-2")
            (taken,) = posd.journal.queries.imported_for("A-2")
            assert refused.value.payment_intent == taken.payment_intent
            assert (taken.amount, taken.currency, taken.amount_guaranteed) == (1250, "eur", 1250)
            await sold(posd, order="B-1")
        assert on.terminal.asked.count("authorize") == 4


@virtual
async def test_nothing_is_sold_before_stripe_has_told(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        await restored(on)
        line, on.house.stripe = on.house.stripe, no_line()
        async with on.house.living() as posd:
            with pytest.raises(Refused) as refused:
                await sold(posd, order="B-1")
            assert (refused.value.code, refused.value.status) == ("journal_restored", 409)
            await posd.services().restores.let_sell("The line is cut.", actor=MANAGER, claim=None)
            await sold(posd, order="B-1")
        on.house.stripe = line
        async with on.house.living() as posd:
            sales = gap(posd).sales
            assert sales is not None
            assert (sales.actor, sales.reason) == (MANAGER, "The line is cut.")


@virtual
async def test_nothing_is_sent_before_a_person_accepts_the_gap(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        await restored(on)
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            await sold(posd, order="B-1")
            await asyncio.sleep(600)
            assert on.guaranteed() == [1250] * 3
            assert posd.snapshot().upstream.state is UpstreamState.PAUSED
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            assert on.guaranteed() == [1250] * 3
            answered = await posd.services().restores.accept(WHY, actor=MANAGER, claim=None)
            assert answered.record.accepted is not None
            await asyncio.sleep(REPORTED_S)
            assert on.guaranteed() == [1250] * 4
            assert posd.journal.queries.open_restore() is None
        await life(on, "B-2")
        assert on.guaranteed() == [1250] * 5


@virtual
async def test_what_waited_in_the_backup_is_looked_for_before_it_is_sent(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        line, on.house.stripe = on.house.stripe, no_line()
        async with on.house.living() as posd:
            await sold(posd, order="A-1")
            await asyncio.sleep(REPORTED_S)
        on.back_up()
        on.house.stripe = line
        async with on.house.living():
            await asyncio.sleep(REPORTED_S)
        on.house.clock.now_ms += 3 * DAY_MS  # Stripe has forgotten the keys
        assert on.guaranteed() == [1250]
        on.put_back()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            assert posd.journal.outbox.waiting_count() == 1
            await posd.services().restores.accept(WHY, actor=MANAGER, claim=None)
            await asyncio.sleep(600)
            assert posd.journal.outbox.waiting_count() == 0
        assert on.guaranteed() == [1250]
        assert len(on.records()) == 1


@virtual
async def test_a_payment_of_the_backup_that_was_paid_in_the_gap_is_not_paid_again(
    tmp_path: Path,
) -> None:
    async with store(tmp_path) as on:
        async with on.house.living() as posd:
            intent = await ordered(posd)
        on.back_up()
        async with on.house.living() as posd:
            await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
            await asyncio.sleep(REPORTED_S)
        on.put_back()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            with pytest.raises(Refused, match="was paid, 1250 eur"):
                await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
            with pytest.raises(Refused, match="was paid"):
                await posd.captures.cancel(intent.id, None, actor=TILL, claim=None)


@virtual
async def test_a_machine_that_was_set_back_with_all_its_files_is_noticed_before_it_sends(
    tmp_path: Path,
) -> None:
    async with store(tmp_path) as on:
        await life(on, "A-1")
        on.back_up()
        await life(on, "A-2")
        on.put_back(whole_machine=True)
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            await sold(posd, order="B-1")
            await asyncio.sleep(REPORTED_S)
            found = gap(posd)
            assert found.cause is RestoreCause.REPORTED_ELSEWHERE
            assert found.lost_seq is not None
            assert found.lost_seq > found.after_seq
            assert on.guaranteed() == [1250] * 2
            assert len(posd.journal.queries.imported_for("A-2")) == 1
            await posd.services().restores.accept(WHY, actor=MANAGER, claim=None)
            await asyncio.sleep(REPORTED_S)
        assert on.guaranteed() == [1250] * 3


@virtual
async def test_a_machine_that_was_set_back_sells_no_order_of_the_gap_again(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        await life(on, "A-1")
        on.back_up()
        await life(on, "A-2")
        on.put_back(whole_machine=True)
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            with pytest.raises(Refused, match="A-2"):
                await sold(posd, order="A-2")


@virtual
async def test_an_ordinary_restart_finds_no_gap(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        await life(on, "A-1", "A-2")
        await life(on, "A-3")
        async with on.house.living() as posd:
            await sold(posd, order="A-4")
            await asyncio.sleep(REPORTED_S)
            assert posd.journal.queries.open_restore() is None
        assert on.guaranteed() == [1250] * 4


@virtual
async def test_terminals_are_compared_with_journal_and_imports(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        await restored(on)
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            (side,) = gap(posd).terminals
            assert (side.reader, side.receipt, side.totals_amount) == (LANE_1, 19, 3 * 1250)
            assert (side.imported_count, side.imported_amount) == (2, 2500)
            assert side.agreement is Agreement.NOT_CHECKED  # posd did not see the period begin


@virtual
async def test_a_lost_payment_that_was_reported_twice_counts_once(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        await restored(on)
        on.stray()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            (side,) = gap(posd).terminals
            assert (side.imported_count, side.imported_amount) == (2, 2500)
            (taken,) = posd.services().restores.imported_for("A-3")
            assert taken.amount_guaranteed == 1250


@virtual
async def test_without_stripe_a_person_lets_tills_sell(tmp_path: Path) -> None:
    async with store(tmp_path, config(declared("lane-1"))) as on:
        await restored(on)
        async with on.house.living() as posd:
            await asyncio.sleep(600)
            with pytest.raises(Refused, match="has lost facts"):
                await sold(posd, order="A-2")
            assert len(gap(posd).terminals) == 1
            decides = posd.services().restores
            with pytest.raises(Refused, match="let tills sell first"):
                await decides.accept(WHY, actor=MANAGER, claim=None)
            await decides.let_sell(WHY, actor=MANAGER, claim=None)
            await decides.accept(WHY, actor=MANAGER, claim=None)
            await sold(posd, order="B-1")


@virtual
async def test_what_was_unproven_before_the_gap_is_a_persons(tmp_path: Path) -> None:
    """The terminal's last transaction is that of a sale that the journal has forgotten."""
    async with store(tmp_path) as on:
        on.terminal.dialogue = hangs
        async with on.house.living() as posd:
            unproven = await sold(posd, order="A-1")
        on.back_up()
        on.terminal.dialogue = approves
        await life(on, "A-2")
        on.put_back()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            attempt = posd.journal.queries.latest_attempt(unproven)
            assert attempt is not None
            assert (attempt.state, attempt.reason) == (AttemptState.PERSON, "journal_restored")


@virtual
async def test_what_was_taken_before_the_gap_is_given_back_by_a_manager_only(
    tmp_path: Path,
) -> None:
    """The lost facts may have given it back already."""
    async with store(tmp_path) as on:
        async with on.house.living() as posd:
            before = await sold(posd, order="A-1")
            await asyncio.sleep(REPORTED_S)
        on.back_up()
        await life(on, "A-2")
        on.put_back()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            after = await sold(posd, order="B-1")
            await asyncio.sleep(REPORTED_S)
            await posd.refunds.at_reader(LANE_1, wish(after, A_TILL))
            await asyncio.sleep(REPORTED_S)
            with pytest.raises(Refused, match="may have given it back already"):
                await posd.refunds.at_reader(LANE_1, wish(before, A_TILL))
            await posd.refunds.at_reader(LANE_1, wish(before, A_MANAGER))


@virtual
async def test_a_clone_tells_what_it_sold_itself_and_nothing_of_the_others(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    async with store(first) as on:
        line, on.house.stripe = on.house.stripe, no_line()
        async with on.house.living() as posd:
            await sold(posd, order="A-1")
            await asyncio.sleep(REPORTED_S)
            assert posd.journal.outbox.waiting_count() == 1  # and in the copy
        clone = on.clone(tmp_path / "second", "machine-2")
        on.house.stripe = clone.house.stripe = line
        await life(on, "A-2")
        async with clone.house.living() as posd:
            assert gap(posd).cause is RestoreCause.OTHER_MACHINE
            await asyncio.sleep(REPORTED_S)
            with pytest.raises(Refused, match="A-2"):
                await sold(posd, order="A-2")
            await sold(posd, order="B-1")
            await posd.services().restores.accept(WHY, actor=MANAGER, claim=None)
            await asyncio.sleep(REPORTED_S)
            assert posd.journal.outbox.parked_count() == 0
        await life(on, "A-3")
        async with on.house.living() as posd:
            assert posd.journal.queries.open_restore() is None
            assert posd.journal.outbox.parked_count() == 0
        assert on.guaranteed() == [1250] * 4
        orders = [record.metadata["order_id"] for record in on.records()]
        assert sorted(orders) == ["A-1", "A-2", "A-3", "B-1"]


@virtual
async def test_no_id_of_an_event_is_given_out_twice(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        await life(on, "A-1")
        on.back_up()
        async with on.house.living() as posd:
            await sold(posd, order="A-2")
            lost = events(posd)
        on.put_back()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            await sold(posd, order="B-1")
            told = events(posd)
            assert all(posd.journal.queries.event(id_) is not None for id_ in told)
        both = lost.keys() & told.keys()
        assert both
        assert {id_: lost[id_] for id_ in both} == {id_: told[id_] for id_ in both}
        assert len(told) > len(both) < len(lost)


def events(posd: Posd) -> dict[str, bytes]:
    return {one.event.id: one.event.body for one in posd.journal.queries.events(1000)}
