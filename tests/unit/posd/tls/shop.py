"""A store's authority and certificate in a folder, and who trusts it."""

import ssl
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from posd.clock import SystemClock, utc
from posd.tls.folder import TlsFolder

STORE: Final = "Corner shop"
NAMES: Final = ("till.store.example", "localhost", "127.0.0.1")
DAYS: Final = 825


def now() -> datetime:
    """This machine's time: TLS judges by it."""
    return utc(SystemClock().wall_ms()).replace(tzinfo=UTC)


def founded(path: Path, names: tuple[str, ...] = NAMES) -> TlsFolder:
    """A folder with an authority and a certificate that is new."""
    folder = TlsFolder(path)
    folder.found(STORE, names, now())
    folder.renew(STORE, names, now(), DAYS)
    return folder


@cache
def shared() -> TlsFolder:
    """One for all tests of this process that change nothing in it."""
    return founded(Path(mkdtemp(prefix="posd-tls-")))


def server_context(folder: TlsFolder) -> ssl.SSLContext:
    """What a listener shows, without its watch."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder.certificate, folder.key)
    return context


def trusting(folder: TlsFolder) -> ssl.SSLContext:
    """A client that trusts the store's authority and nobody else."""
    return ssl.create_default_context(cafile=str(folder.authority))
