"""The files of a configuration: the one that is named, and those of `conf.d` beside it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from posd.errors import ConfigError

CONFIG_BYTES_MAX: Final = 1 << 20
"""Of one file."""
CONFIG_FILES_MAX: Final = 100
DROP_INS: Final = "conf.d"


@dataclass(frozen=True, slots=True)
class Source:
    """One file and what it says, as TOML has it."""

    path: Path
    document: Mapping[str, Any]


def read(path: Path) -> tuple[Source, ...]:
    """`path`, then every `conf.d/*.toml` beside it in the order of their names.

    Raises ConfigError for the first that cannot be read.
    """
    return tuple(map(read_one, files(path)))


def files(path: Path) -> tuple[Path, ...]:
    """The files that `read` reads; hidden ones, as editors leave them, are none of them.

    Raises ConfigError.
    """
    folder = path.parent / DROP_INS
    try:
        found = sorted(one for one in folder.iterdir() if _is_drop_in(one))
    except (FileNotFoundError, NotADirectoryError):
        found = []
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be read: {error.strerror}") from error
    if len(found) > CONFIG_FILES_MAX:
        raise ConfigError(
            f"{folder}: found {len(found)} files, expected {CONFIG_FILES_MAX} at most"
        )
    return (path, *found)


def read_one(path: Path) -> Source:
    """One file. Raises ConfigError if it cannot be read or is not TOML."""
    try:
        with path.open("rb") as file:
            raw = file.read(CONFIG_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if len(raw) > CONFIG_BYTES_MAX:
        raise ConfigError(f"{path}: larger than {CONFIG_BYTES_MAX} bytes")
    try:
        return source(raw.decode(), path)
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: expected UTF-8, found byte {error.start} that is not"
        ) from error


def source(text: str, path: Path) -> Source:
    """`text` as the file `path`. Raises ConfigError if it is not TOML."""
    try:
        return Source(path, tomllib.loads(text))
    except RecursionError as error:
        raise ConfigError(f"{path}: nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError, and integers of thousands of digits
        raise ConfigError(f"{path}: not TOML: {error}") from error


def _is_drop_in(path: Path) -> bool:
    return path.suffix == ".toml" and not path.name.startswith(".")
