"""What Stripe tells of the fleet becomes facts when it changes, and only then."""

from collections.abc import Mapping
from typing import Any

from posd.journal.store import Journal
from posd.mirror import Mirror
from posd.model.upstream_facts import MirrorKind
from tests.unit.posd.journal.conftest import clock, journal
from tests.unit.posd.journal.scenario import TurnedClock

__all__ = ["clock", "journal"]

LOCATION, READER = MirrorKind.LOCATION, MirrorKind.READER


def told(id_: str, **more: Any) -> Mapping[str, Any]:
    return {"id": id_, "object": "terminal.location", **more}


def ids(mirror: Mirror, kind: MirrorKind = LOCATION) -> list[str]:
    return [one.id for one in mirror.objects(kind)]


async def test_a_list_is_kept_in_stripes_order_and_told_again_is_no_fact(
    journal: Journal, clock: TurnedClock
) -> None:
    mirror = Mirror(journal, clock)
    newest_first = [told("tml_2"), told("tml_1")]
    await mirror.take_all(LOCATION, newest_first)
    head = journal.head
    await mirror.take_all(LOCATION, newest_first)
    assert ids(mirror) == ["tml_2", "tml_1"]
    assert journal.head == head


async def test_what_a_whole_list_leaves_out_is_gone_and_what_one_answer_leaves_out_is_not(
    journal: Journal, clock: TurnedClock
) -> None:
    mirror = Mirror(journal, clock)
    await mirror.take_all(LOCATION, [told("tml_2"), told("tml_1")])
    await mirror.take(LOCATION, told("tml_3"), actor="key_1")
    assert ids(mirror) == ["tml_3", "tml_2", "tml_1"]
    await mirror.take_all(LOCATION, [told("tml_3"), told("tml_1")])
    assert ids(mirror) == ["tml_3", "tml_1"]
    assert mirror.object(LOCATION, "tml_2") is None


async def test_an_object_is_of_its_kind_only(journal: Journal, clock: TurnedClock) -> None:
    mirror = Mirror(journal, clock)
    await mirror.take(LOCATION, told("tml_1"), actor="key_1")
    assert mirror.object(READER, "tml_1") is None
    assert ids(mirror, READER) == []


async def test_a_readers_passing_state_is_known_until_the_end_and_never_a_fact(
    journal: Journal, clock: TurnedClock
) -> None:
    mirror = Mirror(journal, clock)
    await mirror.take_all(READER, [told("tmr_1", status="online", action=None)])
    head = journal.head
    await mirror.take_all(READER, [told("tmr_1", status="offline", action=None)])
    assert journal.head == head
    assert mirror.passing("tmr_1") == {"status": "offline", "action": None}
    assert Mirror(journal, clock).passing("tmr_1") == {}


async def test_a_deletion_is_kept_once(journal: Journal, clock: TurnedClock) -> None:
    mirror = Mirror(journal, clock)
    await mirror.take(LOCATION, told("tml_1"), actor="key_1")
    await mirror.drop(LOCATION, "tml_1", actor="key_1")
    head = journal.head
    await mirror.drop(LOCATION, "tml_1", actor="key_1")
    await mirror.drop(LOCATION, "tml_9", actor="key_1")
    assert ids(mirror) == []
    assert journal.head == head


async def test_it_says_how_old_it_is(journal: Journal, clock: TurnedClock) -> None:
    mirror = Mirror(journal, clock)
    assert mirror.heard_ms() is None
    await mirror.told_everything()
    heard_ms = clock.now_ms
    clock.now_ms += 86_400_000
    assert Mirror(journal, clock).heard_ms() == heard_ms
