"""What was seen, line by line as it is seen, and kept for a file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter


class Report:
    """Lines with the seconds each step took."""

    def __init__(self) -> None:
        self._began = perf_counter()
        self._lines: list[str] = []

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Take the time of a step; what is put into the list is said behind its name."""
        began = perf_counter()
        seen: list[str] = []
        yield seen
        self._say(f"{perf_counter() - began:6.1f} s  {name}" + "".join(f"; {it}" for it in seen))

    def end(self, file: Path) -> None:
        """Say how long all took, and write everything to a file."""
        self._say(f"{perf_counter() - self._began:6.1f} s  together")
        file.write_text("".join(f"{line}\n" for line in self._lines), encoding="utf-8")

    def _say(self, line: str) -> None:
        self._lines.append(line)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
