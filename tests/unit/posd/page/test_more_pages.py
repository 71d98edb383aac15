"""Receipts, events, orders, settings and what support asks for."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest
from msgspec.structs import replace
from typing_extensions import override

from posd.config import Config, parse
from posd.config.shown_settings import shown_settings
from posd.model.hardware import Done, ReceivedReader
from posd.model.mirrored import Mirrored
from posd.model.store_facts import ManagerActed
from posd.page import events_page
from posd.page.desk import router
from posd.page.sessions import MANAGER
from posd_drivers.card_reader import Receipt
from tests.unit.posd.api.hardware_fakes import NoOrders, NothingReceived
from tests.unit.posd.api.support_fakes import ZIPPED
from tests.unit.posd.page.desk import Desk
from tests.unit.posd.page.fullest import full_snapshot
from tests.unit.posd.page.outline import Outline
from tests.unit.posd.page.sold import sold
from tests.unit.posd.page.test_detail_pages import fetch
from tests.unit.posd.purchases import Purchases
from tests.unit.posd.records import INTENT, READER
from tests.unit.posd.snapshots import NOW_MS

SECRET = "314159"
HASH = "ab" * 32
FILE = f"""
mode = "test"
[store]
time_zone = "Europe/Berlin"
currency = "eur"
locale = "de-DE"
[alarm]
url = "https://hooks.example/services/T0/B0/secretpath"
[[reader]]
name = "front"
url = "zvt+tcp://10.0.0.7:20007"
currency = "eur"
simulated = true
password = "{SECRET}"
[[key]]
name = "till 1"
role = "till"
sha256 = "{HASH}"
"""


def config() -> Config:
    return parse(FILE, Path("posd.toml"))


async def test_receipts_are_shown_as_they_were_kept() -> None:
    desk = Desk()
    sold(desk)
    outline = await fetch(desk, f"/payments/{INTENT}/receipts", manager=True)
    assert len(outline.all("pre")) == 2
    for part in ("MERCHANT", "CUSTOMER", "12.50", "**** 0119"):
        assert part.lower() in outline.text.lower()


async def test_a_reader_says_its_last_receipts_again_and_it_is_journaled() -> None:
    desk = Desk()
    sold(desk)
    desk.bench.reprints.receipts = (Receipt("customer", ("PAN 4111111111111111", "SUM 12,50")),)
    page = await fetch(desk, f"/readers/{READER}/receipts", manager=True)
    assert f"/readers/{READER}/reprint" in {form.get("action") for form in page.all("form")}
    browser, session = desk.manager()
    async with browser:
        answer = await browser.post(f"/readers/{READER}/reprint", data={"csrf": session.csrf})
    assert "SUM 12,50" in answer.text
    assert "4111111111111111" not in answer.text
    assert desk.journal.facts == [(ManagerActed("reprint", READER), MANAGER)]


async def test_events_are_told_by_type_and_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_page, "EVENTS_MAX", 2)
    desk = Desk()
    for kind, about in (
        ("payment_intent.created", INTENT),
        ("terminal.reader.action_succeeded", READER),
        ("posd.needs_a_person", "att_1"),
        ("payment_intent.succeeded", INTENT),
    ):
        desk.bench.store.happened(kind, about)
    first = await fetch(desk, "/events")
    assert first.text.index("payment_intent.succeeded") < first.text.index("posd.needs_a_person")
    assert "payment_intent.created" not in first.text
    (older,) = [str(link["href"]) for link in first.all("a") if "before=" in str(link["href"])]
    assert "payment_intent.created" in (await fetch(desk, older)).text
    payments = await fetch(desk, "/events?type=payments")
    assert "posd.needs_a_person" not in payments.text
    assert {f"/payments/{INTENT}"} <= {link["href"] for link in payments.all("a")}
    assert "posd.needs_a_person" in (await fetch(desk, "/events?type=own")).text
    assert "None." in (await fetch(desk, "/events?type=refunds")).text
    assert "posd.needs_a_person" in (await fetch(desk, "/events?type=*&x=1")).text


class OrdersOf(NoOrders):
    """Those that Stripe has."""

    def __init__(self, purchases: Purchases) -> None:
        self._purchases = purchases

    @override
    def orders(self) -> Sequence[Mirrored]:
        return tuple(reversed(self._purchases.told.values()))


class UnpackedOf(NothingReceived):
    """What came with them."""

    def __init__(self, purchases: Purchases) -> None:
        self._purchases = purchases

    @override
    def received(self, order: str) -> Sequence[ReceivedReader]:
        return [one for one in self._purchases.unpacked if one.order == order]


async def test_an_order_is_told_with_the_checklist_of_its_readers() -> None:
    purchases = Purchases()
    order = purchases.place(NOW_MS, "delivered")
    done = Done("key_1", NOW_MS)
    purchases.unpacked.append(ReceivedReader("rcv_1", order, READER, done, "1", "old", done))
    desk = Desk()
    ordered = replace(
        desk.parts.services.hardware,
        orders=OrdersOf(purchases),
        reception=UnpackedOf(purchases),
    )
    parts = replace(desk.parts, services=replace(desk.parts.services, hardware=ordered))
    app = await asyncio.to_thread(router, parts)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as browser:
        told = Outline((await browser.get("/orders")).text)
    for part in (
        "Delivered. 2 of 2 pieces are not in use yet.",
        "✔ Unpacked and known",
        "✔ Given to a lane: Lane 1",
        "☐ Tested",
        "☐ The old one is out of use",
        f"posd orders receive {order}",
    ):
        assert part in told.text
    assert f"/readers/{READER}" in {link["href"] for link in told.all("a")}


async def test_a_store_that_ordered_nothing_says_so() -> None:
    assert "Nothing was ordered." in (await fetch(Desk(), "/orders")).text


async def test_settings_are_told_with_where_they_come_from() -> None:
    desk = Desk(name=None)
    told = (await fetch(desk, "/settings", manager=True)).text
    assert "[store] currency eur configuration file" in told
    assert "[store] name posd a manager" in told


def test_no_secret_is_among_the_settings() -> None:
    told = shown_settings(config())
    said = " ".join(one.value for one in told)
    for secret in (SECRET, HASH, "secretpath"):
        assert secret not in said
    known = {(one.section, one.name): one for one in told}
    assert known["alarm", "url"].value == "https://hooks.example/…"
    assert known["reader front", "url"].value == "zvt+tcp://10.0.0.7:20007"
    assert known["store", "locale"].declared
    assert not known["store", "order_key"].declared
    assert ("store", "name") not in known
    assert known["key till 1", "role"].value == "till"


async def test_support_reads_versions_and_what_stripe_does_not_tell() -> None:
    snapshot = full_snapshot()
    told = (await fetch(Desk(lambda: snapshot), "/support")).text
    for part in ("7F3K", "posd 0.1.0", "SQLite", "Stripe does not tell its readers"):
        assert part in told


async def test_a_manager_reads_what_is_in_the_support_file_before_it_is_saved() -> None:
    desk = Desk()
    told = await fetch(desk, "/support/file", manager=True)
    for part in ("README.txt", "facts.json", "The latest facts"):
        assert part in told.text
    assert {"/support/file"} <= {form.get("action") for form in told.all("form")}
    assert desk.bench.support.taken == 0


async def test_a_saved_support_file_is_journaled_with_who_saved_it() -> None:
    desk = Desk()
    browser, session = desk.manager()
    async with browser:
        answer = await browser.post("/support/file", data={"csrf": session.csrf})
    assert answer.content == ZIPPED.octets
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="posd-support.zip"'
    assert desk.journal.facts == [(ManagerActed("support_bundle"), MANAGER)]
