"""Which months may leave: none that is open, unproven, owed, not closed or not audited (I12)."""

from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from msgspec.structs import replace

from posd.journal import connection, retention
from posd.journal.retention import Bar, Missing
from posd.model.audit_facts import DraftCause, RefundDrafted
from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    AttemptStarted,
    Baseline,
    DiscrepancyFound,
    OutcomeUnknown,
    Proof,
)
from posd.model.refund_facts import RefundRequested
from tests.unit.posd.journal.old_journal import DAY, MONTHS, Shop
from tests.unit.posd.journal.scenario import (
    DAY_MS,
    GIROCARD,
    READER,
    Facts,
    approved,
    effect,
    intent,
    reader,
    reported,
    started,
)

HOUR_MS = 3_600_000
Life = Callable[[Shop], Coroutine[Any, Any, None]]


def months(shop: Shop, before: str = "2026-12") -> list[retention.Month]:
    with closing(connection.open_reader(shop.file, None)) as db:
        return retention.months(db, before, DAY.of)


def after(tmp_path: Path, life: Life) -> Shop:
    """A shop that sold, closed and audited November the first, and then lived on; December now."""
    shop = Shop(tmp_path)

    async def live() -> None:
        await shop.journal.commit(Facts((reader(),)))
        await shop.sell(1)
        await shop.close_day(1)
        await shop.audit()
        await life(shop)
        shop.clock.now_ms += 30 * DAY_MS
        await shop.journal.commit(Facts((intent("pi_december"),)))

    shop.live(live)
    return shop


async def nothing(_shop: Shop) -> None:
    """Nothing more happens."""


async def unknown(shop: Shop) -> None:
    for fact in (intent("pi_2"), started("att_2", "pi_2"), OutcomeUnknown("att_2", "link_lost")):
        await shop.journal.commit(Facts((fact,)))


async def contradicted(shop: Shop) -> None:
    await shop.journal.commit(Facts((DiscrepancyFound("att_posd_1", "still_in_the_book"),)))


async def held(shop: Shop) -> None:
    kind, baseline = AttemptKind.PREAUTHORISATION, Baseline("52523535", asked=True)
    for fact in (
        replace(intent("pi_2"), capture_method="manual"),
        AttemptStarted("att_2", kind, "pi_2", READER, 1250, "eur", baseline),
        reported("att_2"),
        approved("att_2", "ch_2"),
    ):
        await shop.journal.commit(Facts((fact,)))
    await shop.close_day(2)
    await shop.audit()


async def drafted(shop: Shop) -> None:
    cause = DraftCause.TWO_PAYMENTS
    draft = RefundDrafted("draft_1", cause, "pi_posd_1", "att_posd_1", 1250, "eur", None, "pi_9")
    await shop.journal.commit(Facts((draft,)))


@pytest.mark.parametrize(
    ("life", "named"),
    [
        (unknown, "att_2"),
        (contradicted, "att_posd_1"),
        (held, "pi_2"),
        (drafted, "draft_1"),
    ],
)
def test_what_is_not_decided_stays(tmp_path: Path, life: Life, named: str) -> None:
    (month,) = months(after(tmp_path, life))
    assert month.missing == (Missing(Bar.UNDECIDED, (named,), 1),)


def test_a_month_that_lacks_nothing_may_leave(tmp_path: Path) -> None:
    shop = after(tmp_path, nothing)
    (month,) = months(shop)
    assert (month.label, month.missing, month.first_seq) == (MONTHS[0], (), 1)
    assert month.last_seq == 11
    assert months(shop, "2026-11") == []


def test_the_month_of_the_newest_facts_stays(tmp_path: Path) -> None:
    *_, december = months(after(tmp_path, nothing), "2027-02")
    assert (december.label, [one.bar for one in december.missing]) == (MONTHS[1], [Bar.NOT_OVER])


@pytest.mark.parametrize("state", ["waiting", "parked"])
def test_what_stripe_has_not_been_told_stays(tmp_path: Path, state: str) -> None:
    async def owe(shop: Shop) -> None:
        owing = effect("report_2", "pi_posd_1")
        await shop.journal.commit(Facts((intent("pi_2"),), effects=(owing,)))

    shop = after(tmp_path, owe)
    with closing(apsw.Connection(str(shop.file))) as db:
        db.execute("UPDATE outbox SET state = ? WHERE id = 'report_2'", (state,))
    (month,) = months(shop)
    assert month.missing == (Missing(Bar.OWED, ("pi_posd_1",), 1),)


