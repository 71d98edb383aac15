"""A mistake in the configuration, as a person reads it: file, key, what was found and expected."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from posd.config.merged import Keys, Merged
from posd.errors import ConfigError

FOUND_CHARACTERS_MAX: Final = 60
_SECRET_KEYS: Final = frozenset(
    {"password", "sha256", "credential", "password_credential", "key_credential"}
)
_SECRET_VALUE: Final = re.compile(r"(sk|rk|pk|whsec|posd)_\w|password|://[^/]*@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at `keys` of the whole document."""

    keys: Keys
    found: str
    expected: str


def config_error(merged: Merged, problems: Iterable[Problem]) -> ConfigError:
    """All of them, each under the file that says it and as it counts its rows."""
    return ConfigError("\n".join(_told(merged, one) for one in problems))


def where(merged: Merged, keys: Keys, seen_from: Keys) -> str:
    """A place as somebody is told of it who looks at another: its file only if that is another."""
    place = merged.place(keys)
    here = key_path(place.keys)
    return here if place.file == merged.place(seen_from).file else f"{here} of {place.file}"


def key_path(keys: Keys) -> str:
    """`reader[0].url` for ("reader", 0, "url"); anything but a bare TOML key is quoted."""
    path = ""
    for part in keys:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            key = part if re.fullmatch(r"[\w-]{1,64}", part, re.ASCII) else ascii(part[:64])
            path += f".{key}" if path else key
    return path


def shown(key: str, found: object) -> str:
    """What was found, fit for a terminal and a log; never a secret, or what may be one."""
    match found:
        case dict():
            return "a table"
        case list():
            return "a list"
        case str() if key in _SECRET_KEYS or _SECRET_VALUE.search(found):
            return f"a text of {len(found)} characters that is not shown"
        case _:
            told = ascii(found) if isinstance(found, str) else json.dumps(found)
            return told if len(told) <= FOUND_CHARACTERS_MAX else told[:57] + "..."


def _told(merged: Merged, problem: Problem) -> str:
    place = merged.place(problem.keys)
    path = key_path(place.keys)
    return f"{place.file}: {path}: found {problem.found}, expected {problem.expected}"
