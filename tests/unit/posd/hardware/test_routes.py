"""Hardware over HTTP: Stripe's shapes and limits, offline, undecided, and followed."""

from pathlib import Path

import pytest

from posd.model.upstream_facts import MirrorKind
from tests.unit.posd.hardware.office import FORM, ORDERS, office
from tests.unit.posd.hardware.stripe import METHOD, PRODUCT, SKU, Trouble
from tests.unit.posd.virtual import virtual

SKUS = "/v1/terminal/hardware_skus"
VERSION = "2026-10-28.endive; terminal_hardware_orders_beta=v5"
BAD = [
    ({"shipping[address][country]": "de"}, "shipping[address][country]"),
    ({"shipping[address][country]": "DEU"}, "shipping[address][country]"),
    ({"shipping[address][line1]": "x" * 41}, "shipping[address][line1]"),
    ({"shipping[address][line1]": "H1"}, "shipping[address][line1]"),
    ({"shipping[address][postal_code]": "1" * 11}, "shipping[address][postal_code]"),
    ({"shipping[address][city]": "x" * 36}, "shipping[address][city]"),
    ({"shipping[address][line2]": "x" * 41}, "shipping[address][line2]"),
    ({"shipping[address][state]": "x" * 30}, "shipping[address][state]"),
    ({"shipping[address][town]": "x"}, "shipping[address][town]"),
    ({"shipping[email]": "x" * 801}, "shipping[email]"),
    ({"shipping[name]": "x" * 37}, "shipping[name]"),
    ({"shipping[name]": "xy"}, "shipping[name]"),
    ({"shipping[phone]": "1" * 15}, "shipping[phone]"),
    ({"shipping[company]": "xy"}, "shipping[company]"),
    ({"shipping[company]": "x" * 41}, "shipping[company]"),
    ({"po_number": "1" * 16}, "po_number"),
    ({"payment_type": "none"}, "payment_type"),
    ({"hardware_order_items[0][quantity]": "0"}, "hardware_order_items[0][quantity]"),
    ({"hardware_order_items[0][quantity]": "10001"}, "hardware_order_items[0][quantity]"),
    (
        {"hardware_order_items[1][quantity]": "1"},
        "hardware_order_items[1][terminal_hardware_sku]",
    ),
    ({"metadata[posd_order]": "mine"}, "metadata[posd_order]"),
]


@pytest.mark.parametrize(("asked", "param"), BAD, ids=[param for _, param in BAD])
@virtual
async def test_a_form_beyond_stripes_limits_is_not_sent(
    tmp_path: Path, asked: dict[str, str], param: str
) -> None:
    async with office(tmp_path) as on:
        head, asked_before = on.posd.journal.head, len(on.stripe.asked)
        answer = await on.order("K", **asked)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
        assert (on.posd.journal.head, len(on.stripe.asked)) == (head, asked_before)


