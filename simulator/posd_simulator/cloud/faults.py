"""Scripted misbehaviour: which request meets which fault, how often."""

from dataclasses import dataclass, replace
from enum import Enum
from fnmatch import fnmatchcase

FAULTS_MAX = 100


class FaultKind(Enum):
    """What goes wrong with one request."""

    LOST = "lost"
    """Executed and kept; the connection breaks before the body."""

    ERROR_AFTER_COMMIT = "error_after_commit"
    """Executed; answered and kept as a 500."""

    ERROR_BEFORE_COMMIT = "error_before_commit"
    """Not executed; answered and kept as a 500."""

    SLOW = "slow"
    """Executed `delay_s` later; until then the key is in use."""

    HANG = "hang"
    """Neither executed nor ever answered."""

    HTML = "html"
    """Not executed; a captive portal answers 200 with a page."""

    REFUSE = "refuse"
    """Not executed; answered with `status` and `code`, and not kept."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the script.

    Attributes:
        kind: What goes wrong.
        method: The HTTP method it waits for.
        path: The path it waits for; `*` stands for anything.
        times: How many requests meet it.
        delay_s: How long a slow request takes, in seconds.
        status: The status of a refusal, e.g. 409 or 429.
        code: Stripe's error code of a refusal.
    """

    kind: FaultKind
    method: str = "POST"
    path: str = "*"
    times: int = 1
    delay_s: float = 0.0
    status: int = 429
    code: str | None = "rate_limit"


class Faults:
    """The script: faults are met in the order they were added."""

    def __init__(self) -> None:
        self._script: list[Fault] = []

    @property
    def script(self) -> tuple[Fault, ...]:
        """What is still to come."""
        return tuple(self._script)

    def add(self, fault: Fault) -> None:
        """Append to the script. Raises OverflowError beyond 100 lines."""
        if len(self._script) >= FAULTS_MAX:
            raise OverflowError(f"more than {FAULTS_MAX} faults")
        self._script.append(fault)

    def clear(self) -> None:
        """Nothing goes wrong from now on."""
        self._script.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault this request meets, counted as met."""
        for index, fault in enumerate(self._script):
            if fault.method == method and fnmatchcase(path, fault.path):
                if fault.times > 1:
                    self._script[index] = replace(fault, times=fault.times - 1)
                else:
                    del self._script[index]
                return fault
        return None
