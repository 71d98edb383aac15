import asyncio
import itertools
from pathlib import Path

import pytest

from posd.failpoints import Failpoint
from posd.snapshot.views import UpstreamState
from posd.sync.delivery import RETRY_MAX_MS
from posd.sync.meaning import Meaning, meaning
from posd.upstream import record_list
from posd.upstream.client import Answer
from posd.upstream.payment_records import PaymentRecordReports
from posd_simulator.cloud.faults import FaultKind
from tests.simulation.asgi import Link
from tests.unit.posd.journal.scenario import intent, reader, reported, started
from tests.unit.posd.sync.uplink import GUARANTEE, HOUR_MS, LIST, REPORT, uplink
from tests.unit.posd.virtual import virtual

SETTLED_S = 30.0


@virtual
async def test_an_approval_is_reported_and_then_guaranteed(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on, on.forwarding() as forwarder:
        await asyncio.sleep(SETTLED_S)
        assert on.records() == [(1250, True)]
        assert on.facts("pi_posd_1") == ["PaymentIntentCreated", "EffectDone", "EffectDone"]
        paid = on.journal.queries.payment_intent("pi_posd_1")
        assert paid is not None
        assert paid.payment_record is not None
        standing = forwarder.standing()
        assert (standing.state, standing.waiting, standing.parked) == (UpstreamState.OK, 0, 0)
        assert [request.path.rpartition("/")[2] for request in on.cloud.requests] == [
            "account",
            "report_payment",
            "report_payment_attempt_guaranteed",
        ]


@virtual
async def test_nothing_is_owed_and_nothing_is_sent_before_the_approval(tmp_path: Path) -> None:
    async with uplink(tmp_path, payments=0) as on, on.forwarding() as forwarder:
        await on.know(reader(), intent(), started(), reported())
        await asyncio.sleep(SETTLED_S)
        assert not on.cloud.requests
        assert forwarder.standing().state is UpstreamState.UNTRIED
        assert forwarder.standing().waiting == 0


@virtual
async def test_a_payment_approved_later_wakes_the_forwarder(tmp_path: Path) -> None:
    async with uplink(tmp_path, payments=0) as on, on.forwarding():
        await asyncio.sleep(3600)
        await on.start()
        await asyncio.sleep(1)
        assert on.records() == [(1250, True)]


@virtual
async def test_the_same_key_and_body_go_out_through_retries_and_restarts(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.LOST)
        on.fail(FaultKind.REFUSE, status=409, code="idempotency_key_in_use")
        on.fail(FaultKind.HTML)
        async with on.forwarding():
            await asyncio.sleep(0.2)
        assert len(on.requests(REPORT)) == 1
        on.restart()
        renamed = PaymentRecordReports("cpmt_configured_since")
        async with on.forwarding(reports=renamed):
            await asyncio.sleep(SETTLED_S)
        sent = {(request.idempotency_key, request.body) for request in on.requests(REPORT)}
        assert len(on.requests(REPORT)) == 4
        assert len(sent) == 1
        assert on.records() == [(1250, True)]


@virtual
async def test_a_lost_answer_is_fetched_under_the_same_key(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.LOST)
        on.fail(FaultKind.LOST, GUARANTEE)
        async with on.forwarding():
            await asyncio.sleep(SETTLED_S)
        assert [request.replayed for request in on.requests(REPORT)] == [False, True]
        assert [request.replayed for request in on.requests(GUARANTEE)] == [False, True]
        assert on.records() == [(1250, True)]


@pytest.mark.parametrize(("status", "code"), [(409, "lock_timeout"), (429, "rate_limit")])
@virtual
async def test_a_conflict_or_a_limit_is_tried_again(tmp_path: Path, status: int, code: str) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.REFUSE, times=2, status=status, code=code)
        async with on.forwarding():
            await asyncio.sleep(SETTLED_S)
        assert len({request.idempotency_key for request in on.requests(REPORT)}) == 1
        assert on.records() == [(1250, True)]


@virtual
async def test_a_stored_500_that_hides_a_success_is_found_by_looking(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.ERROR_AFTER_COMMIT)
        async with on.forwarding():
            await asyncio.sleep(60)
        assert {request.status for request in on.requests(REPORT)} == {500}
        assert len({request.idempotency_key for request in on.requests(REPORT)}) == 1
        assert on.records() == [(1250, True)]


@virtual
async def test_a_stored_500_is_never_a_reason_for_a_new_key(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.ERROR_BEFORE_COMMIT)
        async with on.forwarding():
            await asyncio.sleep(12 * 3600)
            assert on.records() == []
            await asyncio.sleep(13 * 3600)
        assert len({request.idempotency_key for request in on.requests(REPORT)}) == 1
        assert on.records() == [(1250, True)]


