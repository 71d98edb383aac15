"""The store's own authority: what it vouches for, and that nobody need fear to trust it."""

import hashlib
import ssl
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from posd.tls import authority as authority_module
from posd.tls.authority import (
    CERTIFICATE_DAYS_MAX,
    Issued,
    NotAuthority,
    OutsideAuthority,
    fingerprint,
    names_of,
    new_authority,
    new_certificate,
)
from tests.unit.posd.tls.shop import NAMES, STORE, now

DAYS = CERTIFICATE_DAYS_MAX


def authority(*names: str) -> Issued:
    return new_authority(STORE, names or NAMES, now())


def shakes_hands(trusted: Issued, shown: Issued, name: str, folder: Path) -> None:
    """Raises ssl.SSLCertVerificationError where a client would not go on."""
    (folder / "crt").write_bytes(shown.certificate)
    (folder / "key").write_bytes(shown.key)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "crt", folder / "key")
    client = ssl.create_default_context(cadata=trusted.certificate.decode())
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    ends = [ssl.MemoryBIO(), ssl.MemoryBIO()]
    there = server.wrap_bio(ends[0], ends[1], server_side=True)
    here = client.wrap_bio(ends[1], ends[0], server_hostname=name)
    for _ in range(4):
        for end in (here, there):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()


@pytest.mark.parametrize("name", NAMES)
def test_who_trusts_the_authority_trusts_posd(tmp_path: Path, name: str) -> None:
    trusted = authority()
    shown = new_certificate(trusted, STORE, NAMES, now(), DAYS)
    shakes_hands(trusted, shown, name, tmp_path)


def test_nobody_else_is_trusted(tmp_path: Path) -> None:
    shown = new_certificate(authority(), STORE, NAMES, now(), DAYS)
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        shakes_hands(authority(), shown, NAMES[0], tmp_path)


def test_another_name_is_not_trusted(tmp_path: Path) -> None:
    trusted = authority()
    shown = new_certificate(trusted, STORE, NAMES, now(), DAYS)
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        shakes_hands(trusted, shown, "bank.example", tmp_path)


@pytest.mark.parametrize("name", ["bank.example", "example", "8.8.8.8", "2001:db8::1"])
def test_the_stolen_key_of_an_authority_opens_no_other_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Its thief makes certificates that posd would not make; no client takes them."""
    monkeypatch.setattr(authority_module, "_check", lambda *_: None)
    trusted = authority()
    forged = new_certificate(trusted, STORE, [name], now(), DAYS)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        shakes_hands(trusted, forged, name, tmp_path)


@pytest.mark.parametrize(
    "name", ["posd.store.example", "lane.posd.store.example", "box.local", "10.0.0.9", "fd00::9"]
)
def test_it_vouches_for_the_store_and_for_private_networks(tmp_path: Path, name: str) -> None:
    trusted = authority("posd.store.example", "192.168.1.10")
    shakes_hands(trusted, new_certificate(trusted, STORE, [name], now(), DAYS), name, tmp_path)


@pytest.mark.parametrize("name", ["bank.example", "xposd.store.example", "example", "8.8.8.8"])
def test_posd_makes_no_certificate_that_nobody_would_take(name: str) -> None:
    with pytest.raises(OutsideAuthority, match=name):
        new_certificate(authority("posd.store.example"), STORE, [name], now(), DAYS)


def test_a_certificate_says_what_it_is_for_and_is_told_by_its_fingerprint() -> None:
    shown = new_certificate(authority(), STORE, NAMES, now(), DAYS).certificate
    assert set(names_of(shown)) == set(NAMES)
    octets = ssl.PEM_cert_to_DER_cert(shown.decode())
    assert fingerprint(shown).replace(":", "").lower() == hashlib.sha256(octets).hexdigest()


def test_it_lasts_as_long_as_phones_take_it() -> None:
    shown = new_certificate(authority(), STORE, NAMES, now(), DAYS).certificate
    parsed = x509.load_pem_x509_certificate(shown)
    assert parsed.not_valid_after_utc - parsed.not_valid_before_utc == timedelta(days=825)


def test_what_is_no_authority() -> None:
    mine, other = authority(), authority()
    for certificate, key in (
        (b"nothing", mine.key),
        (mine.certificate, b"nothing"),
        (mine.certificate, other.key),
    ):
        with pytest.raises(NotAuthority):
            new_certificate(Issued(certificate, key), STORE, NAMES, now(), DAYS)


def test_a_key_prints_as_nothing() -> None:
    assert "PRIVATE" not in repr(authority())
