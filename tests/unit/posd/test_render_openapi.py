"""Every rendered object against Stripe's own description of its shape.

Runs where POSD_STRIPE_OPENAPI names Stripe's OpenAPI file (JSON).
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from posd.model.facts import AttemptFact
from posd.render.charge import charge
from posd.render.payment_intent import payment_intent
from posd.render.reader import DEVICE_TYPE, Presence, reader
from tests.unit.posd import records
from tests.unit.posd.test_render import APPROVED, DECLINED, REPORTED, UNKNOWN, told

DESCRIPTION = os.environ.get("POSD_STRIPE_OPENAPI")
pytestmark = pytest.mark.skipif(
    DESCRIPTION is None, reason="POSD_STRIPE_OPENAPI does not name Stripe's OpenAPI file"
)

Schema: TypeAlias = dict[str, Any]

TYPES: dict[str, type] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "object": dict,
    "array": list,
}
DECLARED = {"terminal.reader.device_type": DEVICE_TYPE}
"""posd's declared differences."""


class Shapes:
    """As much of JSON schema as Stripe uses."""

    def __init__(self, path: str) -> None:
        self._schemas = json.loads(Path(path).read_text())["components"]["schemas"]

    def faults(self, value: object, name: str) -> list[str]:
        return list(self._faults(value, self._schemas[name], name))

    def _faults(self, value: object, schema: Schema, at: str) -> Iterator[str]:
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"].removeprefix("#/components/schemas/")]
        if value is None:
            if not schema.get("nullable"):
                yield f"{at} is null"
            return
        if "anyOf" in schema:
            found = [list(self._faults(value, one, at)) for one in schema["anyOf"]]
            yield from min(found, key=len)
            return
        expected = TYPES[schema["type"]]
        if type(value) is not expected:
            yield f"{at} is {type(value).__name__}, not {expected.__name__}"
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
            if name in properties:
                yield from self._faults(child, properties[name], f"{at}.{name}")
            elif not schema.get("additionalProperties"):
                yield f"{at}.{name} is not known to Stripe"


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    assert DESCRIPTION is not None
    return Shapes(DESCRIPTION)


ATTEMPTS = [None, (), (UNKNOWN,), (DECLINED,), (REPORTED, APPROVED)]


@pytest.mark.parametrize("facts", ATTEMPTS)
def test_payment_intents_and_readers(shapes: Shapes, facts: tuple[AttemptFact, ...] | None) -> None:
    attempt = None if facts is None else records.attempt(*facts)
    assert shapes.faults(payment_intent(records.payment_intent(), attempt), "payment_intent") == []
    shown = reader(records.reader(attempt), attempt, Presence(online=True, last_seen_ms=1))
    assert shapes.faults(shown, "terminal.reader") == []


@pytest.mark.parametrize("facts", [(DECLINED,), (REPORTED, APPROVED)])
def test_charges(shapes: Shapes, facts: tuple[AttemptFact, ...]) -> None:
    shown = charge(records.payment_intent(), records.attempt(*facts), records.reader())
    assert shapes.faults(shown, "charge") == []


def test_events(shapes: Shapes) -> None:
    for event in told(REPORTED, APPROVED):
        assert shapes.faults(event, "event") == []
