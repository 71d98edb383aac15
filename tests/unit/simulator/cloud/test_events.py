"""Events: each step of an order, for thirty days."""

from tests.unit.simulator.cloud.hardware import ORDERS, PREVIEW, Buyer
from tests.unit.simulator.cloud.stage import Clock, Stage, stage, told

EVENTS = "/v1/events"
DAY_MS = 24 * 60 * 60 * 1000


async def types(on: Stage, query: str = "") -> list[str]:
    answer = await on.till.get(f"{EVENTS}{query}")
    assert answer.status_code == 200, answer.text
    return [each["type"].removeprefix("terminal_hardware_order.") for each in answer.json()["data"]]


async def test_each_step_of_an_order_is_told() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        order = (await buyer.ordered())["id"]
        await buyer.helped(order, "mark_ready_to_ship", "ship", "deliver")
        lost = (await buyer.ordered())["id"]
        await buyer.helped(lost, "mark_ready_to_ship", "ship", "mark_undeliverable")
        canceled = (await buyer.ordered())["id"]
        await buyer.post(f"{ORDERS}/{canceled}/cancel")
        assert (await types(on, "?limit=20"))[::-1] == [
            *("created", "ready_to_ship", "shipped", "delivered"),
            *("created", "ready_to_ship", "shipped", "undeliverable"),
            *("created", "canceled"),
        ]


async def test_an_event_names_its_request_and_carries_the_object() -> None:
    async with stage() as on:
        buyer = Buyer(on)
        made = await buyer.post(ORDERS, await buyer.wish(), key="K")
        (event,) = (await on.till.get(EVENTS)).json()["data"]
        assert event == {
            "id": event["id"],
            "object": "event",
            "api_version": PREVIEW["Stripe-Version"],
            "created": 1_800_000_000,
            "data": {"object": made.json()},
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": made.headers["request-id"], "idempotency_key": "K"},
            "type": "terminal_hardware_order.created",
        }
        assert (await on.till.get(f"{EVENTS}/{event['id']}")).json() == event
        await buyer.post(ORDERS, await buyer.wish(), key="K")
        assert len(await types(on)) == 1


async def test_an_event_is_forgotten_after_thirty_days() -> None:
    clock = Clock()
    async with stage(clock) as on:
        await Buyer(on).ordered()
        (event,) = (await on.till.get(EVENTS)).json()["data"]
        clock.now_ms += 30 * DAY_MS - 1000
        assert await types(on) == ["created"]
        clock.now_ms += 1000
        assert await types(on) == []
        assert told(await on.till.get(f"{EVENTS}/{event['id']}"))[::2] == (404, "resource_missing")


async def test_events_are_filtered_by_type_and_time() -> None:
    clock = Clock()
    async with stage(clock) as on:
        buyer = Buyer(on)
        order = (await buyer.ordered())["id"]
        clock.now_ms += 60_000
        await buyer.post(f"{ORDERS}/{order}/cancel")
        prefix = "terminal_hardware_order"
        assert await types(on, f"?type={prefix}.canceled") == ["canceled"]
        both = f"types[]={prefix}.canceled&types[]={prefix}.created"
        assert await types(on, f"?{both}") == ["canceled", "created"]
        assert await types(on, "?types[]=charge.succeeded") == []
        assert await types(on, "?created[gt]=1800000000") == ["canceled"]
        assert await types(on, "?created=1800000000") == ["created"]
        assert await types(on, "?limit=1") == ["canceled"]
        assert await types(on, "?delivery_success=true") == ["canceled", "created"]
        assert await types(on, "?delivery_success=false") == []
        twice = await on.till.get(f"{EVENTS}?type=a&types[]=b")
        assert told(twice)[2:] == ("parameters_exclusive", "type")
        many = "&".join(f"types[]=t{number}" for number in range(21))
        assert told(await on.till.get(f"{EVENTS}?{many}"))[3] == "types"


async def test_events_are_an_accounts_own() -> None:
    async with stage() as on:
        await Buyer(on).ordered()
        stranger = await on.till.holding("sk_test_stranger").get(EVENTS)
        assert stranger.json()["data"] == []
