"""Look-ups: pages, cursors, filters and bounds."""

import apsw
import pytest

from posd.journal import events, queries
from posd.journal.queries import CreatedFilter, RefundFilter
from posd.journal.store import Journal
from posd.model.access_key_facts import AccessKeyCreated
from posd.model.facts import OutcomeUnknown, PersonNeeded
from posd.model.upstream_facts import MirrorKind, ObjectGone, ObjectMirrored
from tests.unit.posd.journal.scenario import (
    ATTEMPT,
    INTENT,
    NOVEMBER_MS,
    READER,
    Facts,
    TurnedClock,
    intent,
    payment,
    reader,
    started,
)


@pytest.fixture
async def five(journal: Journal, clock: TurnedClock) -> Journal:
    """PaymentIntents pi_1 … pi_5, a second apart; the clock jumps back an hour before pi_5."""
    for number in range(1, 6):
        clock.now_ms += 1_000 if number < 5 else -3_600_000
        await journal.commit(Facts((intent(f"pi_{number}"),)))
    return journal


def _ids(journal: Journal, *page: object, **more: object) -> list[str]:
    return [one.id for one in journal.queries.payment_intents(*page, **more)]  # type: ignore[arg-type]


async def test_unknown_ids_are_none(journal: Journal) -> None:
    asked = journal.queries
    assert asked.payment_intent("pi_x") is None
    assert asked.attempt("att_x") is None
    assert asked.reader("tmr_x") is None
    assert asked.access_key("key_x") is None
    assert asked.access_key_by_hash("00") is None
    assert asked.latest_attempt("pi_x") is None
    assert asked.entry(99) is None
    assert asked.entry(0) is None
    for unknown in ("evt_x", "evt_posd_0000000000010", "evt_posd_10", "evt_posd_1\n"):
        assert asked.event(unknown) is None
    assert asked.entries("pi_x") == []
    assert asked.account() is None


async def test_look_ups_at_one_moment_see_nothing_that_is_committed_meanwhile(
    journal: Journal,
) -> None:
    await journal.commit(Facts((intent(), reader())))
    with journal.queries.at_one_moment():
        before = journal.queries.payment_intent(INTENT)
        await journal.commit(Facts((started(),)))
        assert journal.queries.payment_intent(INTENT) == before
        assert journal.queries.attempts_of(INTENT) == []
    assert [one.id for one in journal.queries.attempts_of(INTENT)] == [ATTEMPT]


async def test_lists_are_newest_first_whatever_the_clock_said(five: Journal) -> None:
    assert _ids(five, 10) == ["pi_5", "pi_4", "pi_3", "pi_2", "pi_1"]
    assert [one.id for one in five.queries.latest_payment_intents(2)] == ["pi_5", "pi_4"]


async def test_a_page_begins_after_or_ends_before_its_cursor(five: Journal) -> None:
    assert _ids(five, 2, starting_after="pi_4") == ["pi_3", "pi_2"]
    assert _ids(five, 2, starting_after="pi_1") == []
    assert _ids(five, 2, ending_before="pi_2") == ["pi_4", "pi_3"]
    assert _ids(five, 2, ending_before="pi_5") == []
    assert _ids(five, 9, starting_after="pi_x") == _ids(five, 9, ending_before="pi_x") == []


async def test_creation_time_is_a_half_open_range(five: Journal) -> None:
    at = NOVEMBER_MS
    within = CreatedFilter(at + 2_000, at + 4_000)
    assert _ids(five, 9, created=within) == ["pi_3", "pi_2"]
    assert _ids(five, 9, starting_after="pi_3", created=within) == ["pi_2"]
    assert _ids(five, 1, ending_before="pi_2", created=within) == ["pi_3"]
    assert _ids(five, 9, created=CreatedFilter(before_ms=at)) == ["pi_5"]
    assert _ids(five, 9, created=CreatedFilter(from_ms=at + 4_000)) == ["pi_4"]


