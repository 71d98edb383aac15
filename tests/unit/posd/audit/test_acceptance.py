"""A person accepts what was exported, and nothing else; tills post what they have."""

import hashlib
from pathlib import Path

import pytest

from posd.errors import Refused
from posd.model.audit import Sum, Unchecked
from posd.model.audit_facts import Difference, Side, TillEntry
from posd.model.closing import Agreement
from posd_drivers.card_reader import Totals
from tests.unit.posd.audit.books import TODAY, books, found, only_period
from tests.unit.posd.audit.histories import set_aside
from tests.unit.posd.closings import closed
from tests.unit.posd.giving_back import OFFICE, given_back, paid, wish
from tests.unit.posd.stage import TILL, Stage, played

HOUR_MS = 3_600_000


async def an_equal_day(on: Stage) -> None:
    """One closing period, and the terminal says the same."""
    await closed(on)
    on.clock.now_ms += 10 * HOUR_MS
    await paid(on, 1250)
    await closed(on)


def test_an_equal_day_is_accepted_by_the_hash_of_its_export_alone(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await an_equal_day(on)
        desk = books(on)
        export = await desk.audited(TODAY)
        assert export.sha256 == hashlib.sha256(export.csv.encode()).hexdigest()
        (audit,) = await desk.accept(TODAY, export.sha256, None, actor=OFFICE, claim=None)
        (day,) = export.days
        assert day.chain is not None
        assert (audit.actor, audit.found.agreement, audit.found.reason) == (OFFICE, "equal", None)
        assert (audit.found.first_seq, audit.found.last_hash) == (
            day.chain.first_seq,
            day.chain.last_hash,
        )
        assert on.journal.audits.day_audits("2026-11-01", "2026-11-30") == [audit]

    played(tmp_path, scene)


def test_what_differs_is_accepted_with_a_reason_only_and_kept_with_it(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await closed(on)
        on.clock.now_ms += 10 * HOUR_MS
        await paid(on, 1250)
        on.terminal.turnover = Totals(2500)
        closing = await closed(on)
        desk = books(on)
        export = await desk.audited(TODAY)
        with pytest.raises(Refused) as refusal:
            await desk.accept(TODAY, export.sha256, None, actor=OFFICE, claim=None)
        assert refusal.value.param == "reason"
        reason = "One was taken by hand."
        (audit,) = await desk.accept(TODAY, export.sha256, reason, actor=OFFICE, claim=None)
        assert (audit.found.agreement, audit.found.reason) == ("differs", reason)
        assert audit.found.differences == (
            Difference(Side.TERMINAL, "amount", closing.id, 1250, 2500),
        )

    played(tmp_path, scene)


def test_what_was_not_seen_cannot_be_accepted(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await an_equal_day(on)
        desk = books(on)
        export = await desk.audited(TODAY)
        for sha256, desk_then in (("ab" * 32, desk), (export.sha256, books(on))):
            with pytest.raises(Refused) as refusal:
                await desk_then.accept(TODAY, sha256, "Why not.", actor=OFFICE, claim=None)
            assert refusal.value.param == "export_sha256"
        await paid(on, 730)
        assert (await desk.audited(TODAY)).sha256 != export.sha256
        with pytest.raises(Refused):
            await desk.accept(TODAY, export.sha256, "Why not.", actor=OFFICE, claim=None)

    played(tmp_path, scene)


def test_the_same_findings_give_the_same_octets(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await an_equal_day(on)
        first = await books(on).audited(TODAY)
        on.clock.now_ms += 1000
        assert (await books(on).audited(TODAY)).csv == first.csv

    played(tmp_path, scene)


def test_nothing_is_accepted_over_what_nobody_has_decided(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await on.know(*set_aside("att_doubt", "pi_doubt"))
        desk = books(on)
        export = await desk.audited(TODAY)
        with pytest.raises(Refused) as refusal:
            await desk.accept(
                TODAY, export.sha256, "It will be all right.", actor=OFFICE, claim=None
            )
        assert refusal.value.code == "resource_open"

    played(tmp_path, scene)


@pytest.mark.parametrize("period", ["2026-13", "2026-11-31", "yesterday", "2026-11-02..2026-11-01"])
def test_what_is_no_period_is_refused(tmp_path: Path, period: str) -> None:
    async def scene(on: Stage) -> None:
        with pytest.raises(Refused) as refusal:
            await books(on).audited(period)
        assert refusal.value.param == "period"

    played(tmp_path, scene)


async def posted(on: Stage, *entries: TillEntry, part: int = 1, till: str = TILL) -> None:
    """The till says what it has of today."""
    await books(on).post_till_list(TODAY, entries, part, actor=till, claim=None)


def test_a_till_that_has_the_same_payments_is_equal_by_id_or_order(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        first = await paid(on, 1250)
        await paid(on, 730, order_id="A-17")
        await given_back(on, wish(first))
        await posted(on, TillEntry(0, "eur", payment_intent=first.id))
        assert (await only_period(on)).till.agreement is Agreement.DIFFERS
        await posted(on, TillEntry(730, "eur", order="A-17"), part=2)
        period = await only_period(on)
        assert (period.till.agreement, period.till.unchecked) == (Agreement.EQUAL, ())
        assert period.listed == Sum(3, 730)

    played(tmp_path, scene)


@pytest.mark.parametrize(("amount", "currency", "ours"), [(1251, "eur", 1250), (1250, "chf", 1250)])
def test_a_till_that_has_another_amount_differs(
    tmp_path: Path, amount: int, currency: str, ours: int
) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        intent = await paid(on, 1250)
        await posted(on, TillEntry(amount, currency, payment_intent=intent.id))
        period = await only_period(on)
        assert period.till.differences == (
            Difference(Side.TILL, "amount", intent.id, ours, amount),
        )

    played(tmp_path, scene)


def test_what_only_one_of_the_two_has_differs(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        intent = await paid(on, 1250)
        await posted(on, TillEntry(990, "eur", order="A-99"))
        (day,) = await found(on)
        assert day.periods[0].till.differences == (
            Difference(Side.TILL, "missing", intent.id, 1250, None),
        )
        assert day.elsewhere == (Difference(Side.TILL, "unknown", "A-99", None, 990),)
        assert day.agreement is Agreement.DIFFERS

    played(tmp_path, scene)


def test_a_till_that_posted_no_list_keeps_the_period_from_being_equal(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        on.clock.now_ms += 10 * HOUR_MS
        await paid(on, 1250)
        await posted(on, till="key_posd_other_till")
        period = await only_period(on)
        assert period.till.agreement is Agreement.NOT_CHECKED
        assert period.till.unchecked == (Unchecked.LIST_MISSING,)

    played(tmp_path, scene)
