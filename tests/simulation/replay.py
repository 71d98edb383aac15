"""The one line that replays a run: its seed, its days, and of which posd."""

import subprocess
from functools import cache

from posd import __version__
from tests.simulation.day import LARGE, Size


def line(seed: int, days: int, size: Size = LARGE) -> str:
    """A command; what is behind the # is what it was found with."""
    small = "" if size is LARGE else f" SIZE={size.name}"
    return f"make sim SEEDS={seed} DAYS={days}{small}  # posd {__version__}, {_commit()}"


@cache
def _commit() -> str:
    """The commit of this tree, `-dirty` with changes; of no use outside a clone."""
    asked = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "no commit"
