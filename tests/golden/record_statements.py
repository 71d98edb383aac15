r"""A plugin that records every statement that posd has SQLite carry out under the tests.

It wrote the `statements.sql` of each release, in a checkout of it. STATEMENTS names the file::

    PYTHONPATH=.:drivers:simulator:…/tests/golden \
        python -m pytest -p record_statements tests/unit/posd

What the tests themselves did with posd's connections was taken out by hand.
"""

import os
from pathlib import Path

import apsw
import pytest

from posd.journal import connection

_STATEMENTS: set[str] = set()


def _note(_by: object, sql: str, _bindings: object) -> bool:
    _STATEMENTS.add(" ".join(sql.split()))
    return True


def _listened_to(path: Path, vfs: str | None, flags: int) -> apsw.Connection:
    db = _open(path, vfs, flags)
    db.exec_trace = _note
    return db


_open = connection._open
connection._open = _listened_to


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Add what was recorded to the file, each statement once."""
    file = Path(os.environ["STATEMENTS"])
    known = set(file.read_text().splitlines()) if file.exists() else set()
    moves = {one for one in _STATEMENTS if one.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))}
    file.write_text("".join(f"{one}\n" for one in sorted(known | moves)))
    assert session.testscollected, "nothing was run"