@pytest.mark.parametrize("status", [401, 403])
@virtual
async def test_a_refused_credential_pauses_and_burns_no_try(tmp_path: Path, status: int) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.REFUSE, times=3, status=status, code=None)
        async with on.forwarding() as forwarder:
            await asyncio.sleep(10)
            standing = forwarder.standing()
            assert standing.state is UpstreamState.PAUSED
            assert str(status) in (standing.problem or "")
            await asyncio.sleep(120)
            (owed,) = on.owed()
            assert owed.tries == 0
            await asyncio.sleep(120)
            assert forwarder.standing().state is UpstreamState.OK
        assert on.records() == [(1250, True)]


@virtual
async def test_a_credential_that_opens_no_account_pauses(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.REFUSE, "/v1/account", method="GET", status=401, code=None)
        async with on.forwarding() as forwarder:
            await asyncio.sleep(30)
            assert forwarder.standing().state is UpstreamState.PAUSED
            assert not on.requests(REPORT)
            await asyncio.sleep(60)
        assert on.records() == [(1250, True)]


@virtual
async def test_an_account_without_the_feature_pauses_and_parks_nothing(tmp_path: Path) -> None:
    async with uplink(tmp_path, payments=3) as on:
        on.fail(FaultKind.REFUSE, times=2, status=404, code=None)
        async with on.forwarding() as forwarder:
            await asyncio.sleep(90)
            standing = forwarder.standing()
            assert (standing.state, standing.parked) == (UpstreamState.PAUSED, 0)
            await asyncio.sleep(90)
        assert on.records() == [(1250, True)] * 3


@virtual
async def test_a_refusal_parks_one_effect_and_the_next_lane_goes_on(tmp_path: Path) -> None:
    async with uplink(tmp_path, payments=2) as on:
        on.fail(FaultKind.REFUSE, status=400, code="parameter_unknown")
        async with on.forwarding() as forwarder:
            await asyncio.sleep(SETTLED_S)
            standing = forwarder.standing()
        assert (standing.state, standing.waiting, standing.parked) == (UpstreamState.OK, 0, 1)
        assert on.facts("pi_posd_1") == ["PaymentIntentCreated", "EffectParked"]
        assert on.facts("pi_posd_2")[-2:] == ["EffectDone", "EffectDone"]
        assert on.records() == [(1250, True)]


@pytest.mark.parametrize("later_h", [24, -72])
@virtual
async def test_a_report_whose_key_may_have_run_out_is_sent_again_and_guaranteed_once(
    tmp_path: Path, later_h: int
) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.LOST)
        async with on.forwarding():
            await asyncio.sleep(0.2)
        on.clock.now_ms += later_h * HOUR_MS
        async with on.forwarding():
            await asyncio.sleep(SETTLED_S)
        assert len({request.idempotency_key for request in on.requests(REPORT)}) == 1
        assert len(on.requests(REPORT)) == 2
        assert on.requests(LIST) == []
        assert [guaranteed for _, guaranteed in on.records()].count(True) == 1


@virtual
async def test_what_a_lost_life_may_have_reported_is_looked_for_before_it_is_sent(
    tmp_path: Path,
) -> None:
    async with uplink(tmp_path, payments=2) as on:
        async with on.forwarding():
            await asyncio.sleep(SETTLED_S)
        on.forget_reports()
        async with on.forwarding():
            await asyncio.sleep(SETTLED_S)
        assert len(on.requests(REPORT)) == 2
        assert on.records() == [(1250, True)] * 2
        assert on.journal.outbox.waiting_count() == 0


@virtual
async def test_a_look_that_stripe_did_not_answer_proves_nothing(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.ERROR_AFTER_COMMIT)
        on.fail(FaultKind.REFUSE, LIST, method="GET", status=503, code=None, times=2)
        on.fail(FaultKind.REFUSE, LIST, method="GET", status=400, code=None)
        async with on.forwarding():
            await asyncio.sleep(120)
        assert [request.status for request in on.requests(LIST)] == [503, 503, 400, 200]
        assert len(on.requests(REPORT)) == 3
        assert on.records() == [(1250, True)]


@virtual
async def test_a_look_reads_every_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_list, "PAGE_RECORDS", 1)
    async with uplink(tmp_path, payments=3) as on:
        on.fail(FaultKind.ERROR_AFTER_COMMIT)
        async with on.forwarding():
            await asyncio.sleep(120)
        assert len(on.requests(LIST)) == 3
        assert on.records() == [(1250, True)] * 3


