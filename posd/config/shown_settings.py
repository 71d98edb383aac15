"""The configuration as a manager reads it: every value with whether the file says so.

No secret is told: neither what is marked to stay out of a `repr`, nor a key's hash, nor the path of
an address for alarms, which some services take for a password.
"""

from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct

from posd.config.merged import Keys
from posd.config.sections import SECTIONS, Config
from posd.page.parts import SetValue

UNTOLD: Final = frozenset({("key", "sha256")})
SAID_ELSEWHERE: Final = frozenset({("store", "name")})
"""What a manager says at the page where the file does not."""
HOST_ONLY: Final = frozenset({("alarm", "url")})


def shown_settings(config: Config) -> tuple[SetValue, ...]:
    """Section by section, in the order of the file's documentation.

    A value that says what posd does anyway counts as not declared. Several sections of one name are
    told apart by their own names, e.g. `reader front`.
    """
    return tuple(
        SetValue(one.section, one.name, one.value, declared=not one.is_default)
        for one in values(config)
        if one.value or (one.keys[0], one.name) not in SAID_ELSEWHERE
    )


class Value(Struct, frozen=True):
    """A value that is in force, as text.

    Attributes:
        keys: The way to it in the file.
        section: What its section is called; several of one name by their own names.
        is_default: Whether it is what posd does where nothing is said.
    """

    keys: Keys
    section: str
    name: str
    value: str
    is_default: bool


def values(config: Config) -> Iterator[Value]:
    """All of them but secrets, section by section."""
    yield Value(("mode",), "", "mode", config.mode, config.mode == "live")
    for section in SECTIONS:
        held = getattr(config, section) if section else None
        if isinstance(held, tuple):
            for index, one in enumerate(held):
                yield from _section((section, index), f"{section} {one.name}", one)
        elif held is not None:
            yield from _section((section,), section, held)


def _section(keys: Keys, shown_as: str, held: object) -> Iterator[Value]:
    kind = str(keys[0])
    for field in fields(held):  # type: ignore[arg-type]  # every section is a dataclass
        if not field.repr or (kind, field.name) in UNTOLD:
            continue
        value = getattr(held, field.name)
        is_default = field.default is not MISSING and value == field.default
        told = _text(kind, field.name, value)
        yield Value((*keys, field.name), shown_as, field.name, told, is_default)


def _text(kind: str, name: str, value: Any) -> str:  # noqa: ANN401 (whatever a section holds)
    if value is None:
        return ""
    if (kind, name) in HOST_ONLY:
        parts = urlsplit(str(value))
        return f"{parts.scheme}://{parts.netloc}/…"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(getattr(value, "value", value))
