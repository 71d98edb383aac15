"""The table of planted bugs, `rows.toml`, as it is read."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROWS: Final = Path(__file__).with_name("rows.toml")


class StaleRow(Exception):
    """A row whose text does not stand in its file exactly once."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One bug that can be planted.

    Attributes:
        name: What the table, README and `make mutants ROW=` call it.
        breaks: The money rule (`M5`), style rule (`R26`) or invariant (`I15`) that it breaks, the
            fault that it lets in (`F32`), `mode`, or `page` for what a browser shows.
        file: Where it is planted, from the top of the checkout.
        text: What stands there, exactly once.
        instead: What is planted in its place.
        tier: The tier of tests/run.py that must catch it.
        tests: Ids of tests of that tier, without parameters; each must fail by its own assertion.
    """

    name: str
    breaks: str
    file: str
    text: str
    instead: str
    tier: str
    tests: tuple[str, ...]

    def plant(self, tree: Path) -> None:
        """Put the bug into this tree. Raises StaleRow, and then nothing was written."""
        file = tree / self.file
        source = file.read_text()
        if source.count(self.text) != 1:
            raise StaleRow(f"{self.name}: its text stands {source.count(self.text)} times")
        file.write_text(source.replace(self.text, self.instead))


def mutants(table: str) -> list[Mutant]:
    """The rows of a table. Raises TypeError for a row with a key too many or too few."""
    return [
        Mutant(**{**row, "tests": tuple(row["tests"])}) for row in tomllib.loads(table)["mutant"]
    ]
