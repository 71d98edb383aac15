"""The front page as a browser gets it: whole, escaped, small, and asking nobody for anything."""

import asyncio
import re
from itertools import pairwise
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from posd.model.attempt import AttemptState
from posd.page.desk import router
from posd.page.html import PLACES
from posd.page.table import PAGES
from posd.snapshot.views import Snapshot
from tests.unit.posd.page.desk import OURS, Desk
from tests.unit.posd.page.fullest import full_shop, full_snapshot
from tests.unit.posd.page.outline import Outline
from tests.unit.posd.page.telling import front
from tests.unit.posd.snapshots import Shop, busy_shop

FIRST_LOAD_BYTES_MAX = 30 * 1024
EVERYTHING = ("/", "/now", "/static/posd.css", "/static/posd.js", "/payments", "/readers")
AMOUNT = re.compile(r"[€$]\s?\d|\d\s?(€|CHF)|CHF\s?\d")


async def fetch(
    path: str, snapshot: Snapshot | None = None, *, lan: bool = False
) -> httpx2.Response:
    taken = snapshot or busy_shop().snapshot()
    async with Desk(lambda: taken).browser(lan=lan) as browser:
        return await browser.get(path)


def leads_to_a_page(link: str) -> bool:
    patterns = [re.sub(r"\{\w+\}", "[^/?]+", page.path) for page in PAGES if page.method == "GET"]
    return any(re.fullmatch(pattern, link.partition("?")[0]) for pattern in patterns)


@pytest.mark.parametrize("path", EVERYTHING)
async def test_everything_is_served_with_strict_headers(path: str) -> None:
    answer = await fetch(path)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_page_says_how_long_it_took_and_a_form_does_not() -> None:
    now = asyncio.get_running_loop().time
    async with Desk().browser() as browser:
        began_at = now()
        told = (await browser.get("/")).headers["server-timing"]
        waited_ms = (now() - began_at) * 1000
        form = await browser.post("/sign-in", data={"pin": "000000"}, headers=OURS)
    took = re.fullmatch(r"posd;dur=(\d+\.\d\d)", told)
    assert took, told
    assert waited_ms / 100 < float(took[1]) < waited_ms
    assert "server-timing" not in form.headers


async def test_a_look_changes_nothing_and_only_get_is_served() -> None:
    async with Desk().browser() as browser:
        assert (await browser.post("/")).status_code == 405


async def test_the_first_load_is_small() -> None:
    snapshot = full_snapshot()
    loaded = [await fetch(path, snapshot) for path in ("/", "/static/posd.css", "/static/posd.js")]
    assert sum(len(one.content) for one in loaded) <= FIRST_LOAD_BYTES_MAX


@pytest.mark.parametrize("path", ["/", "/payments", "/readers"])
async def test_nothing_is_asked_of_anybody_else_and_nothing_is_inline(path: str) -> None:
    outline = Outline((await fetch(path, full_snapshot())).text)
    assert {tag for tag, _ in outline.tags}.isdisjoint({"img", "iframe", "style"})
    asked = [one["href"] for one in outline.all("link")]
    asked += [one["src"] for one in outline.all("script")]
    assert all(one == "data:," or str(one).startswith("/static/") for one in asked)
    for _, attributes in outline.tags:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]


async def test_only_a_browser_without_scripts_loads_it_anew_by_itself() -> None:
    html = (await fetch("/")).text
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in html
    assert html.count('http-equiv="refresh"') == 1


async def test_what_is_fetched_anew_is_the_pages_own_part() -> None:
    part = (await fetch("/now")).text
    assert f'<div id="now">{part}</div>' in (await fetch("/")).text
    assert set(Outline(part).ids()) >= {"verdict", "verdict-said", "print"}


@pytest.mark.parametrize("path", ["/", "/payments", "/readers"])
@pytest.mark.parametrize("full", [False, True])
async def test_it_can_be_read_without_eyes_and_without_colour(path: str, *, full: bool) -> None:
    outline = Outline((await fetch(path, full_snapshot() if full else None)).text)
    assert outline.all("html") == [{"lang": "en"}]
    headings = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))
    assert all(cell["scope"] == "col" for cell in outline.all("th"))
    assert len(outline.all("caption")) == len(outline.all("table"))
    ids = outline.ids()
    assert len(ids) == len(set(ids))
    assert {section["aria-labelledby"] for section in outline.all("section")} <= set(ids)
    named = [svg for svg in outline.all("svg") if svg.get("aria-hidden") != "true"]
    assert all(svg["role"] == "img" and svg["aria-labelledby"] in ids for svg in named)


@pytest.mark.parametrize("path", ["/", "/payments", "/readers"])
async def test_every_link_leads_to_a_page_of_the_table(path: str) -> None:
    outline = Outline((await fetch(path, full_snapshot())).text)
    links = {str(link["href"]) for link in outline.all("a")} - {"#main"}
    assert {link for link in links if not leads_to_a_page(link)} == set()
    assert {place for place, _ in PLACES} <= links
    current = [link["href"] for link in outline.all("a") if "aria-current" in link]
    assert current == [path]


