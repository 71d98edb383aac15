"""posd and a real broker: events in their order, the truth at once, and no sale that waits."""

from tests.crash.store import Store
from tests.mqtt.broker import Listener, eventually

NODE = "posd/1/berlin/lane-1"


def test_the_events_of_a_payment_arrive_in_order_and_without_a_gap(
    listener: Listener, store: Store
) -> None:
    store.open()
    intent = store.pay(1250)
    assert eventually(lambda: any(one["type"] == "payment.approved" for one in listener.events()))
    events = listener.events()
    first = events[0]["seq"]
    assert [one["seq"] for one in events] == list(range(first, first + len(events)))
    told = [
        one["type"]
        for one in events
        if intent in (one["subject"], one["data"].get("payment_intent"))
    ]
    receipts = ["payment.receipt_printed"] * 2
    reported = ["payment_intent.created", "payment.started", "payment.status_reported"]
    assert told[:6] == [*reported, *receipts, "payment.approved"]
