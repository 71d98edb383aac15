"""An object of Stripe's as posd last heard of it, and what of it is kept."""

from collections.abc import Mapping
from typing import Any, Final, assert_never

from msgspec import Struct
from msgspec.structs import replace

from posd.model.upstream_facts import MirrorKind, ObjectGone, ObjectMirrored

MASKED: Final = "********"
"""What stands in a mirrored configuration where Stripe's has a secret."""
SECRETS: Final = frozenset({"password", "private_key_file_password", "admin_menu_passcode"})
"""Fields of `wifi` and `reader_security` (Stripe API reference, "Terminal configurations")."""
FLEETING: Final = frozenset({"action", "last_seen_at", "status"})
"""Fields of a reader that are true for a moment and not worth a fact."""


class Mirrored(Struct, frozen=True):
    """One object at Stripe.

    Attributes:
        body: The object as `kept` leaves it.
        first_ms: Wall time in milliseconds when posd first heard of it.
        changed_ms: Wall time in milliseconds when posd heard that it is as it is now.
        gone: Whether it was deleted at Stripe; then the body is its last.
    """

    id: str
    kind: MirrorKind
    body: Mapping[str, Any]
    first_ms: int
    changed_ms: int
    gone: bool = False


def apply(known: Mirrored | None, fact: ObjectMirrored | ObjectGone, wall_ms: int) -> Mirrored:
    """The object after the fact. `known` is None for one that posd never heard of."""
    match fact:
        case ObjectMirrored(id_, kind, body):
            first_ms = wall_ms if known is None else known.first_ms
            return Mirrored(id_, kind, body, first_ms, wall_ms)
        case ObjectGone():
            assert known is not None, "what is gone was there"
            return replace(known, changed_ms=wall_ms, gone=True)
        case _:
            assert_never(fact)


def kept(kind: MirrorKind, body: Mapping[str, Any]) -> dict[str, Any]:
    """What of Stripe's object is journaled: no secret of a configuration, no passing state."""
    match kind:
        case MirrorKind.READER:
            return {name: value for name, value in body.items() if name not in FLEETING}
        case MirrorKind.CONFIGURATION:
            return {name: masked(value) for name, value in body.items()}
        case MirrorKind.LOCATION | MirrorKind.HARDWARE_ORDER:
            return dict(body)
        case _:
            assert_never(kind)


def masked(value: object) -> object:
    """The value with MASKED in place of each secret in it that is not empty."""
    if not isinstance(value, Mapping):
        return value
    return {
        name: MASKED if name in SECRETS and within else masked(within)
        for name, within in value.items()
    }
