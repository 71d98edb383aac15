"""The certificate that other machines are shown, taken anew when it is renewed.

A renewed one that cannot be used leaves the old one in place, and is told; nobody who is connected
notices either.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from posd.clock import Clock
from posd.errors import ConfigError
from posd.snapshot.certificate_view import CertificateView
from posd.tls.validity import Malformed, alarm_days, expiry_ms

log = logging.getLogger(__name__)

LOOK_S: Final = 60.0
"""How soon a renewed certificate is shown."""

FindKey: TypeAlias = Callable[[], Path]
"""Where the private key lies. Raises ConfigError where it is missing or others can read it."""

_Seen: TypeAlias = tuple[tuple[int, int, int], ...]
"""By what a file is told from another one of its name: its inode, time and size."""


class ShownCertificate:
    """A certificate and its key, as they lie in their files. Raises ConfigError if they do not fit.

    Attributes:
        context: What a listener shakes hands with. It shows a renewed certificate by itself.
    """

    def __init__(self, certificate: Path, find_key: FindKey, clock: Clock) -> None:
        self._certificate = certificate
        self._find_key = find_key
        self._clock = clock
        self._seen = self._look()
        self._problem: str | None = None
        self._told: int | None = None
        self.context, self._expires_ms = _load(certificate, find_key())

    def view(self) -> CertificateView:
        """How long it is good for, and why a renewed one is not taken."""
        days = alarm_days(self._expires_ms, self._clock.wall_ms())
        return CertificateView(self._expires_ms, days, self._problem)

    async def watch(self) -> None:
        """Take up what is renewed, and say in the log when it is about to end. For ever."""
        while True:
            self._tell_of_its_end()
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(self.take_up)

    def take_up(self) -> None:
        """Show what lies in the files now, if it is another and can be used. Reads them."""
        try:
            seen = self._look()
            if seen == self._seen and self._problem is None:
                return
            key = self._find_key()
            _, expires_ms = _load(self._certificate, key)
            self.context.load_cert_chain(self._certificate, key, _NO_PASSWORD)
        except (ConfigError, OSError) as error:
            self._note(str(error))
            return
        self._note(None)
        self._seen, self._expires_ms = seen, expires_ms
        log.info("certificate taken up file=%s", self._certificate)

    def _look(self) -> _Seen:
        """Raises ConfigError where a file cannot be looked at."""
        files = (self._certificate, self._find_key())
        try:
            looks = [file.stat() for file in files]
        except OSError as error:
            raise ConfigError(f"lan.certificate: {error.filename}: {error.strerror}") from error
        return tuple((look.st_ino, look.st_mtime_ns, look.st_size) for look in looks)

    def _note(self, problem: str | None) -> None:
        if problem is not None and problem != self._problem:
            log.error("certificate not taken up, the old one stays: %s", problem)
        self._problem = problem

    def _tell_of_its_end(self) -> None:
        """Once for each of the alarms."""
        days = self.view().alarm_days
        if days is not None and days != self._told:
            when = "has ended" if days == 0 else f"ends within {days} days"
            log.warning("certificate %s, renew it: posd tls renew file=%s", when, self._certificate)
        self._told = days


_NO_PASSWORD: Final = ""
"""For a key that wants one: nobody is there to be asked."""


def _load(certificate: Path, key: Path) -> tuple[ssl.SSLContext, int]:
    """A context that shows it, and until when it is good. Raises ConfigError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, _NO_PASSWORD)
        return context, expiry_ms(certificate.read_text("ascii", "replace"))
    except (OSError, Malformed) as error:
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"lan.certificate: {certificate} and its key {key}: {why} (posd tls init makes them)"
        ) from error
