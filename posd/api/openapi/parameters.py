"""A params model as JSON schemas: what its annotations say, and the limits of what reads it."""

from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from types import NoneType
from typing import Any, Final, get_args, get_origin

from posd.api.openapi.answers import Json
from posd.api.params import Params
from posd.stripe_wire import fields

SCALARS: Final[Mapping[type, Json]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    str: {"type": "string"},
}
TEXT: Final[Json] = {
    "type": "string",
    "minLength": 1,
    "maxLength": fields.TEXT_CHARACTERS_MAX,
    "pattern": r"\S",
}
AMOUNT: Final[Json] = {"type": "integer", "minimum": 1, "maximum": fields.AMOUNT_MAX}
READ: Final[Mapping[Callable[..., object], Json]] = {
    fields.text: TEXT,
    fields.amount: AMOUNT,
    fields.currency: {"type": "string", "pattern": "^[A-Za-z]{3}$"},
    fields.integer: {"type": "integer"},
    fields.choice: {"type": "string"},
}
"""What the fields of Stripe's dialect take, where that is more than the type of what comes out."""
LIMITS: Final = {"minimum": "minimum", "maximum": "maximum", "characters_max": "maxLength"}
"""The arguments of those fields that are limits, in the words of JSON Schema."""


def parameters(model: type[Params]) -> Mapping[str, Json]:
    """Each parameter by the name that a form has for it, with its schema."""
    grammar = model.grammar()
    told: dict[str, Json] = {}
    for name, field in model.named().items():
        schema = _schema(grammar[name], field.annotation)
        told[f"{name}[]" if schema["type"] == "array" else name] = schema
    return told


def required(model: type[Params]) -> tuple[str, ...]:
    """The parameters that must be there."""
    return tuple(name for name, field in model.named().items() if field.is_required())


def _schema(read: Callable[..., object], annotation: Any) -> Json:  # noqa: ANN401 (a type)
    whole: partial[object] = read if isinstance(read, partial) else partial(read)
    limits = whole.keywords
    told = dict(READ[whole.func]) if whole.func in READ else _of_type(annotation)
    told |= {LIMITS[name]: limit for name, limit in limits.items() if name in LIMITS}
    if "allowed" in limits:
        told["enum"] = list(limits["allowed"])
    return told


def _of_type(annotation: Any) -> Json:  # noqa: ANN401 (a type)
    """What comes out, which is what goes in where only the form's text lies between."""
    kinds = [kind for kind in get_args(annotation) if kind not in {NoneType, ...}]
    if get_origin(annotation) is tuple:
        return {"type": "array", "items": _of_type(kinds[0])}
    kind = kinds[0] if kinds else annotation
    if kinds and kind not in SCALARS:
        return _of_type(kind)
    if issubclass(kind, Enum):
        return {"type": "string", "enum": [member.value for member in kind]}
    return dict(SCALARS[kind])
