"""`/_sim`: the play as its director sees it. JSON in, JSON out, no key.

One table makes the routes and the document that describes them, `/_sim/openapi.json`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as WebRoute

from posd_simulator.cloud import directions
from posd_simulator.cloud.cloud import Cloud, Logged
from posd_simulator.cloud.directions import Misdirected
from posd_simulator.cloud.faults import Fault
from posd_simulator.cloud.rules.rate_limits import RateLimits
from posd_simulator.cloud.rules.readers import Device

Direct: TypeAlias = Callable[[Cloud, Mapping[str, str], Any], object]
"""What a direction does: with the ids in the path and the decoded body; gives the answer."""

OPENAPI_PATH = "/_sim/openapi.json"
Script: TypeAlias = tuple[Fault, ...]
"""What is still to go wrong."""


@dataclass(frozen=True, slots=True)
class Direction:
    """A row of the table.

    Attributes:
        summary: What it does, in one line.
        body: What the body is decoded as; None if there is none.
        answer: What the answer is encoded from.
    """

    method: str
    path: str
    summary: str
    direct: Direct
    body: type | None = None
    answer: object = dict


TABLE: tuple[Direction, ...] = (
    Direction("GET", "/_sim/state", "Everything there is: accounts and log.", directions.state),
    Direction("POST", "/_sim/reset", "Forget everything.", directions.reset),
    Direction("GET", "/_sim/clock", "What time it is here.", directions.clock),
    Direction(
        "POST",
        "/_sim/clock",
        "Set the clock, or advance it; it runs on from there.",
        directions.move_clock,
        directions.MoveClock,
    ),
    Direction(
        "GET",
        "/_sim/faults",
        "The script of faults still to come.",
        directions.script,
        answer=Script,
    ),
    Direction(
        "POST",
        "/_sim/faults",
        "Append to the script.",
        directions.add_fault,
        Fault,
        answer=Script,
    ),
    Direction(
        "DELETE",
        "/_sim/faults",
        "Clear the script and the fault rate.",
        directions.clear_faults,
        answer=Script,
    ),
    Direction(
        "POST",
        "/_sim/fault_rate",
        "Let this share of requests meet a fault by chance.",
        directions.set_fault_rate,
        directions.FaultRate,
        answer=directions.FaultRate,
    ),
    Direction(
        "GET",
        "/_sim/rate_limits",
        "Requests a second and account; null: any.",
        directions.limits,
        answer=RateLimits | None,
    ),
    Direction(
        "POST",
        "/_sim/rate_limits",
        "Limit the requests a second that an account may make.",
        directions.set_limits,
        RateLimits,
        answer=RateLimits,
    ),
    Direction(
        "DELETE", "/_sim/rate_limits", "Lift the limits.", directions.lift_limits, answer=None
    ),
    Direction(
        "GET",
        "/_sim/requests",
        "The log of requests.",
        directions.requests,
        answer=list[Logged],
    ),
    Direction(
        "DELETE",
        "/_sim/requests",
        "Empty the log.",
        directions.clear_requests,
        answer=list[Logged],
    ),
    Direction(
        "POST",
        "/_sim/keys",
        "Restrict an API key to these permissions, or lift that.",
        directions.restrict_key,
        directions.RestrictKey,
    ),
    Direction(
        "POST",
        "/_sim/locations",
        "Put a location with a chosen id into a key's account.",
        directions.place_location,
        directions.PlaceLocation,
    ),
    Direction(
        "GET",
        "/_sim/readers",
        "Devices with their pairing codes, and readers with what they obey.",
        directions.readers,
    ),
    Direction(
        "POST",
        "/_sim/readers",
        "Put a device on the table, or let it show another pairing code.",
        directions.place_device,
        directions.PlaceDevice,
        answer=Device,
    ),
    Direction(
        "POST",
        "/_sim/readers/{id}",
        "Silence a registered reader, or let it signal again.",
        directions.silence,
        directions.Silence,
    ),
)


def direction_routes(cloud: Cloud) -> list[WebRoute]:
    """The table's routes, and the one of its document."""

    async def document(_request: Request) -> Response:
        return _json(openapi())

    return [
        *(_web_route(cloud, direction) for direction in TABLE),
        WebRoute(OPENAPI_PATH, document, methods=["GET"]),
    ]


def openapi() -> dict[str, object]:
    """The table as an OpenAPI 3.1 document."""
    paths: dict[str, dict[str, object]] = {}
    schemas: dict[str, object] = {}
    for direction in TABLE:
        paths.setdefault(direction.path, {})[direction.method.lower()] = _operation(
            direction, schemas
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "posd-sim cloud, /_sim", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(direction: Direction, schemas: dict[str, object]) -> dict[str, object]:
    """The row as an operation; what it refers to is added to the schemas."""

    def content(kind: object) -> dict[str, object]:
        (schema,), named = msgspec.json.schema_components(
            [kind], ref_template="#/components/schemas/{name}"
        )
        schemas.update(named)
        return {"application/json": {"schema": schema}}

    operation: dict[str, object] = {
        "summary": direction.summary,
        "responses": {
            "200": {"description": "Done.", "content": content(direction.answer)},
            "400": {"description": "Not understood; nothing was done."},
        },
    }
    if "{id}" in direction.path:
        operation["parameters"] = [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        ]
    if direction.body is not None:
        operation["requestBody"] = {"content": content(direction.body)}
    return operation


def _web_route(cloud: Cloud, direction: Direction) -> WebRoute:
    async def endpoint(request: Request) -> Response:
        try:
            body = await _body(request, direction.body)
            return _json(direction.direct(cloud, request.path_params, body))
        except (msgspec.DecodeError, Misdirected) as error:
            return _json({"error": str(error)}, status=400)

    return WebRoute(direction.path, endpoint, methods=[direction.method])


async def _body(request: Request, kind: type | None) -> object:
    """The decoded body. Raises msgspec.DecodeError."""
    return None if kind is None else msgspec.json.decode(await request.body(), type=kind)


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
