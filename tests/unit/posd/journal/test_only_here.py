"""What is known nowhere but in the journal: counted while it is open, and no longer."""

import asyncio
from pathlib import Path

from msgspec.structs import replace

from posd.journal import inspection
from posd.journal.only_here import NOTHING, OnlyHere
from posd.model.facts import (
    AttemptApproved,
    AttemptKind,
    EffectParked,
    Proof,
    StatusReported,
)
from posd.model.queue_facts import EffectWrittenOff
from tests.unit.posd.journal.scenario import (
    GIROCARD,
    INTENT,
    Facts,
    approved,
    done,
    effect,
    intent,
    open_journal,
    reader,
    reported,
    started,
)


def known_only(tmp_path: Path, *commands: Facts) -> OnlyHere:
    """What a look at the file finds after these, by somebody else than posd."""
    asyncio.run(write(tmp_path, *commands))
    return inspection.known_only(tmp_path / "journal.sqlite")


async def write(tmp_path: Path, *commands: Facts) -> None:
    journal = open_journal(tmp_path)
    await journal.commit(Facts((reader(), intent())))
    for command in commands:
        await journal.commit(command)
    journal.close()


SALE = (Facts((started(),)), Facts((reported(),)))
SOLD = (*SALE, Facts((approved(),), effects=(effect(),)))


def test_an_intent_that_nobody_paid_holds_nothing(tmp_path: Path) -> None:
    assert known_only(tmp_path).is_nothing


def test_a_payment_without_an_outcome_is_known_only_here(tmp_path: Path) -> None:
    assert known_only(tmp_path, *SALE) == replace(NOTHING, undecided=1)


def test_a_report_counts_until_stripe_has_it(tmp_path: Path) -> None:
    assert known_only(tmp_path, *SOLD) == replace(NOTHING, owed=1)


def test_a_report_that_stripe_has_counts_no_longer(tmp_path: Path) -> None:
    assert known_only(tmp_path, *SOLD, done()).is_nothing


def test_a_report_that_stripe_refused_counts_until_a_person_gives_it_up(tmp_path: Path) -> None:
    refused = EffectParked("report_1", INTENT, 402, "refused", "No.")
    parked = Facts((refused,), settled=("report_1",))
    assert known_only(tmp_path, *SOLD, parked) == replace(NOTHING, owed=1)
    given_up = Facts((EffectWrittenOff("report_1", "Told by telephone."),), settled=("report_1",))
    again = tmp_path / "again"
    again.mkdir()
    assert known_only(again, *SOLD, parked, given_up).is_nothing


def test_a_payment_that_is_held_counts_until_it_is_captured(tmp_path: Path) -> None:
    held = Facts(
        (
            replace(intent("pi_2"), capture_method="manual"),
            replace(started("att_2", "pi_2"), kind=AttemptKind.PREAUTHORISATION),
            StatusReported("att_2", GIROCARD, accepted=True),
            AttemptApproved("att_2", "ch_2", 1250, Proof.DIALOGUE, GIROCARD),
        )
    )
    assert known_only(tmp_path, held) == replace(NOTHING, held=1)
