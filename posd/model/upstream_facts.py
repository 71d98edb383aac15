"""What Stripe told of the fleet, as facts; `facts` joins them with the others.

A mirrored object is kept as Stripe wrote it, so that a field that posd does not know yet reaches
the till that does. What is secret in it, and what changes by the minute, is left out before.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from msgspec import Struct


class MirrorKind(Enum):
    """What posd mirrors; the value is Stripe's word in the `object` field."""

    LOCATION = "terminal.location"
    READER = "terminal.reader"
    CONFIGURATION = "terminal.configuration"
    HARDWARE_ORDER = "terminal.hardware_order"


class ObjectMirrored(Struct, frozen=True):
    """Stripe told this object for the first time, or told it changed.

    `body` is the whole object without what posd.model.mirrored.kept leaves out.
    """

    object: str
    kind: MirrorKind
    body: Mapping[str, Any]


class ObjectGone(Struct, frozen=True):
    """Stripe no longer tells this object: it was deleted there."""

    object: str
    kind: MirrorKind


class ConnectionTokenIssued(Struct, frozen=True):
    """A connection token was fetched and handed to the actor of this fact; it is not kept.

    `location` is the one that Stripe scoped it to.
    """

    location: str | None
