"""Which facts are a business day's: nights, changes of summer time, months, wrong clocks."""

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import apsw
import pytest

from posd.errors import Refused
from posd.journal import chain
from posd.journal.audit_queries import Stretch
from posd.model.audit import Sum
from posd.model.business_day import BusinessDay
from posd.model.closing import Agreement
from tests.unit.posd.audit.books import books, found
from tests.unit.posd.audit.histories import day_closed, sold
from tests.unit.posd.stage import Stage, played

BERLIN = BusinessDay(ZoneInfo("Europe/Berlin"), time(4))


def utc_ms(written: str) -> int:
    """The wall time of a moment in UTC, in milliseconds."""
    return round(datetime.fromisoformat(written).replace(tzinfo=UTC).timestamp() * 1000)


async def sells(on: Stage, number: int, moment: str, amount: int) -> None:
    """A sale at that moment in UTC."""
    on.clock.now_ms = utc_ms(moment)
    await on.know(*sold(f"att_{number}", f"pi_{number}", amount))


async def closes(on: Stage, number: int, moment: str, amount: int) -> None:
    """The terminal closes its day at that moment in UTC."""
    on.clock.now_ms = utc_ms(moment)
    await on.know(*day_closed(f"att_eod_{number}", amount))


@pytest.mark.parametrize(
    ("night", "last", "first"),
    [
        ("2026-10-24", "2026-10-25T02:59:59", "2026-10-25T03:00:00"),
        ("2026-03-28", "2026-03-29T01:59:59", "2026-03-29T02:00:00"),
        ("2026-11-01", "2026-11-02T02:59:59", "2026-11-02T03:00:00"),
    ],
)
def test_what_is_sold_at_two_in_the_morning_is_of_the_day_before_until_four(
    tmp_path: Path, night: str, last: str, first: str
) -> None:
    """Also where two o'clock is there twice, and where it is left out."""
    two = "2026-10-25T01:30:00" if night == "2026-10-24" else last[:11] + "00:59:59"

    async def scene(on: Stage) -> None:
        await closes(on, 0, f"{night}T18:00:00", 0)
        await sells(on, 1, f"{night}T21:00:00", 100)
        await sells(on, 2, two, 20)
        await sells(on, 3, last, 3)
        await closes(on, 1, last, 123)
        await sells(on, 4, first, 5000)
        await closes(on, 2, first, 5000)
        day, following = await found(on, period=f"{night}..{first[:10]}", day=BERLIN)
        assert [(one.books.net, one.terminal.agreement) for one in day.periods[1:]] == [
            (Sum(3, 123), Agreement.EQUAL)
        ]
        assert [(one.books.net, one.terminal.agreement) for one in following.periods] == [
            (Sum(1, 5000), Agreement.EQUAL)
        ]
        assert day.chain is not None
        assert following.chain is not None
        assert following.chain.first_seq == day.chain.last_seq + 1

    played(tmp_path, scene)


def test_a_day_on_both_sides_of_a_month_is_one_stretch(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await sells(on, 1, "2026-11-30T22:00:00", 100)
        begins = on.journal.head
        await sells(on, 2, "2026-12-01T01:00:00", 20)
        ends = on.journal.head
        await sells(on, 3, "2026-12-01T12:00:00", 3)
        day, following = await found(on, period="2026-11-30..2026-12-01")
        (period,) = day.periods
        assert period.books.net == Sum(2, 120)
        assert day.chain is not None
        assert following.chain is not None
        assert day.chain.first_seq <= begins
        assert (day.chain.last_seq, following.chain.first_seq) == (ends, ends + 1)

    played(tmp_path, scene)


def test_a_clock_that_was_wrong_for_a_while_hides_no_sale_from_its_period(tmp_path: Path) -> None:
    """What was labelled 1970 is found through its closing period, not through its time."""

    async def scene(on: Stage) -> None:
        await closes(on, 0, "2026-11-02T10:00:00", 0)
        await sells(on, 1, "2026-11-02T11:00:00", 100)
        await sells(on, 2, "1970-01-01T00:00:01", 20)
        await sells(on, 3, "2026-11-02T12:00:00", 3)
        await closes(on, 1, "2026-11-02T20:00:00", 123)
        (day,) = await found(on, period="2026-11-02")
        period = day.periods[1]
        assert (period.books.net, period.terminal.agreement) == (Sum(3, 123), Agreement.EQUAL)

    played(tmp_path, scene)


def test_a_day_is_found_between_checkpoints_and_across_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "CHECKPOINT_FACTS", 10)

    async def scene(on: Stage) -> None:
        stretches = []
        for number in range(12):
            begins = on.journal.head + 1
            await sells(on, number, f"2026-11-{number + 3:02d}T12:00:00", 100)
            stretches.append(Stretch(begins, on.journal.head))
        for number, stretch in enumerate(stretches):
            day = f"2026-11-{number + 3:02d}"
            from_ms, to_ms = BERLIN.bounds_ms(day)
            assert on.journal.audits.stretch(from_ms, to_ms) == stretch
        assert on.journal.audits.stretch(*BERLIN.bounds_ms("2026-12-24")) is None
        count = on.journal.audits._db.execute("SELECT count(*) FROM checkpoint").get
        assert count > len(stretches) // 3

    played(tmp_path, scene)


def test_a_day_whose_facts_are_not_what_was_written_is_not_compared(tmp_path: Path) -> None:
    async def scene(on: Stage) -> None:
        await sells(on, 1, "2026-11-02T11:00:00", 100)
        db = apsw.Connection(str(tmp_path / "journal.sqlite"))
        db.execute("DROP TRIGGER fact_0001_is_never_updated")
        db.execute("UPDATE fact_0001 SET actor = 'nobody' WHERE seq = ?", (on.journal.head - 1,))
        db.close()
        with pytest.raises(Refused) as refusal:
            await books(on).audited("2026-11-02")
        assert refusal.value.code == "journal_damaged"
        assert f"fact {on.journal.head - 1} is not what was written" in refusal.value.message

    played(tmp_path, scene)
