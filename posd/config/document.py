"""A file's text → Config, or a ConfigError that names every mistake in it."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import override

from posd.config.fields import CLOSING_TIME, WILDCARDS
from posd.config.sections import SECTIONS, Config
from posd.errors import ConfigError
from posd.model.money import AGREED_DIGITS

CONFIG_BYTES_MAX: Final = 1 << 20
FOUND_CHARACTERS_MAX: Final = 60
_SECRET_KEYS: Final = frozenset(
    {"password", "sha256", "credential", "password_credential", "key_credential"}
)
_SECRET_VALUE: Final = re.compile(r"(sk|rk|pk|whsec|posd)_\w|password|://[^/]*@", re.IGNORECASE)
_RENAMED: Final[Mapping[tuple[str, str], str]] = {("reader", "prints"): "receipts"}
"""Section and key of what has another name now."""
_CONFIG: Final = TypeAdapter(Config)


def load(path: Path) -> Config:
    """The configuration in `path`. Raises ConfigError with every mistake in it."""
    try:
        with path.open("rb") as file:
            raw = file.read(CONFIG_BYTES_MAX + 1)
        if len(raw) > CONFIG_BYTES_MAX:
            raise ConfigError(f"{path}: larger than {CONFIG_BYTES_MAX} bytes")
        return parse(raw.decode(), path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: expected UTF-8, found byte {error.start} that is not"
        ) from error


def parse(text: str, source: Path) -> Config:
    """The configuration in `text`; `source` names it in a ConfigError, which tells all mistakes."""
    problems: list[_Problem] = []
    try:
        document = tomllib.loads(text)
        _inherit(document)
        problems += _relations(document)
        # Through JSON, so that strict types still let a list be a tuple and a text a path.
        config = _CONFIG.validate_json(json.dumps(document, default=str))
    except ValidationError as error:
        problems = [_problem(detail) for detail in error.errors(include_url=False)] + problems
        raise _config_error(source, problems) from error
    except RecursionError as error:
        raise ConfigError(f"{source}: nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError, and integers of thousands of digits
        raise ConfigError(f"{source}: not TOML: {error}") from error
    if problems:
        raise _config_error(source, problems)
    return config


@dataclass(frozen=True, slots=True)
class _Problem:
    path: str
    found: str
    expected: str

    @override
    def __str__(self) -> str:
        return f"{self.path}: found {self.found}, expected {self.expected}"


def _config_error(source: Path, problems: Iterable[_Problem]) -> ConfigError:
    return ConfigError("\n".join(f"{source}: {problem}" for problem in problems))


def _problem(detail: ErrorDetails) -> _Problem:
    path = _key_path(detail["loc"])
    match detail["type"]:
        case "missing":
            return _Problem(path, "nothing", "this key")
        case "unexpected_keyword_argument":
            section = str(detail["loc"][0]) if len(detail["loc"]) > 1 else ""
            renamed = _RENAMED.get((section, str(detail["loc"][-1])))
            if renamed is not None:
                return _Problem(path, "a key that has another name now", f"{renamed} instead")
            names = ", ".join(field.name for field in fields(SECTIONS[section]))
            return _Problem(path, "a key that posd does not know", f"one of {names}")
        case _:
            expected = detail["msg"].removeprefix("Input should be ")
            return _Problem(path, _shown(str(detail["loc"][-1]), detail["input"]), expected)


def _key_path(loc: tuple[int | str, ...]) -> str:
    """`reader[0].url` for ("reader", 0, "url"); anything but a bare TOML key is quoted."""
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            key = part if re.fullmatch(r"[\w-]{1,64}", part, re.ASCII) else ascii(part[:64])
            path += f".{key}" if path else key
    return path


def _shown(key: str, found: object) -> str:
    """What was found, fit for a terminal and a log; never a secret, or what may be one."""
    match found:
        case dict():
            return "a table"
        case list():
            return "a list"
        case str() if key in _SECRET_KEYS or _SECRET_VALUE.search(found):
            return f"a text of {len(found)} characters that is not shown"
        case _:
            shown = ascii(found) if isinstance(found, str) else json.dumps(found)
            return shown if len(shown) <= FOUND_CHARACTERS_MAX else shown[:57] + "..."


def _inherit(document: dict[str, Any]) -> None:
    """Readers take the store's currency and closing time, unless they have their own.

    Where the store's is wrong, it is told once: any stands in.
    """
    store = document.get("store")
    told = store if isinstance(store, dict) else {}
    currency, closing = told.get("currency"), told.get("end_of_day")
    known = currency if currency in tuple(AGREED_DIGITS) else next(iter(AGREED_DIGITS))
    is_time = isinstance(closing, str) and re.fullmatch(CLOSING_TIME, closing)
    for _, row in _rows(document, "reader"):
        row.setdefault("currency", known)
        row.setdefault("end_of_day", closing if is_time else "off")


def _rows(document: Mapping[str, Any], table: str) -> list[tuple[int, dict[str, Any]]]:
    rows = document.get(table)
    numbered = enumerate(rows) if isinstance(rows, list) else ()
    return [(index, row) for index, row in numbered if isinstance(row, dict)]


def _column(document: Mapping[str, Any], table: str, key: str) -> list[tuple[str, str]]:
    """The texts of one key of a table of tables, each with its key path."""
    cells = [(f"{table}[{index}].{key}", row.get(key)) for index, row in _rows(document, table)]
    return [(path, text) for path, text in cells if isinstance(text, str)]


def _relations(document: Mapping[str, Any]) -> Iterator[_Problem]:
    """What is wrong between keys. Looks at the raw document, so that it sees past other errors."""
    for table, key in (
        ("lane", "name"),
        ("reader", "name"),
        ("reader", "url"),
        ("key", "name"),
        ("key", "sha256"),
    ):
        yield from _repeated(key, _column(document, table, key))
    for table, key, target in (
        ("lane", "reader", "reader"),
        ("lane", "fallback", "reader"),
        ("key", "lane", "lane"),
    ):
        names = {name for _, name in _column(document, target, "name")}
        for path, name in _column(document, table, key):
            if name not in names:
                yield _Problem(path, _shown(key, name), f"the name of a [[{target}]] of this file")
    yield from _modes(document)
    yield from _reachable(document)


def _reachable(document: Mapping[str, Any]) -> Iterator[_Problem]:
    """Who listens on every address says what it is called by, or nobody's request would do."""
    lan = document.get("lan")
    told = lan if isinstance(lan, dict) else {}
    if told.get("address") in WILDCARDS and not told.get("hosts"):
        expected = f"the names that posd is called by: lan.address is {told['address']}"
        yield _Problem("lan.hosts", "nothing", expected)


def _repeated(key: str, cells: Iterable[tuple[str, str]]) -> Iterator[_Problem]:
    first: dict[str, str] = {}
    for path, text in cells:
        if text in first:
            expected = f"another {key} than that of {first[text].rpartition('.')[0]}"
            yield _Problem(path, _shown(key, text), expected)
        first.setdefault(text, path)


def _modes(document: Mapping[str, Any]) -> Iterator[_Problem]:
    """Test mode takes simulated readers only, live mode none, and no password in the file."""
    live = document.get("mode", "live") == "live"
    test = document.get("mode") == "test"
    for index, row in _rows(document, "reader"):
        path = f"reader[{index}]"
        simulated = row.get("simulated", False)
        if live and simulated is True:
            yield _Problem(f"{path}.simulated", "true", "a real reader in live mode")
        if test and simulated is False:
            expected = 'true: mode = "test" takes simulated readers only'
            yield _Problem(f"{path}.simulated", "false", expected)
        if "control" in row and simulated is not True:
            found = _shown("control", row["control"])
            yield _Problem(f"{path}.control", found, "no control port: the reader is real")
        if "password" in row and (live or "password_credential" in row):
            found = _shown("password", row["password"])
            yield _Problem(f"{path}.password", found, "password_credential instead")
