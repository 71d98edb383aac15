"""The journal beside what Stripe holds, within a deadline; offline it says that it did not look."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from posd.audit.at_stripe import LOOK_S
from posd.errors import CredentialRefused, UpstreamRefused, UpstreamUnavailable
from posd.model.audit import Standing, Sum, Unchecked
from posd.model.audit_facts import Difference, Side
from posd.model.closing import Agreement
from posd.model.facts import EffectDone, EffectParked
from posd.model.restore_facts import RefundImported
from tests.unit.posd.audit.books import REPORTS, StripeFake, found, only_period, record, reported
from tests.unit.posd.audit.histories import reversed_, sold
from tests.unit.posd.giving_back import given_back, paid, wish
from tests.unit.posd.journal.scenario import Facts
from tests.unit.posd.stage import Stage, played

HOUR_MS = 3_600_000


async def sale(on: Stage, amount: int, record_id: str | None) -> str:
    """An attempt whose report Stripe has under that id, or is still owed."""
    on.clock.now_ms += 10 * HOUR_MS if on.clock.now_ms % 86_400_000 == 0 else 1000
    intent = await paid(on, amount)
    attempt = on.attempt_of(intent)
    if record_id is not None:
        await reported(on, attempt.id, intent.id, record_id)
    return attempt.id


def test_what_stripe_guarantees_to_the_cent_is_equal(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        stripe = StripeFake()
        stripe.records.append(record("pr_1", await sale(on, 1250, "pr_1"), 1250))
        stripe.records.append(record("pr_2", await sale(on, 730, "pr_2"), 730))
        period = await only_period(on, stripe)
        assert (period.stripe.agreement, period.stripe.unchecked) == (Agreement.EQUAL, ())
        assert period.at_stripe == Sum(2, 1980)
        assert period.books.by_standing == {Standing.REPORTED: Sum(2, 1980)}

    played(tmp_path, scene, reports=REPORTS)


@pytest.mark.parametrize(
    ("told", "kind", "theirs"),
    [
        (record("pr_1", "att", 1249), "amount", 1249),
        (record("pr_1", "att", 1250, currency="chf"), "amount", 1250),
        (record("pr_1", "att", 1250, refunded=1), "refunded", 1),
    ],
)
def test_a_record_that_says_otherwise_differs(
    tmp_path: Path, told: dict[str, Any], kind: str, theirs: int
) -> None:
    async def scene(on: Stage) -> None:
        told["metadata"]["posd_attempt"] = await sale(on, 1250, "pr_1")
        period = await only_period(on, StripeFake(told))
        ours = 0 if kind == "refunded" else 1250
        assert period.stripe.agreement is Agreement.DIFFERS
        assert period.stripe.differences == (Difference(Side.STRIPE, kind, "pr_1", ours, theirs),)

    played(tmp_path, scene, reports=REPORTS)


def test_a_record_outside_of_the_list_is_asked_for_and_one_that_is_gone_differs(
    tmp_path: Path,
) -> None:
    async def scene(on: Stage) -> None:
        stripe = StripeFake()
        stripe.hidden["pr_1"] = record("pr_1", await sale(on, 1250, "pr_1"), 1250)
        assert (await only_period(on, stripe)).stripe.agreement is Agreement.EQUAL
        del stripe.hidden["pr_1"]
        period = await only_period(on, stripe)
        assert period.stripe.differences == (
            Difference(Side.STRIPE, "missing", "pr_1", 1250, None),
        )

    played(tmp_path, scene, reports=REPORTS)


def test_strays_that_guarantee_nothing_are_counted_and_no_difference(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        attempt = await sale(on, 1250, "pr_1")
        stripe = StripeFake(
            record("pr_0", attempt, 0),
            record("pr_1", attempt, 1250),
            record("pr_other_store", "att_posd_elsewhere", 990),
            record("pr_no_posd", None, 990),
        )
        (day,) = await found(on, stripe)
        assert (day.periods[0].stripe.agreement, day.strays) == (Agreement.EQUAL, 1)

    played(tmp_path, scene, reports=REPORTS)


def test_a_second_record_that_guarantees_the_same_attempt_differs(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        attempt = await sale(on, 1250, "pr_1")
        stripe = StripeFake(record("pr_1", attempt, 1250), record("pr_2", attempt, 1250))
        period = await only_period(on, stripe)
        assert period.stripe.differences == (Difference(Side.STRIPE, "second", "pr_2", None, 1250),)

    played(tmp_path, scene, reports=REPORTS)


def test_what_waits_is_parked_or_given_up_is_shown_and_keeps_it_from_being_equal(
    tmp_path: Path,
) -> None:
    async def scene(on: Stage) -> None:
        await sale(on, 100, None)
        parked = await sale(on, 200, None)
        intent = on.journal.queries.attempt(parked)
        assert intent is not None
        effect = f"{parked}-report"
        fact = EffectParked(effect, intent.payment_intent, 400, "parameter_invalid", "No.")
        await on.journal.commit(Facts((fact,), settled=(effect,)))
        period = await only_period(on, StripeFake())
        assert period.books.by_standing == {
            Standing.WAITING: Sum(1, 100),
            Standing.PARKED: Sum(1, 200),
        }
        assert period.stripe.agreement is Agreement.NOT_CHECKED
        assert period.stripe.unchecked == (Unchecked.STILL_OWED,)

    played(tmp_path, scene, reports=REPORTS)


def test_what_went_back_in_a_gap_is_shown_and_no_difference(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        attempt = await sale(on, 1250, "pr_1")
        known = on.journal.queries.attempt(attempt)
        assert known is not None
        stripe = StripeFake(record("pr_1", attempt, 1250, refunded=500))
        period = await only_period(on, stripe)
        assert [one.kind for one in period.stripe.differences] == ["refunded"]
        lost = RefundImported("rfi_pr_1", "rst_1", "pr_1", known.payment_intent, 500, "eur")
        await on.journal.commit(Facts((lost,)))
        period = await only_period(on, stripe)
        assert period.stripe.differences == ()
        assert period.books.imported_refunds == Sum(1, 500)

    played(tmp_path, scene, reports=REPORTS)


def test_refunds_of_which_stripe_knows_are_compared_on_the_payments_record(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        attempt = await sale(on, 1250, "pr_1")
        known = on.journal.queries.attempt(attempt)
        assert known is not None
        intent = on.journal.queries.payment_intent(known.payment_intent)
        refund = await given_back(on, wish(intent))
        told = EffectDone(f"{refund.attempt}-refund", refund.payment_intent, None)
        stripe = StripeFake(record("pr_1", attempt, 1250, refunded=0))
        period = await only_period(on, stripe)
        assert period.stripe.agreement is Agreement.NOT_CHECKED
        await on.journal.commit(Facts((told,), settled=(f"{refund.attempt}-refund",)))
        period = await only_period(on, stripe)
        assert [one.kind for one in period.stripe.differences] == ["refunded"]
        stripe.records = [record("pr_1", attempt, 1250, refunded=1250)]
        period = await only_period(on, stripe)
        assert (period.stripe.agreement, period.at_stripe) == (Agreement.EQUAL, Sum(2, 0))

    played(tmp_path, scene, reports=REPORTS)


@pytest.mark.parametrize(
    ("failure", "word"),
    [
        (UpstreamUnavailable("no line"), Unchecked.OFFLINE),
        (CredentialRefused("no"), Unchecked.REFUSED),
        (UpstreamRefused(403, {"type": "invalid_request_error"}), Unchecked.REFUSED),
    ],
)
def test_offline_or_refused_it_is_not_checked_and_asked_once(
    tmp_path: Path, failure: Exception, word: Unchecked
) -> None:
    async def scene(on: Stage) -> None:
        await sale(on, 1250, "pr_1")
        on.clock.now_ms += 24 * HOUR_MS
        await sale(on, 730, "pr_2")
        stripe = StripeFake()
        stripe.failure = failure
        days = await found(on, stripe, period="2026-11-01..2026-11-02")
        for day in days:
            assert day.periods[0].stripe.agreement is Agreement.NOT_CHECKED
            assert day.periods[0].stripe.unchecked == (word,)
        assert len(stripe.asked) == (1 if word is Unchecked.OFFLINE else 2)

    played(tmp_path, scene, reports=REPORTS)


def test_a_stripe_that_answers_slowly_is_left_at_the_deadline(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await sale(on, 1250, "pr_1")
        began = asyncio.get_running_loop().time()
        stripe = StripeFake()
        stripe.thinks_s = LOOK_S + 1
        period = await only_period(on, stripe)
        assert period.stripe.unchecked == (Unchecked.NOT_IN_TIME,)
        assert asyncio.get_running_loop().time() - began < LOOK_S + 1

    played(tmp_path, scene, reports=REPORTS)


def test_the_list_is_read_page_by_page(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        attempt = await sale(on, 1250, "pr_last")
        others = [record(f"pr_{number}", "att_posd_elsewhere", 1) for number in range(250)]
        stripe = StripeFake(*others, record("pr_last", attempt, 1250))
        period = await only_period(on, stripe)
        assert period.stripe.agreement is Agreement.EQUAL
        assert len(stripe.asked) == 3

    played(tmp_path, scene, reports=REPORTS)


@pytest.mark.parametrize("off_ms", [-1_700_000_000_000, 40 * 24 * HOUR_MS])
def test_a_report_that_left_by_a_wrong_clock_does_not_widen_the_list_without_end(
    tmp_path: Path, off_ms: int
) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        intent = await paid(on, 1250)
        attempt = on.attempt_of(intent).id
        now_ms = on.clock.now_ms
        on.clock.now_ms += off_ms
        await on.journal.outbox.mark_sending(f"{attempt}-report", "acct_1")
        on.clock.now_ms = now_ms
        await reported(on, attempt, intent.id, "pr_1")
        stripe = StripeFake()
        stripe.hidden["pr_1"] = record("pr_1", attempt, 1250)
        assert (await only_period(on, stripe)).stripe.agreement is Agreement.EQUAL
        asked = parse_qs(urlsplit(stripe.asked[0]).query)
        bounds = [int(asked[name][0]) for name in ("created_after", "created_before")]
        assert bounds[1] - bounds[0] < 9 * 24 * 3600

    played(tmp_path, scene, reports=REPORTS)


def test_what_was_held_and_given_back_is_no_business_of_stripes(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await on.know(*sold("att_held", "pi_held", 500, capture_method="manual"))
        assert (await only_period(on, StripeFake())).stripe.unchecked == (Unchecked.NOT_REPORTED,)
        await on.know(*reversed_("att_back", "pi_held", 500, "att_held"))
        period = await only_period(on, StripeFake())
        assert period.books.by_standing == {Standing.NOT_OWED: Sum(2, 0)}
        assert period.stripe.agreement is Agreement.EQUAL

    played(tmp_path, scene, reports=REPORTS)
