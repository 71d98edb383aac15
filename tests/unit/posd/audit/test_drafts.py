"""A person has a drafted refund carried out, once, or says why it need not be (M6, M11)."""

import asyncio
from pathlib import Path

import pytest

from posd.audit.drafts import DraftRefund, Drafts
from posd.errors import Refused
from posd.model.audit_facts import DraftCause, DraftEnd, RefundDrafted
from posd.model.payment_intent import PaymentIntent
from posd.model.refund import Refund, RefundState
from posd.model.refund_draft import RefundDraft, draft_id
from tests.unit.posd.audit.watching import drafted, sentinel
from tests.unit.posd.giving_back import OFFICE, declines, paid, shows_0119, standing
from tests.unit.posd.stage import HELD_S, READER, ScriptedTerminal, Stage, played


async def draft_of(
    on: Stage, intent: PaymentIntent, cause: DraftCause = DraftCause.TWO_PAYMENTS
) -> RefundDraft:
    """That payment is one too many."""
    attempt = on.attempt_of(intent)
    fact = RefundDrafted(
        draft_id(attempt.id), cause, intent.id, attempt.id, 1250, "eur", "A-17", "pi_0", 17
    )
    await on.journal.commit(DraftRefund(fact))
    return Drafts(on.journal, on.refunds).one(fact.draft)


def refunds_of(on: Stage, intent: PaymentIntent) -> list[Refund]:
    """Every refund of it."""
    return on.journal.queries.refunds_of(intent.id)


def test_an_approved_draft_is_reversed_where_it_was_taken_and_is_over_then(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        async with sentinel(on) as drafts:
            intent = await paid(on, 1250)
            draft = await draft_of(on, intent)
            approved = await drafts.approve(draft.id, "Paid twice.", None, actor=OFFICE)
            assert (approved.reason, approved.actor) == ("Paid twice.", OFFICE)
            assert await drafted(drafts) == ()
            (refund,) = refunds_of(on, intent)
            assert (refund.id, refund.state, refund.reason) == (
                approved.refunds[0],
                RefundState.SUCCEEDED,
                "duplicate",
            )
            assert standing(on, intent).given_back
            assert drafts.one(draft.id).end is DraftEnd.GIVEN_BACK

    played(tmp_path, scene)


def test_the_approval_and_the_refund_are_one_transaction(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on, 1250)
        draft = await draft_of(on, intent)
        await Drafts(on.journal, on.refunds).approve(draft.id, "Paid twice.", None, actor=OFFICE)
        entries = on.journal.queries.entries(draft.id)
        assert [one.kind for one in entries] == ["RefundDrafted", "RefundDraftApproved"]
        following = on.journal.queries.entry(entries[-1].seq + 1)
        assert following is not None
        assert (following.kind, following.wall_ms) == ("RefundRequested", entries[-1].wall_ms)

    played(tmp_path, scene)


def test_approved_twice_at_once_or_later_it_is_given_back_once(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on, 1250)
        draft = await draft_of(on, intent)
        drafts = Drafts(on.journal, on.refunds)
        async with asyncio.TaskGroup() as group:
            for number in range(3):
                once = drafts.approve(draft.id, "Paid twice.", None, actor=OFFICE)
                group.create_task(once, name=f"manager-{number}")
        await asyncio.sleep(HELD_S)
        await drafts.approve(draft.id, "Paid twice.", None, actor=OFFICE)
        await asyncio.sleep(HELD_S)
        assert [one.state for one in refunds_of(on, intent)] == [RefundState.SUCCEEDED]
        assert on.terminal.asked.count("reverse") == 1

    played(tmp_path, scene)


def test_a_refund_that_failed_leaves_the_draft_and_may_be_tried_again(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on, 1250)
        draft = await draft_of(on, intent)
        drafts = Drafts(on.journal, on.refunds)
        await on.closings.close(READER, actor=OFFICE, claim=None)
        await asyncio.sleep(HELD_S)
        with pytest.raises(Refused) as refusal:
            await drafts.approve(draft.id, "Paid twice.", None, actor=OFFICE)
        assert refusal.value.code == "charge_not_refundable"
        await drafts.approve(draft.id, "Paid twice.", READER, actor=OFFICE)
        await asyncio.sleep(HELD_S)
        assert [one.state for one in refunds_of(on, intent)] == [RefundState.FAILED]
        on.terminal.refunding = shows_0119
        again = await drafts.approve(draft.id, "The card is here now.", READER, actor=OFFICE)
        await asyncio.sleep(HELD_S)
        assert len(again.refunds) == 2

    played(tmp_path, scene, ScriptedTerminal(refunding=declines))


def test_a_dismissed_draft_is_over_with_its_reason_and_is_not_drafted_again(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on, 1250)
        draft = await draft_of(on, intent)
        drafts = Drafts(on.journal, on.refunds)
        dismissed = await drafts.dismiss(draft.id, "Two bills.", actor=OFFICE, claim=None)
        assert (dismissed.end, dismissed.reason, dismissed.actor) == (
            DraftEnd.DISMISSED,
            "Two bills.",
            OFFICE,
        )
        again = await draft_of(on, intent)
        assert (again, drafts.open()) == (dismissed, [])
        with pytest.raises(Refused) as refusal:
            await drafts.approve(draft.id, "Paid twice.", None, actor=OFFICE)
        assert refusal.value.code == "refund_draft_unexpected_state"

    played(tmp_path, scene)


def test_posd_gives_back_nothing_that_its_journal_does_not_count_as_a_charge(
    tmp_path: Path,
) -> None:
    async def scene(on: Stage) -> None:
        intent = await paid(on, 1250)
        draft = await draft_of(on, intent, DraftCause.CHARGED_AFTER_ALL)
        with pytest.raises(Refused) as refusal:
            await Drafts(on.journal, on.refunds).approve(draft.id, "Why.", None, actor=OFFICE)
        assert "reverse it by hand" in refusal.value.message
        assert refunds_of(on, intent) == []

    played(tmp_path, scene)
