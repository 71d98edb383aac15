import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posd.stripe_wire import form
from posd.stripe_wire.errors import Rejected
from posd.stripe_wire.form import Node, Value, encode, parse
from tests.unit.posd.stripe_wire import sdk

# Stripe API reference, request bodies of its curl and SDK examples; left as sent, right as meant.
SPELLINGS: list[tuple[bytes, dict[str, Node]]] = [
    (b"", {}),
    (b"amount=2000&currency=usd", {"amount": "2000", "currency": "usd"}),
    (b"metadata[order_id]=6735", {"metadata": {"order_id": "6735"}}),
    (b"metadata%5Border_id%5D=6735", {"metadata": {"order_id": "6735"}}),
    (
        b"payment_method_types[]=card&payment_method_types[]=card_present",
        {"payment_method_types": ["card", "card_present"]},
    ),
    (b"expand[0]=customer&expand[1]=invoice", {"expand": ["customer", "invoice"]}),
    (b"expand[1]=invoice&expand[0]=customer", {"expand": ["customer", "invoice"]}),
    (b"expand[10]=invoice&expand[9]=customer", {"expand": ["customer", "invoice"]}),
    (
        (
            b"cart[line_items][0][description]=Tea&cart[line_items][0][amount]=250"
            b"&cart[line_items][1][description]=Milk&cart[line_items][1][amount]=90"
        ),
        {
            "cart": {
                "line_items": [
                    {"description": "Tea", "amount": "250"},
                    {"description": "Milk", "amount": "90"},
                ]
            }
        },
    ),
    (
        b"items[][sku]=a&items[][qty]=1&items[][sku]=b&items[][qty]=2",
        {"items": [{"sku": "a", "qty": "1"}, {"sku": "b", "qty": "2"}]},
    ),
    (
        b"items[][price][unit]=a&items[][price][sum]=1&items[][price][unit]=b",
        {"items": [{"price": {"unit": "a", "sum": "1"}}, {"price": {"unit": "b"}}]},
    ),
    (b"items[][tags][]=a&items[][tags][]=b", {"items": [{"tags": ["a", "b"]}]}),
    (b"items[]=a&items[][sku]=b", {"items": ["a", {"sku": "b"}]}),
    (
        b"items[][price]=a&items[][price][sum]=1",
        {"items": [{"price": "a"}, {"price": {"sum": "1"}}]},
    ),
    (b"metadata=", {"metadata": ""}),
    (b"metadata[note]=", {"metadata": {"note": ""}}),
    (b"metadata[0]=zero", {"metadata": {"0": "zero"}}),
    (b"label=Lane+1%2C+caf%C3%A9&&", {"label": "Lane 1, café"}),
    (b"flag", {"flag": ""}),
    (b"hash[01]=a", {"hash": {"01": "a"}}),
    (b"hash[00000]=a&hash[x]=b", {"hash": {"00000": "a", "x": "b"}}),
]


@pytest.mark.parametrize(("sent", "meant"), SPELLINGS)
def test_every_spelling_in_use_is_read(sent: bytes, meant: dict[str, Node]) -> None:
    assert parse(sent) == meant


@pytest.mark.parametrize(
    ("sent", "param"),
    [
        (b"a[b=1", "a[b"),
        (b"a]b[=1", "a]b["),
        (b"a[b]c=1", "a[b]c"),
        (b"a[[b]]=1", "a[[b]]"),
        (b"[a]=1", "[a]"),
        (b"=1", ""),
        (b"amount=100&amount=200", "amount"),
        (b"a[0]=x&a[0]=y", "a[0]"),
        (b"a[5]=x&a[4]=x&a[]=y", "a[]"),
        (b"a=1&a[b]=2", "a[b]"),
        (b"a[b]=2&a=1", "a"),
        (b"a[]=1&a[0][k]=2", "a[0][k]"),
        (b"a[k]=1&a[]=2", "a[]"),
        (b"metadata[]=1", "metadata[]"),
        (b"a" + b"[b]" * 12 + b"=1", "a" + "[b]" * 12),
        (b"a%ff=1", "a%ff"),
        (b"a=%ff", "a"),
        (b"a" * 500 + b"[=1", "a" * 100),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(sent: bytes, param: str) -> None:
    with pytest.raises(Rejected) as refusal:
        parse(sent)
    assert refusal.value.error.param == param


def test_the_deepest_allowed_name_is_read() -> None:
    node: Node = parse(b"a" + b"[b]" * (form.SEGMENTS_MAX - 1) + b"=1")
    for _ in range(form.SEGMENTS_MAX):
        assert isinstance(node, dict)
        (node,) = node.values()
    assert node == "1"


def test_too_many_parameters_are_refused() -> None:
    at_limit = b"&".join(b"a[]=x" for _ in range(form.PAIRS_MAX))
    assert len(parse(at_limit)["a"]) == form.PAIRS_MAX
    with pytest.raises(Rejected):
        parse(at_limit + b"&a[]=x")


def test_too_long_a_body_is_refused_as_too_large() -> None:
    with pytest.raises(Rejected) as refusal:
        parse(b"a=" + b"x" * (form.BODY_BYTES_MAX - 1))
    assert refusal.value.error.status == 413
    assert parse(b"a=" + b"x" * (form.BODY_BYTES_MAX - 2))


def test_the_body_of_a_report_is_written_as_the_sdk_writes_it() -> None:
    params: dict[str, Value] = {
        "amount_requested": {"currency": "eur", "value": 1250},
        "flag": True,
        "off": False,
        "gone": None,
        "metadata": {"order id": "42 & 43", "note": "ü[0]", "unset": ""},
        "expand": ["latest_payment_attempt_record"],
        "nothing": [],
    }
    # application/x-www-form-urlencoded (WHATWG URL standard, 5.2), brackets unescaped.
    typed_by_hand = (
        b"amount_requested[currency]=eur&amount_requested[value]=1250&flag=true&off=false"
        b"&metadata[order+id]=42+%26+43&metadata[note]=%C3%BC[0]&metadata[unset]="
        b"&expand[0]=latest_payment_attempt_record"
    )
    assert encode(params) == typed_by_hand
    assert sdk.encoded(params) == typed_by_hand


names = st.text("abcdefghij_", min_size=1, max_size=6).filter(lambda name: name != "metadata")
texts = st.text(" aZ09&=+%[]/\n\0üß€😀", max_size=12)
scalars = texts | st.integers(-(10**12), 10**12) | st.booleans()
# An array of booleans is left out: the SDK writes `True` there, and the API has none.
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner.filter(lambda item: not isinstance(item, bool)), min_size=1, max_size=3)
        | st.dictionaries(names, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)
requests = st.dictionaries(names, values, max_size=4)


def as_text(value: Value) -> Node:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | str():
            return str(value)
        case dict():
            return {key: as_text(child) for key, child in value.items()}
        case list():
            return [as_text(child) for child in value]
        case _:
            raise AssertionError(value)


@given(requests)
def test_what_the_sdk_sends_is_read_and_written_alike(params: dict[str, Value]) -> None:
    sent = sdk.encoded(params)
    assert encode(params) == sent
    assert parse(sent) == {name: as_text(value) for name, value in params.items()}


@given(st.binary(max_size=60) | st.text("a[]=&0%k", max_size=40).map(str.encode))
def test_noise_is_read_or_refused_and_nothing_else(noise: bytes) -> None:
    with contextlib.suppress(Rejected):
        parse(noise)
