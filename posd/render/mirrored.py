"""An object of Stripe's, told as Stripe told it."""

from collections.abc import Mapping
from typing import Any

from posd.model.mirrored import FLEETING, Mirrored
from posd.model.upstream_facts import MirrorKind
from posd.render import Json

STUB = ("id", "object", "device_type", "serial_number")
"""What Stripe still tells of a reader that was deleted."""


def mirrored(known: Mirrored, passing: Mapping[str, Any]) -> Json:
    """The object; for a reader with `passing`, and null where posd has not heard of that yet."""
    if known.gone:
        left = {name: known.body[name] for name in STUB if name in known.body}
        return {**left, "deleted": True}
    told = dict(known.body)
    if known.kind is MirrorKind.READER:
        told |= {name: passing.get(name) for name in FLEETING}
    return told