@virtual
async def test_what_a_form_lacks_is_named(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        for left_out in ("shipping[phone]", "shipping[address][line1]"):
            form = {name: value for name, value in FORM.items() if name != left_out}
            error = (await on.post(ORDERS, form)).json()["error"]
            assert (error["code"], error["param"]) == ("parameter_missing", left_out)


@virtual
async def test_the_preview_header_is_welcome_and_echoed(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        answer = await on.http.get(ORDERS, headers={"Stripe-Version": VERSION})
        assert answer.headers["Stripe-Version"] == VERSION


@virtual
async def test_the_catalogue_has_an_age(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        first = await on.http.get(f"{SKUS}?country=DE&status=available")
        assert (first.json()["data"], first.headers["Age"]) == ([SKU], "0")
        on.stripe.away = True
        again = await on.http.get(f"{SKUS}?country=DE&status=available")
        assert again.json() == first.json()
        assert (await on.http.get(f"{SKUS}?country=AT")).status_code == 503
        assert (await on.get(f"{SKUS}?country=Germany"))["error"]["param"] == "country"
        on.stripe.away = False


@virtual
async def test_one_thing_of_each_kind(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        for kind, told in (
            ("skus", SKU),
            ("products", PRODUCT),
            ("shipping_methods", METHOD),
        ):
            assert await on.get(f"/v1/terminal/hardware_{kind}/{told['id']}") == told


@virtual
async def test_offline_an_order_is_503_and_leaves_no_trace(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        on.stripe.away = True
        head = on.posd.journal.head
        for path in (ORDERS, f"{ORDERS}/preview"):
            method = "GET" if path.endswith("preview") else "POST"
            answer = await on.http.request(
                method,
                path,
                params=FORM if method == "GET" else None,
                data=FORM if method == "POST" else None,
            )
            assert (answer.status_code, answer.json()["error"]["type"]) == (503, "api_error")
        assert on.posd.journal.head == head


@virtual
async def test_an_undecided_order_says_so_and_where_to_look(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        on.stripe.troubles = [Trouble.ANSWER_LOST] + [Trouble.IN_USE] * 9
        answer = await on.order("K")
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (503, "order_undecided")
        own = error["message"].split("'")[1]
        assert own.startswith("thor_posd_")
        followed = await on.get(f"/posd/v1/hardware_orders/{own}")
        assert (followed["status"], followed["next"]) == ("undecided", "wait")
        assert (await on.http.get(f"{ORDERS}/{own}")).status_code == 503


@virtual
async def test_a_refused_order_is_followed_to_its_end(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        on.stripe.troubles = [Trouble.REFUSES]
        refused = await on.order("K")
        again = await on.order("K")
        assert refused.json()["error"] == again.json()["error"]
        own = on.posd.journal.queries.hardware_orders(1)[0].id
        followed = await on.get(f"/posd/v1/hardware_orders/{own}")
        assert (followed["status"], followed["next"]) == ("refused", "order_again")
        assert followed["refusal"] == "Stripe says no."


@virtual
async def test_an_order_is_found_by_both_ids_and_listed_by_status(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        placed = [(await on.order()).json() for _order in range(3)]
        own = placed[0]["metadata"]["posd_order"]
        assert await on.get(f"{ORDERS}/{own}") == await on.get(f"{ORDERS}/thor_1") == placed[0]
        assert (await on.post(f"{ORDERS}/thor_2/cancel", {})).json()["status"] == "canceled"
        listed = [one["id"] for one in (await on.get(f"{ORDERS}?status=pending"))["data"]]
        assert listed == ["thor_3", "thor_1"]
        page = await on.get(f"{ORDERS}?limit=1&starting_after=thor_3")
        assert ([one["id"] for one in page["data"]], page["has_more"]) == (["thor_2"], True)
        assert (await on.get(f"{ORDERS}/thor_9"))["error"]["code"] == "resource_missing"


@virtual
async def test_who_ordered_and_when_is_followed(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        order = await on.delivered()
        followed = await on.get(f"/posd/v1/hardware_orders/{order}")
        assert followed["requested"]["by"].startswith("key_posd_")
        assert (followed["pieces"], followed["next"]) == (2, "receive")
        assert followed["id"].startswith("thor_posd_")


@virtual
async def test_an_order_that_was_made_elsewhere_is_followed_too(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        body = {"id": "thor_77", "status": "shipped", "shipment_tracking": None}
        await on.posd.mirror.take(MirrorKind.HARDWARE_ORDER, body, actor="test")
        followed = await on.get("/posd/v1/hardware_orders/thor_77")
        assert (followed["id"], followed["requested"], followed["next"]) == (None, None, "wait")


@virtual
async def test_a_repetition_is_marked_as_one(tmp_path: Path) -> None:
    async with office(tmp_path) as on:
        first, second = await on.order("K"), await on.order("K")
        assert second.json() == first.json()
        assert second.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers
        changed = await on.order("K", po_number="4711")
        assert changed.json()["error"]["type"] == "idempotency_error"
        assert len(on.stripe.orders) == 1
