"""Whose Stripe it is, and whether what it says is about this payment (M12, M13)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from posd.model.facts import PaymentIntentCreated
from posd.snapshot.views import UpstreamState
from posd.sync.line import PROBE_MAX_S
from posd_simulator.cloud.faults import FaultKind
from posd_simulator.cloud.ledger import account_id_of
from tests.unit.posd.journal.scenario import Facts, effect
from tests.unit.posd.sync.uplink import KEY, REPORT, uplink
from tests.unit.posd.virtual import virtual

RECORD: dict[str, Any] = {
    "id": "pr_1",
    "object": "payment_record",
    "amount_requested": {"currency": "eur", "value": 1250},
    "amount_guaranteed": {"currency": "eur", "value": 0},
    "metadata": {},
}
SORRY = {"error": {"type": "api_error", "message": "An unknown error occurred."}}
NIGHT_S = 10 * 3600
ALREADY = {"error": {"type": "invalid_request_error", "message": "It is already guaranteed."}}


@virtual
async def test_the_account_is_learned_once(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        for _ in range(2):
            async with on.forwarding():
                await asyncio.sleep(10)
            await on.approve()
        assert on.journal.queries.account() == account_id_of(KEY)
        assert [entry.kind for entry in on.journal.queries.entries("store")] == [
            "DaemonStarted",
            "AccountLearned",
        ]


@pytest.mark.no_cover
@virtual
async def test_a_night_without_a_line_costs_few_questions_whose_account_it_is(
    tmp_path: Path,
) -> None:
    asked = 0

    def away(request: httpx2.Request) -> httpx2.Response:
        nonlocal asked
        asked += 1
        raise httpx2.ConnectError("away", request=request)

    async with uplink(tmp_path) as on, on.forwarding(answer=away):
        await asyncio.sleep(NIGHT_S)
    assert NIGHT_S / PROBE_MAX_S <= asked <= 3 * NIGHT_S / PROBE_MAX_S


@virtual
async def test_a_credential_of_another_account_stops_the_queue(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        await on.learn("acct_before")
        async with on.forwarding() as forwarder:
            await asyncio.sleep(3600)
            standing = forwarder.standing()
        assert (standing.state, standing.waiting) == (UpstreamState.PAUSED, 1)
        assert standing.problem == f"the credential opens {account_id_of(KEY)}, not acct_before"
        assert not on.requests(REPORT)


@virtual
async def test_a_credential_of_the_other_mode_stops_the_queue(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on, on.forwarding(key="rk_live_store") as forwarder:
        await asyncio.sleep(3600)
        standing = forwarder.standing()
        assert standing.state is UpstreamState.PAUSED
        assert standing.problem == "the credential is for live mode"
        assert not on.requests(REPORT)


@virtual
async def test_what_is_owed_to_another_account_stops_the_queue(tmp_path: Path) -> None:
    async with uplink(tmp_path, payments=0) as on:
        created = PaymentIntentCreated("pi_posd_9", 1250, "eur")
        elsewhere = effect("att_posd_9-report", "pi_posd_9", account="acct_elsewhere")
        await on.journal.commit(Facts((created,), effects=(elsewhere,)))
        async with on.forwarding() as forwarder:
            await asyncio.sleep(3600)
            assert forwarder.standing().problem == "att_posd_9-report is owed to acct_elsewhere"
        assert not on.requests(REPORT)


def stripe(
    report: Callable[[int], dict[str, Any] | None],
    guarantee: Callable[[int], httpx2.Response] | None = None,
    guaranteed: int = 0,
) -> tuple[list[str], Callable[[httpx2.Request], httpx2.Response]]:
    """A Stripe that answers as it is told, the n-th time; and what it was asked.

    A report of None is answered with a 500.
    """
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        asked.append(f"{request.method} {path}")
        times = asked.count(asked[-1])
        if path == "/v1/account":
            return httpx2.Response(200, json={"id": "acct_1", "object": "account"})
        if path == REPORT:
            made = report(times)
            return httpx2.Response(200, json=made) if made else httpx2.Response(500, json=SORRY)
        if request.method == "POST" and guarantee is not None:
            return guarantee(times)
        held = {"amount_guaranteed": {"currency": "eur", "value": guaranteed}}
        if path == "/v1/payment_records":
            listed = {"object": "list", "has_more": False, "data": [{"id": "pr_0"}]}
            return httpx2.Response(200, json=listed)
        return httpx2.Response(200, json=RECORD | held)

    return asked, answer


@virtual
async def test_a_report_answered_with_another_amount_is_not_stripes_answer(tmp_path: Path) -> None:
    other = RECORD | {"amount_requested": {"currency": "eur", "value": 125000}}
    asked, answer = stripe(report=lambda times: RECORD if times > 2 else other)
    async with uplink(tmp_path) as on, on.forwarding(answer=answer) as forwarder:
        await asyncio.sleep(0.2)
        standing = forwarder.standing()
        assert standing.state is UpstreamState.OFFLINE
        assert "another amount" in (standing.problem or "")
        await asyncio.sleep(60)
        assert on.facts("pi_posd_1").count("EffectDone") == 2
        assert asked.count(f"POST {REPORT}") == 3


@pytest.mark.parametrize(("held", "parked"), [(1250, 0), (1249, 1), (0, 1)])
@virtual
async def test_already_guaranteed_is_believed_to_the_amount_only(
    tmp_path: Path, held: int, parked: int
) -> None:
    _, answer = stripe(
        report=lambda _times: RECORD,
        guarantee=lambda _times: httpx2.Response(400, json=ALREADY),
        guaranteed=held,
    )
    async with uplink(tmp_path) as on, on.forwarding(answer=answer) as forwarder:
        await asyncio.sleep(30)
        assert forwarder.standing().parked == parked
        assert forwarder.standing().waiting == 0


@virtual
async def test_a_record_without_metadata_is_somebody_elses(tmp_path: Path) -> None:
    asked, answer = stripe(report=lambda times: RECORD if times > 3 else None)
    async with uplink(tmp_path) as on, on.forwarding(answer=answer):
        await asyncio.sleep(120)
        assert "GET /v1/payment_records" in asked
        assert on.facts("pi_posd_1").count("EffectDone") == 2


@virtual
async def test_a_credential_refused_at_a_look_pauses(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.ERROR_AFTER_COMMIT)
        on.fail(FaultKind.REFUSE, "/v1/payment_records", method="GET", status=401, code=None)
        async with on.forwarding() as forwarder:
            await asyncio.sleep(20)
            assert forwarder.standing().state is UpstreamState.PAUSED
            await asyncio.sleep(60)
        assert on.records() == [(1250, True)]
