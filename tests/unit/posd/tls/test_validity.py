"""Until when a certificate is good, against an oracle that reads all of X.509, and by hand."""

import base64
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from posd.tls.authority import AUTHORITY_DAYS, EARLY, new_authority
from posd.tls.validity import DAY_MS, Malformed, alarm_days, expiry_ms

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def pem(octets: bytes) -> str:
    body = base64.encodebytes(octets).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"


def by_hand(not_after: bytes) -> bytes:
    """RFC 5280, 4.1, with nothing in it but what stands before the validity, and that."""
    before = b"\xa0\x03\x02\x01\x02" + b"\x02\x01\x07" + b"\x30\x00" + b"\x30\x00"
    validity = b"\x17\x0d260101000000Z" + not_after
    tbs = before + b"\x30" + bytes((len(validity),)) + validity
    whole = b"\x30" + bytes((len(tbs),)) + tbs
    return b"\x30" + bytes((len(whole),)) + whole


@pytest.mark.parametrize(
    ("not_after", "year"),
    [
        (b"\x17\x0d491231235959Z", 2049),
        (b"\x17\x0d501231235959Z", 1950),
        (b"\x17\x0d681231235959Z", 1968),
        (b"\x17\x0d991231235959Z", 1999),
        (b"\x18\x0f20501231235959Z", 2050),
        (b"\x18\x0f99991231235959Z", 9999),
    ],
)
def test_both_forms_of_a_time(not_after: bytes, year: int) -> None:
    end = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert expiry_ms(pem(by_hand(not_after))) == int(end.timestamp()) * 1000


@pytest.mark.parametrize("now", [NOON, NOON + timedelta(days=365 * 30)])
def test_a_certificate_is_read_as_its_maker_reads_it(now: datetime) -> None:
    made = new_authority("Corner shop", ["posd.store"], now).certificate
    told = x509.load_pem_x509_certificate(made).not_valid_after_utc
    assert told == now - EARLY + timedelta(days=AUTHORITY_DAYS)
    assert expiry_ms(made.decode()) == int(told.timestamp()) * 1000


def test_of_a_chain_the_first_counts() -> None:
    mine, other = (by_hand(b"\x17\x0d%d1231235959Z" % year) for year in (30, 40))
    assert expiry_ms(pem(mine) + pem(other)) == expiry_ms(pem(mine))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
        pem(b""),
        pem(b"\x30"),
        pem(b"\x30\x84\x00\x00\x00\x01\x00"),
        pem(b"\x30\x80"),
        pem(b"\x31\x00"),
        pem(by_hand(b"\x17\x0d491331235959Z")),
        pem(by_hand(b"\x13\x0d491231235959Z")),
        pem(by_hand(b"")),
    ],
)
def test_what_is_no_certificate(text: str) -> None:
    with pytest.raises(Malformed):
        expiry_ms(text)


@given(st.integers(0, 60), st.binary(max_size=8))
def test_a_certificate_that_is_cut_or_spoilt_is_told_or_refused(at: int, noise: bytes) -> None:
    octets = by_hand(b"\x17\x0d491231235959Z")
    with suppress(Malformed):
        expiry_ms(pem(octets[:at] + noise + octets[at + len(noise) :]))


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=90), None),
        (timedelta(days=90, seconds=-1), 90),
        (timedelta(days=30), 90),
        (timedelta(days=30, seconds=-1), 30),
        (timedelta(days=7), 30),
        (timedelta(days=7, seconds=-1), 7),
        (timedelta(seconds=1), 7),
        (timedelta(0), 0),
        (timedelta(days=-100), 0),
    ],
)
def test_alarms_at_90_30_and_7_days_and_at_the_end(left: timedelta, days: int | None) -> None:
    now_ms = 500 * DAY_MS
    assert alarm_days(now_ms + left // timedelta(milliseconds=1), now_ms) == days
