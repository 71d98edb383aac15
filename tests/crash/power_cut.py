"""A disk that writes down everything SQLite asks of it, and what a power cut could leave of that.

Record a story once; then for every prefix of it make the files that a machine might find after the
power returns: what was synced for certain, and of the rest nothing, everything, or any part, down
to single sectors of a write. A file that was made or removed is certain only once its directory is
synced, which SQLite's unix VFS does with the first sync of a new journal or log (sqlite.org,
"Atomic Commit In SQLite", 3.7 and 9).
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias, assert_never

import apsw
from typing_extensions import override

from posd.ids import Chance

SECTOR_BYTES: Final = 512
_JOURNALS: Final = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL


@dataclass(frozen=True, slots=True)
class Created:
    file: str


@dataclass(frozen=True, slots=True)
class Written:
    file: str
    offset: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Truncated:
    file: str
    octets: int


@dataclass(frozen=True, slots=True)
class Synced:
    """`directory`: the first sync of a journal or log makes the directory durable as well."""

    file: str
    directory: bool


@dataclass(frozen=True, slots=True)
class Deleted:
    file: str
    directory: bool


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody was told that everything up to this fact is on disk."""

    seq: int


Operation: TypeAlias = Created | Written | Truncated | Synced | Deleted | Acknowledged


class RecordingDisk(apsw.VFS):
    """The machine's own disk, with a list of what was asked of it."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.operations: list[Operation] = []
        self._files: set[str] = set()

    def acknowledge(self, seq: int) -> None:
        """Note that everything up to this fact was told."""
        self.operations.append(Acknowledged(seq))

    @override
    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        assert name is not None, "posd's journal needs no temporary file"
        file = Path(name.filename() if isinstance(name, apsw.URIFilename) else name).name
        if file not in self._files:
            self._files.add(file)
            self.operations.append(Created(file))
        return _RecordedFile(self.operations, file, name, flags)

    @override
    def xDelete(self, filename: str, syncdir: bool) -> None:
        super().xDelete(filename, syncdir)
        self._files.discard(Path(filename).name)
        self.operations.append(Deleted(Path(filename).name, syncdir))


class _RecordedFile(apsw.VFSFile):
    def __init__(
        self,
        operations: list[Operation],
        file: str,
        name: str | apsw.URIFilename,
        flags: list[int],
    ) -> None:
        super().__init__("", name, flags)
        self._operations = operations
        self._file = file
        self._syncs_directory = bool(flags[0] & _JOURNALS)

    @override
    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._operations.append(Written(self._file, offset, bytes(data)))

    @override
    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self._operations.append(Truncated(self._file, newsize))

    @override
    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._operations.append(Synced(self._file, self._syncs_directory))
        self._syncs_directory = False


@dataclass(slots=True)
class _Inode:
    """A file's contents: what is certain, what was asked since, and what that comes to."""

    certain: bytes = b""
    asked: list[Written | Truncated] = field(default_factory=list)
    whole: bytearray = field(default_factory=bytearray)

    def ask(self, operation: Written | Truncated) -> None:
        self.asked.append(operation)
        _apply(self.whole, operation)

    def sync(self) -> None:
        self.certain = bytes(self.whole)
        self.asked.clear()

    def parts(self, keep: Callable[[Written | Truncated], list[Written | Truncated]]) -> bytes:
        octets = bytearray(self.certain)
        for operation in self.asked:
            for part in keep(operation):
                _apply(octets, part)
        return bytes(octets)


@dataclass(frozen=True, slots=True)
class Image:
    """What a machine finds after the power cut, and how much it had acknowledged before."""

    files: Mapping[str, bytes]
    acknowledged: int

    @property
    def digest(self) -> bytes:
        """The same for images of the same files."""
        parts = hashlib.sha256()
        for name, octets in sorted(self.files.items()):
            parts.update(b"%d %s %d " % (len(name), name.encode(), len(octets)))
            parts.update(octets)
        return parts.digest()


class Cuts:
    """Follows a story and makes the images of a power cut after each of its operations."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._names: dict[str, _Inode] = {}
        self._certain_names: dict[str, _Inode] = {}
        self._acknowledged = 0

    def images(self, story: list[Operation]) -> Iterator[Image]:
        """After each operation: nothing, all, some, and torn parts of what was not synced."""
        for operation in story:
            self._follow(operation)
            yield self._image(self._certain_names, lambda inode: inode.certain)
            yield self._image(self._names, lambda inode: bytes(inode.whole))
            yield self._image(self._some_names(), lambda inode: inode.parts(self._whole_or_not))
            yield self._image(self._some_names(), lambda inode: inode.parts(self._torn))

    def _follow(self, operation: Operation) -> None:
        match operation:
            case Created(file):
                self._names[file] = _Inode()
            case Written() | Truncated():
                self._names[operation.file].ask(operation)
            case Synced(file, directory):
                self._names[file].sync()
                if directory:
                    self._certain_names = dict(self._names)
            case Deleted(file, directory):
                del self._names[file]
                if directory:
                    self._certain_names = dict(self._names)
            case Acknowledged(seq):
                self._acknowledged = seq
            case _:
                assert_never(operation)

    def _image(self, names: Mapping[str, _Inode], contents: Callable[[_Inode], bytes]) -> Image:
        files = {name: contents(inode) for name, inode in names.items()}
        return Image(files, self._acknowledged)

    def _some_names(self) -> Mapping[str, _Inode]:
        """Each making and removing of a file since the directory was synced, done or undone."""
        names: dict[str, _Inode] = {}
        for name in sorted(self._names.keys() | self._certain_names.keys()):
            side = self._chance.choice((self._names, self._certain_names))
            if name in side:
                names[name] = side[name]
        return names

    def _whole_or_not(self, asked: Written | Truncated) -> list[Written | Truncated]:
        return [asked] if self._chance.random() < 0.5 else []

    def _torn(self, asked: Written | Truncated) -> list[Written | Truncated]:
        if isinstance(asked, Truncated):
            return self._whole_or_not(asked)
        return [one for one in _sectors(asked) if self._chance.random() < 0.5]


def _sectors(written: Written) -> Iterator[Written]:
    start, end = written.offset, written.offset + len(written.octets)
    while start < end:
        border = min(end, (start // SECTOR_BYTES + 1) * SECTOR_BYTES)
        octets = written.octets[start - written.offset : border - written.offset]
        yield Written(written.file, start, octets)
        start = border


def _apply(octets: bytearray, operation: Written | Truncated) -> None:
    match operation:
        case Written(_, offset, written):
            octets.extend(bytes(max(0, offset - len(octets))))
            octets[offset : offset + len(written)] = written
        case Truncated(_, size):
            del octets[size:]
            octets.extend(bytes(size - len(octets)))
        case _:
            assert_never(operation)
