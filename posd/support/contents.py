"""Every file of the support file. Imported when somebody asks for it.

What the journal tells is looked up on the loop, bit by bit; all that reads other files or makes
text of it runs on a thread.
"""

import asyncio
import importlib.metadata
import platform
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final

import apsw
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from posd import __version__
from posd.api.support_port import SupportFile
from posd.clock import utc
from posd.journal.command import Entry
from posd.journal.histories import ToldPage
from posd.journal.verify import Position, Standing
from posd.live import Live
from posd.model.effect import QueueItem
from posd.model.reader import Reader
from posd.page.legs import Spread, spreads
from posd.page.parts import SetValue
from posd.page.timings import TIMED, by_object, timed
from posd.queue import Queue
from posd.render import Json
from posd.render.capabilities import capabilities
from posd.render.queue import queue_item
from posd.snapshot.views import Snapshot
from posd.support.redaction import told_of, without_orders
from posd.support.sources import Sources

FACTS_MAX: Final = 500
EVENTS_MAX: Final = 500
QUEUE_ITEMS_MAX: Final = 100
READERS_MAX: Final = 100
ATTEMPTS_MAX: Final = 20
"""The latest of each reader, of which times are told."""
OF_A_PAYMENT_MAX: Final = 20
FILES_BYTES_MAX: Final = 10 * 1024 * 1024
"""Of all files together; one that does not fit in is left out, and README.txt says so."""
README: Final = "README.txt"
LOG_COMMAND: Final = "journalctl --unit posd --since -1d"
ABOUT: Final = """\
posd's support file of {at} (UTC), help code {code}.

It holds no card data, no key, no password and no PIN; names of orders, metadata, receipts and what
people wrote are left out. Times are milliseconds since 1970 UTC, amounts minor units.

{files}
{left_out}
The log is not in it: posd keeps none of its own. It stands in the system's journal, and this prints
the last day of it:

    {log}
"""


class Gathered(Struct, frozen=True):
    """What was true at `at_ms`, in wall milliseconds."""

    at_ms: int
    snapshot: Snapshot
    settings: Sequence[SetValue]
    readers: Sequence[tuple[Reader, Live, Sequence[Spread]]]
    facts: Sequence[Entry]
    events: ToldPage
    queue: Sequence[QueueItem]
    standing: Standing


async def gathered(sources: Sources) -> Gathered:
    """What the loop knows; between two look-ups whoever takes a payment has their turn."""
    journal, snapshot = sources.journal, await sources.snapshot()
    readers = []
    for one in journal.queries.readers()[:READERS_MAX]:
        readers.append((one, sources.live(one.id), _spreads(one, sources)))
        await asyncio.sleep(0)
    facts = journal.histories.newest(FACTS_MAX)
    await asyncio.sleep(0)
    events = journal.histories.events("*", EVENTS_MAX)
    await asyncio.sleep(0)
    return Gathered(
        at_ms=sources.clock.wall_ms(),
        snapshot=snapshot,
        settings=sources.settings(),
        readers=readers,
        facts=facts,
        events=events,
        queue=Queue(journal, sources.clock).listed(None, QUEUE_ITEMS_MAX),
        standing=journal.standing(),
    )


def written(found: Gathered, sources: Sources) -> tuple[SupportFile, ...]:
    """All files, README.txt first. Reads the disk. Raises OSError."""
    room, fitting, left_out = FILES_BYTES_MAX, [], []
    for name, means, told in _told(found, sources):
        file = SupportFile(name, means, msgspec.json.format(msgspec.json.encode(told)) + b"\n")
        if len(file.octets) > room:
            left_out.append(name)
            continue
        room -= len(file.octets)
        fitting.append(file)
    return (_readme(found, fitting, left_out), *fitting)


