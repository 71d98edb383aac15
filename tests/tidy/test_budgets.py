"""README's figures are a benchmark's own: its rows and goals, the day and the machine, no hand."""

import re

from tests.bench.figures import BEGINS, ENDS, HEADINGS, TABLES, goal_of
from tests.tidy.tree import ROOT

README = (ROOT / "README.md").read_text()
WHERE = re.compile(r"`make bench`, \d{4}-\d\d-\d\d, .+, \d+ processors, Python \d[\d.]+:")


def told() -> list[str]:
    """The lines between the markers."""
    return README.partition(BEGINS)[2].partition(ENDS)[0].strip().splitlines()


def test_the_table_has_the_rows_and_goals_of_the_benchmark() -> None:
    heading, _, *rows = [line.strip("| ").split(" | ") for line in told()[2:]]
    assert tuple(heading) == HEADINGS
    assert [tuple(row[:2]) for row in rows] in [
        [(budget.what, goal_of(budget)) for budget in budgets] for budgets in TABLES
    ]
    assert all(row[2] for row in rows)


def test_the_table_says_when_and_where_it_was_measured() -> None:
    assert WHERE.fullmatch(told()[0])
