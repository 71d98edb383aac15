"""Durable commits of one payment, counted by SQLite itself: each is a transaction and its fsync.

posd runs in this process with all its parts; the terminal is a process on TCP. From the `process`
call to the fact after which a till reads `succeeded`: what the payment leaves to do after it, such
as noting that the till has heard, is not waited for by anybody.
"""

import asyncio
import platform
from pathlib import Path
from types import TracebackType

import apsw

from posd import config
from posd.clock import SystemClock
from posd.composition import SOFTWARE, Posd
from posd.ids import RandomIds, chance
from posd.intents import NewPaymentIntent
from posd.journal.command import Claim
from posd.journal.executor import ThreadExecutor
from posd.journal.store import Journal
from posd.model.payment_intent import IntentState
from posd.model.reader import Reader
from posd.render import event
from posd.world import World
from posd_drivers import catalogue
from posd_drivers.card_reader import CardReader
from tests.bench.figures import COMMITS, Figure
from tests.bench.payment import AMOUNT
from tests.bench.rig import terminal, write_config

PAYMENTS = 20
READER = "tmr_posd_lane-1"
TILL = "key_posd_till"
ONLINE_S = 10.0
QUIET_S = 0.5
"""Until what the start leaves to do, the verification of an empty journal, is done."""


class CommitCount:
    """How often any database of this process has committed, while in a `with` block."""

    def __init__(self) -> None:
        self.commits = 0

    def __enter__(self) -> "CommitCount":
        apsw.connection_hooks.append(self._watch)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        apsw.connection_hooks.remove(self._watch)

    def _watch(self, db: apsw.Connection) -> None:
        db.set_commit_hook(self._committed)

    def _committed(self) -> bool:
        self.commits += 1
        return False  # it may go on


class _Counted(Exception):
    """Ends the root task group."""


def measure(folder: Path) -> list[Figure]:
    """The most commits that any of the payments took."""
    with terminal(folder, "--tcp", "127.0.0.1:0") as device:
        settings = config.load(write_config(folder, device.url))
        with CommitCount() as count:
            counts = asyncio.run(_measure(settings, count))
    return [
        Figure(
            COMMITS, max(counts), f"the most of {len(counts)} payments; the fewest {min(counts)}"
        )
    ]


async def _measure(settings: config.Config, count: CommitCount) -> list[int]:
    executor = ThreadExecutor()
    settings.store.state_dir.mkdir()
    world = World(
        clock=SystemClock(),
        ids=RandomIds(),
        chance=chance(),
        executor=executor,
        open_reader=_open_reader,
        stripe=None,
    )
    journal = Journal.open(
        settings.store.state_dir / "journal.db",
        executor=executor,
        clock=world.clock,
        node=platform.node(),
        livemode=False,
        software=SOFTWARE,
        render_events=event.events,
    )
    counts: list[int] = []
    try:
        async with asyncio.TaskGroup() as root:
            posd = Posd(settings, world, journal, root)
            await posd.start()
            await _online(posd)
            await asyncio.sleep(QUIET_S)
            counts += [await _commits_of_one(posd, count, number) for number in range(PAYMENTS)]
            raise _Counted  # noqa: TRY301 (the group cancels what still runs)
    except* _Counted:
        pass
    finally:
        journal.close()
    return counts


async def _commits_of_one(posd: Posd, count: CommitCount, number: int) -> int:
    new = NewPaymentIntent(AMOUNT, "eur")
    intent = (await posd.payments.create(new, actor=TILL, claim=None)).record
    facts, before = posd.journal.tail(posd.journal.head), count.commits
    claim = Claim(TILL, f"POST /v1/terminal/readers/{READER}", f"key-{number}", "")
    await posd.payments.process(READER, intent.id, actor=TILL, claim=claim)
    while not _paid(posd, intent.id):
        await anext(facts)
    return count.commits - before


def _paid(posd: Posd, intent: str) -> bool:
    known = posd.journal.queries.payment_intent(intent)
    return known is not None and known.state is IntentState.APPROVED


async def _online(posd: Posd) -> None:
    async with asyncio.timeout(ONLINE_S):
        while not posd.fleet.live(READER).online:  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0.01)


async def _open_reader(reader: Reader) -> CardReader:
    settings = catalogue.ReaderSettings(
        password=catalogue.PASSWORD_DEFAULT,
        currency=reader.currency,
        receipts=catalogue.Prints.TERMINAL,
    )
    return await catalogue.open(catalogue.parse_url(reader.address), settings)
