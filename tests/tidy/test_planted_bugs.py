"""The planted bugs hold: each can be planted where its row says, and README names none in vain."""

import ast
import re
from collections import Counter
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.mutants.__main__ import table
from tests.mutants.rows import ROWS, Mutant, StaleRow, mutants
from tests.mutants.trial import Run, Verdict
from tests.mutants.witness import DID_NOT_RAISE, is_assertion, leaves
from tests.run import TIERS, Tier, selection
from tests.tidy.tree import ROOT

ALL = mutants(ROWS.read_text())
KNOWN = {mutant.name: mutant for mutant in ALL}
EACH = pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name)
PROMISES = re.findall(
    r"^\| (\w.*) \|$",
    (ROOT / "README.md").read_text().partition("## What it promises")[2].partition("\n## ")[0],
    re.MULTILINE,
)[1:]
PLANTED = Mutant(
    "late", "M1", "posd/late.py", "soon()", "later()", "unit", ("tests/a.py::test_it",)
)
OTHERWISE = "setup: it never came to it"


def collects(tier: Tier, file: str) -> bool:
    """Whether the pytest of a tier runs this file."""
    asked = selection(tier)
    ignored = [each.partition("--ignore-glob=")[2] for each in asked]
    asked_for = any(file == place or file.startswith(f"{place}/") for place in asked)
    return asked_for and not any(fnmatch(file, pattern) for pattern in ignored)


def ids_in(file: str) -> set[str]:
    """The ids of the tests of a file, without parameters."""
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    body = ast.parse((ROOT / file).read_text()).body
    alone = {node.name for node in body if isinstance(node, functions)}
    in_classes = {
        f"{group.name}::{node.name}"
        for group in body
        if isinstance(group, ast.ClassDef)
        for node in group.body
        if isinstance(node, functions)
    }
    return {f"{file}::{name}" for name in alone | in_classes}


def test_every_row_has_a_name_of_its_own() -> None:
    assert Counter(mutant.name for mutant in ALL).most_common(1)[0][1] == 1


@EACH
def test_it_can_be_planted_and_is_no_error_of_syntax(mutant: Mutant, tmp_path: Path) -> None:
    copy = tmp_path / mutant.file
    copy.parent.mkdir(parents=True)
    copy.write_text((ROOT / mutant.file).read_text())
    mutant.plant(tmp_path)
    assert copy.read_text() != (ROOT / mutant.file).read_text()
    if copy.suffix == ".py":
        ast.parse(copy.read_text())


@EACH
def test_the_tests_of_its_row_exist_in_its_tier(mutant: Mutant) -> None:
    (tier,) = (tier for tier in TIERS if tier.name == mutant.tier)
    assert mutant.tests
    for test in mutant.tests:
        file = test.partition("::")[0]
        assert test in ids_in(file)
        assert collects(tier, file)


@pytest.mark.parametrize("source", ["", "soon(); soon()"])
def test_a_text_that_does_not_stand_there_once_is_not_replaced(source: str, tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text(source)
    with pytest.raises(StaleRow):
        replace(PLANTED, file="late.py").plant(tmp_path)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.partition(" | ")[0])
def test_every_promise_names_bugs_that_its_tests_catch(promise: str) -> None:
    _, tests, expression, _, bugs = (cell.replace("`", "") for cell in promise.split(" | "))
    named = set(tests.split(", "))
    caught_by = [
        {test.rpartition("::")[2] for test in KNOWN[bug].tests} for bug in bugs.split(", ")
    ]
    assert all(named & tests_of_bug for tests_of_bug in caught_by)
    assert named <= set().union(*caught_by)
    words = expression.strip('"').split(" or ")
    assert all(any(word in test for word in words) for test in named)


def test_all_promises_are_looked_at() -> None:
    assert len(PROMISES) >= 5


@pytest.mark.parametrize(
    ("status", "failed", "caught"),
    [
        (1, {"tests/a.py::test_it": ""}, True),
        (1, {"tests/a.py::test_it[or that]": ""}, True),
        (0, {}, False),
        (1, {"tests/a.py::test_it": OTHERWISE}, False),
        (1, {"tests/a.py::test_it_too": ""}, False),
        (2, {"tests/a.py::test_it": ""}, False),
        (2, {"tests/a.py": "collect: ImportError()"}, False),
    ],
)
def test_only_an_assertion_of_the_named_test_catches(
    status: int, failed: dict[str, str], *, caught: bool
) -> None:
    verdict = Verdict.on(PLANTED, Run(status, failed, "", 1.0))
    assert verdict.is_caught is caught
    assert table([verdict]).endswith(f"\n{int(caught)} of 1 planted bugs caught\n")


def test_a_timeout_or_an_error_is_no_assertion() -> None:
    assert is_assertion(AssertionError())
    assert is_assertion(pytest.fail.Exception(f"{DID_NOT_RAISE} ValueError"))
    assert not is_assertion(pytest.fail.Exception("Timeout (>20.0s) from pytest-timeout."))
    assert not is_assertion(ValueError())


def test_a_group_of_errors_is_looked_into() -> None:
    one, other = ValueError(), AssertionError()
    assert [*leaves(ExceptionGroup("", [one, ExceptionGroup("", [other])]))] == [one, other]
