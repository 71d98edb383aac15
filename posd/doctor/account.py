"""The user that posd runs as, and what keeps that user from reading a file."""

import grp
import os
import pwd
import stat
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from posd.doctor.machine import Machine
from posd.doctor.unit import Unit


class Account(Struct, frozen=True):
    """A user of this machine."""

    name: str
    uid: int
    groups: frozenset[int]


def service_account(machine: Machine, unit: Unit) -> Account:
    """Who runs posd: whom the unit names, or where there is none whoever looks."""
    if unit.user is not None:
        with suppress(KeyError):
            return _account(pwd.getpwnam(unit.user))
    try:
        return _account(pwd.getpwuid(machine.user))
    except KeyError:
        return Account(str(machine.user), machine.user, frozenset(os.getgroups()))


def obstacle(account: Account, file: Path) -> str | None:
    """Why the mode bits keep the account from reading it; None where they do not.

    Raises OSError where whoever looks cannot see that far.
    """
    if account.uid == 0:
        return None
    for folder in reversed(file.absolute().parents):
        if not _may(account, folder.stat(), stat.S_IXOTH):
            return f"{account.name} may not enter {folder}"
    if not _may(account, file.stat(), stat.S_IROTH):
        return f"{account.name} may not read {file}"
    return None


def group_names(groups: Collection[int]) -> list[str]:
    """What they are called, those that have a name."""
    return sorted(one.gr_name for one in grp.getgrall() if one.gr_gid in groups)


def _may(account: Account, status: os.stat_result, others_bit: int) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & others_bit << 6)
    if status.st_gid in account.groups:
        return bool(status.st_mode & others_bit << 3)
    return bool(status.st_mode & others_bit)


def _account(found: pwd.struct_passwd) -> Account:
    groups = frozenset(os.getgrouplist(found.pw_name, found.pw_gid))
    return Account(found.pw_name, found.pw_uid, groups)
