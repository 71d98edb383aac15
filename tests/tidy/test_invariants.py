"""The table of invariants names every check there is, and none that there is not."""

import ast
import re
from pathlib import Path

import pytest

from tests.simulation.numbers import INVARIANTS
from tests.tidy.tree import ROOT

SIMULATION = ROOT / "tests" / "simulation"
NUMBERS = range(1, 25)
NUMBERED = re.compile(r"_?(?=i\d)((?:i\d+_)(?:and_i\d+_)*)\w+")


def functions(module: Path) -> set[str]:
    """The functions and methods of a module."""
    tree = ast.parse(module.read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_number_has_its_row() -> None:
    assert set(INVARIANTS) == set(NUMBERS)


@pytest.mark.parametrize("number", INVARIANTS)
def test_what_a_row_names_is_there(number: int) -> None:
    row = INVARIANTS[number]
    assert row.checks or row.tests
    for check in row.checks:
        module, _, name = check.partition(".")
        assert functions(SIMULATION / f"{module}.py") & {name, f"_{name}"}, check
    for test in row.tests:
        path, _, name = test.partition("::")
        assert name in functions(ROOT / "tests" / path), test


@pytest.mark.parametrize("module", sorted(SIMULATION.glob("*.py")), ids=lambda path: path.stem)
def test_a_check_with_a_number_stands_in_its_row(module: Path) -> None:
    if module.stem.startswith("test_"):
        return
    for name in functions(module):
        found = NUMBERED.fullmatch(name)
        for number in re.findall(r"\d+", found[1]) if found else ():
            assert f"{module.stem}.{name.removeprefix('_')}" in INVARIANTS[int(number)].checks
