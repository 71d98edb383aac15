"""Every route's answer against Stripe's own description of it.

Runs where POSD_STRIPE_OPENAPI names the file. There, every answer in every test on this stage is
held to it as well.
"""

import re
from typing import Any

import pytest

from posd.stripe_wire.form import Value, encode
from posd_simulator.cloud.routes import ROUTES
from tests.stripe_shapes import WITHOUT, shapes
from tests.unit.simulator.cloud.described import UNDESCRIBED, faults
from tests.unit.simulator.cloud.hardware import METHODS, ORDERS, PRODUCTS, SKUS, Buyer
from tests.unit.simulator.cloud.stage import (
    CONFIGURATIONS,
    LOCATIONS,
    READERS,
    REPORT,
    REPORT_PATH,
    Stage,
    stage,
)

pytestmark = pytest.mark.skipif(shapes() is None, reason=WITHOUT)

RECORDS = "/v1/payment_records"
TIPPED: dict[str, Value] = {"eur": {"percentages": [5, 10, 15], "smart_tip_threshold": 1000}}


async def fleet(on: Stage) -> None:
    """Every call on locations, readers, configurations and tokens."""
    made = await on.till.post(CONFIGURATIONS, {"name": "Shop", "tipping": TIPPED})
    configuration = f"{CONFIGURATIONS}/{made.json()['id']}"
    await on.till.post(configuration, {"offline": {"enabled": True}})
    here = (await on.till.located(phone="+4940"))["id"]
    location = f"{LOCATIONS}/{here}"
    await on.till.post(location, {"configuration_overrides": made.json()["id"]})
    await on.till.post("/v1/terminal/connection_tokens", {"location": here})
    reader = f"{READERS}/{(await on.till.registered(here))['id']}"
    await on.till.post(reader, {"label": "Lane 1"})
    await on.till.get(f"{READERS}?expand[]=data.location")
    for path in (reader, location, configuration):
        await on.till.get(path.rpartition("/")[0])
        await on.till.get(path)
        await on.till.delete(path)
        await on.till.get(path)
        await on.till.post(path)


async def hardware(on: Stage) -> None:
    """Every call on the catalogue and on orders, and the events that they leave."""
    buyer = Buyer(on)
    wish = await buyer.wish()
    await buyer.get(f"{SKUS}/{await buyer.sku('stripe_s700')}")
    await buyer.get(f"{SKUS}?country=DE&expand[]=data.product")
    for path in (f"{PRODUCTS}?", f"{METHODS}?country=DE&"):
        row = (await buyer.get(f"{path}limit=1")).json()["data"][0]
        await buyer.get(f"{path.partition('?')[0]}/{row['id']}")
    await buyer.get(f"{ORDERS}/preview?{encode(wish).decode()}")
    order = (await buyer.ordered())["id"]
    lost, canceled = (await buyer.ordered())["id"], (await buyer.ordered())["id"]
    await buyer.helped(order, "mark_ready_to_ship", "ship", "deliver")
    await buyer.helped(lost, "mark_ready_to_ship", "ship", "mark_undeliverable")
    await buyer.post(f"{ORDERS}/{canceled}/cancel")
    await buyer.get(f"{ORDERS}/{order}?expand[]=shipping_method")
    await buyer.get(ORDERS)
    events = (await on.till.get("/v1/events")).json()["data"]
    await on.till.get(f"/v1/events/{events[0]['id']}")


async def reports(on: Stage) -> None:
    """Every call on payment records."""
    ends = ("failed", "canceled", "guaranteed")
    record = f"{RECORDS}/{(await on.till.post(REPORT_PATH, REPORT)).json()['id']}"
    for end in ends:
        await on.till.post(f"{record}/report_payment_attempt_{end}", {f"{end}_at": 1})
        if end != "guaranteed":
            await on.till.post(f"{record}/report_payment_attempt", {"initiated_at": 1})
    await on.till.post(f"{record}/report_payment_attempt_informational", {"description": "x"})
    refund: dict[str, Any] = {"type": "custom", "custom": {"refund_reference": "R1"}}
    await on.till.post(
        f"{record}/report_refund", {"outcome": "refunded", "processor_details": refund}
    )
    await on.till.get(record)
    await on.till.get(RECORDS)
    attempts = f"/v1/payment_attempt_records?payment_record={record.rpartition('/')[2]}"
    attempt = (await on.till.get(attempts)).json()["data"][0]
    await on.till.get(f"/v1/payment_attempt_records/{attempt['id']}")


def _is_of(path: str, route: str) -> bool:
    return re.fullmatch(route.replace("{id}", "[^/]+"), path) is not None


async def test_every_route_answers_as_stripe_describes_it() -> None:
    async with stage() as on:
        await on.till.get("/v1/account")
        await fleet(on)
        await hardware(on)
        await reports(on)
        answered = [(each.method, each.path) for each in on.cloud.requests if each.status == 200]
    unheard = [
        (route.method, route.path)
        for route in ROUTES
        if not any(method == route.method and _is_of(path, route.path) for method, path in answered)
    ]
    assert unheard == [("POST", UNDESCRIBED)]


def test_a_wrong_answer_is_found() -> None:
    answer = {"object": "terminal.connection_token", "id": "y"}
    found = faults("POST", "/v1/terminal/connection_tokens", 200, answer)
    assert found == [
        "terminal.connection_token.secret is missing",
        "terminal.connection_token.id is not known to Stripe",
    ]
