"""Typed values out of form strings, with the codes and limits of Stripe's validation.

`param` is always the name as the caller wrote it, e.g. `amount_requested[value]`, because SDKs
hand it to the developer. Every function raises `errors.Rejected` and decides nothing else.
"""

import re
from collections.abc import Collection, Mapping

from posd.stripe_wire.errors import Rejected, invalid_request
from posd.stripe_wire.form import Node

AMOUNT_MAX = 99_999_999
"""Minor units. Stripe takes up to eight digits."""

TEXT_CHARACTERS_MAX = 5_000
METADATA_KEYS_MAX = 50
METADATA_KEY_CHARACTERS_MAX = 40
METADATA_VALUE_CHARACTERS_MAX = 500

_INTEGER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)

MetadataChange = dict[str, str] | None
"""Keys to set, keys to remove (value ''), or None: remove all."""


def require(params: Mapping[str, Node], name: str, param: str | None = None) -> Node:
    """The parameter, or `parameter_missing`."""
    if name not in params:
        shown = param or name
        raise invalid_request(
            f"Missing required param: {shown}.", code="parameter_missing", param=shown
        )
    return params[name]


def reject_unknown(params: Mapping[str, Node], known: Collection[str], prefix: str = "") -> None:
    """Refuse the first parameter that is not known: Stripe ignores nothing, and a typo is one."""
    for name in params:
        if name not in known:
            shown = f"{prefix}[{name}]" if prefix else name
            raise invalid_request(
                f"Received unknown parameter: {shown}", code="parameter_unknown", param=shown
            )


def text(node: Node, param: str, characters_max: int = TEXT_CHARACTERS_MAX) -> str:
    """A string that is neither empty nor blank."""
    if not isinstance(node, str):
        raise invalid_request("Invalid string: expected text.", param=param)
    if not node:
        raise _empty(param)
    if not node.strip():
        raise invalid_request(
            f"You passed a blank string for '{param}'.",
            code="parameter_invalid_string_blank",
            param=param,
        )
    if len(node) > characters_max:
        raise invalid_request(
            f"Invalid string: {len(node)} characters, at most {characters_max} are allowed.",
            param=param,
        )
    return node


def hash_of(node: Node, param: str) -> dict[str, Node]:
    """A hash. '' is not one: what may be unset asks for '' first."""
    if not isinstance(node, dict):
        raise invalid_request("Invalid object", param=param)
    return node


def array_of_text(node: Node, param: str) -> list[str]:
    """An array of non-empty strings."""
    if not isinstance(node, list):
        raise invalid_request("Invalid array", param=param)
    return [text(item, f"{param}[{index}]") for index, item in enumerate(node)]


def integer(
    node: Node, param: str, *, minimum: int | None = None, maximum: int | None = None
) -> int:
    """A decimal integer of at most 18 digits within the bounds."""
    if not isinstance(node, str) or not _INTEGER.fullmatch(node):
        if node == "":
            raise _empty(param)
        raise _not_integer("Invalid integer", param)
    value = int(node)
    if minimum is not None and value < minimum:
        raise _not_integer(f"This value must be greater than or equal to {minimum}.", param)
    if maximum is not None and value > maximum:
        raise _not_integer(f"This value must be less than or equal to {maximum}.", param)
    return value


def amount(node: Node, param: str) -> int:
    """A positive amount in Stripe's minor units, at most eight digits."""
    value = integer(node, param, minimum=1)
    if value > AMOUNT_MAX:
        raise invalid_request(
            f"Amount must be no more than {AMOUNT_MAX}.", code="amount_too_large", param=param
        )
    return value


def currency(node: Node, param: str) -> str:
    """Three letters, answered in lower case. Whether the currency is supported is not said."""
    if node == "":
        raise _empty(param)
    if not isinstance(node, str) or not _CURRENCY.fullmatch(node):
        raise invalid_request("Invalid currency: a three-letter ISO 4217 code.", param=param)
    return node.lower()


def boolean(node: Node, param: str) -> bool:
    """`true` or `false`."""
    if node == "true":
        return True
    if node == "false":
        return False
    if node == "":
        raise _empty(param)
    raise invalid_request("Invalid boolean: must be 'true' or 'false'.", param=param)


def timestamp(node: Node, param: str) -> int:
    """Seconds since 1970 UTC."""
    return integer(node, param, minimum=0)


def choice(node: Node, param: str, allowed: Collection[str]) -> str:
    """One of the allowed words."""
    if node == "":
        raise _empty(param)
    if not isinstance(node, str) or node not in allowed:
        raise invalid_request(f"Invalid {param}: must be one of {', '.join(allowed)}", param=param)
    return node


def metadata(node: Node, param: str = "metadata") -> MetadataChange:
    """What a request asks of an object's metadata: at most 50 keys, 40 and 500 characters."""
    if node == "":
        return None
    change: dict[str, str] = {}
    for key, value in hash_of(node, param).items():
        if not isinstance(value, str):
            raise invalid_request("Metadata values must be strings.", param=f"{param}[{key}]")
        if len(key) > METADATA_KEY_CHARACTERS_MAX:
            raise invalid_request(
                f"Metadata keys can have up to {METADATA_KEY_CHARACTERS_MAX} characters.",
                param=param,
            )
        if len(value) > METADATA_VALUE_CHARACTERS_MAX:
            raise invalid_request(
                f"Metadata values can have up to {METADATA_VALUE_CHARACTERS_MAX} characters.",
                param=f"{param}[{key}]",
            )
        change[key] = value
    return change


def merge_metadata(
    current: Mapping[str, str], change: MetadataChange, param: str = "metadata"
) -> dict[str, str]:
    """The metadata after the change: given keys set, '' removed, None clears, others kept."""
    if change is None:
        return {}
    merged = {key: value for key, value in {**current, **change}.items() if value != ""}
    if len(merged) > METADATA_KEYS_MAX:
        raise invalid_request(f"Metadata can have up to {METADATA_KEYS_MAX} keys.", param=param)
    return merged


def _empty(param: str) -> Rejected:
    return invalid_request(
        f"You passed an empty string for '{param}'.", code="parameter_invalid_empty", param=param
    )


def _not_integer(message: str, param: str) -> Rejected:
    return invalid_request(message, code="parameter_invalid_integer", param=param)
