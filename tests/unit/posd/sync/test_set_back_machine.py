"""A machine that was set back with all its files, and lost no sale: refunds, or a proof.

Nothing on it tells that: journal and mark agree. Stripe was told.
"""

import asyncio
from pathlib import Path

import pytest

from posd.composition import Posd
from posd.errors import Refused
from posd.model.restore_facts import RestoreCause
from posd.refund_commands import Allowance
from posd_simulator.cloud.rules.payment_records import Refund, refunded_value
from tests.unit.posd.house import LANE_1
from tests.unit.posd.restored_store import (
    REPORTED_S,
    Store,
    books_and_hangs,
    gap,
    no_line,
    sold,
    store,
    wish,
)
from tests.unit.posd.stage import approves
from tests.unit.posd.virtual import virtual

MANAGER = "key_posd_manager"
WHY = "Receipts compared with the terminal."
A_MANAGER = Allowance(any_payment=True)


async def give_back(posd: Posd, payment_intent: str, amount: int) -> None:
    """A part goes back, and whatever is due is told."""
    await posd.refunds.at_reader(LANE_1, wish(payment_intent, A_MANAGER, amount))
    await asyncio.sleep(REPORTED_S)


async def accept(posd: Posd) -> None:
    """A person has looked into the gap."""
    await posd.services().restores.accept(WHY, actor=MANAGER, claim=None)


async def a_sale(on: Store) -> str:
    """A payment that Stripe was told of by a posd that has stopped since."""
    async with on.house.living() as posd:
        payment_intent = await sold(posd, order="A-1")
        await asyncio.sleep(REPORTED_S)
    return payment_intent


@virtual
async def test_a_refund_that_was_lost_alone_is_noticed_and_not_made_again(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        before = await a_sale(on)
        on.back_up()
        async with on.house.living() as posd:
            await give_back(posd, before, 500)
        on.put_back(whole_machine=True)
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            found = gap(posd)
            assert (found.cause, found.lost_seq) == (RestoreCause.REPORTED_ELSEWHERE, None)
            assert posd.journal.queries.refunded_in_gap(before) == 500
            with pytest.raises(Refused, match="750 eur"):
                await posd.refunds.at_reader(LANE_1, wish(before, A_MANAGER, 751))
            await accept(posd)
            await give_back(posd, before, 750)
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            assert posd.journal.queries.open_restore() is None
        (record,) = on.records()
        assert refunded_value(record) == 1250


@virtual
async def test_it_is_noticed_after_the_same_amount_went_back_again(tmp_path: Path) -> None:
    """With the line down a manager may give it back a second time: that must not hide the first."""
    async with store(tmp_path) as on:
        before = await a_sale(on)
        on.back_up()
        async with on.house.living() as posd:
            await give_back(posd, before, 500)
        on.put_back(whole_machine=True)
        line, on.house.stripe = on.house.stripe, no_line()
        async with on.house.living() as posd:
            await give_back(posd, before, 500)
        on.house.stripe = line
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            assert gap(posd).cause is RestoreCause.REPORTED_ELSEWHERE


@virtual
async def test_what_is_owed_or_told_is_not_missing(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        before = await a_sale(on)
        async with on.house.living() as posd:
            await give_back(posd, before, 500)
        line, on.house.stripe = on.house.stripe, no_line()
        async with on.house.living() as posd:
            await give_back(posd, before, 250)
        on.house.stripe = line
        for _ in range(2):
            async with on.house.living() as posd:
                await asyncio.sleep(REPORTED_S)
                assert posd.journal.queries.open_restore() is None
        (record,) = on.records()
        assert refunded_value(record) == 750


@virtual
async def test_one_whose_answer_never_came_is_not_missing(tmp_path: Path) -> None:
    async with store(tmp_path) as on:
        before = await a_sale(on)
        line, on.house.stripe = on.house.stripe, no_line()
        async with on.house.living() as posd:
            await give_back(posd, before, 500)
            (refund,) = posd.journal.queries.refunds_of(before)
            effect = f"{refund.attempt}-refund"
            assert await posd.journal.outbox.mark_sending(effect, on.account())
        on.house.stripe = line
        on.report(Refund(reference=refund.id, value=500, created=0))
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            assert posd.journal.queries.open_restore() is None


@virtual
async def test_what_waited_for_stripe_in_an_accepted_gap_opens_no_other(tmp_path: Path) -> None:
    """The backup had not sent it, the lost facts have: it is looked for, not missing."""
    async with store(tmp_path) as on:
        line, on.house.stripe = on.house.stripe, no_line()
        async with on.house.living() as posd:
            before = await sold(posd, order="A-1")
            await asyncio.sleep(REPORTED_S)
            await give_back(posd, before, 500)
        on.back_up()
        on.house.stripe = line
        async with on.house.living():
            await asyncio.sleep(REPORTED_S)
        on.put_back()
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            await accept(posd)
            assert posd.journal.outbox.waiting_count() > 0
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            assert posd.journal.queries.open_restore() is None


@virtual
async def test_what_somebody_else_reported_opens_one_gap_and_counts_from_then_on(
    tmp_path: Path,
) -> None:
    """Stripe tells one sum and not who reported it, so it may be a lost refund."""
    async with store(tmp_path) as on:
        before = await a_sale(on)
        on.report(Refund(reference="by hand", value=300, created=0))
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            assert gap(posd).cause is RestoreCause.REPORTED_ELSEWHERE
            await accept(posd)
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
            assert posd.journal.queries.open_restore() is None
            with pytest.raises(Refused, match="950 eur"):
                await posd.refunds.at_reader(LANE_1, wish(before, A_MANAGER, 951))


@virtual
async def test_a_proof_that_was_lost_and_is_made_again_before_the_look_is_noticed(
    tmp_path: Path,
) -> None:
    """Its report would carry another number under the key of the lost one (M13)."""
    async with store(tmp_path) as on:
        on.terminal.dialogue = books_and_hangs
        async with on.house.living() as posd:
            unproven = await sold(posd, order="A-1")
        on.back_up()
        on.terminal.dialogue = approves
        async with on.house.living() as posd:
            await asyncio.sleep(REPORTED_S)
        on.put_back(whole_machine=True)
        async with on.house.living() as posd:
            await asyncio.sleep(0.5)
            attempt = posd.journal.queries.latest_attempt(unproven)
            assert attempt is not None
            assert posd.journal.queries.is_approved(attempt.id)
            await asyncio.sleep(REPORTED_S)
            assert gap(posd).cause is RestoreCause.REPORTED_ELSEWHERE
