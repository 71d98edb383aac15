"""A refund is told after its payment, once, however the line behaves (M12, M13)."""

import asyncio
from pathlib import Path

from posd.model.facts import (
    AttemptKind,
    AttemptStarted,
    Baseline,
    Proof,
    StatusReported,
)
from posd.model.refund_facts import RefundRequested
from posd.outcome import Conclude, approval
from posd.queue import EffectRuling, Queue
from posd.upstream.payment_records import PaymentRecordReports
from posd_simulator.cloud.faults import FaultKind
from tests.unit.posd.journal.scenario import GIROCARD, READER
from tests.unit.posd.sync.uplink import HOUR_MS, REPORT, Uplink, uplink
from tests.unit.posd.virtual import virtual

REFUND = "/v1/payment_records/*/report_refund"
SOON_S = 5.0


async def give_back(on: Uplink, number: int, amount: int, payment: str = "pi_posd_1") -> None:
    """A refund of the payment is proven; what it owes is owed from here on."""
    refund, attempt = f"re_posd_{number}", f"att_posd_back_{number}"
    baseline = Baseline("52523535", asked=True, receipt=17)
    await on.know(
        RefundRequested(refund, payment, "ch_posd_1", amount, "eur"),
        AttemptStarted(
            attempt,
            AttemptKind.REFUND,
            payment,
            READER,
            amount,
            "eur",
            baseline,
            original="att_posd_1",
            refund=refund,
        ),
        StatusReported(attempt, GIROCARD, accepted=True),
    )
    started = on.journal.queries.attempt(attempt)
    assert started is not None
    await on.journal.commit(Conclude(approval(started, Proof.PERSON, None), PaymentRecordReports()))


def refunded(on: Uplink) -> list[list[tuple[str, int]]]:
    """Reference and amount of each refund, by record."""
    return [
        [(refund.reference, refund.value) for refund in record.refunds]
        for account in on.cloud.ledger.accounts.values()
        for record in account.payment_records.values()
    ]


def order_of_calls(on: Uplink) -> list[str]:
    """What was told, in that order, whatever else was asked."""
    told = [one.path for one in on.cloud.requests if one.method == "POST"]
    return [path.rpartition("/")[2] for path in told]


@virtual
async def test_a_refund_follows_its_payments_guarantee(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on, on.forwarding():
        await asyncio.sleep(SOON_S)
        await give_back(on, 1, 400)
        await give_back(on, 2, 850)
        await asyncio.sleep(SOON_S)
        assert refunded(on) == [[("re_posd_1", 400), ("re_posd_2", 850)]]
        assert on.journal.outbox.waiting_count() == 0


@virtual
async def test_what_goes_back_before_the_payment_is_told_waits_in_its_lane(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        await give_back(on, 1, 400)
        assert on.journal.outbox.waiting_count() == 1
        async with on.forwarding():
            await asyncio.sleep(SOON_S)
        assert order_of_calls(on) == [
            "report_payment",
            "report_payment_attempt_guaranteed",
            "report_refund",
        ]
        assert refunded(on) == [[("re_posd_1", 400)]]


@virtual
async def test_a_refund_whose_answer_was_lost_is_told_once(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on, on.forwarding():
        await asyncio.sleep(SOON_S)
        on.fail(FaultKind.LOST, REFUND)
        await give_back(on, 1, 400)
        await asyncio.sleep(60)
        assert refunded(on) == [[("re_posd_1", 400)]]
        assert len(on.requests(REFUND)) == 2
        assert on.journal.outbox.waiting_count() == 0
        assert on.journal.outbox.parked() == []


@virtual
async def test_an_old_key_is_not_used_before_stripe_was_asked(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        async with on.forwarding():
            await asyncio.sleep(SOON_S)
            on.fail(FaultKind.LOST, REFUND)
            await give_back(on, 1, 400)
            await asyncio.sleep(0.1)
        on.clock.now_ms += 24 * HOUR_MS
        async with on.forwarding():
            await asyncio.sleep(SOON_S)
        assert len(on.requests(REFUND)) == 1
        assert refunded(on) == [[("re_posd_1", 400)]]
        assert on.journal.outbox.waiting_count() == 0


@virtual
async def test_what_stripe_refuses_for_good_is_parked(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on, on.forwarding():
        await asyncio.sleep(SOON_S)
        await give_back(on, 1, 1251)
        await asyncio.sleep(SOON_S)
        (parked,) = on.journal.outbox.parked()
        assert parked.effect.id == "att_posd_back_1-refund"


@virtual
async def test_a_payment_whose_report_is_refused_owes_no_refund(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.REFUSE, REPORT, status=400)
        async with on.forwarding():
            await asyncio.sleep(SOON_S)
            await give_back(on, 1, 400)
            await asyncio.sleep(SOON_S)
        assert on.requests(REFUND) == []
        assert on.journal.outbox.waiting_count() == 0


@virtual
async def test_a_refund_is_not_taken_for_a_later_one_of_the_same_amount(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on, on.forwarding():
        await asyncio.sleep(SOON_S)
        on.fail(FaultKind.REFUSE, REFUND, status=400)
        await give_back(on, 1, 400)
        await asyncio.sleep(SOON_S)
        await give_back(on, 2, 400)
        await asyncio.sleep(SOON_S)
        assert refunded(on) == [[("re_posd_2", 400)]]
        on.fail(FaultKind.REFUSE, REFUND, status=400)
        await Queue(on.journal, on.clock).rule(
            "att_posd_back_1-refund", EffectRuling.RETRY, "because", actor="key_1", claim=None
        )
        await asyncio.sleep(SOON_S)
        (parked,) = on.journal.outbox.parked()
        assert parked.effect.id == "att_posd_back_1-refund"
