"""A credential as the service will have it, found by whoever looks before the service starts."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

from msgspec import Struct

from posd.doctor.account import Account, obstacle
from posd.doctor.machine import Machine
from posd.doctor.unit import UNIT, Handed, Unit
from posd.errors import ConfigError
from posd.service.credentials import Secret, read_credential

PASSED: Final = f"/run/credentials/{UNIT}"
"""Where systemd keeps them while the service runs; root may look."""


class Missing(Struct, frozen=True):
    """The service would not have it, or not be able to read it."""

    told: str
    fix: tuple[str, ...]


class Unseen(Struct, frozen=True):
    """It is there, and closed to whoever looks."""

    told: str


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
        handed = [one for one in self.unit.handed if one.name == name]
        if handed:
            return self._handed(name, handed)
        if fallback is None:
            return Missing(
                f"credential '{name}': neither the unit nor the configuration says where it is",
                (f"systemctl edit posd  # LoadCredential={name}:/etc/posd/{name}",),
            )
        return self._in_file(name, self.machine.at(fallback))

    def _own(self, name: str, fallback: Path | None) -> Found:
        """As the service itself finds it."""
        try:
            return read_credential(name, fallback, self.machine.environ)
        except ConfigError as error:
            return Missing(str(error), ())

    def _handed(self, name: str, handed: Sequence[Handed]) -> Found:
        passed = self.machine.at(PASSED) / name
        plain = [file for one in handed if not one.encrypted for file in one.files]
        for file in (passed, *plain):
            try:
                if file.exists():
                    return read_credential(name, file, {}, self.machine.user)
            except PermissionError:
                return Unseen(f"credential '{name}': {file} is closed to you")
            except ConfigError as error:
                return self._refused(name, file, error)
        files = [file for one in handed for file in one.files]
        there = [file for file in files if _exists(file)]
        if there or any(not one.files for one in handed):
            return Unseen(f"credential '{name}': encrypted; it is looked into when posd has it")
        named = files[0]
        return Missing(
            f"credential '{name}': the unit names {named}, and there is nothing",
            (f"install -m 600 /dev/null {shlex.quote(str(named))}  # then write it in there",),
        )

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
