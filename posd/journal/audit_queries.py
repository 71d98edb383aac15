"""Look-ups of an audit, on the query-only connection: bounded pieces of a stretch of facts.

A month of a busy store is read a page at a time; whoever reads pauses between two pages, so that
neither commits nor tills wait for an audit.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from posd.clock import utc
from posd.journal import segments
from posd.journal.audit_records import DAY_AUDITS, REFUND_DRAFTS, TILL_LISTS
from posd.journal.border import refuse_archived_months
from posd.journal.chain import follow
from posd.journal.command import Entry
from posd.journal.records import ATTEMPTS, StoredRecords
from posd.journal.restored import IMPORTED
from posd.journal.segments import Segment
from posd.model.attempt import Attempt, AttemptState
from posd.model.day_audit import DayAudit, TillList
from posd.model.effect import EffectState
from posd.model.refund_draft import RefundDraft
from posd.model.restore import ImportedPayment

ATTEMPTS_PAGE: Final = 40
FACTS_PAGE: Final = 60
DRAFTS_MAX: Final = 200
"""More drafted refunds than this are not listed together."""
DAYS_MAX: Final = 400
TILL_LISTS_MAX: Final = 200
IMPORTED_MAX: Final = 1_000
CLOSINGS_TRIED_MAX: Final = 1_000
"""More ends of day of a reader that all failed are not looked through."""


class Stretch(Struct, frozen=True):
    """Facts from one to another, both included."""

    first_seq: int
    last_seq: int


class EffectStanding(Struct, frozen=True):
    """What became of one report; `first_sent_ms` is wall time, None if it never left."""

    state: EffectState
    first_sent_ms: int | None


class AuditQueries(StoredRecords):
    """What an audit and the sentinel ask the journal."""

    def first_seq(self) -> int:
        """Number of the first fact that has not left for an archive."""
        return segments.segments(self._db)[0].first_seq

    def stretch(self, from_ms: int, to_ms: int) -> Stretch | None:
        """The facts from the first to the last whose wall time lies in `[from_ms, to_ms)`.

        A clock that was set in between puts others among them, and no fact of the time outside:
        what a thousand facts in a row lie between is taken by their ends. Raises Archived if facts
        of the time left the journal.
        """
        refuse_archived_months(self._db, _labels(from_ms, to_ms))
        blocks = [
            (segment, first, last)
            for segment, until in self._segments_of(from_ms, to_ms)
            for first, last in self._blocks(segment, until, from_ms, to_ms)
        ]
        firsts = (self._within("min", block, from_ms, to_ms) for block in blocks)
        lasts = (self._within("max", block, from_ms, to_ms) for block in reversed(blocks))
        first = next((seq for seq in firsts if seq is not None), None)
        last = next((seq for seq in lasts if seq is not None), None)
        return None if first is None or last is None else Stretch(first, last)

    def verified(self, stretch: Stretch, at: Entry | None) -> list[Entry]:
        """The next facts of the stretch after `at`, their chain verified; none at its end.

        Raises JournalDamaged.
        """
        after = stretch.first_seq - 1 if at is None else at.seq
        limit = min(FACTS_PAGE, stretch.last_seq - after)
        page = segments.page(self._db, after, limit) if limit > 0 else []
        previous = at.hash if at is not None else page[0].previous if page else b""
        for entry in page:
            after, previous = follow(after, previous, entry)
        return page

    def attempts_after(self, seq: int, until: int, reader: str = "") -> list[Attempt]:
        """Attempts that were begun after fact `seq` and not after `until`, in that order.

        A page of them, at that reader or at any.
        """
        return self._all(
            ATTEMPTS,
            "SELECT body FROM attempt WHERE created_seq > ?1 AND created_seq <= ?2"
            " AND ?3 IN ('', reader) ORDER BY created_seq LIMIT ?4 + 0",
            seq,
            until,
            reader,
            ATTEMPTS_PAGE,
        )

    def begun_at(self, attempt: str) -> int:
        """Number of the fact that began the attempt, which must be known."""
        seq: int = self._db.execute("SELECT created_seq FROM attempt WHERE id = ?", (attempt,)).get
        return seq

    def closed_before(self, reader: str, seq: int) -> Attempt | None:
        """The latest end of day of that reader that was begun before the fact and is proven."""
        return self._closing("created_seq < ?2 ORDER BY created_seq DESC", reader, seq)

    def closed_after(self, reader: str, seq: int) -> Attempt | None:
        """The first end of day of that reader that was begun after the fact and is proven."""
        return self._closing("created_seq > ?2 ORDER BY created_seq", reader, seq)

    def effect_standing(self, effect: str) -> EffectStanding | None:
        """What became of the effect of that id, or None if it was never owed."""
        row = self._db.execute(
            "SELECT state, written_off_ms, first_sent_ms FROM outbox WHERE id = ?", (effect,)
        ).get
        if row is None:
            return None
        state, written_off_ms, first_sent_ms = row
        given_up = written_off_ms is not None
        return EffectStanding(
            EffectState.WRITTEN_OFF if given_up else EffectState(state), first_sent_ms
        )

    def imported_at(self, reader: str, from_ms: int, to_ms: int) -> list[ImportedPayment]:
        """What the lost facts took at that reader, reported in `[from_ms, to_ms)`."""
        created = self._all(
            IMPORTED,
            "SELECT body FROM imported_payment WHERE created_ms >= ? AND created_ms < ?"
            " ORDER BY created_ms, created_seq LIMIT ? + 0",
            from_ms,
            to_ms,
            IMPORTED_MAX,
        )
        return [one for one in created if one.reader == reader]

    def till_lists(self, business_day: str) -> list[TillList]:
        """What tills have of that day, in the order of their first lists."""
        return self._all(
            TILL_LISTS,
            "SELECT body FROM till_list WHERE business_day = +? ORDER BY created_seq LIMIT ? + 0",
            business_day,
            TILL_LISTS_MAX,
        )

    def day_audits(self, first_day: str, last_day: str) -> list[DayAudit]:
        """The accepted audits of those business days, in their order."""
        return self._all(
            DAY_AUDITS,
            "SELECT body FROM day_audit WHERE business_day BETWEEN ? AND ?"
            " ORDER BY business_day LIMIT ? + 0",
            first_day,
            last_day,
            DAYS_MAX,
        )

    def open_refund_drafts(self, payment_intent: str = "") -> list[RefundDraft]:
        """Drafted refunds that nobody has decided, or whose money is on its way, oldest first."""
        return self._all(
            REFUND_DRAFTS,
            "SELECT body FROM refund_draft WHERE open = 1 AND ?1 IN ('', payment_intent)"
            " ORDER BY created_seq LIMIT ?2 + 0",
            payment_intent,
            DRAFTS_MAX,
        )

    def _closing(self, where: str, reader: str, seq: int) -> Attempt | None:
        tried = self._all(
            ATTEMPTS,
            "SELECT body FROM attempt WHERE payment_intent = '' AND reader = +?1"  # noqa: S608
            f" AND {where} LIMIT ?3 + 0",
            reader,
            seq,
            CLOSINGS_TRIED_MAX,
        )
        return next((one for one in tried if one.state is AttemptState.APPROVED), None)

    def _segments_of(self, from_ms: int, to_ms: int) -> Iterator[tuple[Segment, int]]:
        """Segments of the months that the time touches, each with its last fact."""
        labels = _labels(from_ms, to_ms)
        known = segments.segments(self._db)
        head: int = self._db.execute("SELECT seq FROM head").get or 0
        ends = [one.first_seq - 1 for one in known[1:]] + [head]
        for segment, until in zip(known, ends, strict=True):
            if segment.label in labels:
                yield segment, until

    def _blocks(
        self, segment: Segment, until: int, from_ms: int, to_ms: int
    ) -> Iterator[tuple[int, int]]:
        """Pieces of at most a thousand facts that may have some of the time in them."""
        statement = segment.sql(
            "SELECT seq, wall_ms FROM fact_NNNN WHERE seq IN"
            " (SELECT ?1 UNION SELECT ?2"
            " UNION SELECT seq FROM checkpoint WHERE seq BETWEEN ?1 AND ?2) ORDER BY seq"
        )
        points = list(self._db.execute(statement, (segment.first_seq, until)))
        following = points[1:] or points
        for (first, began_ms), (last, ended_ms) in zip(points, following, strict=False):
            if min(began_ms, ended_ms) < to_ms and max(began_ms, ended_ms) >= from_ms:
                yield first, last

    def _within(
        self, end: str, block: tuple[Segment, int, int], from_ms: int, to_ms: int
    ) -> int | None:
        """The first fact (`min`) or the last one (`max`) of the time in the block, or None."""
        segment, first, last = block
        statement = segment.sql(
            f"SELECT {end}(seq) FROM fact_NNNN"  # noqa: S608 (one of two words)
            " WHERE seq BETWEEN ? AND ? AND wall_ms >= ? AND wall_ms < ?"
        )
        seq: int | None = self._db.execute(statement, (first, last, from_ms, to_ms)).get
        return seq


def _labels(from_ms: int, to_ms: int) -> set[str]:
    """The months that a day touches."""
    return {segments.label_of(utc(one)) for one in (from_ms, to_ms - 1)}
