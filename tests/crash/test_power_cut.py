"""The power may go at any write: what was acknowledged is there, whole, and posd starts again.

The same story with `synchronous = NORMAL` has to lose facts: a harness that cannot fail proves
nothing.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import pytest

from posd.ids import chance
from posd.journal import chain, connection, verify, writer
from posd.journal.command import Entry
from posd.journal.event_ids import EVENTS_OF_A_FACT_MAX
from posd.journal.executor import LoopExecutor
from posd.journal.records import StoredRecords
from posd.journal.store import Journal
from posd.model.facts import (
    AttemptApproved,
    AttemptStarted,
    DaemonStarted,
    EffectDone,
    PaymentIntentCreated,
)
from tests.crash.power_cut import Acknowledged, Cuts, Image, Operation, RecordingDisk, Synced
from tests.figures import FIGURE
from tests.unit.posd.journal.replay import (
    Replayed,
    entries,
    expected_columns,
    narrow_columns,
    stored,
)
from tests.unit.posd.journal.scenario import (
    DAY_MS,
    Facts,
    TurnedClock,
    open_journal,
    payment,
    reader,
)

IMAGES_MIN = 2_000
SEED = 1
BOOTS = 2
PAYMENTS_A_BOOT = 2
SYNCHRONOUS_NORMAL = 1
READERS = ("tmr_1", "tmr_2")


@dataclass
class Story:
    """What was asked of the disk, and the whole truth at its end."""

    disk: RecordingDisk
    facts: list[Entry] = field(default_factory=list)
    command_ends: set[int] = field(default_factory=lambda: {0})

    def acknowledge(self, seq: int) -> None:
        self.command_ends.add(seq)
        self.disk.acknowledge(seq)


@pytest.fixture
def memory() -> Iterator[Path]:
    """A directory in memory where there is one: the images are many, and their disk is a fake."""
    shared = Path("/dev/shm")  # noqa: S108 (a file system, not a file)
    with TemporaryDirectory(dir=shared if shared.is_dir() else None) as directory:
        yield Path(directory)


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints of the chain and of the log happen within the story."""
    monkeypatch.setattr(chain, "CHECKPOINT_FACTS", 10)
    monkeypatch.setattr(writer, "WAL_PAGES_MAX", 40)


@pytest.mark.timeout(300)
def test_what_was_acknowledged_survives_every_power_cut(
    memory: Path, record_property: Callable[[str, object], None]
) -> None:
    story = record(memory)
    found: dict[bytes, int] = {}
    cuts = 0
    for image in Cuts(chance(SEED)).images(story.disk.operations):
        cuts += 1
        if image.digest not in found:
            directory = lay_out(image, memory)
            found[image.digest] = boot(directory)
            check(story, directory, found[image.digest])
        assert found[image.digest] >= image.acknowledged, f"cut {cuts} lost a fact"
    record_property(FIGURE, f"power cuts: {cuts}, different images: {len(found)}, facts lost: 0")
    assert len(found) >= IMAGES_MIN


def test_a_weaker_setting_loses_what_was_acknowledged(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weaker = {**connection._WRITER, "synchronous": SYNCHRONOUS_NORMAL}
    monkeypatch.setattr(connection, "_WRITER", weaker)
    assert loses(record(memory).disk.operations, memory)


def test_an_acknowledgement_before_the_fsync_is_found_out(memory: Path) -> None:
    hasty: list[Operation] = []
    for operation in record(memory).disk.operations:
        before_sync = isinstance(operation, Acknowledged) and isinstance(hasty[-1], Synced)
        hasty.insert(len(hasty) - before_sync, operation)
    assert loses(hasty, memory)


def loses(operations: list[Operation], memory: Path) -> bool:
    """Whether some power cut takes a fact away that was acknowledged."""
    return any(
        boot(lay_out(image, memory)) < image.acknowledged
        for image in Cuts(chance(SEED)).images(operations)
    )


def record(directory: Path) -> Story:
    """Payments in three boots and two months, two of them always side by side."""
    story = Story(RecordingDisk("recording"))
    clock = TurnedClock()
    for number in range(BOOTS):
        asyncio.run(_live(story, directory, clock, 1 + number * PAYMENTS_A_BOOT))
        clock.now_ms += 40 * DAY_MS
    story.disk.unregister()
    db = apsw.Connection(str(directory / "journal.sqlite"))
    story.facts = entries(db)
    db.close()
    return story


async def _live(story: Story, directory: Path, clock: TurnedClock, first: int) -> None:
    executor = LoopExecutor(lambda: 0.0)
    journal = open_journal(directory, clock=clock, executor=executor, vfs="recording")
    story.acknowledge(journal.head)
    if first == 1:
        one, other = (reader(id_, f"zvt+tcp://{id_}") for id_ in READERS)
        story.acknowledge((await journal.commit(Facts((one, other)))).seq)
    for number in range(first, first + PAYMENTS_A_BOOT, len(READERS)):
        async with asyncio.TaskGroup() as group:
            for beside, at in enumerate(READERS):
                group.create_task(_pay(story, journal, number + beside, at), name=at)
    journal.close()


async def _pay(story: Story, journal: Journal, number: int, at: str) -> None:
    for command in payment(number, at):
        story.acknowledge((await journal.commit(command)).seq)


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
    stock = sqlite3.connect(directory / "journal.sqlite")
    assert stock.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    stock.close()

    db = apsw.Connection(str(directory / "journal.sqlite"))
    journal = entries(db)
    position = verify.Position()
    for entry in journal:
        position = verify.Position(*chain.follow(position.seq, position.hash, entry))
    assert position.seq == found + 1
    facts = journal[:found]
    assert [entry.hash for entry in facts] == [entry.hash for entry in story.facts[:found]]
    assert found in story.command_ends

    records = Replayed(facts).records
    columns = narrow_columns(db)
    assert columns == {id_: expected_columns(one) for id_, one in records.items()}
    asked = StoredRecords(db)
    assert {id_: stored(asked, id_) for id_ in columns} == records
    _check_beside(db, facts)
    db.close()


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
