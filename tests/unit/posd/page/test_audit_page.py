"""The books of a day as a manager reads and accepts them."""

import pytest
from typing_extensions import override

from posd.api.audit_ports import AuditServices
from posd.audit.acceptance import Export
from posd.model.audit import Books, Differs, Pair, Sum, Unchecked
from posd.model.audit_facts import Difference, Side
from posd.model.audit_findings import Chain, DayFindings, PeriodFindings
from posd.model.closing import Agreement, Closing, Takings
from posd.page.audit_words import difference
from posd.page.catalogue import LANGUAGES, shipped
from posd_drivers.card_reader import Totals
from tests.unit.posd import records
from tests.unit.posd.api.audit_fakes import SHA256, AuditBooksFake, DraftsFake
from tests.unit.posd.page.desk import Desk
from tests.unit.posd.page.fullest import full_snapshot
from tests.unit.posd.page.outline import Outline
from tests.unit.posd.page.telling import english
from tests.unit.posd.snapshots import Shop

DAY = "2026-11-22"
SECOND = Difference(Side.STRIPE, Differs.SECOND.value, "pr_7", None, 1250)
PERIOD = PeriodFindings(
    books=Books(
        reader="tmr_posd_front",
        currency="eur",
        terminal_id="52523535",
        takings=Takings(records.CREATED_MS, 2, 2500),
        taken=Sum(3, 3750),
        given_back=Sum(1, -1250),
        closing=Closing("att_1", records.ENDED_MS, Totals(2500), Takings()),
    ),
    terminal=Pair(Agreement.EQUAL),
    stripe=Pair(Agreement.DIFFERS, (), (SECOND,), 3),
    till=Pair(Agreement.NOT_CHECKED, (Unchecked.NO_LIST,)),
    at_stripe=Sum(4, 3750),
)
FOUND = DayFindings(DAY, 0, 1, Chain(7, 42, "aa", "bb" * 32), (PERIOD,))


class BooksWith(AuditBooksFake):
    """Finds what it is made with."""

    def __init__(self, *days: DayFindings) -> None:
        super().__init__()
        self.days = days
        self.asked: list[str] = []

    @override
    async def audited(self, period: str) -> Export:
        self.asked.append(period)
        return Export(period, self.days, "", SHA256)


async def look(path: str, *days: DayFindings) -> tuple[Outline, BooksWith]:
    desk, books = Desk(), BooksWith(*days)
    desk.bench.audits = AuditServices(books, DraftsFake())
    browser, _ = desk.manager()
    browser.follow_redirects = True
    async with browser:
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return Outline(answer.text), books


async def test_a_day_is_told_book_by_book_and_says_only_what_is_known() -> None:
    told, _ = await look(f"/audit/{DAY}", FOUND)
    for part in (
        "The books of Nov 22, 2026",
        "Something differs.",
        "This machine 4 €25.00",
        "Reader €25.00 equal",
        "Stripe 4 €37.50 differ",
        "Tills not checked No till has sent a list.",
        "Stripe: A second payment there: €12.50. pr_7",
        "And 2 more differences.",
        "Verified facts 7 … 42",
    ):
        assert part in told.text


async def test_it_is_accepted_as_it_was_seen() -> None:
    told, _ = await look(f"/audit/{DAY}", FOUND)
    fields = {one.get("name"): one.get("value") for one in told.all("input")}
    assert fields["export_sha256"] == SHA256
    assert f"/audit/{DAY}/accept" in {form.get("action") for form in told.all("form")}


async def test_the_latest_days_are_offered() -> None:
    snapshot = full_snapshot()
    desk = Desk(lambda: snapshot)
    browser, _ = desk.manager()
    async with browser:
        told = Outline((await browser.get("/audit")).text)
    days = [f"/audit/2026-07-{day}" for day in range(31, 24, -1)]
    assert [link["href"] for link in told.all("a") if "/audit/" in str(link["href"])] == days


async def test_the_day_is_chosen_first_and_nothing_is_audited_until_then() -> None:
    told, books = await look("/audit")
    assert books.asked == []
    assert [one["type"] for one in told.all("input") if one.get("id") == "day"] == ["date"]
    _, books = await look(f"/audit?day={DAY}", FOUND)
    assert books.asked == [DAY]


@pytest.mark.parametrize("period", ["2026-11", "2026-11-01..2026-11-30", "x"])
async def test_a_page_audits_one_day_and_no_year(period: str) -> None:
    desk, books = Desk(), BooksWith(FOUND)
    desk.bench.audits = AuditServices(books, DraftsFake())
    browser, _ = desk.manager()
    async with browser:
        assert (await browser.get(f"/audit/{period}")).status_code == 400
    assert books.asked == []


async def test_a_day_without_records_says_so_and_cannot_be_accepted() -> None:
    told, _ = await look(f"/audit/{DAY}", DayFindings(DAY, 0, 1, None))
    assert "There are no records of that day." in told.text
    assert "Everything is equal." not in told.text
    assert f"/audit/{DAY}/accept" not in {form.get("action") for form in told.all("form")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_an_audit_has_words(language: str) -> None:
    text = shipped(language).text
    assert all(text(f"audit.unchecked.{one.value}") for one in Unchecked)
    assert all(text(f"audit.differs.{one.value}", ours=1, theirs=2) for one in Differs)
    assert all(text(f"audit.agreement.{one.value}") for one in Agreement)
    assert all(text(f"audit.book.{one.value}") for one in Side)


def test_a_number_is_no_amount() -> None:
    words = english(Shop().snapshot())
    count = Difference(Side.TERMINAL, Differs.COUNT.value, "att_1", 3, 4)
    assert difference(count, "eur", words) == "The numbers differ: 3 here, 4 there."
    missing = Difference(Side.TILL, Differs.MISSING.value, "pi_1", 1250, None)
    assert difference(missing, "eur", words) == "Missing there: €12.50."
