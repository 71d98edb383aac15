from pathlib import Path

from posd.journal.store import Journal
from tests.unit.posd.journal.scenario import open_journal


async def test_a_mark_is_there_after_a_restart_and_is_no_fact(tmp_path: Path) -> None:
    first = open_journal(tmp_path)
    head = first.head
    await first.marks.set("downlink", 1_000)
    await first.marks.set("downlink", 2_000)
    assert first.head == head
    first.close()

    second = open_journal(tmp_path)
    assert second.marks.at("downlink") == 2_000
    second.close()


def test_what_was_never_done_has_no_mark(journal: Journal) -> None:
    assert journal.marks.at("downlink") is None
