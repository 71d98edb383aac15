"""The latest facts of a few kinds, from the journal's end backwards."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from posd.journal.recent import PIECE_FACTS, Piece
from posd.journal.store import Journal
from posd.model.facts import AttemptApproved, DaemonStarted, PaymentIntentCreated
from tests.unit.posd.journal.scenario import (
    DAY_MS,
    NOVEMBER_MS,
    Facts,
    TurnedClock,
    intent,
    open_journal,
    payment,
    reader,
)

KINDS = (AttemptApproved, DaemonStarted)
MANY = PIECE_FACTS + 20


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOVEMBER_MS)


@pytest.fixture
def journal(tmp_path: Path, clock: TurnedClock) -> Iterator[Journal]:
    with closing(open_journal(tmp_path, clock=clock)) as opened:
        yield opened


def pieces(journal: Journal) -> list[Piece]:
    found, seq = [], journal.head
    while piece := journal.recent.up_to(seq, KINDS):
        found.append(piece)
        seq = piece.first_seq - 1
    return found


async def test_only_the_kinds_that_were_asked_for_newest_first(journal: Journal) -> None:
    await journal.commit(Facts((reader(),)))
    for number in (1, 2):
        for command in payment(number):
            await journal.commit(command)
    (piece,) = pieces(journal)
    told = [type(entry.fact) for entry in piece.entries]
    assert told == [AttemptApproved, AttemptApproved, DaemonStarted]
    assert [entry.seq for entry in piece.entries] == sorted(
        (entry.seq for entry in piece.entries), reverse=True
    )
    assert piece.first_seq == 1


async def test_a_long_journal_comes_in_pieces_that_miss_nothing(journal: Journal) -> None:
    for begin in range(0, MANY, 130):
        numbers = range(begin, min(begin + 130, MANY))
        await journal.commit(Facts(tuple(intent(f"pi_posd_{number}") for number in numbers)))
    newest = journal.recent.up_to(journal.head, (PaymentIntentCreated,))
    assert newest is not None
    assert len(newest.entries) == PIECE_FACTS
    rest = journal.recent.up_to(newest.first_seq - 1, (PaymentIntentCreated,))
    assert rest is not None
    seqs = [entry.seq for piece in (newest, rest) for entry in piece.entries]
    assert seqs == list(range(journal.head, journal.head - MANY, -1))


async def test_a_piece_ends_where_its_month_begins(journal: Journal, clock: TurnedClock) -> None:
    await journal.commit(Facts((intent("pi_posd_1"),)))
    clock.now_ms = NOVEMBER_MS + 31 * DAY_MS
    await journal.commit(Facts((intent("pi_posd_2"),)))
    december, november = pieces(journal)
    assert december.newest_ms == clock.now_ms
    assert (november.first_seq, november.newest_ms) == (1, NOVEMBER_MS)
    assert december.first_seq == 3


async def test_before_the_first_fact_there_is_nothing(journal: Journal) -> None:
    assert journal.recent.up_to(0, KINDS) is None


async def test_after_the_last_fact_there_is_nothing_either(journal: Journal) -> None:
    await journal.commit(Facts((intent("pi_posd_1"),)))
    assert journal.recent.up_to(journal.head + 1, KINDS) is None
