"""Every route, every refusal and every key of the config stands in the documents."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from posd.api.routes import ROUTES
from posd.config import SECTIONS
from tests.tidy.tree import ROOT, files

API = (ROOT / "docs" / "api.md").read_text()
RUNNING = ROOT / "docs" / "running.md"


def refusals(source: str) -> Iterator[str]:
    """The codes that a module refuses with: the first argument of every Refused."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Refused":
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def test_the_table_of_routes_is_the_table_of_routes() -> None:
    rows = re.findall(r"^\| (GET|POST) \| `([^`]+)` \| (\w+) \|$", API, re.MULTILINE)
    assert sorted(rows) == sorted(
        (route.method, route.path, route.access.name.lower()) for route in ROUTES
    )


def test_every_refusal_is_explained() -> None:
    told = {
        code
        for file in files(".py")
        if file.is_relative_to(ROOT / "posd")
        for code in refusals(file.read_text())
    }
    assert told
    assert not {code for code in told if f"`{code}`" not in API}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_of_the_config_is_explained(section: str) -> None:
    keys = {field.name for field in fields(SECTIONS[section])} - set(SECTIONS)
    assert not {key for key in keys if f"`{key}`" not in RUNNING.read_text()}
