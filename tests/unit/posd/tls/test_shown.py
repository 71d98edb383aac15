"""What a running posd shows: renewed without a restart, never worse than before."""

import asyncio
import logging
import ssl
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from posd.errors import ConfigError
from posd.service.credentials import credential_path
from posd.tls.folder import TlsFolder
from posd.tls.shown import LOOK_S, ShownCertificate
from posd.tls.validity import DAY_MS
from tests.unit.posd.journal.scenario import TurnedClock
from tests.unit.posd.tls.shop import NAMES, STORE, founded, now, trusting
from tests.unit.posd.virtual import JumpingClock, virtual

MODULE = "posd.tls.shown"


def shown_of(folder: TlsFolder, clock: TurnedClock | None = None) -> ShownCertificate:
    find_key = partial(credential_path, "lan.key", folder.key, {})
    return ShownCertificate(folder.certificate, find_key, clock or TurnedClock())


def presented(shown: ShownCertificate, folder: TlsFolder) -> bytes:
    """What a client is shown, and trusts; nothing if they come to no terms."""
    ends = [ssl.MemoryBIO(), ssl.MemoryBIO()]
    there = shown.context.wrap_bio(ends[0], ends[1], server_side=True)
    here = trusting(folder).wrap_bio(ends[1], ends[0], server_hostname=NAMES[0])
    for _ in range(4):
        for end in (here, there):
            with suppress(ssl.SSLError):  # wants to read, or has nothing to say
                end.do_handshake()
    octets = here.getpeercert(binary_form=True) if here.version() is not None else None
    return b"" if octets is None else ssl.DER_cert_to_PEM_cert(octets).encode()


def test_old_tls_is_not_spoken(tmp_path: Path) -> None:
    assert shown_of(founded(tmp_path)).context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_renewed_certificate_is_shown_to_who_comes_next(tmp_path: Path) -> None:
    folder = founded(tmp_path)
    shown = shown_of(folder)
    assert presented(shown, folder) == folder.certificate.read_bytes()
    folder.renew(STORE, NAMES, now(), 400)
    shown.take_up()
    assert presented(shown, folder) == folder.certificate.read_bytes()
    ends = now() + timedelta(days=399)
    assert abs(shown.view().expires_ms - ends.timestamp() * 1000) < DAY_MS / 100


@pytest.mark.parametrize(
    "spoilt", ["certificate", "key", "no key", "open key", "other key", "other certificate"]
)
def test_a_renewed_one_that_cannot_be_used_leaves_the_old_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoilt: str
) -> None:
    folder, other = founded(tmp_path / "mine"), founded(tmp_path / "other")
    shown, before = shown_of(folder), folder.certificate.read_bytes()
    key = folder.key.read_bytes()
    match spoilt:
        case "certificate":
            folder.certificate.write_text("nothing")
        case "key":
            folder.key.write_text("nothing")
        case "no key":
            folder.key.unlink()
        case "open key":
            folder.key.chmod(0o644)
        case "other key":
            folder.key.write_bytes(other.key.read_bytes())
        case _:  # as between the two files of a renewal
            folder.certificate.write_bytes(other.certificate.read_bytes())
    with caplog.at_level(logging.INFO, MODULE):
        shown.take_up()
        shown.take_up()
    assert presented(shown, folder) == before
    problem = shown.view().problem
    assert problem is not None
    assert key.decode() not in problem + caplog.text
    assert len(caplog.records) == 1  # told once, however often it is looked at
    folder.key.unlink(missing_ok=True)
    folder.renew(STORE, NAMES, now(), 825)
    shown.take_up()
    assert shown.view().problem is None
    assert presented(shown, folder) == folder.certificate.read_bytes()


@pytest.mark.parametrize("missing", ["certificate", "key"])
def test_posd_does_not_start_without_it(tmp_path: Path, missing: str) -> None:
    folder = founded(tmp_path)
    getattr(folder, missing).unlink()
    with pytest.raises(ConfigError, match="No such file"):
        shown_of(folder)


def test_a_key_that_wants_a_password_asks_nobody(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as s

    folder = founded(tmp_path)
    key = s.load_pem_private_key(folder.key.read_bytes(), None)
    wants = s.BestAvailableEncryption(b"word")
    folder.key.write_bytes(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, wants))
    with pytest.raises(ConfigError, match=r"server\.key"):
        shown_of(folder)


@virtual
async def test_each_alarm_is_told_once_and_a_renewed_one_is_noticed_within_a_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, clock = founded(tmp_path), JumpingClock()
    clock.now_ms = int(now().timestamp() * 1000)
    shown = shown_of(folder, clock)
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(shown.watch())
        for days in (700, 30, 10, 50, 10, 17, 5, 8):
            clock.now_ms += days * DAY_MS
            await asyncio.sleep(2 * LOOK_S)
        told = [record.getMessage() for record in caplog.records if record.name == MODULE]
        words = ["within 90 days", "within 30 days", "within 7 days", "has ended"]
        assert len(told) == len(words)
        assert all(word in line for word, line in zip(words, told, strict=True))
        folder.renew(STORE, NAMES, now() + timedelta(days=830), 825)
        await asyncio.sleep(2 * LOOK_S)
        assert shown.view().alarm_days is None
        watching.cancel()
