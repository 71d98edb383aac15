"""What posd knows of an attached reader right now and the journal does not."""

import errno
from collections.abc import Callable
from enum import Enum
from typing import Final, TypeAlias

from msgspec import Struct

from posd.timed_reader import Overdue
from posd_drivers.ability import Need
from posd_drivers.card_reader import Step
from posd_drivers.errors import Ambiguous, DeviceBusy, DriverError, NoAnswer, Refused

OnLive: TypeAlias = Callable[[], None]
"""Told, synchronously, that a reader's `live` has changed; losing it is harmless."""


class Trouble(Enum):
    """Why an attached reader takes no payments: the closed list.

    ABSENT: not there, for a reason that posd cannot tell.
    """

    ABSENT = "absent"
    CABLE = "cable"
    POWER = "power"
    RESTARTING = "restarting"
    UPDATING = "updating"
    BUSY_ELSEWHERE = "held_by_another_process"
    NO_PERMISSION = "no_permission"
    AMBIGUOUS = "ambiguous"
    OTHER_CURRENCY = "other_currency"
    OTHER_TERMINAL = "other_terminal"
    OTHER_DEVICE = "other_device"
    SAME_TERMINAL = "held_by_another_reader"
    NO_ANSWER = "no_answer"
    REFUSED = "refused_registration"
    RESOLVING = "resolving"
    QUARANTINED = "quarantined"


class Live(Struct, frozen=True):
    """What an attachment knows right now and the journal does not.

    `last_seen_ms` is the wall time of its last answer, in milliseconds; `step` what the cardholder
    is asked to do; `need` what the terminal wants before it takes another payment, as it said when
    it was last idle; `back_by_ms` the wall time until when one that went away by itself is waited
    for.
    """

    online: bool
    last_seen_ms: int | None = None
    step: Step | None = None
    trouble: Trouble | None = Trouble.ABSENT
    need: Need | None = None
    back_by_ms: int | None = None


NO_DEVICE: Final = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO})
"""The device itself has gone: what pulling its plug looks like."""
NO_LEAVE: Final = frozenset({errno.EACCES, errno.EPERM})
"""It is there, and this process may not open it."""
NOBODY_THERE: Final = frozenset({errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ETIMEDOUT})
"""Nothing on the network answers for the terminal: what switching it off looks like."""


def trouble_of(error: DriverError) -> Trouble:
    """Why a reader that failed so takes no payments."""
    match error:
        case DeviceBusy():
            return Trouble.BUSY_ELSEWHERE
        case Ambiguous():
            return Trouble.AMBIGUOUS
        case NoAnswer() | Overdue():
            return Trouble.NO_ANSWER
        case Refused():
            return Trouble.REFUSED
        case _:
            return _by_cause(error.__cause__)


def _by_cause(cause: BaseException | None) -> Trouble:
    """What the operating system's word says; a time-out has no number of its own."""
    if not isinstance(cause, OSError):
        return Trouble.ABSENT
    if cause.errno in NO_DEVICE:
        return Trouble.CABLE
    if cause.errno in NO_LEAVE:
        return Trouble.NO_PERMISSION
    silent = cause.errno in NOBODY_THERE or isinstance(cause, TimeoutError)
    return Trouble.POWER if silent else Trouble.ABSENT