def test_what_a_person_gave_up_to_report_is_in_nobodys_way(tmp_path: Path) -> None:
    async def owe(shop: Shop) -> None:
        owing = effect("report_2", "pi_posd_1")
        await shop.journal.commit(Facts((intent("pi_2"),), effects=(owing,)))

    shop = after(tmp_path, owe)
    with closing(apsw.Connection(str(shop.file))) as db:
        db.execute("UPDATE outbox SET state = 'done', written_off_ms = 1 WHERE id = 'report_2'")
    (month,) = months(shop)
    assert not month.missing


def test_a_day_that_was_never_closed_stays(tmp_path: Path) -> None:
    async def sell_on(shop: Shop) -> None:
        await shop.sell(2)
        await shop.audit()

    (month,) = months(after(tmp_path, sell_on))
    assert month.missing == (Missing(Bar.NOT_CLOSED, (READER,), 1),)


def test_an_end_of_day_in_the_next_month_closes_this_one(tmp_path: Path) -> None:
    async def close_late(shop: Shop) -> None:
        await shop.sell(2)
        await shop.audit()
        shop.clock.now_ms += 29 * DAY_MS + 13 * HOUR_MS
        await shop.close_day(2)

    (month,) = months(after(tmp_path, close_late))
    assert (month.label, month.missing) == (MONTHS[0], ())


def test_where_terminals_close_by_themselves_a_persons_word_does(tmp_path: Path) -> None:
    async def accept(shop: Shop) -> None:
        await shop.sell(2)
        await shop.audit(reason="The terminal closes at 03:00, slips compared.")

    (month,) = months(after(tmp_path, accept))
    assert not month.missing


def test_a_day_without_its_audit_stays_and_is_named(tmp_path: Path) -> None:
    async def sell_on(shop: Shop) -> None:
        for number in range(2, 9):
            shop.clock.now_ms += DAY_MS
            await shop.sell(number)
        await shop.close_day(2)

    (month,) = months(after(tmp_path, sell_on))
    days = tuple(f"2026-11-0{day}" for day in range(2, 7))
    assert month.missing == (Missing(Bar.NOT_AUDITED, days, 7),)
    (sentence,) = retention.sentences([month])
    assert sentence == (
        "2026-11: not audited and exported, or not to its end: "
        "2026-11-02, 2026-11-03, 2026-11-04, 2026-11-05, 2026-11-06 and 2 more"
    )


def test_an_audit_before_the_days_last_sale_is_not_enough(tmp_path: Path) -> None:
    async def sell_and_close(shop: Shop) -> None:
        await shop.sell(2)
        await shop.close_day(2)

    (month,) = months(after(tmp_path, sell_and_close))
    assert month.missing == (Missing(Bar.NOT_AUDITED, ("2026-11-01",), 1),)


def test_a_sale_at_two_in_the_night_is_of_the_day_before(tmp_path: Path) -> None:
    """Noon of the first in UTC is 13:00 in Paris; 02:00 of the second belongs to the first."""

    async def sell_late(shop: Shop) -> None:
        shop.clock.now_ms += 13 * HOUR_MS
        await shop.sell(2)
        await shop.close_day(2)

    (month,) = months(after(tmp_path, sell_late))
    assert month.missing == (Missing(Bar.NOT_AUDITED, ("2026-11-01",), 1),)


async def refunded_unreported(shop: Shop) -> None:
    """The first month's payment is given back, and Stripe has yet to hear of it."""
    requested = RefundRequested("re_1", "pi_posd_1", "ch_posd_1", 1250, "eur")
    kind, baseline = AttemptKind.REFUND, Baseline("52523535", asked=True)
    begun = AttemptStarted("att_r", kind, "pi_posd_1", READER, 1250, "eur", baseline, refund="re_1")
    taken = AttemptApproved("att_r", None, 1250, Proof.DIALOGUE, GIROCARD)
    await shop.journal.commit(Facts((requested, begun)))
    await shop.journal.commit(Facts((reported("att_r"),)))
    await shop.journal.commit(Facts((taken,), effects=(effect("refund_1", "pi_posd_1"),)))


