"""Form bodies and queries: Stripe's nested, bracketed `application/x-www-form-urlencoded`.

Read in every encoding in use: `a[b]=c`, `a[0]=x` (the SDKs), `a[]=x` (curl), and
`items[][sku]=…&items[][qty]=…`, where a repeated key starts the next item. Written in the one
encoding of the SDKs: arrays indexed, booleans `true`/`false`, None left out.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, Union
from urllib.parse import unquote_to_bytes, urlencode

from posd.stripe_wire.errors import Rejected, invalid_request

BODY_BYTES_MAX = 65_536
PAIRS_MAX = 1_000
SEGMENTS_MAX = 12
INDEX_DIGITS_MAX = 4
NAME_SHOWN_CHARACTERS_MAX = 100

FREE_FORM = frozenset({"metadata"})
"""Parameters whose keys the caller makes up, so that `metadata[0]` is a key and not an index."""

Node: TypeAlias = str | list["Node"] | dict[str, "Node"]
"""A parsed parameter: text, array or hash. Types come from the reader (`fields`)."""

Value: TypeAlias = str | int | bool | Sequence["Value"] | Mapping[str, "Value"] | None
"""A parameter to encode. There are no floats: amounts are integers."""

_Hash: TypeAlias = dict[str, Union[str, "_Hash"]]


def parse(raw: bytes) -> dict[str, Node]:
    """The parameters of a body or query string. Raises Rejected, naming the parameter.

    A parameter given twice is rejected, not guessed: which amount was meant?
    """
    if len(raw) > BODY_BYTES_MAX:
        raise invalid_request(f"Request exceeds {BODY_BYTES_MAX} bytes.", status=413)
    pairs = [pair for pair in raw.split(b"&") if pair]
    if len(pairs) > PAIRS_MAX:
        raise invalid_request(f"Request has more than {PAIRS_MAX} parameters.")
    root: _Hash = {}
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        written = _decode(name, shown=name)
        _insert(root, _segments(written), _decode(value, shown=name), written)
    return {name: _settled(name, child) for name, child in root.items()}


def encode(params: Mapping[str, Value]) -> bytes:
    """The canonical body: same order as `params`, byte for byte what the official SDK sends.

    An empty array or hash leaves no trace, as with the SDKs; '' is what unsets a field.
    """
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        _write(pairs, name, value)
    written = urlencode(pairs).replace("%5B", "[").replace("%5D", "]")
    return written.encode("ascii")


def _decode(raw: bytes, shown: bytes) -> str:
    try:
        plain = raw.replace(b"+", b" ")
        return (unquote_to_bytes(plain) if b"%" in plain else plain).decode()
    except UnicodeDecodeError as error:
        name = shown.decode("ascii", "replace")[:NAME_SHOWN_CHARACTERS_MAX]
        raise invalid_request("Invalid UTF-8 in a parameter.", param=name) from error


def _malformed(name: str, why: str) -> Rejected:
    shown = name[:NAME_SHOWN_CHARACTERS_MAX]
    return invalid_request(f"Invalid parameter '{shown}': {why}.", param=shown)


def _segments(name: str) -> list[str]:
    """`a[b][][c]` as ["a", "b", "", "c"]."""
    head, bracket, rest = name.partition("[")
    segments = [head]
    if bracket:
        if not rest.endswith("]"):
            raise _malformed(name, "brackets do not match")
        segments += rest[:-1].split("][")
    between = "".join(segments)
    if not head or "[" in between or "]" in between:
        raise _malformed(name, "brackets do not match")
    if len(segments) > SEGMENTS_MAX:
        raise _malformed(name, f"nested deeper than {SEGMENTS_MAX} levels")
    return segments


def _insert(root: _Hash, segments: list[str], text: str, name: str) -> None:
    here = root
    for depth, segment in enumerate(segments[:-1]):
        key = _key(here, segments, depth, name)
        child = here.setdefault(key, {})
        if isinstance(child, str):
            raise _malformed(name, f"'{segment or key}' is given both as text and as a hash")
        here = child
    last = _key(here, segments, len(segments) - 1, name)
    if last in here:
        raise _malformed(name, "given more than once")
    here[last] = text


def _key(here: _Hash, segments: list[str], depth: int, name: str) -> str:
    """The key a segment stands for: itself, or for `[]` the index of the item it belongs to."""
    if segments[depth]:
        return segments[depth]
    if segments[depth - 1] in FREE_FORM:
        raise _malformed(name, "a hash is given as an array")
    latest = next(reversed(here), None)
    if latest is None:
        return "0"
    if not _is_index(latest):
        raise _malformed(name, "a hash is given as an array")
    rest = segments[depth + 1 :]
    if rest and not _holds(here[latest], rest):
        return latest
    return str(int(latest) + 1)


def _holds(item: str | _Hash, path: list[str]) -> bool:
    """Whether an array item already has something at `path`, so that a new item begins."""
    for segment in path:
        if isinstance(item, str):
            return True
        if not segment:
            return False
        if segment not in item:
            return False
        item = item[segment]
    return True


def _is_index(key: str) -> bool:
    return (
        key.isascii()
        and key.isdecimal()
        and len(key) <= INDEX_DIGITS_MAX
        and (key == "0" or not key.startswith("0"))
    )


def _settled(name: str, node: str | _Hash) -> Node:
    """Hashes whose keys are all indices become arrays, in the order of their indices."""
    if isinstance(node, str):
        return node
    if name not in FREE_FORM and all(_is_index(key) for key in node):
        return [_settled(key, node[key]) for key in sorted(node, key=int)]
    return {key: _settled(key, child) for key, child in node.items()}


def _write(pairs: list[tuple[str, str]], name: str, value: Value) -> None:
    match value:
        case None:
            pass
        case bool():
            pairs.append((name, "true" if value else "false"))
        case int() | str():
            pairs.append((name, str(value)))
        case Mapping():
            for key, child in value.items():
                _write(pairs, f"{name}[{key}]", child)
        case _:
            for index, child in enumerate(value):
                _write(pairs, f"{name}[{index}]", child)
