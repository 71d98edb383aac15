"""The snapshot: can every lane take cards now, and is all money accounted for?"""

import msgspec
import pytest
from msgspec.structs import replace

from posd.live import Trouble
from posd.model.attempt import AttemptState
from posd.model.payment_intent import IntentState
from posd.snapshot.errands import ERRANDS_MAX, UNHEARD_MS, UNHEARD_SHOWN_MS
from posd.snapshot.payments import PAYMENTS_MAX
from posd.snapshot.verdict import REPORT_LATE_MS
from posd.snapshot.views import (
    Lane,
    Level,
    PaymentStatus,
    ReaderStatus,
    ReportStatus,
    Snapshot,
    Upstream,
    UpstreamState,
)
from posd_drivers.card_reader import Step
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop, busy_shop, offline, online


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_store_without_readers_takes_no_cards(shop: Shop) -> None:
    verdict = shop.snapshot().verdict
    assert (verdict.level, verdict.sentence) == (Level.STOP, "No card reader is set up.")


def test_all_is_well(shop: Shop) -> None:
    reader = shop.add_reader("front")
    shop.lanes = (Lane("1", reader),)
    snapshot = shop.snapshot()
    assert snapshot.verdict.level is Level.OK
    assert snapshot.verdict.sentence == "Every lane can take cards."
    assert snapshot.lanes[0].name == "1"


def test_a_reader_without_a_lane_is_a_lane_of_its_own(shop: Shop) -> None:
    shop.add_reader("front", label="Front counter")
    assert [lane.name for lane in shop.snapshot().lanes] == ["Front counter"]


def test_a_reader_that_is_not_held_is_not_shown(shop: Shop) -> None:
    del shop.live[shop.add_reader("gone")]
    assert shop.snapshot().lanes == ()


def test_a_lane_whose_reader_is_not_there_is_named(shop: Shop) -> None:
    front = shop.add_reader("front")
    back = shop.add_reader("back", offline(Trouble.NO_ANSWER))
    shop.lanes = (Lane("1", front), Lane("2", back))
    snapshot = shop.snapshot()
    assert snapshot.verdict.level is Level.STOP
    assert snapshot.verdict.sentence == "1 of 2 lanes cannot take cards: 2."
    assert snapshot.lanes[1].reader is not None
    assert snapshot.lanes[1].reader.trouble == "no_answer"


def test_a_fallback_keeps_the_lane_open(shop: Shop) -> None:
    front = shop.add_reader("front")
    back = shop.add_reader("back", offline())
    shop.lanes = (Lane("1", front), Lane("2", back, front))
    snapshot = shop.snapshot()
    assert [lane.level for lane in snapshot.lanes] == [Level.OK, Level.ATTENTION]
    assert snapshot.verdict.level is Level.ATTENTION
    assert snapshot.verdict.sentence == "Every lane can take cards."


def test_no_lane_at_all(shop: Shop) -> None:
    shop.add_reader("front", offline())
    shop.add_reader("back", offline())
    assert shop.snapshot().verdict.sentence == "No lane can take cards."


