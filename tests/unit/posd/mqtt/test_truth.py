"""The snapshot as what is retained: whole, as documented, and no more of it than may be told."""

import msgspec
from msgspec.structs import replace

from posd.bus.pulse import Pulse, health
from posd.bus.topics import Topics
from posd.bus.truth import NodeState, info, node_state, truth
from posd.model.attempt import AttemptState
from posd.snapshot.concern_views import SHOWN_MAX
from posd.snapshot.views import Lane, Upstream, UpstreamState
from tests.mqtt.schemas import check
from tests.unit.posd.page.fullest import full_shop
from tests.unit.posd.snapshots import Shop

TOPICS = Topics("main-street", "till-1")


def told(shop: Shop, *, amounts: bool = False) -> dict[str, dict[str, object]]:
    encoded = msgspec.to_builtins(truth(shop.snapshot(), TOPICS, amounts=amounts))
    for topic, body in encoded.items():
        check(topic, body)
    return {topic.removeprefix(f"{TOPICS.prefix}/"): body for topic, body in encoded.items()}


def one_lane() -> Shop:
    shop = Shop()
    shop.lanes = (Lane("Till 1", shop.add_reader("front", label="Front")),)
    return shop


def test_a_quiet_store() -> None:
    shop = one_lane()
    shop.upstream = Upstream(UpstreamState.NONE)
    seen = told(shop)
    assert seen.keys() == {"info", "lane/Till%201/state", f"reader/{shop.lanes[0].reader}/state"}
    lane = seen["lane/Till%201/state"]
    assert (lane["verdict"], lane["status"], lane["payment"]) == ("ok", "online", None)


def test_a_fullest_store_is_as_documented_with_and_without_sums() -> None:
    shop = full_shop()
    sums = {"amount", "amounts", "parked_amounts", "currency"}
    bare, whole = told(shop), told(shop, amounts=True)
    assert bare.keys() == whole.keys()
    assert not any(sums & body.keys() for body in bare.values())
    assert any(sums & body.keys() for body in whole.values())


def test_every_alarm_is_told_not_only_those_that_a_page_shows() -> None:
    shop = full_shop()
    snapshot = shop.snapshot()
    assert snapshot.needs.more > 0, "or this tests nothing"
    alarms = [topic for topic in told(shop) if topic.startswith("alarm/")]
    assert len(alarms) > SHOWN_MAX
    assert len(alarms) == len(snapshot.needs.shown) + snapshot.needs.more


def test_a_lane_tells_the_payment_that_its_reader_has_in_hand() -> None:
    shop = one_lane()
    reader = shop.lanes[0].reader
    intent = shop.add_payment(reader, AttemptState.STARTED)
    assert told(shop)["lane/Till%201/state"]["payment"] == intent
    assert told(shop)[f"reader/{reader}/state"]["doing"] == "sale"


def test_a_store_without_an_account_owes_nothing_to_anybody() -> None:
    shop = one_lane()
    shop.upstream = Upstream(UpstreamState.OK, waiting=3)
    assert told(shop)["queue/payment_records"]["depth"] == 3
    shop.upstream = Upstream(UpstreamState.NONE)
    assert not any(topic.startswith("queue/") for topic in told(shop))


def test_info_has_another_rev_only_where_it_says_something_else() -> None:
    snapshot = one_lane().snapshot()
    later = replace(snapshot, at_ms=snapshot.at_ms + 1, revision=snapshot.revision + 1)
    assert info(later) == info(snapshot)
    assert info(replace(snapshot, store="Elsewhere"))["rev"] != info(snapshot)["rev"]


def test_a_store_that_needs_somebody_is_degraded_and_one_that_stops_drains() -> None:
    assert node_state(one_lane().snapshot(), draining=False) is NodeState.READY
    assert node_state(full_shop().snapshot(), draining=False) is NodeState.DEGRADED
    assert node_state(full_shop().snapshot(), draining=True) is NodeState.DRAINING


def test_health_is_as_documented() -> None:
    for pulse in (Pulse(61_000_000, 5_000_000_000, 2), Pulse(None, None)):
        body = msgspec.to_builtins(health(full_shop().snapshot(), pulse))
        check(TOPICS.health, body)
