"""Stripe's own description of its API, where POSD_STRIPE_OPENAPI names the file (JSON)."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from posd.render.reader import DEVICE_TYPE

DESCRIPTION: Final = os.environ.get("POSD_STRIPE_OPENAPI")
WITHOUT: Final = "POSD_STRIPE_OPENAPI does not name Stripe's OpenAPI file"
"""Why a test that needs it is skipped."""

Schema: TypeAlias = Mapping[str, Any]

TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
DECLARED: Final = {"terminal.reader.device_type": DEVICE_TYPE}
"""posd's declared differences."""


class Shapes:
    """As much of JSON schema as Stripe uses."""

    def __init__(self, path: str) -> None:
        described = json.loads(Path(path).read_text())
        self._schemas = described["components"]["schemas"]
        self._operations = {
            (method.upper(), template): operation
            for template, operations in described["paths"].items()
            for method, operation in operations.items()
        }

    def operations(self, *beginnings: str) -> set[tuple[str, str]]:
        """Method and path of what can be asked below those paths."""
        return {asked for asked in self._operations if asked[1].startswith(beginnings)}

    def operation(self, method: str, path: str) -> tuple[str, str]:
        """What a path without query stands for; a name beats a placeholder."""
        fitting = [
            template
            for known, template in self._operations
            if known == method and re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", template), path)
        ]
        assert fitting, (method, path)
        return method, min(fitting, key=lambda template: template.count("{"))

    def answer_faults(self, method: str, path: str, status: int, body: object) -> list[str]:
        """What is wrong with the shape of an answer; its path is without query."""
        if status != 200:
            return self.faults(body, "error")
        operation = self.operation(method, path)
        told = self._operations[operation]["responses"]["200"]
        schema = told["content"]["application/json"]["schema"]
        return list(self._faults(body, schema, _named(schema, " ".join(operation))))

    def faults(self, value: object, name: str) -> list[str]:
        """What is wrong with the shape of an object of that name."""
        return list(self._faults(value, self._schemas[name], name))

    def _faults(self, value: object, schema: Schema, at: str) -> Iterator[str]:
        if "$ref" in schema:
            at = _named(schema, at)
            schema = self._schemas[schema["$ref"].removeprefix("#/components/schemas/")]
        if value is None:
            if not schema.get("nullable"):
                yield f"{at} is null"
            return
        if schema.get("type") == "string" and isinstance(value, dict):
            (expanded,) = schema.get("x-expandable", ("",))
            if expanded:
                yield from self._faults(value, self._schemas[expanded], expanded)
                return
        if "anyOf" in schema:
            found = [list(self._faults(value, one, at)) for one in schema["anyOf"]]
            yield from min(found, key=len)
            return
        if type(value) not in TYPES[schema["type"]]:
            yield f"{at} is {type(value).__name__}, not {schema['type']}"
            return
        if "enum" in schema and value not in schema["enum"] and DECLARED.get(at) != value:
            yield f"{at} is {value!r}"
        yield from self._members(value, schema, at)

    def _members(self, value: object, schema: Schema, at: str) -> Iterator[str]:
        if isinstance(value, list):
            for item in value:
                yield from self._faults(item, schema["items"], f"{at}[]")
        if not isinstance(value, dict):
            return
        properties = schema.get("properties", {})
        yield from (
            f"{at}.{name} is missing" for name in schema.get("required", ()) if name not in value
        )
        for name, child in value.items():
            more = schema.get("additionalProperties")
            if name in properties:
                yield from self._faults(child, properties[name], f"{at}.{name}")
            elif not more:
                yield f"{at}.{name} is not known to Stripe"
            elif isinstance(more, dict):
                yield from self._faults(child, more, f"{at}.{name}")


def _named(schema: Schema, otherwise: str) -> str:
    """What faults call a value: an object by its own name, wherever it stands."""
    reference: str = schema.get("$ref", otherwise)
    return reference.removeprefix("#/components/schemas/")


@cache
def shapes() -> Shapes | None:
    """The description, read once; None where the variable names none."""
    return None if DESCRIPTION is None else Shapes(DESCRIPTION)
