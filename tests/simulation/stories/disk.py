"""A disk that syncs in no time, as an SQLite VFS: how long it takes is virtual (`Store.disk_s`).

A story cuts the power of posd and never the kernel's, so that nothing of it rests on a real sync.
"""

from typing import Final

import apsw
from typing_extensions import override

NAME: Final = "stories"


class _Disk(apsw.VFS):
    @override
    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return _File("", name, flags)


class _File(apsw.VFSFile):
    @override
    def xSync(self, flags: int) -> None:
        """Nothing is left to do."""


DISK: Final = _Disk(NAME, "")
"""Registered under its name for as long as it is referred to."""
