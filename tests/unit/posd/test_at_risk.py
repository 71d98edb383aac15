"""What a terminal takes offline is paid, and marked: it may still come back unpaid."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from posd.model.attempt import AttemptState
from posd.model.payment_intent import IntentState
from posd.model.reader_facts import ManualCapture
from posd.page import payment_words
from posd.page.html import page
from posd.snapshot.views import ReportStatus, Upstream, UpstreamState
from posd.upstream.payment_records import PaymentRecordReports
from posd_drivers.card_reader import Answer, Approved, Attendant, Reported
from tests.unit.posd.holding import capture, held, holding
from tests.unit.posd.page.telling import english
from tests.unit.posd.snapshots import NOW_MS, Shop
from tests.unit.posd.stage import ScriptedTerminal, Stage, booked, played


async def approves_offline(
    terminal: ScriptedTerminal, amount: int, _currency: str, sale: Attendant
) -> Answer:
    """Takes the money without asking the issuer."""
    sale.acknowledged()
    terminal.stored = transaction = replace(booked(terminal.next_receipt, amount), at_risk=True)
    assert await sale.reported(Reported(transaction))
    approved = Approved(transaction)
    await sale.approved(approved)
    return approved


@pytest.mark.parametrize(
    ("reports", "owed"), [(PaymentRecordReports(), 0), (PaymentRecordReports(at_risk=True), 1)]
)
def test_it_is_marked_and_owed_upstream_only_where_that_is_wished(
    tmp_path: Path, reports: PaymentRecordReports, owed: int
) -> None:
    owed_then: list[int] = []

    async def scene(on: Stage) -> None:
        intent = await on.order()
        await on.process(intent)
        now = on.journal.queries.payment_intent(intent.id)
        assert now is not None
        assert (now.state, now.at_risk) == (IntentState.APPROVED, True)
        assert on.attempt_of(intent).at_risk
        reader = on.journal.queries.readers()[0]
        assert (reader.takings.at_risk_count, reader.takings.at_risk_amount) == (1, 1250)
        owed_then.append(len(on.journal.outbox.due(2**62, 10)))

    played(
        tmp_path,
        scene,
        ScriptedTerminal(approves_offline),
        reports=reports,
    )
    assert owed_then == [owed]


@pytest.mark.parametrize(
    ("reports", "owed"), [(PaymentRecordReports(), 0), (PaymentRecordReports(at_risk=True), 1)]
)
def test_what_was_reserved_offline_is_no_more_certain_once_it_is_captured(
    tmp_path: Path, reports: PaymentRecordReports, owed: int
) -> None:
    bodies: list[bytes] = []

    async def scene(on: Stage) -> None:
        intent = await capture(on, await held(on), 900)
        assert (intent.state, intent.at_risk) == (IntentState.APPROVED, True)
        reader = on.journal.queries.readers()[0]
        assert (reader.takings.at_risk_count, reader.takings.at_risk_amount) == (1, 900)
        bodies.extend(one.effect.body for one in on.journal.outbox.due(2**62, 10))

    reserves = holding(ManualCapture.PREAUTH)
    played(tmp_path, scene, ScriptedTerminal(approves_offline), reserves, reports=reports)
    assert [b"posd_at_risk]=true" in body for body in bodies] == [True] * owed


@pytest.mark.parametrize(
    ("upstream", "status"),
    [
        (Upstream(UpstreamState.OK, NOW_MS), ReportStatus.NOT_OWED),
        (Upstream(UpstreamState.OK, NOW_MS, at_risk=True), ReportStatus.WAITING),
    ],
)
def test_the_page_says_so_and_waits_for_no_report_that_nobody_owes(
    upstream: Upstream, status: ReportStatus
) -> None:
    shop = Shop(upstream=upstream)
    shop.add_payment(shop.add_reader("front"), AttemptState.APPROVED)
    shop.intents = [replace(one, at_risk=True) for one in shop.intents]
    snapshot = shop.snapshot()
    (payment,) = snapshot.payments
    assert (payment.at_risk, payment.report) == (True, status)
    assert payment_words.status(payment, english(snapshot)) == "Paid, may still come back unpaid"
    html = page(
        "payments.html",
        snapshot,
        english(snapshot),
        here="/payments",
        listed=snapshot.payments,
        errands=(),
        order="",
        is_latest=True,
        older=None,
    )
    assert "Paid, may still come back unpaid" in html
