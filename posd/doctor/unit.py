"""What systemd hands to posd: its user, and the credentials that the unit and its drop-ins name.

Read from the files themselves (systemd.unit(5), "Unit File Load Path"), so that it can be told
before systemd has been told to reload, and in an image that does not run.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from posd.doctor.machine import Machine

UNIT: Final = "posd.service"
UNIT_FOLDERS: Final = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
"""The first that has a file of a name counts."""
ENCRYPTED: Final = "LoadCredentialEncrypted"
SETTINGS: Final = ("LoadCredential", ENCRYPTED, "SetCredential", "SetCredentialEncrypted")
STORES: Final = {
    False: ("/etc/credstore", "/run/credstore", "/usr/local/lib/credstore", "/usr/lib/credstore"),
    True: ("/etc/credstore.encrypted", "/run/credstore.encrypted", "/usr/lib/credstore.encrypted"),
}
"""Where a credential lies whose path is not absolute, by whether it is encrypted."""


class Handed(Struct, frozen=True):
    """A credential of the unit.

    Attributes:
        files: Where it may lie; none where the unit itself holds it.
        must_be_there: Whether the unit does not start without it.
    """

    name: str
    files: tuple[Path, ...]
    encrypted: bool
    must_be_there: bool = False


class Unit(Struct, frozen=True):
    """The service as its files say it; `user` is None where they name none, or there are none."""

    installed: bool
    user: str | None
    handed: tuple[Handed, ...]


def read(machine: Machine) -> Unit:
    """The unit of posd on that machine. What cannot be read is left out."""
    user: str | None = None
    handed: dict[tuple[str, str], Handed] = {}
    files = list(_files(machine))
    for file in files:
        for name, value in _settings(file):
            if name == "User":
                user = value or None
            elif name in SETTINGS and not value:
                handed.clear()
            elif name in SETTINGS:
                id_, _, path = value.partition(":")
                found = _handed(machine, id_, path, name)
                handed[(name, id_)] = found
    return Unit(bool(files), user, tuple(handed.values()))


def _handed(machine: Machine, id_: str, path: str, setting: str) -> Handed:
    encrypted = setting.endswith("Encrypted")
    if setting.startswith("Set"):
        return Handed(id_, (), encrypted)
    if path.startswith("/"):
        return Handed(id_, (machine.at(path),), encrypted, must_be_there=True)
    folders = STORES[False] + STORES[True] if encrypted else STORES[False]
    return Handed(id_, tuple(machine.at(folder) / (path or id_) for folder in folders), encrypted)


def _files(machine: Machine) -> Iterator[Path]:
    """The unit, then its drop-ins in the order of their names."""
    folders = [machine.at(folder) for folder in UNIT_FOLDERS]
    yield from [folder / UNIT for folder in folders if (folder / UNIT).exists()][:1]
    drop_ins: dict[str, Path] = {}
    for folder in folders:
        for one in _confs(folder / f"{UNIT}.d"):
            drop_ins.setdefault(one.name, one)
    yield from (drop_ins[name] for name in sorted(drop_ins))


def _confs(folder: Path) -> Iterable[Path]:
    return folder.glob("*.conf") if folder.is_dir() else ()


def _settings(file: Path) -> Iterator[tuple[str, str]]:
    """Its assignments in their order; lines that end with a backslash go on."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.replace("\\\n", " ").splitlines():
        name, sign, value = line.strip().partition("=")
        if sign and not name.startswith(("#", ";")):
            yield name.strip(), value.strip()
