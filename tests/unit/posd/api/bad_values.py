"""What can be wrong with a parameter, drawn from the type that its model declares.

A parameter of a type that is not in `FAULTS` fails the tests: whoever adds it says here what is bad
about it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from posd.api.configuration_params import Section
from posd.api.params import Params
from posd.stripe_wire import fields
from posd.stripe_wire.form import FREE_FORM
from posd.stripe_wire.lists import TimeRange

EMPTY, BLANK = "parameter_invalid_empty", "parameter_invalid_string_blank"
INTEGER, INVALID = "parameter_invalid_integer", "parameter_invalid"
LONG = fields.TEXT_CHARACTERS_MAX + 1
UNTYPED: Final[Mapping[str, type]] = {"limit": int, "starting_after": str, "ending_before": str}
"""The parameters of a page, which posd.stripe_wire.lists reads together."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One request that must be refused.

    Attributes:
        form: The parameter as it stands in a body or a query.
        codes: What `code` may be; nearly always one.
        param: What `param` is.
    """

    form: bytes
    codes: frozenset[str]
    param: str


def faults(model: type[Params], name: str) -> list[Fault]:
    """What a request with this parameter, all others being good, is refused for."""
    field = model.named()[name]
    kind = kind_of(name, field)
    found = [*_of_any(name), *FAULTS[kind](name)]
    if field.is_required() and kind is str:
        found += [fault(f"{name}=", name, EMPTY)]
    return found


def kind_of(name: str, field: FieldInfo) -> type:
    """The type of a parameter, without None and without what its items are."""
    declared = UNTYPED.get(name, field.annotation)
    if get_origin(declared) in (Union, UnionType):
        (declared,) = set(get_args(declared)) - {NoneType}
    kind: Any = get_origin(declared) or declared
    if issubclass(kind, Enum):
        return Enum
    if kind not in FAULTS and is_dataclass(kind):
        return dict
    if kind is Mapping and name not in FREE_FORM:
        return dict
    assert kind in FAULTS, f"what is bad about '{name}', a {declared}?"
    found: type = kind
    return found


def fault(form: str | bytes, param: str, *codes: str) -> Fault:
    octets = form.encode() if isinstance(form, str) else form
    return Fault(octets, frozenset(codes or (INVALID,)), param)


def _of_any(name: str) -> Iterator[Fault]:
    """Shapes and octets that no parameter can have."""
    yield fault(f"{name}=1&{name}[a]=1", f"{name}[a]")
    yield fault(f"{name}[a]=1&{name}=1", name)
    yield fault(f"{name}[a]=1&{name}[a]=1", f"{name}[a]")
    yield fault(f"{name}=%FF", name)
    yield fault(f"{name}=%ED%A0%80", name)
    yield fault(name.encode() + b"=\xff\xfe", name)
    yield fault(f"{name}[%C3=1", f"{name}[%C3")
    yield fault(f"{name}[a=1", f"{name}[a")
    yield fault(f"{name}a]=1", f"{name}a]")
    yield fault(name + "[a]" * 12 + "=1", (name + "[a]" * 12)[:100])


def _of_integer(name: str) -> Iterator[Fault]:
    yield fault(f"{name}=1&{name}=1", name)
    yield fault(f"{name}=", name, EMPTY)
    for text in (
        "ten",
        "12.50",
        "12,50",
        "1e3",
        "-1",
        "%2B1",
        "%201",
        "1%00",
        "1%0A",
        "0x10",
        "NaN",
        "%F0%9F%8D%B0",
        "%D9%A1",
        "9" * 18,
        "9" * LONG,
    ):
        yield fault(f"{name}={text}", name, INTEGER, "amount_too_large")
    yield fault(f"{name}[]=1", name, INTEGER)
    yield fault(f"{name}[a]=1", name, INTEGER)


def _of_text(name: str) -> Iterator[Fault]:
    yield fault(f"{name}=1&{name}=1", name)
    yield fault(f"{name}={'x' * LONG}", name)
    yield fault(f"{name}=%20%09%0A", name, BLANK, INVALID)
    yield fault(f"{name}[]=1", name)
    yield fault(f"{name}[a]=1", name)


def _of_word(name: str) -> Iterator[Fault]:
    yield from _of_text(name)
    yield fault(f"{name}=", name, EMPTY)
    for text in ("nonsense", "TRUE", "%00", "%F0%9F%8D%B0"):
        yield fault(f"{name}={text}", name)


def _of_array(name: str) -> Iterator[Fault]:
    yield fault(f"{name}=1", name)
    yield fault(f"{name}[a]=1", name)
    yield fault(f"{name}[]=", f"{name}[0]", EMPTY)
    yield fault(f"{name}[][]=1", f"{name}[0]")
    yield fault(f"{name}[0]=1&{name}[0]=1", f"{name}[0]")
    yield fault(f"{name}[0]={'x' * LONG}", f"{name}[0]")


def _of_hashes(name: str) -> Iterator[Fault]:
    yield fault(f"{name}=1", name)
    yield fault(f"{name}=", name)
    yield fault(f"{name}[a]=1", name)
    yield fault(f"{name}[]=1", f"{name}[0]")
    yield fault(f"{name}[][]=1", f"{name}[0]")
    yield fault(f"{name}[0]=1&{name}[0]=1", f"{name}[0]")
    yield fault(f"{name}[][amont]=1", f"{name}[0][amont]", "parameter_unknown")


def _of_hash(name: str) -> Iterator[Fault]:
    yield fault(f"{name}=1", name)
    yield fault(f"{name}=", name)
    yield fault(f"{name}[]=1", name)


def _of_section(name: str) -> Iterator[Fault]:
    yield fault(f"{name}=1", name)
    yield fault(f"{name}=%20", name)
    yield fault(f"{name}[]=1", name)
    yield fault(f"{name}[amont]=1", f"{name}[amont]", "parameter_unknown")
    yield fault(f"{name}[a%00b][c]=1", f"{name}[a\0b]", "parameter_unknown")


def _of_metadata(name: str) -> Iterator[Fault]:
    yield fault(f"{name}=1", name)
    yield fault(f"{name}[]=1", f"{name}[]")
    yield fault(f"{name}[a][b]=1", f"{name}[a]")
    yield fault(f"{name}[{'k' * (fields.METADATA_KEY_CHARACTERS_MAX + 1)}]=1", name)
    long = "v" * (fields.METADATA_VALUE_CHARACTERS_MAX + 1)
    yield fault(f"{name}[a]={long}", f"{name}[a]")
    many = range(fields.METADATA_KEYS_MAX + 1)
    yield fault("&".join(f"{name}[k{number}]=v" for number in many), name)


def _of_time(name: str) -> Iterator[Fault]:
    yield fault(f"{name}=", name, EMPTY)
    yield fault(f"{name}=-1", name, INTEGER)
    yield fault(f"{name}=1.5", name, INTEGER)
    yield fault(f"{name}=today", name, INTEGER)
    yield fault(f"{name}[]=1", name)
    yield fault(f"{name}[since]=1", f"{name}[since]", "parameter_unknown")
    yield fault(f"{name}[gte]=", f"{name}[gte]", EMPTY)
    yield fault(f"{name}[lt]=today", f"{name}[lt]", INTEGER)
    yield fault(f"{name}[lt][gt]=1", f"{name}[lt]", INTEGER)


FAULTS: Final[Mapping[type, Callable[[str], Iterator[Fault]]]] = {
    int: _of_integer,
    str: _of_text,
    bool: _of_word,
    Enum: _of_word,
    tuple: _of_array,
    list: _of_hashes,
    Mapping: _of_metadata,
    dict: _of_hash,
    Section: _of_section,
    TimeRange: _of_time,
}