@pytest.mark.parametrize(
    ("life", "bar"), [(refunded_unreported, Bar.OWED), (contradicted, Bar.UNDECIDED)]
)
def test_what_came_later_of_an_older_payment_stays_too(
    tmp_path: Path, life: Life, bar: Bar
) -> None:
    """Its own month may have left long ago; what is open now is in the months since."""
    shop = Shop(tmp_path)

    async def live() -> None:
        await shop.trade()
        await life(shop)
        shop.clock.now_ms += 31 * DAY_MS
        await shop.journal.commit(Facts((intent("pi_february"),)))

    shop.live(live)
    of = {month.label: [one.bar for one in month.missing] for month in months(shop, "2027-02")}
    assert bar in of[MONTHS[0]]
    assert of[MONTHS[1]] == []
    assert bar in of[MONTHS[2]]


def test_a_payment_that_is_open_keeps_the_month_it_was_made_in(tmp_path: Path) -> None:
    shop = Shop(tmp_path)

    async def live() -> None:
        await shop.journal.commit(Facts((reader(),)))
        await shop.journal.commit(Facts((intent("pi_2"),)))
        shop.clock.now_ms += 30 * DAY_MS
        for fact in (started("att_2", "pi_2"), OutcomeUnknown("att_2", "link_lost")):
            await shop.journal.commit(Facts((fact,)))
        shop.clock.now_ms += 31 * DAY_MS
        await shop.journal.commit(Facts((intent("pi_january"),)))

    shop.live(live)
    undecided = (Missing(Bar.UNDECIDED, ("att_2",), 1),)
    assert [month.missing for month in months(shop, "2027-01")] == [undecided, undecided]


def test_a_month_stays_while_an_earlier_one_does(tmp_path: Path) -> None:
    """It may lack nothing itself; what leaves is one stretch of the chain."""
    shop = Shop(tmp_path)

    async def live() -> None:
        await shop.journal.commit(Facts((reader(),)))
        await unknown(shop)
        shop.clock.now_ms += 30 * DAY_MS
        await shop.journal.commit(Facts((intent("pi_december"),)))
        shop.clock.now_ms += 31 * DAY_MS
        await shop.journal.commit(Facts((intent("pi_january"),)))

    shop.live(live)
    assert [bool(month.missing) for month in months(shop, "2027-01")] == [True, False]


def test_facts_of_a_newer_posd_stay(tmp_path: Path) -> None:
    shop = after(tmp_path, nothing)
    with closing(apsw.Connection(str(shop.file))) as db:
        db.execute("DROP TRIGGER fact_0001_is_never_updated")
        db.execute("UPDATE fact_0001 SET version = 9 WHERE seq = 5")
        db.execute("UPDATE fact_0001 SET kind = 'ReaderBlessed' WHERE seq = 2")
    (month,) = months(shop)
    assert [one.bar for one in month.missing] == [Bar.UNREADABLE]
    assert "ReaderBlessed" in month.missing[0].named


def test_a_clock_that_jumped_makes_a_month_of_its_own(tmp_path: Path) -> None:
    """Order is the order of the facts: what follows a later month does not leave before it."""
    shop = Shop(tmp_path)

    async def live() -> None:
        await shop.journal.commit(Facts((intent("pi_1"),)))
        now = shop.clock.now_ms
        shop.clock.now_ms = now + 70 * DAY_MS
        await shop.journal.commit(Facts((intent("pi_2"),)))
        shop.clock.now_ms = now
        await shop.journal.commit(Facts((intent("pi_3"),)))
        shop.clock.now_ms = now + 70 * DAY_MS
        await shop.journal.commit(Facts((intent("pi_4"),)))

    shop.live(live)
    assert [month.label for month in months(shop, "2026-12")] == ["2026-11"]
    assert [month.label for month in months(shop, "2027-01")] == ["2026-11"]
    labels = ["2026-11", "2027-01", "2026-11", "2027-01"]
    assert [month.label for month in months(shop, "2027-02")] == labels
