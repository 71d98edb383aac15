"""A journal that knows itself again, and what is done to its files between two starts."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from posd.journal.command import Entry
from posd.journal.epochs import Identity
from posd.journal.executor import BatchExecutor, ThreadExecutor
from posd.journal.high_water import HighWaterFile
from posd.journal.store import Journal
from posd.model.restore import Restore
from tests.simulation.ids import CountingIds
from tests.unit.posd.journal.scenario import Facts, TurnedClock, intent, told

FILE = "journal.db"
MARK = "journal.high-water"
HERE = "machine-1"


@dataclass
class Machine:
    """A machine with a state directory. Its ids are its own."""

    folder: Path
    name: str = HERE
    ids: CountingIds = field(default_factory=CountingIds)
    clock: TurnedClock = field(default_factory=TurnedClock)
    intents: int = 0

    @property
    def identity(self) -> Identity:
        return Identity(self.name, self.ids, HighWaterFile(self.folder / MARK))

    def start(self, executor: BatchExecutor | None = None) -> Journal:
        """The journal as the next posd opens it."""
        return Journal.open(
            self.folder / FILE,
            executor=executor or ThreadExecutor(),
            clock=self.clock,
            node="lane-1",
            livemode=False,
            software="0.2.0",
            render_events=told,
            identity=self.identity,
        )

    async def life(self, intents: int = 1, *, noted: bool = True) -> None:
        """One life in which so many PaymentIntents are made; `noted`: it stops in good order."""
        journal = self.start()
        for _ in range(intents):
            self.intents += 1
            await journal.commit(Facts((intent(f"pi_{self.name}_{self.intents}"),)))
        if noted:
            journal.note_high_water()
        journal.close()

    def copy(self, to: Path, *, mark: bool = False) -> "Machine":
        """The journal's database at rest, copied; with the mark beside it if that is said."""
        to.mkdir(exist_ok=True)
        shutil.copy(self.folder / FILE, to / FILE)
        if mark:
            shutil.copy(self.folder / MARK, to / MARK)
        return Machine(to, self.name, CountingIds(1000))

    def put_back(self, backup: "Machine") -> None:
        """The database of a backup in the place of this one's."""
        for name in (FILE, FILE + "-wal", FILE + "-shm"):
            (self.folder / name).unlink(missing_ok=True)
        shutil.copy(backup.folder / FILE, self.folder / FILE)


def open_gap(journal: Journal) -> Restore:
    """The restore that the journal has noticed."""
    found = journal.queries.open_restore()
    assert found is not None
    return found


def first_fact(journal: Journal) -> Entry:
    """The first fact of this boot."""
    facts = [one for one in journal.queries.entries("store") if one.boot == journal.boot]
    return facts[0]
