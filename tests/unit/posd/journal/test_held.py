"""What holds a payment at a reader, and the ends of day that came after it."""

import pytest
from msgspec.structs import replace

from posd.journal.store import Journal
from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    AttemptNotSent,
    AttemptStarted,
    Baseline,
    Fact,
    PaymentIntentCanceled,
    PaymentIntentCaptured,
    Proof,
    StatusReported,
)
from tests.unit.posd.journal.scenario import GIROCARD, Facts, intent, reader, started

FRONT, BACK = "tmr_posd_1", "tmr_posd_2"


def held(number: int, at: str) -> Facts:
    """A payment that the reader holds."""
    pi, att, charge = f"pi_{number}", f"att_{number}", f"ch_{number}"
    return Facts(
        (
            replace(intent(pi), capture_method="manual"),
            replace(started(att, pi, at), kind=AttemptKind.PREAUTHORISATION),
            StatusReported(att, GIROCARD, accepted=True),
            AttemptApproved(att, charge, 1250, Proof.DIALOGUE, GIROCARD),
        )
    )


def release(of: int, at: str) -> AttemptStarted:
    """It is about to be given back."""
    began = started("att_9", f"pi_{of}", at)
    return replace(began, kind=AttemptKind.RELEASE, original=f"att_{of}")


def closing(id_: str, at: str, terminal_id: str | None = "52523535") -> Facts:
    """An end of day that the terminal never heard of."""
    baseline = Baseline(terminal_id, asked=True)
    began = AttemptStarted(id_, AttemptKind.END_OF_DAY, "", at, 0, "eur", baseline)
    return Facts((began, AttemptNotSent(id_)))


@pytest.fixture
async def three(journal: Journal) -> Journal:
    """Two payments held at the front, the second of them newer than one at the back."""
    await journal.commit(Facts((reader(FRONT), reader(BACK, "zvt+tcp://10.0.0.8:20007"))))
    for number, at in ((1, FRONT), (2, BACK), (3, FRONT)):
        await journal.commit(held(number, at))
    return journal


def at(journal: Journal, reader: str = "") -> list[str]:
    return [attempt.id for attempt in journal.queries.held_attempts(reader)]


async def test_the_oldest_is_told_first_at_one_reader_or_at_all(three: Journal) -> None:
    assert (at(three, FRONT), at(three, BACK)) == (["att_1", "att_3"], ["att_2"])
    assert (at(three), at(three, "tmr_x")) == (["att_1", "att_2", "att_3"], [])


@pytest.mark.parametrize(
    "fact", [PaymentIntentCaptured("pi_1"), PaymentIntentCanceled("pi_1"), release(1, FRONT)]
)
async def test_what_is_taken_given_back_or_in_hand_is_held_no_more(
    three: Journal, fact: Fact
) -> None:
    await three.commit(Facts((fact,)))
    assert at(three) == ["att_2", "att_3"]


async def test_what_a_reader_did_not_take_back_is_held_again(three: Journal) -> None:
    await three.commit(Facts((release(1, FRONT),)))
    await three.commit(Facts((AttemptNotSent("att_9"),)))
    assert at(three, FRONT) == ["att_1", "att_3"]


async def test_the_ends_of_day_since_are_those_of_its_own_terminal(three: Journal) -> None:
    await three.commit(closing("att_4", FRONT, "99999999"))
    await three.commit(closing("att_5", BACK))
    await three.commit(held(6, FRONT))
    await three.commit(closing("att_7", FRONT))
    since = {
        one.id: [end.id for end in three.queries.closings_since(one)]
        for one in three.queries.held_attempts(FRONT)
    }
    assert since == {"att_1": ["att_5", "att_7"], "att_3": ["att_5", "att_7"], "att_6": ["att_7"]}
