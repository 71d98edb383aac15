"""What the files say → Config, or a ConfigError that names every mistake in them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from posd.config.fields import CLOSING_TIME
from posd.config.merged import Merged, merge
from posd.config.problems import Problem, config_error, shown
from posd.config.relations import problems as relations
from posd.config.relations import rows
from posd.config.sections import SECTIONS, Config
from posd.config.sources import Source, files, read, read_one, source
from posd.model.money import AGREED_DIGITS

_RENAMED: Final[Mapping[tuple[str, str], str]] = {("reader", "prints"): "receipts"}
"""Section and key of what has another name now."""
_CONFIG: Final = TypeAdapter(Config)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration, and what says each of its values."""

    config: Config
    merged: Merged


def load(path: Path) -> Config:
    """The configuration in `path` and in `conf.d` beside it.

    Raises ConfigError with every mistake in it.
    """
    return load_from(read(path)).config


def load_with(path: Path, block: str) -> Config:
    """As `load`, with `block` appended to the file. Raises ConfigError."""
    main, *drop_ins = files(path)
    text = f"{main.read_text(encoding='utf-8')}\n{block}"
    return load_from([source(text, main), *map(read_one, drop_ins)]).config


def parse(text: str, path: Path) -> Config:
    """The configuration in `text`; `path` names it in a ConfigError, which tells all mistakes."""
    return load_from([source(text, path)]).config


def load_from(sources: Sequence[Source]) -> Loaded:
    """The configuration in these files, of which a later one wins. Raises as `load`."""
    merged = merge(sources)
    _inherit(merged.document)
    found = list(relations(merged))
    try:
        # Through JSON, so that strict types still let a list be a tuple and a text a path.
        config = _CONFIG.validate_json(json.dumps(merged.document, default=str))
    except ValidationError as error:
        found = [_problem(detail) for detail in error.errors(include_url=False)] + found
        raise config_error(merged, found) from error
    if found:
        raise config_error(merged, found)
    return Loaded(config, merged)


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a whole configuration, for editors."""
    told = _CONFIG.json_schema()
    inherited = told["$defs"]["ReaderConfig"]
    inherited["required"].remove("currency")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **told}


def _problem(detail: ErrorDetails) -> Problem:
    keys = detail["loc"]
    match detail["type"]:
        case "missing":
            return Problem(keys, "nothing", "this key")
        case "unexpected_keyword_argument":
            section = str(keys[0]) if len(keys) > 1 else ""
            renamed = _RENAMED.get((section, str(keys[-1])))
            if renamed is not None:
                return Problem(keys, "a key that has another name now", f"{renamed} instead")
            names = ", ".join(field.name for field in fields(SECTIONS[section]))
            return Problem(keys, "a key that posd does not know", f"one of {names}")
        case _:
            expected = detail["msg"].removeprefix("Input should be ")
            return Problem(keys, shown(str(keys[-1]), detail["input"]), expected)


def _inherit(document: dict[str, Any]) -> None:
    """Readers take the store's currency and closing time, unless they have their own.

    Where the store's is wrong, it is told once: any stands in.
    """
    store = document.get("store")
    told = store if isinstance(store, dict) else {}
    currency, closing = told.get("currency"), told.get("end_of_day")
    known = currency if currency in tuple(AGREED_DIGITS) else next(iter(AGREED_DIGITS))
    is_time = isinstance(closing, str) and re.fullmatch(CLOSING_TIME, closing)
    for _, row in rows(document, "reader"):
        row.setdefault("currency", known)
        row.setdefault("end_of_day", closing if is_time else "off")
