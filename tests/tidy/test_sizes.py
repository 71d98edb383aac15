"""Functions stop at 60 lines and modules at 400, but for tables (R19, R27)."""

import ast
from pathlib import Path

from tests.tidy.tree import files, name_of

FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 400
TABLES: frozenset[str] = frozenset()
"""Modules that are a table and may be longer."""


def long_functions(source: str) -> list[str]:
    """The functions of a module that are too long, by name."""
    return [
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES_MAX
    ]


def is_long(file: Path) -> bool:
    """Whether a module has more lines than it may."""
    return len(file.read_text().splitlines()) > MODULE_LINES_MAX


def test_no_function_is_longer_than_a_screen() -> None:
    found = {
        name_of(file): long for file in files(".py") if (long := long_functions(file.read_text()))
    }
    assert not found


def test_no_module_is_too_long_but_the_listed_tables() -> None:
    long = {name_of(file) for file in files(".py") if is_long(file)}
    assert not long - TABLES
    assert not TABLES - long, "shorten the list"


def test_a_long_function_is_found() -> None:
    assert long_functions("def f():\n" + "    1\n" * FUNCTION_LINES_MAX) == ["f"]
    assert not long_functions("def f():\n" + "    1\n" * (FUNCTION_LINES_MAX - 1))
