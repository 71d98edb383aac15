"""Misbehaviour by script and by chance: which request meets which fault, how often."""

from dataclasses import dataclass, replace
from enum import Enum
from fnmatch import fnmatchcase
from hashlib import sha256

FAULTS_MAX = 100
SHARE_BYTES = 6
"""Of a digest, for the share of requests that meet a fault: a double holds them exactly."""


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

    RESET = "reset"
    """Not executed; the connection is reset before any answer."""

    HTML = "html"
    """Not executed; a captive portal answers 200 with a page."""

    REFUSE = "refuse"
    """Not executed; answered with `status` and `code`, and not kept."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the script.

    Attributes:
        kind: What goes wrong.
        method: The HTTP method it waits for; `*` stands for any.
        path: The path it waits for; `*` stands for anything.
        times: How many requests meet it.
        delay_s: How long a slow request takes, in seconds.
        status: The status of a refusal, e.g. 409 or 429; `times` makes a storm of it.
        code: Stripe's error code of a refusal.
        retry_after_s: What a refusal says in `Retry-After`, if it does.
    """

    kind: FaultKind
    method: str = "POST"
    path: str = "*"
    times: int = 1
    delay_s: float = 0.0
    status: int = 429
    code: str | None = "rate_limit"
    retry_after_s: int | None = None


BY_CHANCE = (
    Fault(FaultKind.LOST),
    Fault(FaultKind.ERROR_AFTER_COMMIT),
    Fault(FaultKind.ERROR_BEFORE_COMMIT),
    Fault(FaultKind.SLOW, delay_s=1.0),
    Fault(FaultKind.RESET),
    Fault(FaultKind.HTML),
    Fault(FaultKind.REFUSE, status=409, code="idempotency_key_in_use"),
    Fault(FaultKind.REFUSE, status=429, retry_after_s=1),
    Fault(FaultKind.REFUSE, status=503, code=None),
)
"""What a fault rate draws from; all but a hang, which costs each caller all its patience."""


class Faults:
    """The script, whose faults are met in the order they were added, and then chance.

    Args:
        seed: The same seed has the same requests meet the same faults, counted from the first
            one, or from the first after a `clear`.

    Attributes:
        rate: The share of requests that meet a fault by chance, 0 to 1.
    """

    def __init__(self, seed: str = "") -> None:
        self.rate = 0.0
        self._seed = seed
        self._seen = 0
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
        """Nothing goes wrong from now on, and chance begins anew when it is let in again."""
        self.rate = 0.0
        self._seen = 0
        self._script.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault this request meets, counted as met."""
        drawn = self._drawn()
        for index, fault in enumerate(self._script):
            if fault.method in (method, "*") and fnmatchcase(path, fault.path):
                if fault.times > 1:
                    self._script[index] = replace(fault, times=fault.times - 1)
                else:
                    del self._script[index]
                return fault
        return drawn

    def _drawn(self) -> Fault | None:
        """What chance has for the next request: a digest of seed and number is as good as dice."""
        self._seen += 1
        dice = sha256(f"{self._seed}/{self._seen}".encode()).digest()
        share = int.from_bytes(dice[:SHARE_BYTES]) / 256**SHARE_BYTES
        if share >= self.rate:
            return None
        return BY_CHANCE[int.from_bytes(dice[SHARE_BYTES:]) % len(BY_CHANCE)]
