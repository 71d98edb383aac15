"""What was built once, kept by what it was built from."""

import hashlib
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

FOLDER = Path(__file__).parents[3] / ".venv" / "system-vm"
KEY_DIGITS = 16


def key_of(*parts: str | bytes | Path) -> str:
    """One name for these texts, these octets, these files and all files in these folders."""
    digest = hashlib.sha256()
    for octets in _octets(parts):
        digest.update(len(octets).to_bytes(8))
        digest.update(octets)
    return digest.hexdigest()[:KEY_DIGITS]


def kept(kind: str, key: str, build: Callable[[Path], None]) -> Path:
    """The folder that `build` fills: the one of this key, or a new one in place of all older.

    A build that fails leaves nothing behind.
    """
    place = FOLDER / f"{kind}-{key}"
    if place.exists():
        return place
    for old in FOLDER.glob(f"{kind}-*"):
        shutil.rmtree(old)
    fresh = FOLDER / f"building-{kind}"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    build(fresh)
    fresh.rename(place)
    return place


def _octets(parts: Iterable[str | bytes | Path]) -> Iterable[bytes]:
    for part in parts:
        match part:
            case str():
                yield part.encode()
            case bytes():
                yield part
            case Path() if part.is_dir():
                files = sorted(file for file in part.rglob("*") if file.is_file())
                for file in files:
                    yield file.relative_to(part).as_posix().encode()
                    yield file.read_bytes()
            case Path():
                yield part.read_bytes()
