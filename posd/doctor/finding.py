"""One thing that was looked at: how it is, and what helps."""

from enum import Enum

from msgspec import Struct


class Verdict(Enum):
    """FIX: it is in the way of a start or of a payment. NOT_SEEN: it could not be looked at."""

    OK = "ok"
    FIX = "fix"
    NOT_SEEN = "not_seen"


class Topic(Enum):
    """What a finding is about, in the order in which they are told."""

    CONFIGURATION = "configuration"
    CREDENTIALS = "credentials"
    STATE = "state directory"
    JOURNAL = "journal"
    SERVICE = "service"
    READERS = "readers"
    PORTS = "ports"
    CLOCK = "clock"
    DISK = "disk"
    STRIPE = "stripe"


class Finding(Struct, frozen=True):
    """What was found.

    Attributes:
        told: A sentence, or more; never a secret.
        fix: Commands to type or, where no command does it, what to do. Empty where all is well.
    """

    topic: Topic
    verdict: Verdict
    told: str
    fix: tuple[str, ...] = ()


def ok(topic: Topic, told: str) -> Finding:
    """It is as it should be."""
    return Finding(topic, Verdict.OK, told)


def to_fix(topic: Topic, told: str, *fix: str) -> Finding:
    """Somebody has to do something."""
    return Finding(topic, Verdict.FIX, told, fix)


def not_seen(topic: Topic, told: str, *fix: str) -> Finding:
    """It may be well or not; `fix` is how to see it."""
    return Finding(topic, Verdict.NOT_SEEN, told, fix)
