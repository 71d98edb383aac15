"""The status page as a browser gets it: whole, escaped, small, and asking nobody for anything."""

import re
from html.parser import HTMLParser

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from typing_extensions import override

from posd.model.attempt import AttemptState
from posd.model.upstream_facts import MirrorKind
from posd.page.html import render
from posd.page.words import HOUR_MS
from posd.snapshot.orders import ORDERS_MAX
from posd.snapshot.views import Lane, MirrorView
from tests.unit.posd.page.desk import Desk
from tests.unit.posd.snapshots import MINUTE_MS, NOW_MS, Shop, busy_shop

PAGE_BYTES_MAX = 30 * 1024
PLACE = "tml_1"
VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})


class Outline(HTMLParser):
    """Tags in order, with their attributes; refuses what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, self.getpos()

    @override
    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def add_cloud_readers(shop: Shop, count: int) -> None:
    """Stripe's own readers at the one location, each with the longest names that happen."""
    shop.fleet.tell(MirrorKind.LOCATION, PLACE, display_name="Lange Reihe " * 80)
    action = {"type": "process_payment_intent", "status": "in_progress"}
    for n in range(count):
        more = {"label": f"Entrance {n} " * 80, "location": PLACE, "device_type": "stripe_s700"}
        shop.fleet.tell(MirrorKind.READER, f"tmr_{n}", **more)
        shop.fleet.passes[f"tmr_{n}"] = {"status": "offline", "action": action}


def full_shop() -> Shop:
    """As much as the page ever shows, with labels of the greatest length that happens."""
    shop = Shop(livemode=False, name="S" * 100)
    label = "Reader at the counter " * 2
    readers = [shop.add_reader(f"reader{n}", label=label, location=PLACE) for n in range(12)]
    shop.lanes = tuple(Lane(f"Lane number {n}", id_) for n, id_ in enumerate(readers))
    add_cloud_readers(shop, 40)
    for _order in range(ORDERS_MAX):
        shop.purchases.ask(NOW_MS - MINUTE_MS)
    shop.mirror = MirrorView(
        NOW_MS - 9 * HOUR_MS,
        NOW_MS - 8 * HOUR_MS,
        dict.fromkeys([kind.value for kind in MirrorKind], "no permission " * 10),
    )
    for n in range(40):
        state = AttemptState.PERSON if n % 2 else AttemptState.APPROVED
        shop.add_payment(
            readers[n % 12], state, age_ms=n * MINUTE_MS, order="ORDER-2026-07-31-000001"
        )
    return shop


async def fetch(path: str, shop: Shop) -> httpx2.Response:
    async with Desk(shop.snapshot).browser() as browser:
        return await browser.get(path)


async def test_the_page_and_its_stylesheet_are_served_with_strict_headers() -> None:
    page = await fetch("/", busy_shop())
    style = await fetch("/static/posd.css", busy_shop())
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    for answer in (page, style):
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; ")
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


async def test_a_look_changes_nothing_and_only_get_is_served() -> None:
    async with Desk().browser() as browser:
        assert (await browser.post("/")).status_code == 405


async def test_the_first_load_is_small() -> None:
    page = await fetch("/", full_shop())
    style = await fetch("/static/posd.css", full_shop())
    assert len(page.content) + len(style.content) <= PAGE_BYTES_MAX


def test_nothing_is_asked_of_anybody_else_and_no_script_runs() -> None:
    outline = Outline(render(full_shop().snapshot()))
    assert {tag for tag, _ in outline.tags}.isdisjoint({"script", "img", "iframe", "form", "style"})
    assert [link["href"] for link in outline.all("link")] == ["/static/posd.css"]
    assert all("style" not in attributes for _, attributes in outline.tags)


def test_it_refreshes_itself() -> None:
    metas = Outline(render(busy_shop().snapshot())).all("meta")
    assert {"http-equiv": "refresh", "content": "5"} in metas


def test_it_can_be_read_without_eyes_and_without_colour() -> None:
    outline = Outline(render(busy_shop().snapshot()))
    assert outline.all("html") == [{"lang": "en"}]
    headings = [tag for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert all(cell["scope"] == "col" for cell in outline.all("th"))
    assert len(outline.all("caption")) == len(outline.all("table")) == 1
    ids = {attributes["id"] for _, attributes in outline.tags if "id" in attributes}
    assert {section["aria-labelledby"] for section in outline.all("section")} == ids
    assert outline.all("meta")[1]["name"] == "viewport"


def test_the_page_tells_the_store_what_it_must_know() -> None:
    told = re.sub(r"\s+", " ", Outline(render(busy_shop().snapshot())).text)
    for part in (
        "1 of 4 lanes cannot take cards: 3.",
        "1 payment must be checked by a person.",
        "€7.80 Unproven, needs a person at Café since 1:56 PM (6 min), order B-1043",
        "Use Garden instead.",
        "Stripe cannot be reached since 1:31 PM.",
        "1 report waits to be sent",
    ):
        assert part in told
    assert "Test mode" not in told


def test_stripes_own_readers_stand_by_location_and_are_marked() -> None:
    shop = Shop()
    shop.add_reader("front", label="Front counter", location=PLACE)
    shop.fleet.tell(MirrorKind.LOCATION, PLACE, display_name="Lange Reihe")
    shop.fleet.tell(MirrorKind.READER, "tmr_1", label="Entrance", location=PLACE)
    action = {"type": "process_payment_intent", "status": "in_progress"}
    shop.fleet.passes["tmr_1"] = {"status": "online", "action": action}
    shop.mirror = MirrorView(NOW_MS - 3 * MINUTE_MS)
    told = re.sub(r"\s+", " ", Outline(render(shop.snapshot())).text)
    for part in (
        "posd lists Stripe's own readers and does not drive them. Lange Reihe Front counter: Ready",
        "Entrance: online, process payment intent in progress Stripe's own",
        "are as Stripe told them at 1:59 PM (3 min ago).",
    ):
        assert part in told.replace("\u202f", " ")


def test_a_store_that_knows_no_location_lists_its_readers_once() -> None:
    assert "Readers by location" not in render(busy_shop().snapshot())


def test_test_mode_is_written_across_the_page() -> None:
    html = render(busy_shop(livemode=False).snapshot())
    assert "<strong>Test mode</strong>" in html
    assert "Lyon 14 (test)" in html


@pytest.mark.parametrize("shop", [Shop(), Shop(livemode=False)], ids=["live", "test"])
def test_an_empty_store_has_a_page(shop: Shop) -> None:
    told = Outline(render(shop.snapshot())).text
    assert "No card reader is set up yet." in told
    assert "No payment yet." in told


@given(st.text(max_size=60))
def test_what_a_till_sends_stays_text(hostile: str) -> None:
    shop = Shop(name="<script>alert(1)</script>")
    reader = shop.add_reader("front", label=f"</td><img src=x onerror=alert(1)>{hostile}")
    shop.add_payment(reader, AttemptState.PERSON, order=f"'\"><b>{hostile}", reason=hostile)
    snapshot = shop.snapshot()
    snapshot = replace(snapshot, upstream=replace(snapshot.upstream, problem=f"<svg>{hostile}"))
    plain = [tag for tag, _ in Outline(render(busy_shop().snapshot())).tags]
    outline = Outline(render(snapshot))
    assert {tag for tag, _ in outline.tags} <= set(plain)
    assert "<script>alert(1)</script>" in outline.text