async def test_no_page_is_longer_than_the_limit(
    five: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE_ROWS_MAX", 3)
    assert len(_ids(five, 1000)) == 3
    assert len(five.queries.events(1000)) == 3
    assert len(five.queries.entries("store", 1000)) == 1


async def test_pages_are_found_by_index(five: Journal) -> None:
    plan = five._reading.execute(
        "EXPLAIN QUERY PLAN SELECT body FROM payment_intent INDEXED BY payment_intent_created"
        " WHERE created_seq < 9 AND created_seq > 0 AND created_ms >= 0 AND created_ms < 9"
        " ORDER BY created_seq DESC LIMIT 3"
    ).get
    assert "SEARCH payment_intent USING INDEX" in plan[3]


async def test_readers_come_in_the_order_they_were_registered(journal: Journal) -> None:
    await journal.commit(Facts((reader("tmr_b", "zvt+tcp://10.0.0.2:1"),)))
    await journal.commit(Facts((reader("tmr_a", "zvt+tcp://10.0.0.1:1"),)))
    await journal.commit(Facts((reader("tmr_b", "zvt+tcp://10.0.0.9:1"),)))
    assert [one.id for one in journal.queries.readers()] == ["tmr_b", "tmr_a"]
    moved = journal.queries.reader("tmr_b")
    assert moved is not None
    assert moved.address == "zvt+tcp://10.0.0.9:1"


async def test_a_key_is_found_by_its_hash(journal: Journal) -> None:
    await journal.commit(Facts((AccessKeyCreated("key_1", "till 1", "till", "ab" * 32),)))
    await journal.commit(Facts((AccessKeyCreated("key_2", "till 1", "till", "ab" * 32),)))
    found = journal.queries.access_key_by_hash("ab" * 32)
    assert found is not None
    assert found.id == "key_2"
    assert [key.id for key in journal.queries.access_keys()] == ["key_1", "key_2"]


async def test_unproven_attempts_are_those_that_may_have_moved_money(journal: Journal) -> None:
    other = reader("tmr_posd_2", "zvt+tcp://10.0.0.8:20007")
    await journal.commit(Facts((reader(), other, intent(), intent("pi_posd_2"), started())))
    await journal.commit(Facts((started("att_posd_2", "pi_posd_2", "tmr_posd_2"),)))
    await journal.commit(Facts((OutcomeUnknown(ATTEMPT, "no_answer"),)))
    await journal.commit(Facts((PersonNeeded(ATTEMPT, "not_in_time"),)))
    for listed in (journal.queries.unproven_attempts(), journal.queries.unended_attempts()):
        assert [attempt.id for attempt in listed] == [ATTEMPT, "att_posd_2"]
    latest = journal.queries.latest_attempt(INTENT)
    assert latest is not None
    assert latest.id == ATTEMPT


async def test_an_objects_history_is_its_evidence(journal: Journal) -> None:
    await journal.commit(Facts((reader(), intent(), started())))
    await journal.commit(Facts((OutcomeUnknown(ATTEMPT, "no_answer"),)))
    assert [one.kind for one in journal.queries.entries(ATTEMPT)] == [
        "AttemptStarted",
        "OutcomeUnknown",
    ]
    assert [one.seq for one in journal.queries.entries(READER)] == [2]


async def test_events_are_kept_until_they_are_pruned(
    journal: Journal, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PRUNE_EVENTS_MAX", 2)
    for number in range(5):
        clock.now_ms += 1_000
        await journal.commit(Facts((intent(f"pi_{number}"),)))
    known = journal.queries.event("evt_posd_0000000000020")
    assert known is not None
    assert (known.event.object, known.created_ms) == ("pi_0", NOVEMBER_MS + 1_000)
    assert [one.event.object for one in journal.queries.events(2)] == ["pi_4", "pi_3"]
    after = journal.queries.events(2, starting_after="evt_posd_0000000000050")
    assert [one.event.object for one in after] == ["pi_2", "pi_1"]
    before = journal.queries.events(2, ending_before="evt_posd_0000000000030")
    assert [one.event.object for one in before] == ["pi_3", "pi_2"]

    assert await journal.prune_events(NOVEMBER_MS + 4_000) == 3
    assert [one.event.object for one in journal.queries.events(9)] == ["pi_4", "pi_3"]
    assert journal.queries.event("evt_posd_0000000000020") is None
    assert len(journal.queries.entries("pi_0")) == 1


async def test_events_are_filtered_by_type_and_time(journal: Journal, clock: TurnedClock) -> None:
    for fact in (intent(INTENT), reader(READER), started(), OutcomeUnknown(ATTEMPT, "no_answer")):
        clock.now_ms += 1_000
        await journal.commit(Facts((fact,)))

    def kinds(*patterns: str, **more: CreatedFilter) -> list[str]:
        found = journal.queries.events(9, kinds=patterns, **more)  # type: ignore[arg-type]
        return [one.event.type for one in found]

    assert kinds("OutcomeUnknown")[0] == "OutcomeUnknown"
    assert set(kinds("AttemptStarted", "ReaderRegistered")) == {
        "AttemptStarted",
        "ReaderRegistered",
    }
    assert set(kinds("*Started")) == {"AttemptStarted"}
    assert kinds("nothing") == []
    assert set(kinds()) == set(kinds("*"))
    since = CreatedFilter(from_ms=NOVEMBER_MS + 3_000, before_ms=NOVEMBER_MS + 4_000)
    assert set(kinds(created=since)) == {"AttemptStarted"}
    assert kinds("OutcomeUnknown", created=since) == []


async def test_events_are_found_in_an_index_without_reading_their_bodies(journal: Journal) -> None:
    plan = journal._reading.execute(
        "EXPLAIN QUERY PLAN SELECT body FROM event INDEXED BY event_listed"
        " WHERE position < 9 AND position > 0 AND created_ms >= 0 AND created_ms < 9"
        " AND EXISTS (SELECT 1 FROM json_each('[]') WHERE event.type GLOB value)"
        " ORDER BY position DESC LIMIT 3"
    )
    assert "SEARCH event USING INDEX event_listed" in next(iter(plan))[3]


async def test_the_connection_for_look_ups_cannot_write(journal: Journal) -> None:
    with pytest.raises(Exception, match="readonly"):
        journal._reading.execute("DELETE FROM payment_intent")


async def test_mirrored_objects_of_a_kind_are_told_newest_first_and_without_what_is_gone(
    journal: Journal,
) -> None:
    locations = [ObjectMirrored(f"tml_{n}", MirrorKind.LOCATION, {"n": n}) for n in (1, 2, 3)]
    reader_at_stripe = ObjectMirrored("tmr_1", MirrorKind.READER, {})
    await journal.commit(Facts((*locations, reader_at_stripe)))
    await journal.commit(Facts((ObjectGone("tml_2", MirrorKind.LOCATION),)))
    told = journal.queries.mirrored_of(MirrorKind.LOCATION)
    assert [one.id for one in told] == ["tml_3", "tml_1"]
    gone = journal.queries.mirrored("tml_2")
    assert gone is not None
    assert gone.gone


async def test_a_look_up_is_prepared_once(five: Journal) -> None:
    ask = five.queries
    prepared: list[object] = []

    def note(*action: object) -> int:
        prepared.append(action)
        return apsw.SQLITE_OK

    ask._db.authorizer = note
    for asked in (
        ask.unproven_attempts,
        ask.unheard_payment_intents,
        ask.readers,
        ask.received_readers,
        ask.held_attempts,
        lambda: ask.access_key_by_hash("00"),
        lambda: ask.payment_intents(3),
        lambda: ask.payment_intents_of("order", None, 3),
        lambda: ask.attempts_of("pi_1"),
        lambda: ask.closings_of("tmr_posd_1", 3),
        lambda: ask.refunds(3),
        lambda: ask.refunds(3, of=RefundFilter("pi_1")),
        lambda: ask.latest_attempt("pi_1"),
        lambda: ask.tries_at(ask.payment_intents(3)),
        lambda: ask.attempt_of_charge("ch_1"),
        lambda: ask.mirrored_of(MirrorKind.READER),
        lambda: ask.entries("pi_1"),
        lambda: ask.entry(1),
        lambda: ask.events(3),
        lambda: five.outbox.due(NOVEMBER_MS, 1),
    ):
        asked()
        prepared.clear()
        asked()
        assert not prepared, asked


async def test_of_what_no_till_asked_about_the_newest_is_looked_at(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A till that never asks must not hide behind its old payments the one that just went wrong."""
    monkeypatch.setattr(queries, "UNHEARD_ROWS_MAX", 2)
    await journal.commit(Facts((reader(),)))
    for number in range(1, 4):
        for command in payment(number):
            await journal.commit(command)
    unheard = journal.queries.unheard_payment_intents()
    assert [one.id for one in unheard] == ["pi_posd_2", "pi_posd_3"]
