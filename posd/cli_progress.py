"""That a command is at work: a bar or a moving mark on a terminal, one line anywhere else.

On standard error, so that what a command says can be kept.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Final, TypeAlias

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

SOON_S: Final = 1.0
"""What is done by then was worth no word."""

OnProgress: TypeAlias = Callable[[int, int], None]
"""Told now and then: how much is done, and of how much."""


@contextmanager
def progress(what: str) -> Iterator[OnProgress]:
    """While the block runs; `what` is what it does, e.g. "Verifying"."""
    console = Console(stderr=True)
    if not console.is_terminal:
        said = Timer(SOON_S, console.print, (f"{what} …",), {"markup": False})
        said.daemon = True
        said.start()
        try:
            yield lambda _done, _total: None
        finally:
            said.cancel()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """The same where nobody knows how far it is."""
    with progress(what):
        yield
