"""A credential as the service will have it, found by whoever looks before the service starts."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from posd.doctor.account import Account, obstacle
from posd.doctor.machine import Machine
from posd.doctor.unit import STORES, UNIT, Handed, Unit
from posd.errors import ConfigError
from posd.service.credentials import Secret, read_credential

PASSED: Final = f"/run/credentials/{UNIT}"
"""Where systemd keeps them while the service runs; root may look."""


class Missing(Struct, frozen=True):
    """The service would not have it, or not be able to read it."""

    told: str
    fix: tuple[str, ...]


class Unseen(Struct, frozen=True):
    """It is there, and closed to whoever looks; after `fix` it is not."""

    told: str
    fix: str = "run this as root"


Found: TypeAlias = Secret | Missing | Unseen


class Finder(Struct, frozen=True):
    """Looks where the service would."""

    machine: Machine
    unit: Unit
    account: Account

    def find(self, name: str, fallback: Path | None) -> Found:
        """The credential of that name; `fallback` is the file that the configuration names."""
        if self.machine.environ.get("CREDENTIALS_DIRECTORY"):
            return self._own(name, fallback)
        handed = self._handed(name, self._named(name))
        if handed is not None:
            return handed
        if fallback is None:
            store = f"{STORES[True][0]}/{name}"
            return Missing(
                f"credential '{name}': neither the unit nor the configuration has it",
                (f"systemd-creds encrypt --name={name} - {store}  # paste it, then Ctrl-D",),
            )
        return self._in_file(name, self.machine.at(fallback))

    def place(self, name: str, fallback: Path) -> Path | None:
        """Where it lies in the clear, for what only reads files; None where it is encrypted."""
        named = self._named(name)
        there = [(one, file) for one in named for file in one.files if _exists(file)]
        if any(one.encrypted for one, _ in there):
            return None
        return there[0][1] if there else self.machine.at(fallback)

    def _named(self, name: str) -> Sequence[Handed]:
        return [one for one in self.unit.handed if one.name == name]

    def _own(self, name: str, fallback: Path | None) -> Found:
        """As the service itself finds it."""
        try:
            return read_credential(name, fallback, self.machine.environ)
        except ConfigError as error:
            return Missing(str(error), ())

    def _handed(self, name: str, handed: Sequence[Handed]) -> Found | None:
        """As systemd hands it over; None where it has nothing, which stops no start (systemd.exec).

        Only a file that the unit names by its whole path must be there. Whose a file is that
        systemd has passed on already is systemd's affair: mostly the service's own user's.
        """
        passed = self.machine.at(PASSED)
        plain = [file for one in handed if not one.encrypted for file in one.files]
        for file in (passed / name, *plain):
            try:
                if file.exists():
                    as_passed = {"CREDENTIALS_DIRECTORY": str(file.parent)}
                    environ = as_passed if file.parent == passed else {}
                    return read_credential(name, file, environ, self.machine.user)
            except PermissionError:
                return Unseen(f"credential '{name}': {file} is closed to you")
            except ConfigError as error:
                return self._refused(name, file, error)
        files = [file for one in handed for file in one.files]
        there = [file for file in files if _exists(file)]
        if there or any(not one.files for one in handed):
            told = f"credential '{name}': encrypted; it can be looked into when posd has it"
            return Unseen(told, "systemctl start posd")
        for named in (one.files[0] for one in handed if one.must_be_there):
            return Missing(
                f"credential '{name}': the unit names {named}, and there is nothing",
                (f"install -m 600 /dev/null {shlex.quote(str(named))}  # then write it in there",),
            )
        return None

    def _refused(self, name: str, file: Path, error: ConfigError) -> Found:
        if isinstance(error.__cause__, PermissionError):
            return Unseen(f"credential '{name}': {file} is closed to you")
        return Missing(str(error), _closing(file, self.account))

    def _in_file(self, name: str, file: Path) -> Found:
        try:
            secret = read_credential(name, file, {}, self.account.uid)
            hidden = obstacle(self.account, file)
        except ConfigError as error:
            return self._refused(name, file, error)
        if hidden is not None:
            return Missing(f"credential '{name}': {hidden}", _closing(file, self.account))
        return secret


def _exists(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:
        return True


def _closing(file: Path, account: Account) -> tuple[str, ...]:
    """What gives it to posd's user alone, if it is there."""
    if not _exists(file):
        return (f"write it into {file}, with mode 0600, as {account.name}'s",)
    named = shlex.quote(str(file))
    return (f"chown {account.name} {named} && chmod 600 {named}",)
