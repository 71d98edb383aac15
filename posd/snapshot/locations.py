"""Readers by location: those that posd holds, and Stripe's own as posd last heard of them.

An account may have thousands of readers, in stores that are none of this one's business: where the
store says where it is, only its own location is told, and those of the readers that posd holds.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from posd.model.mirrored import Mirrored
from posd.model.upstream_facts import MirrorKind
from posd.snapshot.views import CloudReaderView, LocationView, Place, ReaderView

CLOUD_READERS_MAX: Final = 10
"""So many of Stripe's readers are listed, over all locations."""
NAME_CHARACTERS_MAX: Final = 40
"""Stripe lets a location's name have 1,000."""


class StripesFleet(Protocol):
    """posd.mirror.Mirror, as far as the snapshot looks."""

    def object(self, kind: MirrorKind, id_: str) -> Mirrored | None:
        """Stripe's object of that kind and id, unless it is unknown or gone."""
        ...

    def objects(self, kind: MirrorKind) -> Sequence[Mirrored]:
        """Every object of the kind that is not gone, newest first."""
        ...

    def passing(self, id_: str) -> Mapping[str, Any]:
        """A reader's status, action and `last_seen_at` as last told, or empty."""
        ...


def by_location(
    place: Place, readers: Sequence[ReaderView], fleet: StripesFleet
) -> tuple[LocationView, ...]:
    """One entry for each location with readers; the store's own comes first, no location last."""
    attached: dict[str | None, list[ReaderView]] = {}
    for reader in readers:
        attached.setdefault(reader.location, []).append(reader)
    cloud: dict[str | None, list[Mirrored]] = {}
    for known in fleet.objects(MirrorKind.READER):
        location = _text(known.body, "location")
        if place.location in (None, location) or location in attached:
            cloud.setdefault(location, []).append(known)
    ids = sorted(
        attached.keys() | cloud.keys(), key=lambda id_: (id_ is None, id_ != place.location, id_)
    )
    return tuple(_located(ids, attached, cloud, fleet))


def _located(
    ids: Sequence[str | None],
    attached: Mapping[str | None, Sequence[ReaderView]],
    cloud: Mapping[str | None, Sequence[Mirrored]],
    fleet: StripesFleet,
) -> Iterator[LocationView]:
    room = CLOUD_READERS_MAX
    for id_ in ids:
        there = cloud.get(id_, ())
        listed = there[:room]
        room -= len(listed)
        yield LocationView(
            id=id_,
            name=_name(id_, fleet),
            readers=tuple(attached.get(id_, ())),
            cloud_readers=tuple(_cloud_reader(known, fleet) for known in listed),
            unlisted=len(there) - len(listed),
        )


def _name(id_: str | None, fleet: StripesFleet) -> str:
    if id_ is None:
        return ""
    known = fleet.object(MirrorKind.LOCATION, id_)
    return _short((known and _text(known.body, "display_name")) or id_)


def _cloud_reader(known: Mirrored, fleet: StripesFleet) -> CloudReaderView:
    passing = fleet.passing(known.id)
    action, seen = passing.get("action"), passing.get("last_seen_at")
    doing: Mapping[str, Any] = action if isinstance(action, Mapping) else {}
    return CloudReaderView(
        id=known.id,
        label=_short(_text(known.body, "label") or known.id),
        device_type=_text(known.body, "device_type") or "",
        status=_text(passing, "status"),
        action=_text(doing, "type"),
        action_status=_text(doing, "status"),
        last_seen_ms=seen if isinstance(seen, int) else None,
    )


def _text(told: Mapping[str, Any], name: str) -> str | None:
    """A text of Stripe's, or None where it tells something else (M18)."""
    value = told.get(name)
    return value if isinstance(value, str) else None


def _short(name: str) -> str:
    return name if len(name) <= NAME_CHARACTERS_MAX else f"{name[: NAME_CHARACTERS_MAX - 1]}…"
