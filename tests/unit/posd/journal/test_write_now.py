"""What the start writes, before there is a loop."""

from contextlib import closing

import apsw
import pytest

from posd.errors import JournalFailed
from posd.journal.writer import write_now


def test_a_disk_that_refuses_at_the_start_has_failed_and_nothing_is_written() -> None:
    with closing(apsw.Connection(":memory:")) as db:
        db.execute("CREATE TABLE one (n INTEGER)")

        def half() -> None:
            db.execute("INSERT INTO one VALUES (1)")
            db.execute("INSERT INTO nowhere VALUES (1)")

        with pytest.raises(JournalFailed):
            write_now(db, half)
        assert db.execute("SELECT count(*) FROM one").get == 0
