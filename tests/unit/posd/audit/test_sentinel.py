"""Two charges for one order become a draft, from whatever source they come."""

from pathlib import Path

import pytest

from posd.model.audit_facts import DraftCause, DraftEnd
from posd.model.facts import (
    AttemptNotCharged,
    DiscrepancyClosed,
    DiscrepancyFound,
    OutcomeUnknown,
    PaymentIntentCreated,
    PersonNeeded,
    Proof,
)
from posd.model.reader_facts import TerminalUsedElsewhere
from posd.model.restore_facts import PaymentImported
from posd_drivers.card_reader import Kind, Transaction
from tests.unit.posd.audit.histories import sold, started
from tests.unit.posd.audit.watching import drafted, sentinel
from tests.unit.posd.stage import READER, TERMINAL_ID, Stage, played


def test_two_payments_of_one_order_are_one_draft_for_the_later_one(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        async with sentinel(on) as drafts:
            await on.know(*sold("att_1", "pi_1", 1250, order="A-17"))
            assert await drafted(drafts) == ()
            await on.know(*sold("att_2", "pi_2", 1250, order="A-17"))
            found = await drafted(drafts)
            assert [(one.cause, one.payment_intent, one.other, one.amount) for one in found] == [
                (DraftCause.TWO_PAYMENTS, "pi_2", "pi_1", 1250)
            ]
            assert (found[0].order, found[0].receipt, found[0].by_hand) == ("A-17", 17, False)

    played(tmp_path, scene)


@pytest.mark.parametrize(
    ("order", "part", "day"),
    [("A-18", None, "2026-11-01"), ("A-17", "2", "2026-11-01"), ("A-17", None, "2026-11-02")],
)
def test_another_order_part_or_day_is_no_duplicate(
    tmp_path: Path, order: str, part: str | None, day: str
) -> None:
    async def scene(on: Stage) -> None:
        async with sentinel(on) as drafts:
            first_part = None if part is None else "1"
            await on.know(*sold("att_1", "pi_1", 1250, order="A-17", order_part=first_part))
            second = sold("att_2", "pi_2", 1250, order=order, order_part=part, business_day=day)
            await on.know(*second)
            assert await drafted(drafts) == ()

    played(tmp_path, scene)


def test_what_a_start_missed_is_found_by_the_next_and_drafted_once(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await on.know(*sold("att_1", "pi_1", 1250, order="A-17"))
        await on.know(*sold("att_2", "pi_2", 1250, order="A-17"))
        for _ in range(2):
            async with sentinel(on) as drafts:
                found = await drafted(drafts)
                assert {one.payment_intent for one in found} == {"pi_1", "pi_2"}

    played(tmp_path, scene)


def test_a_charge_that_was_decided_not_to_be_one_is_drafted_by_hand(tmp_path: Path) -> None:
    last = Transaction(Kind.SALE, TERMINAL_ID, 1250, "eur", 0, 17, 42)

    async def scene(on: Stage) -> None:
        async with sentinel(on) as drafts:
            await on.know(
                PaymentIntentCreated("pi_1", 1250, "eur", order="A-17", business_day="2026-11-01"),
                started("att_1", "pi_1", 1250),
                OutcomeUnknown("att_1", "link_lost"),
                PersonNeeded("att_1", "not_in_time"),
                AttemptNotCharged("att_1", Proof.PERSON, None, "No receipt."),
                DiscrepancyFound("att_1", "charged_after_all", last),
            )
            (draft,) = await drafted(drafts)
            assert (draft.cause, draft.receipt, draft.by_hand) == (
                DraftCause.CHARGED_AFTER_ALL,
                17,
                True,
            )
            await on.know(DiscrepancyClosed("att_1", "Reversed at the terminal, receipt 18."))
            assert await drafted(drafts) == ()
            assert drafts.one(draft.id).end is DraftEnd.BY_HAND

    played(tmp_path, scene)


def test_what_the_lost_facts_took_and_the_journal_took_again_is_drafted(tmp_path: Path) -> None:
    imported = PaymentImported(
        "pr_9", "rst_1", "pi_9", "att_9", READER, 1250, "eur", 1250, 0, 0, order="A-17"
    )

    async def scene(on: Stage) -> None:
        async with sentinel(on) as drafts:
            await on.know(*sold("att_1", "pi_1", 1250, order="A-17"))
            await on.know(imported)
            (draft,) = await drafted(drafts)
            assert (draft.cause, draft.payment_intent, draft.other) == (
                DraftCause.SECOND_AT_STRIPE,
                "pi_1",
                "pr_9",
            )

    played(tmp_path, scene)


@pytest.mark.parametrize(("part", "found"), [("1", 1), ("2", 0), (None, 1)])
def test_a_part_of_an_order_that_the_lost_facts_took_is_no_other_part(
    tmp_path: Path, part: str | None, found: int
) -> None:
    imported = PaymentImported(
        *("pr_9", "rst_1", "pi_9", "att_9", READER, 1250, "eur", 1250, 0, 0),
        order="A-17",
        order_part=part,
    )

    async def scene(on: Stage) -> None:
        async with sentinel(on) as drafts:
            await on.know(*sold("att_1", "pi_1", 1250, order="A-17", order_part="1"))
            await on.know(imported)
            assert len(await drafted(drafts)) == found

    played(tmp_path, scene)


def test_the_journals_own_report_that_is_imported_again_is_no_second_charge(tmp_path: Path) -> None:
    imported = PaymentImported(
        "pr_1", "rst_1", "pi_1", "att_1", READER, 1250, "eur", 1250, 0, 0, order="A-17"
    )

    async def scene(on: Stage) -> None:
        async with sentinel(on) as drafts:
            await on.know(*sold("att_1", "pi_1", 1250, order="A-17"))
            await on.know(imported)
            assert await drafted(drafts) == ()

    played(tmp_path, scene)


@pytest.mark.parametrize(("amount", "found"), [(1250, 1), (1251, 0)])
def test_the_same_amount_by_hand_while_a_payment_was_in_doubt_is_drafted(
    tmp_path: Path, amount: int, found: int
) -> None:
    by_hand = Transaction(Kind.SALE, TERMINAL_ID, amount, "eur", 0, 18, 43)

    async def scene(on: Stage) -> None:
        async with sentinel(on) as drafts:
            await on.know(*sold("att_1", "pi_1", 1250, order="A-17", proof=Proof.TERMINAL))
            await on.know(TerminalUsedElsewhere(READER, by_hand))
            assert [one.cause for one in await drafted(drafts)] == [
                DraftCause.TAKEN_BY_HAND
            ] * found

    played(tmp_path, scene)


def test_the_same_amount_by_hand_after_an_ordinary_payment_is_the_next_customers(
    tmp_path: Path,
) -> None:
    by_hand = Transaction(Kind.SALE, TERMINAL_ID, 1250, "eur", 0, 18, 43)

    async def scene(on: Stage) -> None:
        async with sentinel(on) as drafts:
            await on.know(*sold("att_1", "pi_1", 1250, order="A-17"))
            await on.know(TerminalUsedElsewhere(READER, by_hand))
            assert await drafted(drafts) == ()

    played(tmp_path, scene)