async def test_the_page_tells_the_store_what_it_must_know() -> None:
    told = Outline((await fetch("/")).text).text
    for part in (
        "Stop: 1 of 4 lanes cannot take cards: Lane 3",
        "1 payment must be checked by a person.",
        "Stop: A payment is not proven €7.80 Café, order B-1043, since 1:56 PM (6 min)",
        "did the money move? Do not charge this order again",
        "Use Garden instead.",
        "Lane 1 Front counter Taking a payment €23.40, waiting for the card",
    ):
        assert part in told
    assert "Test mode" not in told


def test_in_german_it_speaks_german() -> None:
    shop = busy_shop()
    shop.locale = "de-DE"
    outline = Outline(front(shop.snapshot()))
    assert outline.all("html") == [{"lang": "de"}]
    assert "1 von 4 Kassen kann keine Karten nehmen: Kasse 3" in outline.text
    assert "Stattdessen Garden benutzen." in outline.text


async def test_over_the_network_nobody_sees_amounts_without_a_pin() -> None:
    snapshot = full_snapshot()
    for path in ("/", "/now", "/payments", "/readers"):
        at_machine = Outline((await fetch(path, snapshot)).text).text
        assert AMOUNT.search(at_machine) or path == "/readers"
        assert not AMOUNT.search(Outline((await fetch(path, snapshot, lan=True)).text).text)


async def test_a_manager_sees_amounts_over_the_network_and_can_sign_out() -> None:
    snapshot = full_snapshot()
    desk = Desk(lambda: snapshot)
    browser, session = desk.manager(lan=True)
    async with browser:
        outline = Outline((await browser.get("/")).text)
    assert AMOUNT.search(outline.text)
    assert {"type": "hidden", "name": "csrf", "value": session.csrf} in outline.all("input")
    assert [form["action"] for form in outline.all("form")] == ["/sign-out"]
    for lan in (False, True):
        async with desk.browser(lan=lan) as nobody:
            assert session.csrf not in (await nobody.get("/")).text


async def test_one_snapshot_is_drawn_once_for_all_who_look_alike() -> None:
    snapshot = busy_shop().snapshot()
    desk = Desk(lambda: snapshot)
    async with desk.browser() as browser:
        first = (await browser.get("/")).text
        assert desk.parts.drawn.get(snapshot, ("front.html", True, False)) == first
        desk.parts.drawn.keep(snapshot, ("front.html", True, False), "drawn")
        assert (await browser.get("/")).text == "drawn"
        assert (await browser.get("/?tv")).text != "drawn"
    assert desk.parts.drawn.get(replace(snapshot), ("front.html", True, False)) is None


async def test_on_a_wall_it_is_larger_and_there_is_nothing_to_click() -> None:
    assert Outline((await fetch("/?tv")).text).all("html") == [{"lang": "en", "class": "tv"}]


async def test_a_store_reads_its_own_texts(tmp_path: Path) -> None:
    own = tmp_path / "en.toml"
    own.write_text('[lanes]\ntitle = "Tills"\n')
    app = await asyncio.to_thread(router, replace(Desk().parts, texts=own))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as browser:
        assert '<h2 id="lanes">Tills</h2>' in (await browser.get("/")).text


async def test_what_lies_behind_it_is_listed() -> None:
    snapshot = full_snapshot()
    payments = Outline((await fetch("/payments", snapshot)).text).text
    assert "Unproven, needs a person" in payments
    assert "ORDER-2026-07-31-000001" in payments
    readers = Outline((await fetch("/readers", snapshot)).text).text
    assert "Lange Reihe" in readers
    assert "offline, process payment intent in progress Stripe's own" in readers
    assert "Stripe does not tell its readers: no permission" in readers


async def test_test_mode_is_written_across_the_page() -> None:
    html = (await fetch("/", busy_shop(livemode=False).snapshot())).text
    assert "<strong>Test mode</strong>" in html
    assert "Lyon 14 (test)" in html


@pytest.mark.parametrize("shop", [Shop(), Shop(livemode=False)], ids=["live", "test"])
async def test_an_empty_store_has_a_page(shop: Shop) -> None:
    told = Outline((await fetch("/", shop.snapshot())).text).text
    assert "No card reader is set up yet." in told
    assert "Still counting the last 24 hours." in told
    assert "No payment yet." in Outline((await fetch("/payments", shop.snapshot())).text).text


@pytest.mark.no_cover
@given(st.text(max_size=60))
def test_what_a_till_sends_stays_text(hostile: str) -> None:
    shop = Shop(name="<script>alert(1)</script>")
    reader = shop.add_reader("front", label=f"</td><img src=x onerror=alert(1)>{hostile}")
    shop.add_payment(reader, AttemptState.PERSON, order=f"'\"><b>{hostile}", reason=hostile)
    snapshot = replace(shop.snapshot(), help_code=f"<i>{hostile}")
    tags = {tag for tag, _ in Outline(front(snapshot)).tags}
    assert tags <= {tag for tag, _ in Outline(front(full_snapshot(full_shop(2)))).tags}
    assert "<script>alert(1)</script>" in Outline(front(snapshot)).text
