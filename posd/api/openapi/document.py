"""posd's own routes as one OpenAPI 3.1 document. Source: spec.openapis.org/oas/v3.1.0."""

import functools
import inspect
import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Final

import msgspec

from posd import __version__
from posd.api.auth import Access
from posd.api.calls import AnyRoute
from posd.api.idempotency import KEY_CHARACTERS_MAX
from posd.api.openapi.answers import (
    ANSWERS,
    ANYBODY,
    CHANGING,
    ERROR,
    JSON,
    KEYED,
    NAMING,
    READING,
    SCHEMAS,
    Json,
    Told,
)
from posd.api.openapi.parameters import parameters, required
from posd.api.routes import ROUTES
from posd.api.sent import FORM

OWN: Final = "/posd/"
IN_PATH: Final = re.compile(r"\{(\w+)\}")
VERSION: Final = "3.1.0"
ABOUT: Final = (
    "What posd alone offers. Under /v1 it speaks Stripe's dialect, which Stripe's own OpenAPI "
    "document describes."
)
REPEATED: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_CHARACTERS_MAX},
}
REFUSALS: Final = sorted({*ANYBODY, *KEYED, *NAMING, *READING, *CHANGING})
RESPONSES: Final = "#/components/responses/{name}"
KEY: Final = {"type": "http", "scheme": "bearer", "description": "posd keys create"}


@functools.cache
def document() -> Json:
    """The document; made once, when it is first asked for."""
    own = [route for route in ROUTES if route.path.startswith(OWN)]
    paths: dict[str, Json] = {}
    for route in own:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    shapes = [told.shape for told in ANSWERS.values() if told.shape is not None]
    _, schemas = msgspec.json.schema_components(shapes, ref_template=SCHEMAS)
    return {
        "openapi": VERSION,
        "info": {"title": "posd", "version": __version__, "description": ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": KEY},
            "responses": {_name(status): _refused(status) for status in REFUSALS},
            "schemas": {"Error": ERROR, **schemas},
        },
    }


def _operation(route: AnyRoute) -> Json:
    summary = (inspect.getdoc(route.handler) or "").partition("\n")[0].removesuffix(".")
    role = route.access.name.lower()
    operation: Json = {
        "operationId": _operation_id(route),
        "summary": summary,
        "description": f"Access: {role}.",
        "parameters": list(_parameters(route)),
        "responses": {str(int(status)): told for status, told in _responses(route)},
    }
    if route.access is not Access.OPEN:
        operation["security"] = [{"key": []}]
    if route.method == "POST":
        operation["requestBody"] = _form(route)
    return operation


def _operation_id(route: AnyRoute) -> str:
    """The method and the path's own words: `post_readers_end_of_day`."""
    words = IN_PATH.sub("", route.path.removeprefix("/posd/v1/").removesuffix(".json"))
    one = "_one" if route.path.endswith("}") else ""
    parts = [word for word in words.split("/") if word]
    return "_".join([route.method.lower(), *parts]) + one


def _parameters(route: AnyRoute) -> Iterator[Json]:
    for name in IN_PATH.findall(route.path):
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[^/]+$"},
        }
    if route.method == "POST":
        if route.repeatable:
            yield REPEATED
        return
    needed = required(route.params)
    for name, schema in parameters(route.params).items():
        yield {"name": name, "in": "query", "required": name in needed, "schema": schema}


def _form(route: AnyRoute) -> Json:
    schema: Json = {
        "type": "object",
        "properties": dict(parameters(route.params)),
        "additionalProperties": False,
    }
    needed = required(route.params)
    if needed:
        schema["required"] = list(needed)
    return {"required": bool(needed), "content": {FORM: {"schema": schema}}}


def _responses(route: AnyRoute) -> Iterator[tuple[HTTPStatus, Json]]:
    told = ANSWERS[route.path]
    yield HTTPStatus.OK, {"description": HTTPStatus.OK.phrase, "content": _content(told)}
    for status in _refusals(route):
        yield status, {"$ref": RESPONSES.format(name=_name(status))}
    if told.unready:
        unready = HTTPStatus.SERVICE_UNAVAILABLE
        yield unready, {"description": unready.phrase, "content": _content(told)}


def _name(status: HTTPStatus) -> str:
    return status.phrase.replace(" ", "")


def _refused(status: HTTPStatus) -> Json:
    told = {JSON: {"schema": {"$ref": SCHEMAS.format(name="Error")}}}
    return {"description": status.phrase, "content": told}


def _content(told: Told) -> Json:
    content: Json = {kind: {"schema": {"type": "string"}} for kind in told.also}
    return ({JSON: {"schema": told.schema()}} if told.json else {}) | content


def _refusals(route: AnyRoute) -> Sequence[HTTPStatus]:
    """With which status a call of this route may be refused."""
    found = set(ANYBODY)
    if route.access is not Access.OPEN:
        found.update(KEYED, READING)
    if IN_PATH.search(route.path) or route.params.named():
        found.update(NAMING)
    if route.method == "POST":
        found.update(CHANGING)
    return sorted(found)
