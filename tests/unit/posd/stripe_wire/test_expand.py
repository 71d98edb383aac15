import copy

import pytest

from posd.stripe_wire.errors import Rejected
from posd.stripe_wire.expand import PATHS_MAX, Expandable, Json, expand, paths
from posd.stripe_wire.form import parse
from tests.unit.posd.stripe_wire import sdk

EXPANDABLE: Expandable = {
    ("payment_intent", "latest_charge"): "charge",
    ("charge", "payment_intent"): "payment_intent",
    ("terminal.reader", "action.process_payment_intent.payment_intent"): "payment_intent",
}
INTENT: Json = {"id": "pi_1", "object": "payment_intent", "latest_charge": "ch_1"}
CHARGE: Json = {"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}
STORE: dict[tuple[str, str], Json] = {
    ("payment_intent", "pi_1"): INTENT,
    ("charge", "ch_1"): CHARGE,
}


def resolve(kind: str, identifier: str) -> Json:
    return STORE[kind, identifier]


def expanded(answer: Json, *asked: str) -> Json:
    items = answer.get("data")
    kind = "payment_intent" if isinstance(items, list) else answer["object"]
    assert isinstance(kind, str)
    params = parse(sdk.encoded({"expand": list(asked)}))
    known = paths(params, kind, EXPANDABLE, in_list=isinstance(items, list))
    before = copy.deepcopy(answer)
    result = expand(answer, known, EXPANDABLE, resolve)
    assert answer == before, "the answer that was given is left as it was"
    return result


def test_nothing_asked_changes_nothing() -> None:
    assert paths({}, "charge", EXPANDABLE) == ()
    assert expand(INTENT, (), EXPANDABLE, resolve) == INTENT


def test_an_id_becomes_the_object() -> None:
    assert expanded(INTENT, "latest_charge") == {**INTENT, "latest_charge": CHARGE}


def test_a_path_goes_on_through_what_was_expanded() -> None:
    once = expanded(INTENT, "latest_charge.payment_intent")
    assert once == {**INTENT, "latest_charge": {**CHARGE, "payment_intent": INTENT}}
    assert expanded(INTENT, "latest_charge", "latest_charge.payment_intent") == once


def test_a_field_in_a_hash_is_reached_with_dots() -> None:
    action: Json = {"process_payment_intent": {"payment_intent": "pi_1"}}
    reader: Json = {"id": "tmr_1", "object": "terminal.reader", "action": action}
    result = expanded(reader, "action.process_payment_intent.payment_intent")
    assert result["action"] == {"process_payment_intent": {"payment_intent": INTENT}}


@pytest.mark.parametrize("action", [None, {"process_payment_intent": {}}])
def test_what_is_null_or_absent_stays_so(action: Json | None) -> None:
    reader: Json = {"id": "tmr_1", "object": "terminal.reader", "action": action}
    assert expanded(reader, "action.process_payment_intent.payment_intent.latest_charge") == reader
    unpaid: Json = {**INTENT, "latest_charge": None}
    assert expanded(unpaid, "latest_charge.payment_intent") == unpaid


def test_a_list_is_expanded_through_its_items() -> None:
    listed: Json = {"object": "list", "data": [INTENT, {**INTENT, "latest_charge": None}]}
    result = expanded(listed, "data.latest_charge")
    assert result["data"] == [
        {**INTENT, "latest_charge": CHARGE},
        {**INTENT, "latest_charge": None},
    ]


# Stripe API reference, "Expanding responses": four levels, lists begin with `data`.
@pytest.mark.parametrize(
    ("path", "in_list"),
    [
        ("customer", False),
        ("latest_charge.nothing", False),
        ("latest_charge.", False),
        ("data.latest_charge", False),
        ("latest_charge", True),
        ("data", True),
        ("latest_charge.payment_intent.latest_charge.payment_intent.latest_charge", False),
    ],
)
def test_an_unknown_path_is_refused_by_name(path: str, *, in_list: bool) -> None:
    params = parse(sdk.encoded({"expand": ["latest_charge", path]}))
    if in_list:
        params = parse(sdk.encoded({"expand": ["data.latest_charge", path]}))
    with pytest.raises(Rejected) as refusal:
        paths(params, "payment_intent", EXPANDABLE, in_list=in_list)
    assert refusal.value.error.param == "expand[1]"
    assert path in refusal.value.error.message


def test_too_many_paths_are_refused() -> None:
    params = parse(sdk.encoded({"expand": ["latest_charge"] * (PATHS_MAX + 1)}))
    with pytest.raises(Rejected):
        paths(params, "payment_intent", EXPANDABLE)


LISTS: Expandable = {("charge", "refunds"): "refund[]", ("refund", "charge"): "charge"}
REFUND: Json = {"id": "re_1", "object": "refund", "charge": "ch_1"}
REFUNDS: Json = {"object": "list", "data": [REFUND], "has_more": False, "url": "/v1/refunds"}


def with_lists(*asked: str) -> Json:
    known = paths(parse(sdk.encoded({"expand": list(asked)})), "charge", LISTS)
    kept = {("refund[]", "ch_1"): REFUNDS, ("charge", "ch_1"): CHARGE}
    return expand(CHARGE, known, LISTS, lambda kind, id_: kept[kind, id_])


def test_a_list_of_what_belongs_to_an_object_is_told_where_it_is_asked_for() -> None:
    assert with_lists() == CHARGE
    assert with_lists("refunds") == {**CHARGE, "refunds": REFUNDS}


def test_a_path_goes_on_into_the_objects_of_such_a_list() -> None:
    once = with_lists("refunds.data.charge")
    assert once == {**CHARGE, "refunds": {**REFUNDS, "data": [{**REFUND, "charge": CHARGE}]}}


@pytest.mark.parametrize("asked", ["refunds.data", "refunds.charge", "refunds.data.id", "refund"])
def test_such_a_list_is_expanded_whole_or_by_its_objects(asked: str) -> None:
    with pytest.raises(Rejected):
        with_lists(asked)
