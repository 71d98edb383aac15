"""Whose user posd runs as, and what keeps that user from a file."""

import os
import pwd
from pathlib import Path

import pytest

from posd.doctor.account import Account, obstacle, service_account
from posd.doctor.machine import Machine
from posd.doctor.unit import Unit

NO_USER = 3_999_999_999
"""No machine has given this number to anybody."""


def test_the_unit_says_whose_it_is() -> None:
    known = pwd.getpwuid(os.geteuid())
    account = service_account(Machine(NO_USER, {}), Unit(True, known.pw_name, ()))  # noqa: FBT003
    assert (account.name, account.uid) == (known.pw_name, known.pw_uid)
    assert known.pw_gid in account.groups


def test_a_user_that_is_not_made_yet_is_whoever_looks() -> None:
    unit = Unit(True, "posd-that-nobody-made", ())  # noqa: FBT003
    assert service_account(Machine(os.geteuid(), {}), unit).uid == os.geteuid()


def test_a_user_without_a_name_is_called_by_the_number() -> None:
    account = service_account(Machine(NO_USER, {}), Unit(False, None, ()))  # noqa: FBT003
    assert account == Account(str(NO_USER), NO_USER, frozenset(os.getgroups()))


def test_the_first_folder_that_is_closed_is_named(tmp_path: Path) -> None:
    shut = tmp_path / "etc"
    (shut / "posd").mkdir(parents=True)
    file = shut / "posd" / "posd.toml"
    file.touch()
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o755)
    shut.chmod(0o700)
    told = obstacle(Account("posd", NO_USER, frozenset()), file)
    assert told == f"posd may not enter {shut}"


@pytest.mark.parametrize(
    ("mode", "told"), [(0o400, None), (0o044, "posd may not read {file}")], ids=["may", "may not"]
)
def test_the_owner_goes_by_the_owners_bits(mode: int, told: str | None, tmp_path: Path) -> None:
    file = tmp_path / "posd.toml"
    file.touch(mode)
    os.chown(file, *((NO_USER, -1) if os.geteuid() == 0 else (-1, -1)))
    file.chmod(mode)
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o755)
    account = Account("posd", file.stat().st_uid, frozenset())
    assert obstacle(account, file) == (told and told.format(file=file))


def test_nothing_is_closed_to_root(tmp_path: Path) -> None:
    assert obstacle(Account("root", 0, frozenset()), tmp_path / "posd.toml") is None
