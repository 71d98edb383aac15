"""`posd orders`: what it asks a running posd, what it prints, and when it asks the operator."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from typing_extensions import override

from posd.__main__ import carry_out
from tests.unit.posd.at_socket import PosdAtSocket, serving
from tests.unit.posd.hardware.stripe import METHOD, PRODUCT, SKU, order_of

FORM = """\
shipping_method = "thsm_1"
[[hardware_order_items]]
terminal_hardware_sku = "thsku_1"
quantity = 2
[shipping]
name = "Corner shop"
email = "office@example.com"
phone = "+49301234"
[shipping.address]
country = "DE"
line1 = "Hauptstr. 1"
postal_code = "10115"
"""
FIELDS = {
    "payment_type": "monthly_invoice",
    "shipping_method": "thsm_1",
    "hardware_order_items[0][terminal_hardware_sku]": "thsku_1",
    "hardware_order_items[0][quantity]": "2",
    "shipping[name]": "Corner shop",
    "shipping[email]": "office@example.com",
    "shipping[phone]": "+49301234",
    "shipping[address][country]": "DE",
    "shipping[address][line1]": "Hauptstr. 1",
    "shipping[address][postal_code]": "10115",
}
PLACED = order_of("thor_1", {"hardware_order_items[0][quantity]": ["2"]})
FOLLOWED = {
    "object": "posd.hardware_order",
    "id": "thor_posd_1",
    "hardware_order": "thor_1",
    "status": "delivered",
    "refusal": None,
    "shipment_tracking": ["dhl 0034"],
    "pieces": 2,
    "readers": [
        {
            "reader": "tmr_1",
            "lane": "lane-1",
            "tested": None,
            "retired_reader": None,
            "next": "test",
        }
    ],
    "next": "receive",
    "problem": "The new reader is not on the line yet.",
}
LISTS: dict[str, list[dict[str, Any]]] = {
    "/v1/terminal/hardware_skus": [SKU],
    "/v1/terminal/hardware_products": [PRODUCT],
    "/v1/terminal/hardware_shipping_methods": [METHOD],
    "/v1/terminal/hardware_orders": [PLACED, {**PLACED, "id": "thor_0", "status": "shipped"}],
}
OBJECTS: dict[str, dict[str, Any]] = {
    "/posd/v1/status": {"locale": "en", "time_zone": "Europe/Berlin"},
    "/v1/terminal/hardware_orders/preview": PLACED,
    "/v1/terminal/hardware_orders/thor_1/cancel": {**PLACED, "status": "canceled"},
    "/posd/v1/hardware_orders/thor_1": FOLLOWED,
    "/posd/v1/hardware_orders/thor_1/receive": FOLLOWED,
}


class Posd(PosdAtSocket):
    """It has one order."""

    def effects(self) -> list[tuple[str, dict[str, str]]]:
        return [(path, fields) for method, path, fields in self.asked if method == "POST"]

    def reads(self) -> list[tuple[str, dict[str, str]]]:
        paths = [path.partition("?") for method, path, _ in self.asked if method == "GET"]
        return [(path, dict(parse_qsl(query))) for path, _, query in paths]

    @override
    def answer(self, method: str, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        if method == "POST":
            return 200, json.dumps(OBJECTS.get(path, PLACED)).encode()
        path, _, query = path.partition("?")
        return 200, json.dumps(OBJECTS.get(path) or _page(path, dict(parse_qsl(query)))).encode()


def _page(path: str, fields: dict[str, str]) -> dict[str, Any]:
    """Pages of one, whatever is asked for."""
    rows = LISTS[path]
    after = fields.get("starting_after")
    start = 0 if after is None else [row["id"] for row in rows].index(after) + 1
    return {"data": rows[start : start + 1], "has_more": start + 1 < len(rows)}


@pytest.fixture
def posd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Posd]:
    monkeypatch.setenv("COLUMNS", "160")
    with serving(Posd(tmp_path / "posd.sock")) as server:
        yield server


@pytest.fixture
def form(tmp_path: Path) -> str:
    path = tmp_path / "order.toml"
    path.write_text(FORM, encoding="utf-8")
    return str(path)


def run(posd: Posd, *arguments: str) -> int:
    return carry_out(["orders", *arguments, "--socket", str(posd.path)])


def says(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """What the operator types."""
    monkeypatch.setattr("sys.stdin", io.StringIO(words))


def test_skus_shows_what_is_sold_and_how_it_ships(
    posd: Posd, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(posd, "skus", "--country", "DE") == 0
    told = capsys.readouterr().out
    for part in ("thsku_1", "stripe_s700", "€299.00", "thsm_1", "2026-11-25 to 2026-11-27"):
        assert part in told
    asked = [fields for path, fields in posd.reads() if path.endswith("skus")]
    assert asked == [{"limit": "100", "country": "DE"}]


def test_a_preview_shows_price_tax_shipping_and_address_and_orders_nothing(
    posd: Posd, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(posd, "preview", form) == 0
    told = capsys.readouterr().out
    for part in ("€598.00", "€15.00", "€113.62", "€726.62", "Hauptstr. 1, 10115 Berlin, DE"):
        assert part in told
    assert posd.reads()[0] == ("/v1/terminal/hardware_orders/preview", FIELDS)
    assert posd.effects() == []


def test_create_asks_first_and_orders_after_a_yes(
    posd: Posd, form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, "y\n")
    assert run(posd, "create", form) == 0
    told = capsys.readouterr().out
    assert "Order this for €726.62?" in told
    assert "Hauptstr. 1" in told
    assert posd.effects() == [("/v1/terminal/hardware_orders", FIELDS)]
    assert told.endswith("thor_1: pending, €726.62. posd orders track thor_1\n")


@pytest.mark.parametrize("words", ["n\n", "\n", ""])
def test_without_a_yes_nothing_is_ordered(
    posd: Posd, form: str, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    says(monkeypatch, words)
    assert run(posd, "create", form) == 1
    assert run(posd, "cancel", "thor_1") == 1
    assert posd.effects() == []


def test_a_script_is_not_asked(posd: Posd, form: str) -> None:
    assert run(posd, "create", form, "--yes") == 0
    assert run(posd, "cancel", "thor_1", "--yes") == 0
    assert [path for path, _fields in posd.effects()] == [
        "/v1/terminal/hardware_orders",
        "/v1/terminal/hardware_orders/thor_1/cancel",
    ]


def test_a_form_that_is_no_toml_is_told_with_its_name(
    posd: Posd, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(form).write_text("shipping = [", encoding="utf-8")
    assert run(posd, "create", form, "--yes") == 64
    assert f"{form}: cannot be read as TOML" in capsys.readouterr().err
    assert posd.asked == []


def test_list_shows_every_page(posd: Posd, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(posd, "list") == 0
    told = capsys.readouterr().out
    for part in ("thor_1", "pending", "thor_0", "shipped", "€726.62"):
        assert part in told


def test_track_says_where_it_is_and_what_is_next(
    posd: Posd, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(posd, "track", "thor_1") == 0
    told = capsys.readouterr().out
    for part in (
        "thor_1: delivered",
        "dhl 0034",
        "tmr_1",
        "Not on the line yet: plug it in, and run this again.",
        "Unpack it: posd orders receive thor_1",
    ):
        assert part in told


def test_receive_asks_for_the_pairing_code(
    posd: Posd, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, "apple-pear-plum\n")
    assert run(posd, "receive", "thor_1", "--lane", "lane-1", "--replaces", "tmr_old") == 0
    asked = {"registration_code": "apple-pear-plum", "lane": "lane-1", "replaces": "tmr_old"}
    assert posd.effects() == [("/posd/v1/hardware_orders/thor_1/receive", asked)]
    told = capsys.readouterr()
    assert "Pairing code of the reader" in told.err
    assert "The new reader is not on the line yet." in told.out


def test_a_reader_that_is_registered_is_named(posd: Posd) -> None:
    assert run(posd, "receive", "thor_1", "--reader", "tmr_1") == 0
    assert posd.effects() == [("/posd/v1/hardware_orders/thor_1/receive", {"reader": "tmr_1"})]
