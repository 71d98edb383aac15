"""Additive steps of the schema: what a newer posd adds and an older one does not notice.

`user_version` is the layout, which only changes when an older posd must be kept out. A step adds
tables, columns, indexes and triggers to it, so that the posd before still opens the journal and
sells. That one knows nothing of the step and leaves new columns at their defaults. Each step
therefore notes the boot epoch of the last posd that knew it: if one without the step has written
since, its refill runs again.
"""

from importlib.resources import files
from typing import Final

import apsw

STEPS: Final = (2,)
"""All steps this posd knows, in the order they are taken; layout 1 is what stands before them."""
_SCHEMA: Final = files(__package__).joinpath("schema")
_ADDED: Final = {step: _SCHEMA.joinpath(f"{step:04d}.sql").read_text() for step in STEPS}
_REFILL: Final = {step: _SCHEMA.joinpath(f"{step:04d}-refill.sql").read_text() for step in STEPS}


def take(db: apsw.Connection, last_boot: int) -> None:
    """Take the steps that are missing and refill those that were passed over.

    Inside the caller's transaction; writes nothing if there is nothing to do.

    Args:
        db: The writing connection, its layout made.
        last_boot: Boot epoch of the newest fact, 0 in an empty journal.
    """
    known = _boots(db)
    for step in STEPS:
        if step not in known:
            db.execute(_ADDED[step])
        elif known[step] >= last_boot:
            continue
        db.execute(_REFILL[step])
        _note(db, step, last_boot)


def sign(db: apsw.Connection, boot: int) -> None:
    """Note that from this boot epoch on whoever writes knows the steps.

    In the transaction of the boot's first fact, so that no fact of it can lie without.
    """
    for step in STEPS:
        _note(db, step, boot)


def _boots(db: apsw.Connection) -> dict[int, int]:
    """Of each step taken, the last boot epoch that knew it."""
    found = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'schema_step'").get
    return dict(db.execute("SELECT step, boot FROM schema_step")) if found else {}


def _note(db: apsw.Connection, step: int, boot: int) -> None:
    db.execute(
        "INSERT INTO schema_step (step, boot) VALUES (?, ?)"
        " ON CONFLICT (step) DO UPDATE SET boot = excluded.boot",
        (step, boot),
    )
