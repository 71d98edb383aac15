"""A disk that counts its fsyncs and fails the one it is told to, as an SQLite VFS."""

import threading
from collections import Counter
from types import TracebackType

import apsw
from typing_extensions import override


class FaultyDisk(apsw.VFS):
    """The machine's own disk, until `fail` names a file; then every fsync of that file fails.

    Attributes:
        syncs: How many fsyncs succeeded, by the end of the file's name.
        fail: End of the name of the file whose fsyncs fail, e.g. `-wal`, or None.
        gate: While it is not set, fsyncs begin and do not end.
        begun: Set by the first fsync.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.syncs: Counter[str] = Counter()
        self.fail: str | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()

    @override
    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return _File(self, name, flags)


class _File(apsw.VFSFile):
    def __init__(
        self, disk: FaultyDisk, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        super().__init__("", name, flags)
        path = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        self._disk = disk
        self._kind = path.rpartition("journal.sqlite")[2]

    @override
    def xSync(self, flags: int) -> None:
        self._disk.begun.set()
        self._disk.gate.wait()
        if self._disk.fail == self._kind:
            raise apsw.IOError("fsync: EIO")
        super().xSync(flags)
        self._disk.syncs[self._kind] += 1

    @override
    def excepthook(
        self,
        etype: type[BaseException] | None,
        evalue: BaseException | None,
        etraceback: TracebackType | None,
    ) -> bool:
        """SQLite returns the error as well; nothing is printed."""
        return True
