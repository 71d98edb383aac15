"""`/store`: what the store and its lanes are called, as far as the file leaves it open.

Part of the first start, and there for later. A device that is plugged in and no reader yet is
registered with the lane that it is given.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from starlette.responses import Response

from posd.fleet import SIMULATED_SUFFIX, NewReader
from posd.model.store_facts import NamedLane
from posd.naming import UNNAMED
from posd.page.told import told
from posd.page.visit import Visit, elsewhere

NAME: Final = "name"
OF_READER: Final = "lane_"
"""Begins the name of the field with a reader's lane; its id follows."""
OF_DEVICE: Final = "new_lane_"
"""The same of a device that is no reader yet; its number follows, and URL has the same number."""
URL: Final = "url_"
DEVICES_MAX: Final = 20


class Found(Struct, frozen=True):
    """Something that may have a lane.

    Attributes:
        field: Of its lane's name.
        label: What it is called, or what the operating system says of it.
        lane: The lane that it has, or "".
        url: Where a device is that is no reader yet, else "".
    """

    field: str
    label: str
    lane: str
    url: str = ""


def is_open(visit: Visit) -> bool:
    """Whether there is still something to say."""
    names = visit.parts.names
    return names.store() == UNNAMED or not names.lanes()


async def show(visit: Visit) -> Response:
    """The form."""
    names = visit.parts.names
    return await told(
        visit,
        "store.html",
        here="/store",
        name="" if names.store() == UNNAMED else names.store(),
        store_declared=names.store_is_declared,
        lanes_declared=names.lanes_are_declared,
        found=() if names.lanes_are_declared else (*_readers(visit), *await _devices(visit)),
    )


async def say(visit: Visit) -> Response:
    """Keep what the form says. Raises Refused, and then what came before it in the form is kept."""
    assert visit.session is not None
    actor, names = visit.session.actor, visit.parts.names
    if not names.store_is_declared:
        await names.name_store(visit.fields.get(NAME, ""), actor=actor)
    if not names.lanes_are_declared:
        new = [await _registered(visit, url, lane, actor) for url, lane in _plugged(visit)]
        await names.name_lanes([*_said(visit), *new], actor=actor)
    return elsewhere("/")


def _readers(visit: Visit) -> list[Found]:
    lanes = {lane.reader: lane.name for lane in visit.parts.names.lanes()}
    return [
        Found(OF_READER + reader.id, reader.label, lanes.get(reader.id, ""))
        for reader in visit.parts.services.queries.readers()
    ]


async def _devices(visit: Visit) -> list[Found]:
    services = visit.parts.services
    found, _ = await services.discoveries.list(every_port=False)
    suffix = "" if services.livemode else SIMULATED_SUFFIX
    plugged = [one.plugged for one in found[:DEVICES_MAX]]
    return [
        Found(
            f"{OF_DEVICE}{number}",
            " ".join(filter(None, (one.manufacturer, one.product_name))) or one.url,
            "",
            one.url + suffix,
        )
        for number, one in enumerate(plugged)
    ]


def _said(visit: Visit) -> list[NamedLane]:
    """The lanes of readers that posd has, as the form says."""
    before = {lane.reader: lane.fallback for lane in visit.parts.names.lanes()}
    named = [
        (name.removeprefix(OF_READER), lane)
        for name, lane in visit.fields.items()
        if name.startswith(OF_READER) and lane.strip()
    ]
    return [NamedLane(lane, reader, before.get(reader)) for reader, lane in named]


def _plugged(visit: Visit) -> Sequence[tuple[str, str]]:
    """Devices that the form gives a lane: where each is, and its lane."""
    fields = visit.fields
    numbers = [str(number) for number in range(DEVICES_MAX)]
    given = [(fields.get(URL + n, ""), fields.get(OF_DEVICE + n, "").strip()) for n in numbers]
    return [(url, lane) for url, lane in given if url and lane]


async def _registered(visit: Visit, url: str, lane: str, actor: str) -> NamedLane:
    fleet = visit.parts.services.fleet
    made = await fleet.register(NewReader(url, label=lane), actor=actor, claim=None)
    return NamedLane(lane, made.record.id)
