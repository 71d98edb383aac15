"""Payments in which the power may go: what was asked of the disk meanwhile, and the whole truth.

One seed is one story: which payments end how, side by side at two readers, in which months.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import apsw
import pytest

from posd.ids import Chance, chance
from posd.journal import chain, writer
from posd.journal.command import Entry
from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.model.facts import (
    AttemptDeclined,
    AttemptNotCharged,
    AttemptSetAside,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
)
from tests.crash.power_cut import RecordingDisk
from tests.unit.posd.journal.replay import entries
from tests.unit.posd.journal.scenario import (
    DAY_MS,
    Facts,
    TurnedClock,
    approved,
    claim,
    effect,
    intent,
    open_journal,
    payment,
    reader,
    reported,
    started,
)

BOOTS: Final = 2
PAYMENTS_AT_A_READER: Final = 1
"""In each boot."""
READERS: Final = ("tmr_1", "tmr_2")
DAYS_BETWEEN: Final = (0, 1, 40, 40)
"""From one boot to the next: on the same day, in the same month, or in another one."""
CHECKPOINT_FACTS: Final = 10
WAL_PAGES_MAX: Final = 40
VFS: Final = "recording"


@dataclass
class Story:
    """What was asked of the disk, and the whole truth at its end.

    Attributes:
        facts: Every fact, in order.
        command_ends: The last fact of each command, which is there whole or not at all.
    """

    disk: RecordingDisk
    facts: list[Entry] = field(default_factory=list)
    command_ends: set[int] = field(default_factory=lambda: {0})

    def acknowledge(self, seq: int) -> None:
        """Somebody is told that everything up to this fact is on disk."""
        self.command_ends.add(seq)
        self.disk.acknowledge(seq)


def small_limits(patch: pytest.MonkeyPatch) -> None:
    """Checkpoints of the chain and of the log happen within a story."""
    patch.setattr(chain, "CHECKPOINT_FACTS", CHECKPOINT_FACTS)
    patch.setattr(writer, "WAL_PAGES_MAX", WAL_PAGES_MAX)


def record(directory: Path, seed: int) -> Story:
    """Payments in two boots, two of them always side by side."""
    dice, clock, story = chance(seed), TurnedClock(), Story(RecordingDisk(VFS))
    for boot in range(BOOTS):
        asyncio.run(_live(story, directory, clock, dice, first=boot == 0))
        clock.now_ms += dice.choice(DAYS_BETWEEN) * DAY_MS
    story.disk.unregister()
    db = apsw.Connection(str(directory / "journal.sqlite"))
    story.facts = entries(db)
    db.close()
    return story


async def _live(
    story: Story, directory: Path, clock: TurnedClock, dice: Chance, *, first: bool
) -> None:
    executor = LoopExecutor(lambda: 0.0)
    journal = open_journal(directory, clock=clock, executor=executor, vfs=VFS)
    story.acknowledge(journal.head)
    if first:
        registered = tuple(reader(at, f"zvt+tcp://{at}") for at in READERS)
        story.acknowledge((await journal.commit(Facts(registered))).seq)
    for _round in range(PAYMENTS_AT_A_READER):
        async with asyncio.TaskGroup() as group:
            for at in READERS:
                number, tale = dice.randrange(10**6), dice.choice(TALES)
                group.create_task(_told(story, journal, tale(number, at)), name=at)
    journal.close()


async def _told(story: Story, journal: Journal, commands: list[Facts]) -> None:
    for command in commands:
        story.acknowledge((await journal.commit(command)).seq)


def _declined(number: int, at: str) -> list[Facts]:
    att, begun = _begun(number, at)
    return [*begun, Facts((AttemptDeclined(att, 0x64),), att)]


def _charged_after_doubt(number: int, at: str) -> list[Facts]:
    att, begun = _begun(number, at)
    report = effect(f"report_{number}", f"pi_posd_{number}")
    return [
        *begun,
        Facts((reported(att),), att),
        Facts((OutcomeUnknown(att, "link_lost"),), att),
        Facts((approved(att, f"ch_posd_{number}"),), att, effects=(report,)),
    ]


def _decided_by_a_person(number: int, at: str) -> list[Facts]:
    att, begun = _begun(number, at)
    return [
        *begun,
        Facts((OutcomeUnknown(att, "link_lost"), PersonNeeded(att, "unproven")), att),
        Facts((AttemptSetAside(att, "customer waits"),), att),
        Facts((AttemptNotCharged(att, Proof.PERSON, reason="looked at its paper"),), att),
    ]


def _begun(number: int, at: str) -> tuple[str, list[Facts]]:
    """The attempt's id, and what makes it."""
    pi, att = f"pi_posd_{number}", f"att_posd_{number}"
    process = claim(f"process-{number}", route="POST /process")
    return att, [
        Facts((intent(pi, f"order-{number}"),), pi, claim=claim(f"create-{number}")),
        Facts((started(att, pi, at),), att, claim=process),
    ]


TALES: Final[tuple[Callable[[int, str], list[Facts]], ...]] = (
    payment,
    _declined,
    _charged_after_doubt,
    _decided_by_a_person,
)