def test_a_terminal_that_is_asked_about_a_payment_is_resolving(shop: Shop) -> None:
    shop.add_payment(shop.add_reader("front", offline(Trouble.RESOLVING)), AttemptState.UNKNOWN, 9)
    reader = shop.snapshot().lanes[0].reader
    assert reader is not None
    assert reader.status is ReaderStatus.RESOLVING


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (AttemptState.STARTED, ReaderStatus.BUSY),
        (AttemptState.REPORTED, ReaderStatus.BUSY),
        (AttemptState.UNKNOWN, ReaderStatus.RESOLVING),
        (AttemptState.PERSON, ReaderStatus.NEEDS_A_PERSON),
        (AttemptState.SET_ASIDE, ReaderStatus.ONLINE),
        (AttemptState.APPROVED, ReaderStatus.ONLINE),
        (AttemptState.DECLINED, ReaderStatus.ONLINE),
        (AttemptState.ABORTED, ReaderStatus.ONLINE),
        (AttemptState.NOT_SENT, ReaderStatus.ONLINE),
        (AttemptState.NOT_CHARGED, ReaderStatus.ONLINE),
    ],
)
def test_a_reader_follows_its_attempt(
    shop: Shop, state: AttemptState, status: ReaderStatus
) -> None:
    front = shop.add_reader("front", online(Step.ENTER_PIN))
    shop.add_payment(front, state, 2340)
    reader = shop.snapshot().lanes[0].reader
    assert reader is not None
    assert reader.status is status
    taken = status is not ReaderStatus.ONLINE
    assert (reader.amount, reader.step) == ((2340, "enter_pin") if taken else (None, None))


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (None, PaymentStatus.NEW),
        (AttemptState.STARTED, PaymentStatus.AT_READER),
        (AttemptState.REPORTED, PaymentStatus.AT_READER),
        (AttemptState.UNKNOWN, PaymentStatus.UNPROVEN),
        (AttemptState.PERSON, PaymentStatus.NEEDS_A_PERSON),
        (AttemptState.SET_ASIDE, PaymentStatus.SET_ASIDE),
        (AttemptState.APPROVED, PaymentStatus.APPROVED),
        (AttemptState.DECLINED, PaymentStatus.DECLINED),
        (AttemptState.ABORTED, PaymentStatus.CANCELLED),
        (AttemptState.NOT_SENT, PaymentStatus.NOT_CHARGED),
        (AttemptState.NOT_CHARGED, PaymentStatus.NOT_CHARGED),
    ],
)
def test_only_an_approved_attempt_is_called_paid(
    shop: Shop, state: AttemptState | None, status: PaymentStatus
) -> None:
    front = shop.add_reader("front")
    shop.add_payment(front, state, order="B-1")
    payment = shop.snapshot().payments[0]
    assert payment.status is status
    assert payment.order == "B-1"
    assert payment.reader == ("front" if state else None)


def test_a_contradicted_decision_is_an_errand_until_it_is_closed(shop: Shop) -> None:
    front = shop.add_reader("front")
    shop.add_payment(front, AttemptState.NOT_CHARGED, reason="the receipt says so")
    (attempt,) = shop.attempts.values()
    shop.attempts[attempt.id] = replace(attempt, discrepancy="terminal_says_charged")
    snapshot = shop.snapshot()
    assert snapshot.verdict.level is Level.STOP
    (errand,) = snapshot.errands
    assert (errand.status, errand.reason) == (PaymentStatus.CONTRADICTED, "terminal_says_charged")
    shop.attempts[attempt.id] = replace(shop.attempts[attempt.id], discrepancy_closed=True)
    assert shop.snapshot().errands == ()


@pytest.mark.parametrize(
    ("age_ms", "shown"),
    [(UNHEARD_MS - 1, 0), (UNHEARD_MS, 1), (UNHEARD_SHOWN_MS - 1, 1), (UNHEARD_SHOWN_MS, 0)],
)
def test_what_is_paid_and_unheard_needs_a_person_after_two_minutes(
    shop: Shop, age_ms: int, shown: int
) -> None:
    front = shop.add_reader("front")
    shop.add_payment(front, AttemptState.APPROVED, age_ms=age_ms, order="B-1", heard=False)
    shop.add_payment(front, AttemptState.APPROVED, age_ms=age_ms)
    snapshot = shop.snapshot()
    told = [(errand.status, errand.order) for errand in snapshot.errands]
    assert told == [(PaymentStatus.UNHEARD, "B-1")] * shown
    assert snapshot.verdict.level is (Level.STOP if shown else Level.OK)


def test_red_over_money_never_says_only_that_cards_are_taken(shop: Shop) -> None:
    shop.add_payment(shop.add_reader("front"), AttemptState.SET_ASIDE, age_ms=50 * MINUTE_MS)
    verdict = shop.snapshot().verdict
    assert (verdict.level, verdict.said.key) == (Level.STOP, "verdict.every_lane_but")
    assert verdict.sentence == "Every lane can take cards. Something else needs a person now."


def test_an_unproven_payment_stops_the_verdict_even_when_its_reader_is_free(shop: Shop) -> None:
    front = shop.add_reader("front")
    shop.add_payment(front, AttemptState.SET_ASIDE, age_ms=50 * MINUTE_MS)
    shop.add_payment(front, AttemptState.PERSON, order="B-2", reason="other_amount")
    snapshot = shop.snapshot()
    assert snapshot.verdict.level is Level.STOP
    assert snapshot.verdict.details == ("2 payments must be checked by a person.",)
    assert [errand.status for errand in snapshot.errands] == [
        PaymentStatus.NEEDS_A_PERSON,
        PaymentStatus.SET_ASIDE,
    ]
    assert (snapshot.errands[0].order, snapshot.errands[0].reason) == ("B-2", "other_amount")


