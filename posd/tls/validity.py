"""Until when a certificate is good: one field of X.509, read without a library of 20 MB.

ITU-T X.690 says how DER nests: a tag, a length, a content. RFC 5280, 4.1, says what lies where.
"""

import ssl
from datetime import UTC, datetime
from typing import Final

SEQUENCE: Final = 0x30
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
VERSION: Final = 0xA0
LONG_LENGTH: Final = 0x80
"""Set where the length takes octets of its own; the other bits say how many."""
LENGTH_OCTETS_MAX: Final = 3
BEFORE_VALIDITY: Final = 3
"""serialNumber, signature, issuer."""
ALARM_DAYS: Final = (7, 30, 90)
"""A certificate is told of when it is good for fewer days than these."""
DAY_MS: Final = 86_400_000


class Malformed(Exception):
    """These octets are no certificate."""


def expiry_ms(pem: str) -> int:
    """The wall time in milliseconds at which the first certificate of a PEM file ends.

    Raises Malformed.
    """
    try:
        octets = ssl.PEM_cert_to_DER_cert(pem[: pem.index(ssl.PEM_FOOTER) + len(ssl.PEM_FOOTER)])
    except ValueError as error:
        raise Malformed(str(error)) from error
    certificate, _ = _inside(octets, SEQUENCE)
    rest, _ = _inside(certificate, SEQUENCE)
    if rest[:1] == bytes((VERSION,)):
        rest = _after(rest)
    for _ in range(BEFORE_VALIDITY):
        rest = _after(rest)
    validity, _ = _inside(rest, SEQUENCE)
    return _time_ms(_after(validity))


def alarm_days(expires_ms: int, now_ms: int) -> int | None:
    """The tightest of ALARM_DAYS that it has not left; 0: it has ended; None: all is well."""
    if now_ms >= expires_ms:
        return 0
    return next((days for days in ALARM_DAYS if expires_ms - now_ms < days * DAY_MS), None)


def _inside(octets: bytes, tag: int) -> tuple[bytes, bytes]:
    """The content of the first element, and what follows it."""
    if len(octets) < 2 or octets[0] != tag:
        raise Malformed(f"no element {tag:#04x}")
    begins, length = 2, octets[1]
    if length & LONG_LENGTH:
        count = length & ~LONG_LENGTH
        if not 0 < count <= LENGTH_OCTETS_MAX:
            raise Malformed(f"a length of {count} octets")
        begins += count
        length = int.from_bytes(octets[2:begins], "big")
    if len(octets) < begins + length:
        raise Malformed("cut short")
    return octets[begins : begins + length], octets[begins + length :]


def _after(octets: bytes) -> bytes:
    """What follows the first element, whatever it is."""
    if not octets:
        raise Malformed("cut short")
    return _inside(octets, octets[0])[1]


def _time_ms(octets: bytes) -> int:
    """RFC 5280, 4.1.2.5: two digits of the year up to 2049, four beyond; always in UTC."""
    if not octets:
        raise Malformed("cut short")
    content, _ = _inside(octets, octets[0])
    forms = {UTC_TIME: "%y%m%d%H%M%SZ", GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}
    try:
        text, form = content.decode("ascii"), forms[octets[0]]
        told = datetime.strptime(text, form).replace(tzinfo=UTC)
    except (KeyError, ValueError) as error:
        raise Malformed("no time") from error
    # 50 to 68 are the next century's for strptime, and the last one's for X.509.
    if octets[0] == UTC_TIME and told.year >= 2050:
        told = told.replace(year=told.year - 100)
    return int(told.timestamp()) * 1000