@virtual
async def test_looks_keep_to_the_rate_as_sends_do(tmp_path: Path) -> None:
    async with uplink(tmp_path, payments=3) as on:
        on.fail(FaultKind.ERROR_AFTER_COMMIT)
        on.fail(FaultKind.REFUSE, GUARANTEE, status=400, code=None)
        async with on.forwarding(requests_per_s=2.0):
            await asyncio.sleep(120)
        at_ms = [request.at_ms for request in on.cloud.requests]
        assert len(at_ms) > 10
        assert min(after - before for before, after in itertools.pairwise(at_ms)) >= 499


@virtual
async def test_what_is_guaranteed_already_to_the_amount_is_done(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.LOST, GUARANTEE)
        async with on.forwarding():
            await asyncio.sleep(0.2)
        assert on.records() == [(1250, True)]
        on.clock.now_ms += 25 * HOUR_MS
        async with on.forwarding() as forwarder:
            await asyncio.sleep(SETTLED_S)
            assert forwarder.standing().parked == 0
        assert [request.status for request in on.requests(GUARANTEE)] == [200, 400]
        assert on.facts("pi_posd_1").count("EffectDone") == 2


@virtual
async def test_a_refused_guarantee_that_stripe_does_not_hold_is_parked(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.REFUSE, GUARANTEE, status=400, code="resource_missing")
        async with on.forwarding() as forwarder:
            await asyncio.sleep(SETTLED_S)
            assert forwarder.standing().parked == 1
        assert on.records() == [(1250, False)]


@virtual
async def test_a_portal_that_answers_200_is_not_stripe(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.HTML)
        async with on.forwarding() as forwarder:
            await asyncio.sleep(0.2)
            assert forwarder.standing().state is UpstreamState.OFFLINE
            await asyncio.sleep(SETTLED_S)
        assert on.records() == [(1250, True)]


@pytest.mark.no_cover
@virtual
async def test_a_night_offline_costs_few_tries_and_loses_nothing(tmp_path: Path) -> None:
    async with uplink(tmp_path, payments=2) as on, on.forwarding() as forwarder:
        on.line.link = Link.DOWN
        await asyncio.sleep(10 * 3600)
        assert forwarder.standing().state is UpstreamState.OFFLINE
        assert forwarder.standing().oldest_ms is not None
        on.line.link = Link.UP
        await asyncio.sleep(RETRY_MAX_MS / 1000 + SETTLED_S)
        assert on.records() == [(1250, True)] * 2


@virtual
async def test_to_whom_is_on_disk_before_the_first_send(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        seen: list[tuple[Failpoint, bool]] = []

        def reach(point: Failpoint) -> None:
            (owed,) = on.owed()
            seen.append((point, owed.first_sent_ms is not None and owed.effect.account is not None))

        async with on.forwarding(reach=reach):
            await asyncio.sleep(SETTLED_S)
        before, after = Failpoint.BEFORE_UPSTREAM_SEND, Failpoint.AFTER_UPSTREAM_ANSWER
        assert seen == [(before, True), (after, True)] * 2


@pytest.mark.parametrize(
    ("status", "path", "expected"),
    [
        (200, REPORT, Meaning.DONE),
        (400, REPORT, Meaning.REFUSED),
        (401, REPORT, Meaning.STOP),
        (402, REPORT, Meaning.REFUSED),
        (403, REPORT, Meaning.STOP),
        (404, REPORT, Meaning.STOP),
        (404, "/v1/payment_records/pr_1/report_payment_attempt_guaranteed", Meaning.REFUSED),
        (409, REPORT, Meaning.AGAIN),
        (429, REPORT, Meaning.AGAIN),
        (500, REPORT, Meaning.INDETERMINATE),
        (503, REPORT, Meaning.INDETERMINATE),
    ],
)
def test_what_an_answer_says_of_an_effect(status: int, path: str, expected: Meaning) -> None:
    assert meaning(Answer(status, {}), path) is expected


@virtual
async def test_a_guarantee_that_a_stored_500_hides_is_found_by_looking(tmp_path: Path) -> None:
    async with uplink(tmp_path) as on:
        on.fail(FaultKind.ERROR_AFTER_COMMIT, GUARANTEE)
        async with on.forwarding():
            await asyncio.sleep(60)
            assert on.journal.outbox.waiting_count() == 0
        assert {request.status for request in on.requests(GUARANTEE)} == {500}
        assert on.records() == [(1250, True)]
