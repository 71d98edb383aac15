"""What lies behind the front page: one payment, one reader, and what waits for Stripe."""

import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from posd.model.effect import EffectState
from posd.model.facts import EffectDone
from posd.page import queue_page, reader_page
from posd.page.queue_words import tells
from tests.unit.posd.api.queue_fakes import item
from tests.unit.posd.page.desk import Desk
from tests.unit.posd.page.outline import Outline
from tests.unit.posd.page.sold import sold
from tests.unit.posd.page.test_page import AMOUNT, leads_to_a_page
from tests.unit.posd.records import ATTEMPT, INTENT, READER

if TYPE_CHECKING:
    import httpx2

PAYMENT = f"/payments/{INTENT}"
AT_READER = f"/readers/{READER}"
DETAILS = (PAYMENT, AT_READER, "/queue")


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    sold(desk)
    return desk


async def fetch(desk: Desk, path: str, *, lan: bool = False, manager: bool = False) -> Outline:
    browser = desk.manager(lan=lan)[0] if manager else desk.browser(lan=lan)
    async with browser:
        answer = await browser.get(path)
    assert answer.status_code == 200, answer.text
    return Outline(answer.text)


async def test_a_payment_is_told_from_its_beginning_to_its_end(desk: Desk) -> None:
    told = (await fetch(desk, PAYMENT)).text
    parts = [
        "€12.50 Paid",
        "The till asked for €12.50.",
        "The reader was asked to take €12.50.",
        "The reader said yes, not yet for good.",
        "Done: €12.50.",
        "The till was told that it is paid.",
        "Stripe was told of the payment.",
        "2.1 s 1.3 s 1 s 2 s",
        "For support",
        "since_started_ms 2100 result 00, receipt 17, trace 42",
    ]
    places = [told.find(part) for part in parts]
    assert -1 not in places, dict(zip(parts, places, strict=True))
    assert places[:6] == sorted(places[:6])


async def test_support_reads_ids_and_codes_and_nothing_of_the_card(desk: Desk) -> None:
    html = (await fetch(desk, PAYMENT)).text
    for part in (INTENT, ATTEMPT, "key_posd_till", "pr_1", "terminal 52523535, receipt 16"):
        assert part in html
    for secret in ("0119", "123456", "VISA", "A0000000031010"):
        assert secret not in html


async def test_a_reader_tells_how_it_is_and_how_fast(desk: Desk) -> None:
    told = (await fetch(desk, AT_READER)).text
    for part in (
        "Till 1",
        "52523535",
        "Card 1 2.1 s 2.1 s",
        "Finish 1 1.3 s 1.3 s",
        "The reader was set up as Till 1.",
        "The reader said who it is: 52523535.",
        "Done: €12.50.",
    ):
        assert part in told
    assert told.index("Done: €12.50.") < told.index("The reader was set up as Till 1.")


async def test_what_happened_at_a_reader_is_paged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_page, "FACTS_MAX", 3)
    first = await fetch(desk, AT_READER)
    (older,) = [str(link["href"]) for link in first.all("a") if "before=" in str(link["href"])]
    second = await fetch(desk, older)
    assert "Done: €12.50." in first.text
    assert "The reader was set up" not in first.text
    assert "The reader was set up" in second.text
    assert "Done: €12.50." not in second.text.partition("For support")[0].partition("happened")[2]
    assert AT_READER in [link["href"] for link in second.all("a")]


async def test_the_timeline_goes_back_as_far_as_its_attempts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_page, "ATTEMPTS_MAX", 1)
    told = await fetch(desk, AT_READER)
    assert "The reader was set up" not in told.text
    assert f"{AT_READER}?before=4" in [link["href"] for link in told.all("a")]


async def test_who_is_signed_in_can_act_and_sees_what_is_plugged_in(desk: Desk) -> None:
    nobody = await fetch(desk, AT_READER)
    assert nobody.all("form") == []
    manager = await fetch(desk, AT_READER, manager=True)
    actions = {form["action"] for form in manager.all("form")}
    assert {f"{AT_READER}/test", f"{AT_READER}/diagnose", f"{AT_READER}/restart"} <= actions


