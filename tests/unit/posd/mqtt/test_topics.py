"""Names of the shop as levels of a topic."""

from hypothesis import example, given
from hypothesis import strategies as st

from posd.bus.topics import Told, Topics, level, name_of, told_in

TOPICS = Topics("main-street", "till-1")


def test_the_topics_of_a_node() -> None:
    assert TOPICS.state == "posd/1/main-street/till-1/state"
    assert TOPICS.lane("Kasse 1") == "posd/1/main-street/till-1/lane/Kasse%201/state"
    assert TOPICS.reader("tmr_1") == "posd/1/main-street/till-1/reader/tmr_1/state"
    assert TOPICS.alarm("reader_lost", "tmr_1") == (
        "posd/1/main-street/till-1/alarm/reader_lost/tmr_1"
    )
    assert TOPICS.alarm("alarm_unheard", "") == "posd/1/main-street/till-1/alarm/alarm_unheard"


@given(st.text(min_size=1))
@example("#")
@example("a/+/$~%")
def test_no_name_makes_a_level_or_a_wildcard(name: str) -> None:
    name = name.encode(errors="ignore").decode()
    told = level(name)
    assert not set(told) & set("/+#\0")
    assert told.isascii()
    assert name_of(told) == name


def test_a_topic_is_taken_apart() -> None:
    assert told_in(TOPICS.lane("Kasse 1")) == Told("till-1", ("lane", "Kasse 1", "state"))
    for foreign in ("posd/2/a/b/state", "posd/1/a/b", "zigbee2mqtt/bridge/state/x/y", ""):
        assert told_in(foreign) is None
