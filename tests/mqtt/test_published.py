"""posd and a real broker: events in their order, the truth at once, and no sale that waits."""

from contextlib import closing
from time import perf_counter

from tests.crash.store import Store
from tests.mqtt.broker import Listener, Mosquitto, eventually
from tests.mqtt.schemas import check

NODE = "posd/1/berlin/lane-1"
STATE = f"{NODE}/state"
READER = f"{NODE}/reader/tmr_posd_lane-1/state"


def _is_told(listener: Listener, kind: str) -> bool:
    return any(one["type"] == kind for one in listener.events())


def _is_up(listener: Listener) -> bool:
    return listener.truth().get(STATE, {}).get("state") == "ready"


def test_the_events_of_a_payment_arrive_in_order_and_without_a_gap(
    listener: Listener, store: Store
) -> None:
    store.open()
    assert eventually(lambda: _is_up(listener)), store.log()
    intent = store.pay(1250)
    assert eventually(lambda: _is_told(listener, "payment.approved")), store.log()
    events = listener.events()
    first = events[0]["seq"]
    assert [one["seq"] for one in events] == list(range(first, first + len(events)))
    about = [one for one in events if intent in (one["subject"], one["data"].get("payment_intent"))]
    receipts = ["payment.receipt_printed"] * 2
    reported = ["payment_intent.created", "payment.started", "payment.status_reported"]
    told = [one["type"] for one in about]
    assert told[:6] == [*reported, *receipts, "payment.approved"]
    assert not any(one["historical"] for one in about)
    assert events[0]["type"] == "posd.started"
    assert "1250" not in str(events), "no sums unless the store wishes it"
    for one in listener.heard():
        if one.body is not None:
            check(one.topic, one.body)


def test_a_broker_that_was_away_delays_no_sale_and_is_told_all_of_it(
    broker: Mosquitto, listener: Listener, store: Store
) -> None:
    store.open()
    first = store.pay(100)
    assert eventually(lambda: _is_told(listener, "payment_intent.heard"))
    seen = listener.events()
    broker.kill()
    began = perf_counter()
    second = store.pay(200)
    assert perf_counter() - began < 5.0
    broker.start()
    with closing(Listener(broker.port)) as later:
        assert eventually(lambda: _is_told(later, "payment.approved")), store.log()
        assert eventually(lambda: _is_told(later, "payment_intent.heard"))
        told = later.events()
        assert all(one["historical"] for one in told)
        known = {one["id"]: one for one in (*seen, *told)}
        seqs = sorted(one["seq"] for one in known.values())
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        approved = [one for one in known.values() if one["type"] == "payment.approved"]
        assert [one["data"]["payment_intent"] for one in approved] == [first, second]
        for one in later.heard():
            if one.body is not None:
                check(one.topic, one.body)
    assert store.log().count("broker lost") == 1


def test_a_fresh_broker_has_the_whole_truth_within_a_second(
    broker: Mosquitto, listener: Listener, store: Store
) -> None:
    store.open()
    assert eventually(lambda: _is_up(listener))
    assert eventually(lambda: listener.truth()[READER]["status"] == "online")
    before = listener.truth()
    broker.kill()
    broker.start()
    with closing(Listener(broker.port)) as later:
        assert eventually(lambda: later.truth().keys() >= before.keys()), store.log()
        assert eventually(lambda: _is_up(later))
        heard = [one for one in later.heard() if one.topic in before]
        assert later.states()[:2] == ["init", "ready"]
        assert heard[-1].at_s - heard[0].at_s < 1.0
        assert later.truth()[READER]["status"] == "online"
    with closing(Listener(broker.port)) as newcomer:
        assert eventually(lambda: newcomer.truth().keys() >= before.keys()), "it was retained"
        assert all(one.retained for one in newcomer.heard() if "/evt/" not in one.topic)
        assert not newcomer.events(), "what has happened is not retained"


def test_one_that_is_killed_is_lost_and_one_that_is_stopped_is_disconnected(
    listener: Listener, store: Store
) -> None:
    posd = store.open()
    assert eventually(lambda: _is_up(listener))
    store.stop()
    assert eventually(lambda: listener.states()[-1:] == ["disconnected"])
    posd = store.open()
    assert eventually(lambda: _is_up(listener))
    began = perf_counter()
    posd.kill()
    assert eventually(lambda: listener.truth()[STATE]["state"] == "lost")
    assert perf_counter() - began > 3.0, "a line that is back at once was not lost"


def test_a_broker_that_hangs_stalls_neither_a_sale_nor_the_end(
    broker: Mosquitto, listener: Listener, store: Store
) -> None:
    store.open()
    assert eventually(lambda: _is_up(listener))
    broker.hang()
    began = perf_counter()
    store.pay(300)
    store.pay(400)
    assert perf_counter() - began < 5.0
    began = perf_counter()
    store.stop()
    assert perf_counter() - began < 5.0
    broker.go_on()
