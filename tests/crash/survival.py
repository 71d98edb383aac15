"""Whether a journal survives a power cut: posd is started on what the machine finds, and looked at.

The same for a test and for a long night: `survive` goes through every cut of one story.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import apsw

from posd.ids import chance
from posd.journal import chain
from posd.journal.command import Entry
from posd.journal.event_ids import EVENTS_OF_A_FACT_MAX
from posd.journal.executor import LoopExecutor
from posd.model.facts import (
    AttemptApproved,
    AttemptStarted,
    DaemonStarted,
    EffectDone,
    PaymentIntentCreated,
)
from tests.crash.power_cut import Cuts, Image, Operation
from tests.crash.story import Story
from tests.unit.posd.journal.replay import (
    Replayed,
    all_stored,
    entries,
    expected_columns,
    narrow_columns,
)
from tests.unit.posd.journal.scenario import open_journal

SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 (a folder of its own in it)
DATABASE: Final = "journal.sqlite"
"""What is left once a posd has stopped: it leaves no log."""


@dataclass
class Survival:
    """What the cuts of one story came to.

    Attributes:
        cuts: How many.
        found: By the digest of what the machine found: the number of the last fact in it.
    """

    cuts: int = 0
    found: dict[bytes, int] = field(default_factory=dict)


@contextmanager
def in_memory() -> Iterator[Path]:
    """A directory in memory where there is one: the images are many, and their disk is a fake."""
    shared = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
    with TemporaryDirectory(dir=shared) as directory:
        yield Path(directory)


def survive(story: Story, memory: Path, seed: int) -> Survival:
    """Start posd after every cut of the story. Raises AssertionError where anything is missing.

    What posd makes of different images is the same file as often as not, and is looked at once.
    """
    survival, sound = Survival(), set[bytes]()
    for image in Cuts(chance(seed)).images(story.disk.operations):
        survival.cuts += 1
        digest = image.digest
        if digest not in survival.found:
            directory = lay_out(image, memory)
            survival.found[digest] = boot(directory)
            left = hashlib.sha256((directory / DATABASE).read_bytes()).digest()
            if left not in sound:
                check(story, directory, survival.found[digest])
                sound.add(left)
        lost = image.acknowledged - survival.found[digest]
        assert lost <= 0, f"cut {survival.cuts} of story {seed} lost {lost} fact(s)"
    return survival


def loses(operations: list[Operation], memory: Path, seed: int) -> bool:
    """Whether some power cut takes a fact away that was acknowledged."""
    return any(
        boot(lay_out(image, memory)) < image.acknowledged
        for image in Cuts(chance(seed)).images(operations)
        if image.acknowledged
    )


def lay_out(image: Image, memory: Path) -> Path:
    """A directory that is what the machine finds."""
    directory = memory / "image"
    directory.mkdir(exist_ok=True)
    for left in directory.iterdir():
        left.unlink()
    for name, octets in image.files.items():
        (directory / name).write_bytes(octets)
    return directory


def boot(directory: Path) -> int:
    """Start the journal on what is there and stop it; the last fact that it had found."""
    journal = open_journal(directory, executor=LoopExecutor(lambda: 0.0))
    found = journal.head - 1
    journal.close()
    return found


def check(story: Story, directory: Path, found: int) -> None:
    """After that boot: sound, no fact but those of the story, no command by half."""
    with closing(sqlite3.connect(directory / DATABASE)) as stock:
        assert stock.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with closing(apsw.Connection(str(directory / DATABASE))) as db:
        *facts, begun = entries(db)
        assert facts == story.facts[:found]
        assert found in story.command_ends
        chain.follow(found, facts[-1].hash if facts else chain.GENESIS, begun)
        records = Replayed(facts).records
        expected = {id_: expected_columns(one) for id_, one in records.items()}
        assert narrow_columns(db) == expected
        assert all_stored(db) == records
        _check_beside(db, facts)


def _check_beside(db: apsw.Connection, facts: list[Entry]) -> None:
    """Outbox, claims, events and histories are those of the facts."""
    told = [entry.fact for entry in facts]
    done = {fact.effect for fact in told if isinstance(fact, EffectDone)}
    owed = {
        f"report_{fact.charge.rpartition('_')[2]}"
        for fact in told
        if isinstance(fact, AttemptApproved) and fact.charge is not None
    }
    outbox = db.execute("SELECT id, state FROM outbox ORDER BY id").fetchall()
    assert outbox == sorted((id_, "done" if id_ in done else "waiting") for id_ in owed)

    claimed = [
        entry.seq
        for entry in facts
        if isinstance(entry.fact, PaymentIntentCreated | AttemptStarted)
    ]
    claims = db.execute("SELECT seq FROM idempotency ORDER BY seq").fetchall()
    assert [seq for (seq,) in claims] == claimed

    telling = {entry.seq for entry in facts if not isinstance(entry.fact, DaemonStarted)}
    positions = db.execute("SELECT position / ? FROM event", (EVENTS_OF_A_FACT_MAX,))
    assert {seq for (seq,) in positions} == telling
    history = db.execute("SELECT seq, object FROM history ORDER BY seq").fetchall()
    assert history[: len(facts)] == [(entry.seq, entry.object) for entry in facts]
