"""What the runner promises: no silent skip, no tier that drags, no floor that sinks."""

import re
from collections import Counter
from collections.abc import Mapping

import pytest

from tests.coverage_floors import shortfalls
from tests.run import ROOT, TIERS, Result, Tier, table
from tests.skip_list import LISTED, patterns, unlisted

SHARES_S_MAX = 8 * 60
MAKEFILE = (ROOT / "Makefile").read_text()


def report(**percents: float) -> Mapping[str, object]:
    """As much of a coverage report as is read; `__` in a name stands for a slash."""
    return {
        "files": {
            f"{name.replace('__', '/')}.py": {"summary": {"percent_covered": percent}}
            for name, percent in percents.items()
        }
    }


def test_a_skip_counts_as_listed_by_its_id_or_a_pattern() -> None:
    listed = patterns("# why\n\ntests/a.py::test_b # no such device here\ntests/c.py::*\n")
    assert listed == ["tests/a.py::test_b", "tests/c.py::*"]
    assert unlisted(["tests/a.py::test_b", "tests/c.py::x", "tests/d.py::y"], listed) == [
        "tests/d.py::y"
    ]


def test_every_listed_skip_names_a_file_that_exists() -> None:
    for pattern in patterns(LISTED.read_text()):
        assert (ROOT / pattern.partition("::")[0]).exists(), pattern


def test_a_listed_skip_without_a_reason_is_refused() -> None:
    lines = [line for line in LISTED.read_text().splitlines() if line and line[0] != "#"]
    assert all(" # " in line for line in lines)


@pytest.mark.parametrize(
    ("percents", "trouble"),
    [
        ({"posd__model__money": 100.0, "posd__cli": 90.0}, 0),
        ({"posd__model__money": 99.9}, 1),
        ({"posd__cli": 89.9}, 1),
    ],
)
def test_a_module_under_its_floor_is_trouble(percents: dict[str, float], trouble: int) -> None:
    assert len(shortfalls(report(**percents), {})) == trouble


def test_the_list_of_floors_only_gets_shorter() -> None:
    below = report(posd__cli=60.0)
    assert not shortfalls(below, {"posd/cli.py": 58.0})
    assert "its floor is 61" in shortfalls(below, {"posd/cli.py": 61.0})[0]
    assert "raise its 50" in shortfalls(below, {"posd/cli.py": 50.0})[0]
    assert "any more" in shortfalls(report(posd__cli=95.0), {"posd/cli.py": 58.0})[0]
    assert len(shortfalls(report(posd__model__money=60.0), {"posd/model/money.py": 50.0})) == 2


def test_the_shares_fit_into_eight_minutes() -> None:
    in_a_row = [tier for tier in TIERS if not tier.beside]
    assert sum(tier.share_s for tier in in_a_row) <= SHARES_S_MAX
    beside = sum(tier.share_s for tier in TIERS if tier.beside)
    waiting = sum(tier.share_s for tier in in_a_row) / 2
    assert beside < waiting, "the others compute more than half of their time"


def test_every_folder_of_tests_belongs_to_a_tier_or_has_a_target_of_its_own() -> None:
    folders = {front.parent.name for front in (ROOT / "tests").glob("*/__init__.py")}
    in_tiers = {path.removeprefix("tests/") for tier in TIERS for path in tier.paths}
    targets = re.findall(
        r"^([\w-]+):.*\n\t@exec \$\(PY\) -m tests\.([\w.]+)", MAKEFILE, re.MULTILINE
    )
    own = {target.partition("-")[0] for target, ran in targets if target == ran.replace(".", "-")}
    assert folders - in_tiers == own & folders


def test_the_table_ends_with_the_numbers() -> None:
    tier = Tier("unit", 60, ())
    shown = table([Result(tier, 95.0, Counter(passed=3, error=1, skipped=2), ("too slow",))])
    assert shown.endswith("unit: too slow\n3 passed, 1 failed, 2 skipped\n")
