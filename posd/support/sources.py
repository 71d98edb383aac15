"""What the support file is made from; the composition root hands it in."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from msgspec import Struct

from posd.clock import Clock
from posd.journal.store import Journal
from posd.live import Live
from posd.page.parts import SetValue
from posd.snapshot.views import Snapshot


class Sources(Struct, frozen=True):
    """Where each file comes from. All but `clock` and `state_dir` is asked on the loop.

    Attributes:
        live: What is known right now of a reader that posd holds, by its id.
        state_dir: Where the journal lies.
    """

    snapshot: Callable[[], Awaitable[Snapshot]]
    settings: Callable[[], Sequence[SetValue]]
    live: Callable[[str], Live]
    journal: Journal
    state_dir: Path
    clock: Clock
