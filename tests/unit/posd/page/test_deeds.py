"""What a manager does at the page: one form, one call of the API, in the manager's name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx2
import pytest
from msgspec.structs import replace

from posd.api.auth import Access as ApiAccess
from posd.api.routes import ROUTES
from posd.closing import DayRuling
from posd.decisions import Ruling
from posd.errors import Refused
from posd.model.attempt import AttemptState
from posd.model.reader import AcceptAs
from posd.model.store_facts import ManagerActed
from posd.page.deeds import API, DEEDS
from posd.page.sessions import MANAGER
from posd.queue import EffectRuling
from tests.unit.posd import records
from tests.unit.posd.api.audit_fakes import DRAFT, SHA256, AuditBooksFake, DraftsFake
from tests.unit.posd.api.restore_fakes import GAP
from tests.unit.posd.api.test_end_of_day import closed
from tests.unit.posd.page.desk import Desk
from tests.unit.posd.page.outline import Outline
from tests.unit.posd.snapshots import Shop

READER: Final = "tmr_posd_00000000"
INTENT: Final = "pi_posd_1"
WHY: Final = "The receipt says so."


async def store() -> Desk:
    """A posd in which everything can be done that a manager can do."""
    desk = Desk()
    await closed(desk.bench)
    assert list(desk.bench.store.known_readers) == [READER]
    desk.bench.store.intents[INTENT] = replace(records.payment_intent(), id=INTENT)
    desk.bench.restores.restore = GAP
    return desk


async def do(desk: Desk, path: str, form: Mapping[str, str]) -> httpx2.Response:
    """Send the form; the answer is that of where it leads."""
    browser, session = desk.manager()
    browser.follow_redirects = True
    async with browser:
        return await browser.post(path, data={"csrf": session.csrf, **form})


def matter(desk: Desk) -> object:
    ((asked, ruling),) = desk.bench.decisions.asked
    return asked.reader, asked.payment_intent, asked.reason, asked.actor, ruling


def drafted(desk: Desk) -> object:
    drafts = desk.bench.audits.drafts
    assert isinstance(drafts, DraftsFake)
    (told,) = drafts.told
    return told


def audited(desk: Desk) -> object:
    books = desk.bench.audits.books
    assert isinstance(books, AuditBooksFake)
    return books.told


def gap(desk: Desk) -> object:
    known = desk.bench.restores.restore
    assert known is not None
    decided = known.accepted or known.sales
    assert decided is not None
    return known.accepted is not None, decided.actor, decided.reason


@dataclass(frozen=True, slots=True)
class Case:
    """A deed: what the form says besides why, and what some use case was asked by whom for it."""

    path: str
    asked: Callable[[Desk], object]
    expected: object
    form: Mapping[str, str] = field(default_factory=dict)
    why: bool = True


CASES: Final[Mapping[str, Case]] = {
    "test": Case(
        f"/readers/{READER}/test",
        lambda desk: desk.journal.facts,
        [(ManagerActed("test", READER), MANAGER)],
        why=False,
    ),
    "diagnose": Case(
        f"/readers/{READER}/diagnose",
        lambda desk: (desk.journal.facts, desk.bench.checkups.diagnosed_by),
        ([(ManagerActed("diagnose", READER), MANAGER)], [MANAGER]),
        why=False,
    ),
    "restart": Case(
        f"/readers/{READER}/restart",
        lambda desk: desk.bench.checkups.restarted,
        [(READER, WHY, MANAGER)],
    ),
    "accept": Case(
        f"/readers/{READER}/accept",
        lambda desk: desk.bench.fleet.accepted,
        [(READER, WHY, AcceptAs.REPLACEMENT, MANAGER)],
        {"as": "replacement"},
    ),
    "end_of_day": Case(
        f"/readers/{READER}/end_of_day",
        lambda desk: desk.bench.closings.asked,
        [(READER, None, MANAGER)],
        why=False,
    ),
    "rule_day": Case(
        f"/readers/{READER}/end_of_day/resolve",
        lambda desk: desk.bench.closings.asked,
        [(READER, DayRuling.NOT_CLOSED, f"{MANAGER}: {WHY}")],
        {"outcome": "not_closed"},
    ),
    "set_aside": Case(
        f"/readers/{READER}/set_aside",
        matter,
        (READER, INTENT, WHY, MANAGER, None),
        {"payment_intent": INTENT},
    ),
    "resolve": Case(
        f"/readers/{READER}/resolve",
        matter,
        (READER, INTENT, WHY, MANAGER, Ruling.CHARGED),
        {"payment_intent": INTENT, "decision": "charged"},
    ),
    "retry": Case(
        "/queue/att_2-report/retry",
        lambda desk: desk.bench.queue.ruled,
        [("att_2-report", EffectRuling.RETRY, WHY, MANAGER, None)],
    ),
    "park": Case(
        "/queue/att_1-report/park",
        lambda desk: desk.bench.queue.ruled,
        [("att_1-report", EffectRuling.PARK, WHY, MANAGER, None)],
    ),
    "write_off": Case(
        "/queue/att_2-report/write_off",
        lambda desk: desk.bench.queue.ruled,
        [("att_2-report", EffectRuling.WRITE_OFF, WHY, MANAGER, None)],
    ),
    "approve": Case(f"/refund_drafts/{DRAFT.id}/approve", drafted, (DRAFT.id, WHY, None, MANAGER)),
    "dismiss": Case(f"/refund_drafts/{DRAFT.id}/dismiss", drafted, (DRAFT.id, WHY, MANAGER)),
    "accept_audit": Case(
        "/audit/2026-11-22/accept",
        audited,
        [("2026-11-22", SHA256, WHY, MANAGER)],
        {"export_sha256": SHA256, "reason": WHY},
        why=False,  # a day that is equal in all needs none
    ),
    "accept_gap": Case("/reconcile/accept", gap, (True, MANAGER, WHY)),
    "let_sell": Case("/reconcile/sales", gap, (False, MANAGER, WHY)),
}


def test_each_is_a_call_that_a_managers_key_may_make() -> None:
    assert set(CASES) == {deed.name for deed in DEEDS}
    posts = {route.path: route.access for route in ROUTES if route.method == "POST"}
    assert all(posts[API + deed.path] <= ApiAccess.MANAGER for deed in DEEDS)


@pytest.mark.parametrize("name", CASES)
async def test_a_manager_does_it_by_name_and_with_a_reason(name: str) -> None:
    case, desk = CASES[name], await store()
    answer = await do(desk, case.path, {**case.form, **({"reason": WHY} if case.why else {})})
    assert (answer.status_code, answer.url.path) == (200, "/done"), answer.text
    assert case.asked(desk) == case.expected


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.why])
async def test_without_a_reason_it_is_not_done(name: str) -> None:
    case, desk = CASES[name], await store()
    for reason in ("", "  ", "no", "x" * 501):
        answer = await do(desk, case.path, {**case.form, "reason": reason})
        assert answer.status_code == 400, reason
        assert "Nothing was changed" in answer.text
    assert (desk.bench.decisions.asked, desk.bench.queue.ruled) == ([], [])
    assert (desk.bench.closings.asked, desk.bench.fleet.accepted) == ([], [])
    assert (desk.bench.checkups.restarted, desk.bench.restores.restore) == ([], GAP)


@pytest.mark.parametrize("name", ["accept", "rule_day", "accept_gap", "let_sell"])
async def test_what_has_changed_since_it_was_seen_is_not_decided(name: str) -> None:
    case, desk = CASES[name], await store()
    answer = await do(desk, case.path, {**case.form, "reason": WHY, "seen": "something else"})
    assert answer.status_code == 409
    assert "What you saw has changed since" in answer.text
    assert (desk.bench.closings.asked, desk.bench.fleet.accepted) == ([], [])
    assert desk.bench.restores.restore == GAP


async def test_what_a_terminal_says_of_itself_is_told() -> None:
    answer = await do(await store(), f"/readers/{READER}/test", {"back": "/readers"})
    assert "The card reader is ready." in answer.text
    assert '<a href="/readers">' in answer.text


async def test_where_it_leads_on_is_ours() -> None:
    answer = await do(await store(), f"/readers/{READER}/test", {"back": "//evil.example"})
    assert "evil" not in answer.text


async def test_a_refusal_is_told_in_words_and_for_support() -> None:
    desk = await store()
    desk.bench.closings.failure = Refused("terminal_reader_busy", "It <takes> a payment.")
    answer = await do(desk, f"/readers/{READER}/end_of_day", {})
    assert answer.status_code == 400
    assert "This could not be done" in answer.text
    assert "It &lt;takes&gt; a payment." in answer.text


async def test_a_parameter_of_another_call_is_refused() -> None:
    desk = await store()
    answer = await do(desk, f"/readers/{READER}/end_of_day", {"outcome": "closed"})
    assert answer.status_code == 400
    assert desk.bench.closings.asked == []


async def test_nothing_was_done_yet_in_another_session() -> None:
    desk = await store()
    await do(desk, f"/readers/{READER}/test", {})
    browser, _ = desk.manager()
    async with browser:
        assert (await browser.get("/done")).headers["location"] == "/actions"


async def test_the_page_offers_what_can_be_done_and_no_more() -> None:
    shop = Shop()
    reader = shop.add_reader("lane-1")
    intent = shop.add_payment(reader, AttemptState.PERSON)
    desk = Desk(shop.snapshot)
    attempt = replace(
        records.attempt(), payment_intent=intent, reader=reader, state=AttemptState.PERSON
    )
    desk.bench.store.attempts[attempt.id] = attempt
    browser, session = desk.manager()
    async with browser:
        outline = Outline((await browser.get("/actions")).text)
    offered = {form["action"] for form in outline.all("form")}
    assert offered == {
        "/sign-out",
        *(f"/readers/{reader}/{deed}" for deed in ("test", "diagnose", "restart", "end_of_day")),
        *(f"/readers/{reader}/{deed}" for deed in ("resolve", "set_aside")),
        *(f"/queue/att_{n}-report/park" for n in (1, 3, 4)),
        *(f"/queue/att_2-report/{deed}" for deed in ("retry", "write_off")),
        *(f"/refund_drafts/{DRAFT.id}/{deed}" for deed in ("approve", "dismiss")),
    }
    tokens = [one["value"] for one in outline.all("input") if one.get("name") == "csrf"]
    assert len(tokens) == len(outline.all("form"))
    assert set(tokens) == {session.csrf}
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {label["for"] for label in outline.all("label")}
    asked = {one["id"] for one in outline.all("input") if one.get("type") != "hidden"}
    assert labelled == asked
