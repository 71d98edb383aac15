"""One order from its preview to a paid sale on the reader that it delivered.

Stripe's own readers are not driven by posd yet, so the reader that takes the money is an attached
one, registered on the order's checklist by its URL as any attached reader is. A reader of Stripe's,
registered there by its pairing code, is shown and refuses the sale.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from posd.clock import utc
from posd.model.hardware_facts import (
    OldReaderRetired,
    ReaderReceived,
    ReceivedReaderBound,
    ReceivedReaderTested,
)
from posd_simulator.cloud.faults import Fault, FaultKind
from posd_simulator.terminal.settings import Settings, Wire
from posd_simulator.terminal.terminal import Terminal
from tests.simulation.stories.stage import PAID, Store, lane, ledger_of, opened
from tests.simulation.stories.tills import Till
from tests.unit.posd.virtual import virtual

ORDERS = "/v1/terminal/hardware_orders"
HELPERS = "/v1/test_helpers/terminal/hardware_orders"
DELIVERED = Settings(wire=Wire.TCP, terminal_id="77777777")
URL = "zvt+tcp://10.0.0.99:20007?simulated=true"
FOUND_OUT_S = 300.0
STEPS = [ReaderReceived, ReceivedReaderBound, ReceivedReaderTested, OldReaderRetired]


async def filled_in(office: Till, pieces: int = 1) -> dict[str, str]:
    """An order of the first things that Stripe offers."""
    skus = await office.get("/v1/terminal/hardware_skus?country=DE")
    methods = await office.get("/v1/terminal/hardware_shipping_methods?country=DE")
    return {
        "hardware_order_items[0][terminal_hardware_sku]": skus["data"][0]["id"],
        "hardware_order_items[0][quantity]": str(pieces),
        "payment_type": "monthly_invoice",
        "shipping_method": methods["data"][0]["id"],
        "shipping[name]": "Corner shop",
        "shipping[email]": "office@example.com",
        "shipping[phone]": "+49301234",
        "shipping[address][country]": "DE",
        "shipping[address][line1]": "Hauptstr. 1",
        "shipping[address][city]": "Berlin",
        "shipping[address][postal_code]": "10115",
    }


async def delivered(office: Till, pieces: int = 1) -> dict[str, Any]:
    """An order that the carrier has handed over."""
    asked = await filled_in(office, pieces)
    preview = await office.http.get(f"{ORDERS}/preview", params=asked)
    placed = await office.post(ORDERS, asked, "order-1")
    assert preview.is_success, preview.text
    assert placed.is_success, placed.text
    order: dict[str, Any] = placed.json()
    assert order["amount"] == preview.json()["amount"]
    for step in ("mark_ready_to_ship", "ship", "deliver"):
        answer = await office.post(f"{HELPERS}/{order['id']}/{step}", {})
        assert answer.is_success, answer.text
    return order


def plug_in(store: Store, reader: str) -> None:
    """The delivered terminal is unpacked, and somebody answers at its address."""
    terminal = Terminal(DELIVERED, ledger_of(DELIVERED), now=lambda: utc(store.clock.wall_ms()))
    store.world.create_task(terminal.run(), name=reader)
    store.terminals[reader] = terminal


async def received(office: Till, order: str, **asked: str) -> dict[str, Any]:
    answer = await office.post(f"/posd/v1/hardware_orders/{order}/receive", asked)
    assert answer.is_success, answer.text
    told: dict[str, Any] = answer.json()
    return told


@virtual
async def test_an_order_ends_in_a_paid_sale_on_the_reader_that_it_delivered(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, lanes=2) as store:
        office, till = store.manager(), store.till()
        old = await office.post(
            "/v1/terminal/readers",
            {"registration_code": "zvt+tcp://10.0.0.50:20007?simulated=true"},
        )
        order = await delivered(office)
        followed = await office.get(f"/posd/v1/hardware_orders/{order['id']}")
        assert (followed["status"], followed["next"]) == ("delivered", "receive")

        told = await received(
            office, order["id"], registration_code=URL, label="Till 1", lane="lane-1"
        )
        (unpacked,) = told["readers"]
        assert (unpacked["lane"], unpacked["next"]) == ("lane-1", "test")
        plug_in(store, unpacked["reader"])
        told = await received(
            office, order["id"], reader=unpacked["reader"], replaces=old.json()["id"]
        )
        assert (told["next"], told["problem"]) == ("nothing", None)

        intent = await till.ring_up(1250, "A-17")
        assert (await till.hand_over(unpacked["reader"], intent)).is_success
        assert await till.watch(intent, 30) == ["requires_payment_method", "succeeded"]
        assert await store.books(till, intent) == PAID
        assert [row.amount for row in store.terminals[unpacked["reader"]].ledger.book.stored] == [
            500,
            1250,
        ]
        status = await office.get("/posd/v1/status")
        assert [one["reader"]["id"] for one in status["lanes"][:2]] == [
            unpacked["reader"],
            lane(2),
        ]
        (one,) = store.posd.journal.queries.received_readers(order["id"])
        entries = store.posd.journal.queries.entries(one.id)
        assert [type(entry.fact) for entry in entries] == STEPS
        assert len({entry.actor for entry in entries}) == 1
        assert entries[0].actor.startswith("key_posd_")


@virtual
async def test_a_reader_of_stripes_own_is_registered_shown_and_takes_no_sale_yet(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        office, till = store.manager(), store.till()
        location = await office.post(
            "/v1/terminal/locations",
            {
                "display_name": "Corner shop",
                "address[country]": "DE",
                "address[line1]": "Hauptstr. 1",
                "address[city]": "Berlin",
                "address[postal_code]": "10115",
            },
        )
        assert location.is_success, location.text
        order = await delivered(office)
        told = await received(
            office,
            order["id"],
            registration_code="simulated-s700",
            location=location.json()["id"],
        )
        (unpacked,) = told["readers"]
        shown = await till.get(f"/v1/terminal/readers/{unpacked['reader']}")
        assert shown["device_type"] == "simulated_stripe_s700"
        intent = await till.ring_up(1250)
        refused = await till.hand_over(unpacked["reader"], intent)
        assert refused.status_code == 400
        assert await till.status(intent) == "requires_payment_method"


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.LOST,
        FaultKind.ERROR_AFTER_COMMIT,
        FaultKind.RESET,
        FaultKind.HANG,
        FaultKind.HTML,
        FaultKind.SLOW,
    ],
)
@virtual
async def test_whatever_happens_to_the_call_that_orders_there_is_one_order(
    tmp_path: Path, kind: FaultKind
) -> None:
    async with opened(tmp_path) as store:
        office = store.manager()
        asked = await filled_in(office)
        store.cloud.faults.add(Fault(kind, path=ORDERS, delay_s=40.0))
        open_ = await office.post(ORDERS, asked, "order-1")
        assert (open_.status_code, open_.json()["error"]["code"]) == (503, "order_undecided")
        await store.power_off()
        await store.power_on()
        await asyncio.sleep(FOUND_OUT_S)
        placed = await office.post(ORDERS, asked, "order-1")
        assert placed.is_success, placed.text
        accounts = store.cloud.ledger.accounts.values()
        assert [id_ for one in accounts for id_ in one.hardware_orders] == [placed.json()["id"]]
