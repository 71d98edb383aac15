"""Where a store keeps its authority and posd's certificate: four files, each replaced whole."""

import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from posd.errors import PosdError
from posd.tls.authority import Issued, names_of, new_authority, new_certificate

SECRET_MODE: Final = 0o600
PUBLIC_MODE: Final = 0o644
FOLDER_MODE: Final = 0o755


class CannotKeep(PosdError):
    """The folder cannot be used; the text says why. What lay there before still does."""


class TlsFolder:
    """The files of one store.

    Args:
        path: The folder; it is made where it is missing.
        owner: The user who gets posd's key, to read it; None: whoever runs this.

    Attributes:
        authority: What every other machine of the store is to trust. Public.
        certificate: What posd shows. Public.
        key: The certificate's. Secret.
    """

    def __init__(self, path: Path, owner: str | None = None) -> None:
        self.authority = path / "ca.crt"
        self.certificate = path / "server.crt"
        self.key = path / "server.key"
        self._authority_key = path / "ca.key"
        self._path = path
        self._owner = owner

    def found(self, store: str, names: Sequence[str], now: datetime) -> None:
        """Make the authority. Raises CannotKeep, also where there is one."""
        if self._authority_key.exists() or self.authority.exists():
            raise CannotKeep(
                f"{self._path}: there is an authority already, which machines may trust; "
                "'posd tls renew' makes a new certificate of it"
            )
        made = new_authority(store, names, now)
        try:
            self._path.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        except OSError as error:
            raise CannotKeep(f"{self._path}: {error.strerror}") from error
        self._keep(self._authority_key, made.key, SECRET_MODE)
        self._keep(self.authority, made.certificate, PUBLIC_MODE)

    def renew(self, store: str, names: Sequence[str], now: datetime, days: int) -> None:
        """A new certificate of the same authority, with a new key.

        A posd that runs takes it up once both files are there. Raises CannotKeep, OutsideAuthority,
        NotAuthority.
        """
        authority = Issued(_read(self.authority), _read(self._authority_key))
        made = new_certificate(authority, store, names, now, days)
        self._keep(self.key, made.key, SECRET_MODE, self._owner)
        self._keep(self.certificate, made.certificate, PUBLIC_MODE)

    def read(self) -> tuple[bytes, bytes]:
        """The authority's certificate and posd's. Raises CannotKeep."""
        return _read(self.authority), _read(self.certificate)

    def names(self) -> tuple[str, ...]:
        """What posd's certificate is for. Raises CannotKeep, NotAuthority."""
        return names_of(_read(self.certificate))

    def _keep(self, file: Path, octets: bytes, mode: int, owner: str | None = None) -> None:
        """A power cut leaves the file before or this one."""
        fresh = file.with_name(file.name + ".new")
        try:
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(descriptor, "wb") as opened:
                os.fchmod(descriptor, mode)  # whatever the umask
                opened.write(octets)
                opened.flush()
                os.fsync(descriptor)
            if owner is not None:
                shutil.chown(fresh, owner)
            fresh.replace(file)
            _sync(file.parent)
        except (OSError, LookupError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise CannotKeep(f"{file}: {why}") from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CannotKeep(f"{file}: {error.strerror} ('posd tls init' makes it)") from error


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
