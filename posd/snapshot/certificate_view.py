"""The certificate that posd shows on the network, as everybody who looks sees it."""

from msgspec import Struct


class CertificateView(Struct, frozen=True):
    """How long it is good for.

    Attributes:
        expires_ms: Wall time at which it ends.
        alarm_days: It is good for fewer days than this (90, 30, 7; 0: it has ended), or None.
        problem: Why a renewed one is not shown, for support, or None.
    """

    expires_ms: int
    alarm_days: int | None = None
    problem: str | None = None