@pytest.mark.parametrize(
    ("record", "state", "report"),
    [
        (None, UpstreamState.OK, ReportStatus.WAITING),
        ("pr_1", UpstreamState.OK, ReportStatus.REPORTED),
        (None, UpstreamState.NONE, ReportStatus.NOT_OWED),
    ],
)
def test_a_paid_payment_is_reported_or_on_its_way(
    shop: Shop, record: str | None, state: UpstreamState, report: ReportStatus
) -> None:
    shop.upstream = Upstream(state)
    shop.add_payment(shop.add_reader("front"), AttemptState.APPROVED, payment_record=record)
    assert shop.snapshot().payments[0].report is report


def test_a_declined_payment_owes_no_report(shop: Shop) -> None:
    shop.add_payment(shop.add_reader("front"), AttemptState.DECLINED)
    assert shop.snapshot().payments[0].report is ReportStatus.NOT_OWED


@pytest.mark.parametrize(
    ("upstream", "level"),
    [
        (Upstream(UpstreamState.OFFLINE, NOW_MS), Level.OK),
        (Upstream(UpstreamState.OFFLINE, waiting=1, oldest_ms=NOW_MS - REPORT_LATE_MS), Level.OK),
        (
            Upstream(UpstreamState.OFFLINE, waiting=1, oldest_ms=NOW_MS - REPORT_LATE_MS - 1),
            Level.ATTENTION,
        ),
        (Upstream(UpstreamState.PAUSED), Level.ATTENTION),
        (Upstream(UpstreamState.OK, parked=1), Level.ATTENTION),
    ],
)
def test_reports_that_do_not_arrive_get_attention_after_a_while(
    shop: Shop, upstream: Upstream, level: Level
) -> None:
    shop.add_reader("front")
    shop.upstream = upstream
    assert shop.snapshot().verdict.level is level


@pytest.mark.parametrize(
    ("closings", "errands"),
    [
        ([], []),
        ([AttemptState.DECLINED], []),
        ([AttemptState.DECLINED, AttemptState.APPROVED], [PaymentStatus.UNCAPTURED]),
    ],
)
def test_what_is_held_past_an_end_of_day_needs_a_person(
    shop: Shop, closings: list[AttemptState], errands: list[PaymentStatus]
) -> None:
    front = shop.add_reader("front")
    shop.add_payment(front, AttemptState.APPROVED, order="B-7")
    sale = shop.attempts["att_1"]
    shop.holding = {sale.id: [replace(sale, state=state) for state in closings]}
    told = shop.snapshot().errands
    assert [errand.status for errand in told] == errands
    assert all(errand.order == "B-7" for errand in told)


def test_what_is_held_is_not_called_paid(shop: Shop) -> None:
    front = shop.add_reader("front")
    shop.add_payment(front, AttemptState.APPROVED)
    shop.intents = [replace(shop.intents[0], state=IntentState.CAPTURABLE)]
    assert shop.snapshot().payments[0].status is PaymentStatus.HELD


def test_lists_have_a_limit(shop: Shop) -> None:
    front = shop.add_reader("front")
    for _ in range(60):
        shop.add_payment(front, AttemptState.SET_ASIDE)
    snapshot = shop.snapshot()
    assert len(snapshot.payments) == PAYMENTS_MAX
    assert len(snapshot.errands) == ERRANDS_MAX


def test_the_snapshot_survives_json() -> None:
    snapshot = busy_shop().snapshot()
    octets = msgspec.json.encode(snapshot)
    assert msgspec.json.decode(octets, type=Snapshot) == snapshot
    assert msgspec.to_builtins(snapshot)["verdict"]["level"] == "stop"


def test_the_busy_shop_in_three_sentences() -> None:
    verdict = busy_shop().snapshot().verdict
    assert verdict.sentence == "1 of 4 lanes cannot take cards: 3."
    assert verdict.details == (
        "1 payment must be checked by a person.",
        "Stripe does not have every payment yet.",
    )
