"""Whether the machine's clock is kept right: receipts, business days and TLS go by it."""

import ctypes
from typing import Final

from posd.doctor.finding import Finding, Topic, not_seen, ok, to_fix

TIME_ERROR: Final = 5
"""What adjtimex(2) returns while nothing keeps the clock."""
TIMEX_OCTETS: Final = 512
"""More than struct timex has on any machine; all zeros ask and set nothing."""
OFFSET_MAX_S: Final = 5.0
SET_IT: Final = "timedatectl set-ntp true"


def synchronised() -> Finding:
    """What the kernel says: whoever keeps the clock, timesyncd, chrony or ntpd, tells it."""
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(
            ctypes.create_string_buffer(TIMEX_OCTETS)
        )
    except (OSError, AttributeError):
        state = -1
    return judged(state)


def judged(state: int) -> Finding:
    """The same of what adjtimex(2) returned."""
    if state == TIME_ERROR:
        return to_fix(Topic.CLOCK, "nothing keeps this machine's clock right", SET_IT)
    if state < 0:
        return not_seen(Topic.CLOCK, "the kernel does not say whether the clock is kept right")
    return ok(Topic.CLOCK, "kept right over the network")


def compared(offset_s: float) -> Finding:
    """The machine's clock less Stripe's, in seconds; Stripe's Date is good to a second."""
    told = f"{offset_s:+.0f} s against Stripe's"
    if abs(offset_s) > OFFSET_MAX_S:
        return to_fix(Topic.CLOCK, told, SET_IT, "timedatectl timesync-status")
    return ok(Topic.CLOCK, told)
