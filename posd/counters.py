"""Where a terminal's counters stand, and whether somebody beside posd has moved them (M1, M5)."""

import logging
from datetime import datetime, timedelta, tzinfo

from msgspec import Struct
from msgspec.structs import replace

from posd.journal.command import Claim, Decision, Ledger
from posd.journal.store import Journal
from posd.model.facts import Baseline
from posd.model.matching import stamp
from posd.model.projection import Circumstance
from posd.model.reader_facts import TerminalUsedElsewhere
from posd.model.strangers import began_anew, has_moved
from posd_drivers.card_reader import (
    CardReader,
    OutcomeProof,
    Registered,
    Totals,
    Transaction,
)
from posd_drivers.errors import NoAnswer, Refused, Unsupported

log = logging.getLogger(__name__)


class NoteStranger(Struct, frozen=True):
    """The terminal tells its last transaction; journaled only where posd has no part in it."""

    reader: str
    last: Transaction
    actor: str = "attachments"
    claim: Claim | None = None

    def decide(self, ledger: Ledger, _at: Circumstance, /) -> Decision:
        """TerminalUsedElsewhere, once for each move."""
        known, receipt = ledger.reader(self.reader), self.last.receipt
        assert known is not None, self.reader
        latest = None if known.attempt is None else ledger.attempt(known.attempt)
        if receipt is None or self.last.result_code or not has_moved(known, latest, receipt):
            return Decision(facts=())
        anew = began_anew(known, latest, receipt)
        return Decision(facts=(TerminalUsedElsewhere(self.reader, self.last, anew),))


async def ask_baseline(
    reader: CardReader, registered: Registered, reader_id: str, journal: Journal
) -> Baseline:
    """Where its counters stand; not `asked` where it cannot tell. Raises DeviceGone."""
    try:
        last = await reader.last_transaction()
    except (Unsupported, Refused, NoAnswer):
        silent = Baseline(registered.terminal_id, asked=False)
        turnover = await _turnover(reader, registered)
        return replace(silent, totals=turnover, closing_count=_closings(reader_id, journal))
    if last is not None:
        noted = await journal.commit(NoteStranger(reader_id, last))
        if noted.records:
            log.warning("used elsewhere reader=%s receipt=%s", reader_id, last.receipt)
    counted = _closings(reader_id, journal)
    asked = Baseline(registered.terminal_id, asked=True, closing_count=counted)
    return asked if last is None else baseline_after(asked, last)


def _closings(reader_id: str, journal: Journal) -> int:
    known = journal.queries.reader(reader_id)
    assert known is not None, reader_id
    return known.closings_noticed


async def _turnover(reader: CardReader, registered: Registered) -> Totals | None:
    """What is asked of a terminal that can prove an outcome by nothing else."""
    if registered.outcome_proof is not OutcomeProof.TOTALS:
        return None
    try:
        return await reader.totals()
    except (Unsupported, Refused, NoAnswer):
        return None


def baseline_after(before: Baseline, last: Transaction) -> Baseline:
    """The baseline of a terminal whose last transaction is `last` now."""
    return replace(
        before,
        asked=True,
        receipt=last.receipt,
        trace=last.trace,
        turnover=last.turnover,
        stamp=stamp(last),
    )


def stands_at(before: Baseline, booked: Transaction, now_ms: int, zone: tzinfo) -> Baseline:
    """Where the counters stand after a booking that has just been made; `zone` is the store's."""
    offset_s = clock_offset_s(booked, datetime.fromtimestamp(now_ms / 1000, zone))
    return replace(baseline_after(before, booked), clock_offset_s=offset_s)


def clock_offset_s(fresh: Transaction, local: datetime) -> int | None:
    """The terminal's clock minus ours, in seconds; `fresh` was booked just now, at local time.

    Its stamp has no year: the nearest is meant. None where it tells no time, or none there can be.
    """
    told = stamp(fresh)
    if told is None:
        return None
    naive = local.replace(tzinfo=None)
    years = (naive.year - 1, naive.year, naive.year + 1)
    offsets = [offset for year in years if (offset := _offset(f"{year}{told}", naive)) is not None]
    nearest = min(offsets, key=abs, default=None)
    return None if nearest is None else round(nearest.total_seconds())


def _offset(told: str, naive: datetime) -> timedelta | None:
    try:
        return datetime.strptime(told, "%Y%m%d%H%M%S") - naive  # noqa: DTZ007 (both are local)
    except ValueError:
        return None
