"""What is wrong between keys. Looks at the raw document, so that it sees past other errors."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from posd.config.fields import WILDCARDS
from posd.config.merged import Keys, Merged
from posd.config.problems import Problem, shown, where


def problems(merged: Merged) -> Iterator[Problem]:
    """Names that repeat or lead nowhere, and what does not go together."""
    document = merged.document
    for table, key in (
        ("lane", "name"),
        ("reader", "name"),
        ("reader", "url"),
        ("key", "name"),
        ("key", "sha256"),
    ):
        yield from _repeated(merged, key, _column(document, table, key))
    for table, key, target in (
        ("lane", "reader", "reader"),
        ("lane", "fallback", "reader"),
        ("key", "lane", "lane"),
    ):
        names = {name for _, name in _column(document, target, "name")}
        for keys, name in _column(document, table, key):
            if name not in names:
                yield Problem(keys, shown(key, name), f"the name of a [[{target}]]")
    yield from _modes(document)
    yield from _reachable(document)


def rows(document: Mapping[str, Any], table: str) -> list[tuple[int, dict[str, Any]]]:
    """The tables of an array of them, numbered; what is no table is left out."""
    found = document.get(table)
    numbered = enumerate(found) if isinstance(found, list) else ()
    return [(index, row) for index, row in numbered if isinstance(row, dict)]


def _column(document: Mapping[str, Any], table: str, key: str) -> list[tuple[Keys, str]]:
    """The texts of one key of a table of tables, each with the way to it."""
    cells = [((table, index, key), row.get(key)) for index, row in rows(document, table)]
    return [(keys, text) for keys, text in cells if isinstance(text, str)]


def _reachable(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Who listens on every address says what it is called by, or nobody's request would do."""
    lan = document.get("lan")
    told = lan if isinstance(lan, dict) else {}
    if told.get("address") in WILDCARDS and not told.get("hosts"):
        expected = f"the names that posd is called by: lan.address is {told['address']}"
        yield Problem(("lan", "hosts"), "nothing", expected)


def _repeated(merged: Merged, key: str, cells: Iterable[tuple[Keys, str]]) -> Iterator[Problem]:
    first: dict[str, Keys] = {}
    for keys, text in cells:
        if text in first:
            expected = f"another {key} than that of {where(merged, first[text][:-1], keys)}"
            yield Problem(keys, shown(key, text), expected)
        first.setdefault(text, keys)


def _modes(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Test mode takes simulated readers only, live mode none, and no password in the file."""
    live = document.get("mode", "live") == "live"
    test = document.get("mode") == "test"
    for index, row in rows(document, "reader"):
        reader: Keys = ("reader", index)
        simulated = row.get("simulated", False)
        if live and simulated is True:
            yield Problem((*reader, "simulated"), "true", "a real reader in live mode")
        if test and simulated is False:
            expected = 'true: mode = "test" takes simulated readers only'
            yield Problem((*reader, "simulated"), "false", expected)
        if "control" in row and simulated is not True:
            found = shown("control", row["control"])
            yield Problem((*reader, "control"), found, "no control port: the reader is real")
        if "password" in row and (live or "password_credential" in row):
            found = shown("password", row["password"])
            yield Problem((*reader, "password"), found, "password_credential instead")
