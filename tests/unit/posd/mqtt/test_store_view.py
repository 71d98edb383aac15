"""All lanes of a store, from what others tell: true, bounded, and never trusted."""

import json

from hypothesis import given
from hypothesis import strategies as st

from posd.bus.store_view import (
    ALARMS_MAX,
    LANES_MAX,
    NODES_MAX,
    PAYLOAD_OCTETS_MAX,
    FarLane,
    LaneStanding,
    StoreBook,
)
from posd.bus.topics import Topics
from posd.bus.truth import NodeState
from posd.snapshot.views import ReaderStatus

TOPICS = Topics("main-street", "till-1")
LANE = {"name": "Till 1", "verdict": "ok", "reader": "tmr_1", "status": "online", "abilities": []}


def state(word: str) -> bytes:
    return json.dumps({"state": word, "since": 17, "boot": 1, "version": "0.2.0"}).encode()


def book(word: str = "ready") -> StoreBook:
    heard = StoreBook("main-street")
    assert heard.hear(TOPICS.state, state(word))
    assert heard.hear(TOPICS.lane("Till 1"), json.dumps(LANE).encode())
    return heard


def test_a_lane_is_as_its_posd_says() -> None:
    (node,) = book().view(connected=True).nodes
    assert node.state is NodeState.READY
    assert node.lanes == (
        FarLane("till-1", "Till 1", LaneStanding.OK, "tmr_1", ReaderStatus.ONLINE),
    )


def test_behind_a_posd_that_is_lost_or_stopped_nothing_is_true() -> None:
    for word in ("lost", "disconnected"):
        (node,) = book(word).view(connected=True).nodes
        assert node.lanes == (FarLane("till-1", "Till 1", LaneStanding.LOST),)


def test_what_is_taken_back_is_gone() -> None:
    heard = book()
    alarm = TOPICS.alarm("reader_lost", "tmr_1")
    heard.hear(alarm, b'{"code": "reader_lost"}')
    assert heard.view(connected=True).nodes[0].alarms == 1
    heard.hear(alarm, b"")
    heard.hear(TOPICS.lane("Till 1"), b"")
    assert heard.view(connected=True).nodes[0].alarms == 0
    assert heard.view(connected=True).nodes[0].lanes == ()
    heard.hear(TOPICS.state, b"")
    assert heard.view(connected=True).nodes == ()


def test_nobody_fills_the_memory() -> None:
    heard = StoreBook("main-street")
    for n in range(NODES_MAX + 10):
        heard.hear(Topics("main-street", f"till-{n}").state, state("ready"))
    assert len(heard.view(connected=True).nodes) == NODES_MAX
    heard = book()
    for n in range(max(LANES_MAX, ALARMS_MAX) + 10):
        heard.hear(TOPICS.lane(f"lane {n}"), json.dumps(LANE).encode())
        heard.hear(TOPICS.alarm("unproven", f"pi_{n}"), b"{}")
    (node,) = heard.view(connected=True).nodes
    assert (len(node.lanes), node.alarms) == (LANES_MAX, ALARMS_MAX)
    assert not heard.hear(TOPICS.state, b"{" + b" " * PAYLOAD_OCTETS_MAX)


@given(st.sampled_from([TOPICS.state, TOPICS.lane("Till 1"), "posd/1/a/b/c/d"]), st.binary())
def test_noise_is_left_out(topic: str, noise: bytes) -> None:
    heard = book()
    before = heard.view(connected=True)
    if not heard.hear(topic, noise):
        assert heard.view(connected=True) == before
