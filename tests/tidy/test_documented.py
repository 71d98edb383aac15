"""Every route and every refusal stands in the documents."""

import ast
import re
from collections.abc import Iterator

from posd.api import lan, pace, protocol
from posd.api.idempotency import KEY_CHARACTERS_MAX
from posd.api.routes import ROUTES
from posd.stripe_wire import expand, fields, form, lists
from tests.tidy.api_tables import fresh
from tests.tidy.tree import ROOT, files

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
API = (ROOT / "docs" / "api.md").read_text()


LIMITS = (
    protocol.HEAD_BYTES_MAX,
    form.BODY_BYTES_MAX,
    protocol.MESSAGE_BYTES_MAX,
    protocol.REQUEST_S,
    protocol.KEEP_ALIVE_S,
    protocol.CONNECTIONS_MAX,
    lan.CONNECTIONS_MAX,
    lan.CONNECTIONS_OF_ADDRESS_MAX,
    lan.HANDSHAKE_S,
    pace.WRONG_KEYS_MAX,
    pace.WRONG_KEYS_S,
    pace.PAGES_MAX,
    pace.PAGES_S,
    form.PAIRS_MAX,
    form.SEGMENTS_MAX,
    fields.TEXT_CHARACTERS_MAX,
    fields.METADATA_KEYS_MAX,
    fields.METADATA_KEY_CHARACTERS_MAX,
    fields.METADATA_VALUE_CHARACTERS_MAX,
    fields.AMOUNT_MAX,
    expand.PATHS_MAX,
    expand.LEVELS_MAX,
    lists.PAGE_OBJECTS_MAX,
    KEY_CHARACTERS_MAX,
)
"""In the order of the table of limits."""


def refusals(source: str) -> Iterator[str]:
    """The codes that a module refuses with: the first argument of every Refused, or `code`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Refused":
            yield from _texts(node.args[0])
        elif isinstance(node, ast.keyword) and node.arg == "code":
            yield from _texts(node.value)


def _texts(tree: ast.AST) -> Iterator[str]:
    for part in ast.walk(tree):
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


def test_the_tables_of_routes_and_differences_are_made_from_the_code() -> None:
    assert fresh(API) == API, "make them anew: python -m tests.tidy.api_tables"


def test_the_table_of_routes_has_every_route() -> None:
    rows = re.findall(r"^\| (GET|POST|DELETE) \| `([^`]+)` \| (\w+) \| .+ \|$", API, re.MULTILINE)
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


def test_every_limit_is_the_limit() -> None:
    table = API.partition("## Limits")[2].partition("\n## ")[0]
    allowed = re.findall(r"^\| [^|]+ \| ([^|]*[0-9][^|]*) \|", table, re.MULTILINE)
    found = [
        int(number.replace(",", ""))
        for row in allowed
        for number in re.findall(r"[0-9][0-9,]*", row)
    ]
    assert found == list(LIMITS)


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
