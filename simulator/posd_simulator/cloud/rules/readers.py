"""Readers that Stripe drives: how one is registered, and when it counts as offline.

Sources: Stripe's guides "Register readers" and "Collect card payments"; API reference, "Readers".
Not published, and chosen here: a pairing code registers once; a device that is registered again in
its account keeps its id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

OFFLINE_AFTER_MS = 120_000
"""Without a signal for so long, a reader is offline."""
SIGNAL_EVERY_MS = 30_000
SERIAL_CHARACTERS = 12

SIMULATED: Mapping[str, str] = {
    "simulated-wpe": "simulated_wisepos_e",
    "simulated-s700": "simulated_stripe_s700",
    "simulated-s710": "simulated_stripe_s710",
    "simulated-v660p": "simulated_verifone_v660p",
}
"""Registration code → device type. Test mode only; each registration makes another reader."""

DEVICE_TYPES = (
    *("bbpos_chipper2x", "bbpos_wisepad3", "bbpos_wisepos_e", "mobile_phone_reader"),
    *("simulated_stripe_s700", "simulated_stripe_s710", "simulated_stripe_t600"),
    *("simulated_verifone_m425", "simulated_verifone_p630", "simulated_verifone_ux700"),
    *("simulated_verifone_v660p", "simulated_wisepos_e", "stripe_m2", "stripe_s700"),
    *("stripe_s710", "stripe_t600", "verifone_P400", "verifone_m425", "verifone_p630"),
    *("verifone_ux700", "verifone_v660p"),
)

SMART_READERS = frozenset(
    {"bbpos_wisepos_e", "stripe_s700", "stripe_s710", "stripe_t600", "verifone_P400"}
    | {"verifone_m425", "verifone_p630", "verifone_ux700", "verifone_v660p"}
)
"""What shows a pairing code; the others are registered by a Terminal SDK as it connects."""


@dataclass(frozen=True, slots=True)
class Device:
    """A smart reader as it lies on a table.

    Attributes:
        registration_code: What it shows; None once somebody has registered it with that.
    """

    serial_number: str
    device_type: str
    registration_code: str | None


@dataclass(frozen=True, slots=True)
class Reader:
    """A registered reader.

    Attributes:
        created_ms: When it was first registered; wall time, milliseconds since 1970 UTC.
        default_label: Its label if none is given.
        location: Where it stands.
        silent_since_ms: Since when it gives no signal; None while it does.
        deleted: Nothing but a stub is told of it.
    """

    id: str
    created_ms: int
    device_type: str
    serial_number: str
    default_label: str
    label: str
    location: str
    metadata: dict[str, str] = field(default_factory=dict)
    silent_since_ms: int | None = None
    deleted: bool = False


def last_seen_ms(reader: Reader, now_ms: int) -> int:
    """When it gave its last signal, milliseconds since 1970 UTC: one every half minute."""
    until_ms = now_ms if reader.silent_since_ms is None else reader.silent_since_ms
    return until_ms - (until_ms - reader.created_ms) % SIGNAL_EVERY_MS


def status(reader: Reader, now_ms: int) -> str:
    """`online` or `offline`."""
    quiet_ms = now_ms - last_seen_ms(reader, now_ms)
    return "offline" if quiet_ms >= OFFLINE_AFTER_MS else "online"


def default_label(device: Device, code: str) -> str:
    """The label of a reader that is registered with that code and given none."""
    return device.serial_number if code in SIMULATED else code


def simulated_serial(code: str, reader_id: str) -> str:
    """The serial number of a simulated reader: begins with its registration code."""
    return f"{code}-{sha256(reader_id.encode()).hexdigest()[:SERIAL_CHARACTERS]}"