def _told(found: Gathered, sources: Sources) -> Iterator[tuple[str, str, object]]:
    """Name, meaning and JSON of each file."""
    yield "versions.json", "posd, Python, SQLite, this system, what is installed", _versions()
    yield "settings.json", "the configuration, without secrets", found.settings
    status = without_orders(msgspec.to_builtins(found.snapshot))
    yield "status.json", "how the store stands: docs/status.md", status
    yield "readers.json", "the readers, what they can do, how fast they were", _readers(found)
    queue = [_owed(item, found.at_ms) for item in found.queue]
    yield "queue.json", "what is owed to Stripe, and why it still is", queue
    yield "journal.json", "the journal's ends, how far it is verified", _journal(found.standing)
    yield "disk.json", "room on the disk of the journal, sizes of its files", _disk(sources)
    yield "events.json", f"the last {EVENTS_MAX} events, newest first", found.events.events
    facts = [told_of(entry) for entry in found.facts]
    yield "facts.json", f"the last {FACTS_MAX} facts, newest first", facts


def _readme(found: Gathered, files: Sequence[SupportFile], left_out: Sequence[str]) -> SupportFile:
    names = "\n".join(f"{file.name:<15} {file.means}" for file in files)
    text = ABOUT.format(
        at=utc(found.at_ms).isoformat(sep=" ", timespec="seconds"),
        code=found.snapshot.help_code,
        files=names,
        left_out=f"\nLeft out, since they are too large: {', '.join(left_out)}\n"
        if left_out
        else "",
        log=LOG_COMMAND,
    )
    return SupportFile(README, "what is in it", text.encode())


def _versions() -> Json:
    installed = {one.name: one.version for one in importlib.metadata.distributions()}
    return {
        "posd": __version__,
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
        "system": platform.platform(),
        "installed": dict(sorted(installed.items())),
    }


def _readers(found: Gathered) -> list[Json]:
    return [
        {
            "id": reader.id,
            "label": reader.label,
            "address": reader.address,
            "location": reader.location,
            "terminal_id": reader.terminal_id,
            "device": reader.device,
            "declared": reader.declared,
            "simulated": reader.simulated,
            "breaks": reader.breaks,
            "used_elsewhere_ms": reader.used_elsewhere_ms,
            "quarantined_ms": None if reader.quarantine is None else reader.quarantine.since_ms,
            "live": live,
            "capabilities": capabilities(reader),
            "legs": of_it,
        }
        for reader, live, of_it in found.readers
    ]


def _spreads(reader: Reader, sources: Sources) -> Sequence[Spread]:
    histories = sources.journal.histories
    attempts = [one.attempt for one in histories.attempts_at(reader, ATTEMPTS_MAX)]
    objects = [one.id for one in attempts] + [one.payment_intent for one in attempts]
    facts = by_object(histories.latest(objects, OF_A_PAYMENT_MAX))
    return spreads([one.legs for one in timed(attempts, facts) if one.attempt.state in TIMED])


def _owed(item: QueueItem, at_ms: int) -> Json:
    """What Stripe said goes along; what a person wrote does not."""
    cause = item.cause
    if cause is not None and cause.status is None:
        item = replace(item, cause=replace(cause, message=""))
    return queue_item(item, at_ms)


def _journal(standing: Standing) -> Json:
    return {
        "first_follows": _place(standing.origin),
        "verified_in_background_until": _place(standing.reached),
        "verified_at_start_from": _place(standing.checkpoint),
        "head": _place(standing.head),
        "verified": standing.is_verified,
    }


def _place(position: Position) -> Json:
    return {"seq": position.seq, "hash": position.hash.hex()}


def _disk(sources: Sources) -> Json:
    usage = shutil.disk_usage(sources.state_dir)
    files = {}
    for path in sorted(sources.state_dir.iterdir()):
        # What is being written at this moment may have its last name a moment later.
        with suppress(FileNotFoundError):
            files[path.name] = path.stat().st_size
    return {"total_bytes": usage.total, "free_bytes": usage.free, "files_bytes": files}
