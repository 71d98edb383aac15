"""One scrape after the other, of a real journal."""

import asyncio
import re
from pathlib import Path

from posd import __version__
from posd.durations import Durations
from posd.journal.store import Journal
from posd.metrics.scrapes import PIECE_FACTS, Scrapes, Sources, installed
from posd.model.facts import AttemptNotSent
from posd.snapshot.views import Snapshot
from posd.upstream.contact import Contact, Heard
from tests.unit.posd.journal.scenario import Facts, intent, open_journal, reader, started
from tests.unit.posd.snapshots import busy_shop

NOT_SENT = 'posd_payments_total{kind="sale",outcome="not_sent",reader="tmr_posd_1"}'


async def look() -> Snapshot:
    return busy_shop().snapshot()


def scrapes(journal: Journal, contact: Contact | None = None, on_disk: str = "0.3.0") -> Scrapes:
    """Of that journal, with some shop's snapshot."""
    lag = Durations((0.1,))
    lag.note(0.5)
    return Scrapes(Sources(journal, look, contact, lag, lambda: on_disk))


async def try_in_vain(journal: Journal, first: int, count: int) -> None:
    """So many payments at a reader whose line is down."""
    for n in range(first, first + count):
        paid, id_ = f"pi_posd_{n}", f"att_posd_{n}"
        await journal.commit(Facts((intent(paid), started(id_, paid), AttemptNotSent(id_))))


def value(text: str, series: str) -> float | None:
    """What the series reads, or None if it is not there."""
    found = re.findall(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(found[0]) if found else None


async def test_a_first_scrape_counts_from_the_start_and_the_next_what_is_new(
    tmp_path: Path,
) -> None:
    journal = open_journal(tmp_path)
    await journal.commit(Facts((reader(),)))
    asked = scrapes(journal)
    await try_in_vain(journal, 0, PIECE_FACTS)
    assert value(await asked.text(), NOT_SENT) == PIECE_FACTS
    assert value(await asked.text(), NOT_SENT) == PIECE_FACTS
    await try_in_vain(journal, PIECE_FACTS, 1)
    assert value(await asked.text(), NOT_SENT) == PIECE_FACTS + 1
    journal.close()


async def test_who_asks_late_is_told_what_happened_before(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    await journal.commit(Facts((reader(),)))
    await try_in_vain(journal, 0, 3)
    assert value(await scrapes(journal).text(), NOT_SENT) == 3
    journal.close()


async def test_the_posd_before_counted_its_own(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    await journal.commit(Facts((reader(),)))
    await try_in_vain(journal, 0, 3)
    journal.close()
    journal = open_journal(tmp_path)
    await try_in_vain(journal, 3, 1)
    text = await scrapes(journal).text()
    assert value(text, NOT_SENT) == 1
    assert value(text, "posd_starts_total") == 2
    assert value(text, "posd_journal_facts_total") == journal.head
    journal.close()


async def test_two_who_ask_at_once_are_told_the_same(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    await journal.commit(Facts((reader(),)))
    await try_in_vain(journal, 0, 3 * PIECE_FACTS)
    asked = scrapes(journal)
    texts = await asyncio.gather(asked.text(), asked.text())
    assert [value(text, NOT_SENT) for text in texts] == [3 * PIECE_FACTS] * 2
    journal.close()


async def test_what_runs_and_what_lies_on_disk_are_told_apart(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    text = await scrapes(journal).text()
    assert value(text, f'posd_info{{installed="0.3.0",running="{__version__}",schema="2"}}') == 1
    journal.close()


async def test_commits_and_the_loop_are_timed(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    await journal.commit(Facts((reader(),)))
    text = await scrapes(journal).text()
    assert value(text, "posd_journal_commit_duration_seconds_count") == 1
    assert value(text, "posd_event_loop_lag_seconds_sum") == 0.5
    journal.close()


async def test_requests_to_stripe_are_counted_where_there_is_a_stripe(tmp_path: Path) -> None:
    journal, contact = open_journal(tmp_path), Contact()
    now = asyncio.get_running_loop().time()
    contact.answered(now - 0.2, 200)
    contact.missed(now, Heard.SILENT)
    text = await scrapes(journal, contact).text()
    assert value(text, 'posd_upstream_requests_total{result="ok"}') == 1
    assert value(text, 'posd_upstream_requests_total{result="silent"}') == 1
    assert value(text, 'posd_upstream_requests_total{result="limited"}') == 0
    assert value(text, "posd_upstream_answer_duration_seconds_count") == 1
    assert "posd_upstream_requests" not in await scrapes(journal).text()
    journal.close()


def test_this_posd_is_installed_as_the_version_that_runs() -> None:
    assert installed() == __version__


def test_of_the_packages_releases_that_is_installed_which_is_started_next(tmp_path: Path) -> None:
    for version in ("0.2.0", "0.3.0"):
        told = (
            tmp_path / f"releases/{version}/lib/python3.11/site-packages/posd-{version}.dist-info"
        )
        told.mkdir(parents=True)
        (told / "METADATA").write_text(f"Metadata-Version: 2.4\nName: posd\nVersion: {version}\n")
    runs, current = str(tmp_path / "releases/0.2.0"), tmp_path / "current"
    assert installed(runs) == ""
    current.symlink_to(runs)
    assert installed(runs) == "0.2.0"
    current.unlink()
    current.symlink_to(tmp_path / "releases/0.3.0")
    assert installed(runs) == "0.3.0"