async def test_the_queue_tells_what_waits_and_why(desk: Desk) -> None:
    told = (await fetch(desk, "/queue")).text
    assert "Waiting: a payment €12.50" in told
    assert "Needs a person: a payment €12.50" in told
    assert "Refused by Stripe at" in told
    assert "No such method." in told
    assert "Tried 2 times. Next try at" in told
    parked = (await fetch(desk, "/queue?state=parked")).text
    assert "Tried 2 times." not in parked
    assert "att_2-report" in parked


async def test_the_queue_is_paged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_page, "ITEMS_MAX", 2)
    first = await fetch(desk, "/queue")
    assert "att_2-report" in first.text
    assert "att_3-report" not in first.text
    (more,) = [str(link["href"]) for link in first.all("a") if "after=" in str(link["href"])]
    second = await fetch(desk, more)
    assert "att_3-report" in second.text
    assert "att_2-report" not in second.text


async def test_a_manager_is_offered_what_the_state_of_each_allows(desk: Desk) -> None:
    desk.bench.queue.items = [item(1), item(2, EffectState.PARKED)]
    told = await fetch(desk, "/queue", manager=True)
    actions = {str(form["action"]) for form in told.all("form")} - {"/sign-out"}
    assert actions == {
        "/queue/att_1-report/park",
        "/queue/att_2-report/retry",
        "/queue/att_2-report/write_off",
    }


@pytest.mark.parametrize("path", DETAILS)
async def test_over_the_network_no_detail_has_an_amount(desk: Desk, path: str) -> None:
    assert AMOUNT.search((await fetch(desk, path)).text)
    over_lan = await fetch(desk, path, lan=True)
    assert not AMOUNT.search(over_lan.text)
    assert not re.search(r"12[.,]?50", over_lan.text)
    assert AMOUNT.search((await fetch(desk, path, lan=True, manager=True)).text)


@pytest.mark.parametrize("path", DETAILS)
@pytest.mark.parametrize("manager", [False, True])
async def test_a_detail_can_be_read_and_leads_on(desk: Desk, path: str, *, manager: bool) -> None:
    told = await fetch(desk, path, manager=manager)
    ids = told.ids()
    assert len(ids) == len(set(ids))
    assert {section["aria-labelledby"] for section in told.all("section")} <= set(ids)
    assert len(told.all("caption")) == len(told.all("table"))
    links = {str(link["href"]) for link in told.all("a")} - {"#main"}
    assert {link for link in links if not leads_to_a_page(link)} == set()


@pytest.mark.parametrize("path", ["/payments/pi_none", "/readers/tmr_none", "/queue?after=x"])
async def test_what_nobody_knows_is_told_as_a_page(desk: Desk, path: str) -> None:
    async with desk.browser() as browser:
        answer: httpx2.Response = await browser.get(path)
    assert answer.status_code == 404
    assert 'id="refused"' in answer.text or "This could not be done" in answer.text


@pytest.mark.parametrize("before", ["", "-1", "x", "٣", "9" * 19])
async def test_a_place_that_no_page_of_ours_wrote_is_the_beginning(desk: Desk, before: str) -> None:
    assert "Done: €12.50." in (await fetch(desk, f"{AT_READER}?before={before}")).text


async def test_what_a_till_or_a_person_wrote_stays_text(desk: Desk) -> None:
    store = desk.bench.store
    store.known_readers[READER] = replace(store.known_readers[READER], label="<b>x</b>")
    store.intents[INTENT] = replace(store.intents[INTENT], order="<i>4711</i>")
    for path in (PAYMENT, AT_READER):
        assert {"b", "i"}.isdisjoint({tag for tag, _ in (await fetch(desk, path)).tags})


def test_an_effect_says_by_its_id_what_it_tells() -> None:
    fact = EffectDone(f"{ATTEMPT}-guarantee", INTENT, None)
    assert [tells(fact.effect), tells("x-refund"), tells("x")] == ["guarantee", "refund", "payment"]
