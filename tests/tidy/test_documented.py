"""Every route and every refusal stands in the documents."""

import ast
import re
from collections.abc import Iterator

from posd.api.routes import ROUTES
from tests.tidy.tree import ROOT, files

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
API = (ROOT / "docs" / "api.md").read_text()


def refusals(source: str) -> Iterator[str]:
    """The codes that a module refuses with: the first argument of every Refused."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Refused":
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value


def test_the_tree_of_the_architecture_is_the_tree() -> None:
    tree = ARCHITECTURE.partition("## The tree")[2].partition("## ")[0]
    modules = {file.name for file in files(".py")}
    folders = {part for file in files() for part in file.relative_to(ROOT).parts[:-1]}
    assert not set(re.findall(r"\w+\.py\b", tree)) - modules
    assert not set(re.findall(r"(\w+)/(?!\w)", tree)) - folders
    parts = [*(ROOT / "posd").glob("[a-z]*.py"), *(ROOT / "posd").glob("[a-z]*/__init__.py")]
    placed = {part.stem if part.stem != "__init__" else part.parent.name for part in parts}
    assert not placed - set(re.findall(r"\w+", tree))


def test_the_table_of_routes_is_the_table_of_routes() -> None:
    rows = re.findall(r"^\| (GET|POST|DELETE) \| `([^`]+)` \| (\w+) \|$", API, re.MULTILINE)
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


def test_every_test_that_a_page_names_exists() -> None:
    tests = {
        node.name
        for file in files(".py")
        if file.name.startswith("test_")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for page in files(".md"):
        assert not set(re.findall(r"`(test_\w+)`", page.read_text())) - tests, page.name
