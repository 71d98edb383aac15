"""Named places where a test may end the process. Armed only by a constructor argument."""

import os
from collections.abc import Callable
from enum import Enum
from typing import TypeAlias

KILLED_STATUS = 137


class Failpoint(Enum):
    """The borders of a payment where a crash must lose and double nothing."""

    BEFORE_ATTEMPT_STARTED = "before-attempt-started"
    AFTER_ATTEMPT_STARTED = "after-attempt-started"
    BEFORE_STATUS_REPORTED = "before-status-reported"
    AFTER_STATUS_REPORTED = "after-status-reported"
    BEFORE_ATTEMPT_APPROVED = "before-attempt-approved"
    AFTER_ATTEMPT_APPROVED = "after-attempt-approved"
    BEFORE_UPSTREAM_SEND = "before-upstream-send"
    AFTER_UPSTREAM_ANSWER = "after-upstream-answer"


Reach: TypeAlias = Callable[[Failpoint], None]
"""Called at each failpoint; returns, or the process is gone."""


def disarmed(_point: Failpoint) -> None:
    """Nothing happens: production."""


def kill_at(armed: Failpoint) -> Reach:
    """End the process without any clean-up at the first arrival at `armed`."""

    def reach(point: Failpoint) -> None:
        if point is armed:
            os._exit(KILLED_STATUS)

    return reach
