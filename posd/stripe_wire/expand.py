"""`expand[]`: ids in an answer replaced by the objects they name.

What may be expanded is a table, so that an unknown path is refused before anything is done, also
where the field turns out to be null. Source: Stripe API reference, "Expanding responses".
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from posd.stripe_wire import fields
from posd.stripe_wire.errors import invalid_request
from posd.stripe_wire.form import Node

LIST_OF = "[]"
LEVELS_MAX = 4
PATHS_MAX = 20

Path: TypeAlias = tuple[str, ...]

Expandable: TypeAlias = Mapping[tuple[str, str], str]
"""(object type, field) → type of the object named there.

A field inside plain hashes is written with dots: `("terminal.reader",
"action.process_payment_intent.payment_intent"): "payment_intent"`. A type that ends in `[]` is a
list of those that belong to the object: it is told only where it is asked for, and found by the
object's own id.
"""

Json: TypeAlias = dict[str, object]

Resolve: TypeAlias = Callable[[str, str], Json]
"""(object type, id) → the object."""


def paths(
    params: Mapping[str, Node], kind: str, expandable: Expandable, *, in_list: bool = False
) -> tuple[Path, ...]:
    """The paths a request asks for, all known to lead from an object of type `kind`.

    Args:
        params: The whole request; only `expand` is read.
        kind: The `object` of what will be answered, or of its items if `in_list`.
        expandable: What may be expanded.
        in_list: The answer is a list, so that paths begin with `data.`.

    Raises:
        errors.Rejected: More than four levels, or a path that is not in the table.
    """
    if "expand" not in params:
        return ()
    asked = fields.array_of_text(params["expand"], "expand")
    if len(asked) > PATHS_MAX:
        raise invalid_request(f"You cannot expand more than {PATHS_MAX} paths.", param="expand")
    known: list[Path] = []
    for index, written in enumerate(asked):
        path = tuple(written.split("."))
        if len(path) > LEVELS_MAX:
            raise invalid_request(
                f"You cannot expand more than {LEVELS_MAX} levels of a property. "
                f"Property: {written}",
                param=f"expand[{index}]",
            )
        if not _is_known(path, kind, expandable, in_list=in_list):
            raise invalid_request(
                f"This property cannot be expanded ({written}).", param=f"expand[{index}]"
            )
        known.append(path)
    return tuple(known)


def expand(answer: Json, asked: tuple[Path, ...], table: Expandable, resolve: Resolve) -> Json:
    """A copy of the answer with every asked path expanded; null stays null.

    `asked` comes from `paths`. An object is resolved once per place where it is named.
    """
    for path in asked:
        answer = _expanded(answer, path, table, resolve)
    return answer


def _is_known(path: Path, kind: str, expandable: Expandable, *, in_list: bool) -> bool:
    if in_list:
        if path[0] != "data":
            return False
        path = path[1:]
    if not path:
        return False
    while path:
        taken = _field(path, kind, expandable)
        if taken is None:
            return False
        field, path = taken
        kind = expandable[kind, field]
        if kind.endswith(LIST_OF) and path:
            if path[0] != "data" or len(path) == 1:
                return False
            kind, path = kind.removesuffix(LIST_OF), path[1:]
    return True


def _field(path: Path, kind: str, expandable: Expandable) -> tuple[str, Path] | None:
    """The expandable field at the start of the path, and the rest."""
    for count in range(1, len(path) + 1):
        field = ".".join(path[:count])
        if (kind, field) in expandable:
            return field, path[count:]
    return None


def _expanded(node: Json, path: Path, table: Expandable, resolve: Resolve) -> Json:
    kind = node["object"]
    assert isinstance(kind, str), node
    if kind == "list":
        items = node["data"]
        assert isinstance(items, list), node
        return {**node, "data": [_expanded(item, path[1:], table, resolve) for item in items]}
    taken = _field(path, kind, table)
    assert taken is not None, (kind, path)
    field, rest = taken
    target = table[kind, field]
    if target.endswith(LIST_OF) and field not in node:
        node = {**node, field: node["id"]}

    def replaced(value: object) -> object:
        found = resolve(target, value) if isinstance(value, str) else value
        return _expanded(found, rest, table, resolve) if rest and isinstance(found, dict) else found

    return _with_field(node, field.split("."), replaced)


def _with_field(node: Json, keys: list[str], change: Callable[[object], object]) -> Json:
    """A copy of the hash with the value at `keys` changed, if it is there."""
    head, *rest = keys
    value = node.get(head)
    if rest:
        return {**node, head: _with_field(value, rest, change)} if isinstance(value, dict) else node
    return {**node, head: change(value)} if head in node else node
