"""Errors, lists, metadata, expand and idempotency, as each official SDK writes and reads them."""

from collections.abc import Iterator
from contextlib import closing
from itertools import count

import pytest

from tests.conformance.conftest import OpenTill
from tests.conformance.forgetful import Forgetful
from tests.conformance.sdks import NODE_MAJOR_MIN, Answer, Call, Json, SdkError, node_is_missing
from tests.conformance.till import Till, unheard_of
from tests.crash.store import MANAGER_KEY, READER, Store

AMOUNT = 1900
LONE_AMOUNT = 5100
"""Of payments that are counted in the terminal's book."""
SPARE = "zvt+tcp://127.0.0.1:9?simulated=true"
"""Of a reader at a port where nobody listens."""
TILLS_AT_ONCE = 50
ADDRESSES = (f"127.0.0.{last}" for last in count(2))
"""Of strangers: posd counts wrong keys by address, and the store is the same for every SDK."""
ACTIONS_INTENT = "action.process_payment_intent.payment_intent"


def sale(**more: object) -> Json:
    return {"amount": AMOUNT, "currency": "eur", **more}


def of_order(till: Till, order: str) -> list[Json]:
    """Every PaymentIntent of that order, newest first."""
    return till.every("payment_intents.search", {"query": f"metadata['order_id']:'{order}'"})


def error_of(till: Till, method: str, *arguments: str | Json, key: str | None = None) -> SdkError:
    """The error that the SDK raises."""
    with pytest.raises(SdkError) as raised:
        till.call(method, *arguments, key=key)
    assert (raised.value.request_id or "").startswith("req_posd_")
    return raised.value


@pytest.fixture
def network(shop: Store) -> Iterator[Forgetful]:
    with closing(Forgetful(f"http://127.0.0.1:{shop.port}")) as network:
        yield network


@pytest.fixture
def strangers_port(shop: Store) -> Iterator[int]:
    """Leads to posd, from an address that nobody has called from yet."""
    with closing(Forgetful(f"http://127.0.0.1:{shop.port}", next(ADDRESSES))) as network:
        yield network.server_port


def test_the_node_sdk_is_among_them() -> None:
    """The one skip that is printed where it cannot run."""
    if missing := node_is_missing():
        pytest.skip(f"{missing}; the Node SDK needs Node {NODE_MAJOR_MIN} and npm")


def test_an_error_names_code_param_and_request(till: Till) -> None:
    missing = error_of(till, "payment_intents.retrieve", "pi_nope")
    assert (missing.kind, missing.status) == ("InvalidRequestError", 404)
    assert (missing.code, missing.param) == ("resource_missing", "intent")
    assert "pi_nope" in missing.message


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"currency": "eur"}, "parameter_missing", "amount"),
        (sale(tip=5), "parameter_unknown", "tip"),
        (sale(amount="12.50"), "parameter_invalid_integer", "amount"),
        (sale(amount=-1), "parameter_invalid_integer", "amount"),
        (sale(currency="isk"), "currency_not_supported", "currency"),
        (sale(payment_method_types=["card"]), "parameter_invalid", "payment_method_types[0]"),
        (sale(metadata={"note": "x" * 501}), "parameter_invalid", "metadata[note]"),
        (sale(metadata={"x" * 41: "a key"}), "parameter_invalid", "metadata"),
        (sale(metadata=dict.fromkeys(map(str, range(51)), "x")), "parameter_invalid", "metadata"),
    ],
)
def test_a_wrong_parameter_is_named(till: Till, params: Json, code: str, param: str) -> None:
    error = error_of(till, "payment_intents.create", params)
    assert (error.kind, error.status) == ("InvalidRequestError", 400)
    assert (error.code, error.param) == (code, param)


def test_a_wrong_key_is_an_authentication_error(strangers_port: int, open_till: OpenTill) -> None:
    stranger = open_till(strangers_port, key="posd_test_of_nobody")
    error = error_of(stranger, "payment_intents.list")
    assert (error.kind, error.status) == ("AuthenticationError", 401)


def test_a_live_key_is_an_authentication_error_that_says_why(
    strangers_port: int, open_till: OpenTill
) -> None:
    error = error_of(open_till(strangers_port, key="posd_live_of_another"), "payment_intents.list")
    assert (error.kind, error.code) == ("AuthenticationError", "livemode_mismatch")


def test_what_the_role_may_not_do_is_a_permission_error(till: Till) -> None:
    code = {"registration_code": "zvt+tcp://127.0.0.1:20007?simulated=true"}
    error = error_of(till, "terminal.readers.create", code)
    assert (error.kind, error.status) == ("PermissionError", 403)


def test_what_posd_does_not_offer_is_an_error_of_the_request(till: Till) -> None:
    error = error_of(till, "customers.list")
    assert (error.kind, error.status) == ("InvalidRequestError", 404)


def test_lists_page_forwards_backwards_and_by_themselves(till: Till) -> None:
    made = [till.create(AMOUNT)["id"] for _ in range(5)][::-1]
    first = till.call("payment_intents.list", {"limit": 2})
    assert ([one["id"] for one in first["data"]], first["has_more"]) == (made[:2], True)
    after = {"limit": 2, "starting_after": made[1]}
    second = till.call("payment_intents.list", after)
    assert [one["id"] for one in second["data"]] == made[2:4]
    before = till.call("payment_intents.list", {"limit": 2, "ending_before": made[2]})
    assert [one["id"] for one in before["data"]] == made[:2]
    oldest = till.intent(made[-1])["created"]
    since = till.every("payment_intents.list", {"limit": 2, "created": {"gte": oldest}})
    assert [one["id"] for one in since][:5] == made
    everything = [one["id"] for one in till.every("payment_intents.list", {"limit": 3})]
    assert everything[:5] == made
    assert len(everything) == len(set(everything)), "no payment is on two pages"
    assert error_of(till, "payment_intents.list", {"limit": 101}).param == "limit"
    lost = error_of(till, "payment_intents.list", {"starting_after": "pi_nope"})
    assert (lost.code, lost.param) == ("resource_missing", "starting_after")


def test_readers_are_listed_and_filtered(till: Till) -> None:
    attached = till.every("terminal.readers.list", {"device_type": "posd_zvt"})
    assert [one["id"] for one in attached] == [READER]
    offline = till.call("terminal.readers.list", {"status": "offline", "device_type": "posd_zvt"})
    assert (offline["data"], offline["has_more"]) == ([], False)


def test_a_reader_is_registered_renamed_deleted_and_registered_again(
    shop: Store, open_till: OpenTill
) -> None:
    manager = open_till(shop.port, key=MANAGER_KEY)
    spare = {"registration_code": SPARE, "label": "Spare", "metadata": {"shelf": "3"}}
    made = manager.call("terminal.readers.create", spare)
    assert (made["label"], made["device_type"], made["status"]) == ("Spare", "posd_zvt", "offline")
    assert error_of(manager, "terminal.readers.create", spare).param == "registration_code"
    renamed = manager.call("terminal.readers.update", made["id"], {"label": "Window"})
    assert (renamed["label"], renamed["metadata"]) == ("Window", {"shelf": "3"})
    gone = manager.call("terminal.readers.delete", made["id"])
    assert (gone["id"], gone["deleted"]) == (made["id"], True)
    assert made["id"] not in [one["id"] for one in manager.every("terminal.readers.list", {})]
    again = manager.call("terminal.readers.create", spare)
    assert again["id"] != made["id"], "its payments keep the reader they were made at"
    manager.call("terminal.readers.delete", again["id"])
    declared = error_of(manager, "terminal.readers.delete", READER)
    assert (declared.code, declared.param) == ("parameter_invalid", "reader")


def test_events_tell_of_a_payment_by_type(till: Till) -> None:
    made = till.create(AMOUNT)
    types = ["payment_intent.created", "payment_intent.succeeded"]
    latest = till.call("events.list", {"types": types, "limit": 1})["data"][0]
    assert (latest["object"], latest["type"]) == ("event", "payment_intent.created")
    assert latest["data"]["object"]["id"] == made["id"]
    assert till.call("events.retrieve", latest["id"])["id"] == latest["id"]
    more = {"limit": 2, "type": "payment_intent.*", "created": {"gte": made["created"]}}
    made_since = [till.create(AMOUNT)["id"] for _ in range(4)][::-1]
    told = [event["data"]["object"]["id"] for event in till.every("events.list", more)]
    assert told[:5] == [*made_since, made["id"]]


def test_a_search_finds_the_payments_of_an_order(till: Till) -> None:
    order = unheard_of()
    made = [till.create(AMOUNT, metadata={"order_id": order})["id"] for _ in range(3)][::-1]
    query = {"query": f"metadata['order_id']:'{order}'", "limit": 2}
    first = till.call("payment_intents.search", query)
    assert ([one["id"] for one in first["data"]], first["has_more"]) == (made[:2], True)
    second = till.call("payment_intents.search", {**query, "page": first["next_page"]})
    assert ([one["id"] for one in second["data"]], second["has_more"]) == (made[2:], False)
    assert [one["id"] for one in of_order(till, order)] == made
    whole = till.call("payment_intents.search", {**query, "limit": 3})
    assert (whole["has_more"], whole["next_page"]) == (False, None), "a full page may be the last"


def test_metadata_is_merged_unset_and_cleared(till: Till) -> None:
    odd = {"0": "a key, not an index", "ümlaut & more": "50 % = ½ + [ ]", "note": "window"}
    intent = till.create(AMOUNT, metadata=odd)
    assert intent["metadata"] == odd
    change = {"metadata": {"note": "", "table": "7"}, "description": "Lunch"}
    changed = till.call("payment_intents.update", intent["id"], change)
    del odd["note"]
    assert changed["metadata"] == {**odd, "table": "7"}
    assert changed["description"] == "Lunch"
    cleared = till.call("payment_intents.update", intent["id"], {"metadata": "", "amount": 700})
    assert (cleared["metadata"], cleared["amount"]) == ({}, 700)
    assert till.intent(intent["id"])["description"] == "Lunch"


def test_expand_puts_objects_where_ids_were(till: Till) -> None:
    intent = till.create(AMOUNT)["id"]
    taken = till.call(
        "terminal.readers.process_payment_intent",
        READER,
        {"payment_intent": intent, "expand": [ACTIONS_INTENT]},
    )
    named = taken["action"]["process_payment_intent"]["payment_intent"]
    assert (named["object"], named["id"]) == ("payment_intent", intent)
    paid = till.ended(intent)
    charge = till.intent(intent, "latest_charge.payment_intent")["latest_charge"]
    assert (charge["object"], charge["id"]) == ("charge", paid["latest_charge"])
    assert charge["payment_intent"]["id"] == intent
    listed = till.call("payment_intents.list", {"limit": 1, "expand": ["data.latest_charge"]})
    assert listed["data"][0]["latest_charge"]["object"] == "charge"
    unknown = error_of(till, "payment_intents.retrieve", intent, {"expand": ["customers"]})
    assert unknown.status == 400
    deep = ".".join(["latest_charge", "payment_intent"] * 3)
    assert error_of(till, "payment_intents.retrieve", intent, {"expand": [deep]}).status == 400


def test_a_key_used_again_is_the_same_payment_and_says_so(till: Till) -> None:
    key = unheard_of()
    first = till.answer("payment_intents.create", sale(), key=key)
    again = till.answer("payment_intents.create", sale(), key=key)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.body == first.body
    other = error_of(till, "payment_intents.create", sale(amount=AMOUNT + 1), key=key)
    assert (other.kind, other.status) == ("IdempotencyError", 400)


def test_fifty_calls_at_once_with_one_key_are_one_payment(shop: Store, open_till: OpenTill) -> None:
    till = open_till(shop.port)
    order = unheard_of()
    call = Call("payment_intents.create", (sale(metadata={"order_id": order}),), key=order)
    answers = till.at_once([call] * TILLS_AT_ONCE)
    told = [answer for answer in answers if isinstance(answer, Answer)]
    assert len(told) == TILLS_AT_ONCE, answers
    assert len({answer.body["id"] for answer in told}) == 1
    assert [answer.replayed for answer in told].count(False) == 1
    assert [one["id"] for one in of_order(till, order)] == [told[0].body["id"]]


def test_fifty_calls_at_once_to_one_reader_are_one_attempt(
    shop: Store, open_till: OpenTill
) -> None:
    till = open_till(shop.port)
    booked = shop.booked(LONE_AMOUNT)
    intent = till.create(LONE_AMOUNT)["id"]
    arguments = (READER, {"payment_intent": intent})
    call = Call("terminal.readers.process_payment_intent", arguments, key=unheard_of())
    answers = till.at_once([call] * TILLS_AT_ONCE)
    told = [answer.replayed for answer in answers if isinstance(answer, Answer)]
    assert len(told) == TILLS_AT_ONCE, answers
    assert told.count(False) == 1
    assert till.ended(intent)["status"] == "succeeded"
    assert shop.booked(LONE_AMOUNT) == booked + 1


def test_an_answer_that_got_lost_is_asked_for_again_with_the_same_key(
    shop: Store, network: Forgetful, open_till: OpenTill
) -> None:
    till = open_till(network.server_port)
    booked = shop.booked(LONE_AMOUNT)
    order = unheard_of()
    wanted = sale(amount=LONE_AMOUNT, metadata={"order_id": order})
    network.losing = 1
    created = till.answer("payment_intents.create", wanted)
    network.losing = 1
    hand_over = {"payment_intent": created.body["id"]}
    taken = till.answer("terminal.readers.process_payment_intent", READER, hand_over)
    assert created.replayed
    assert taken.replayed
    paths = ("/v1/payment_intents", f"/v1/terminal/readers/{READER}/process_payment_intent")
    assert [seen.path for seen in network.seen] == [path for path in paths for _ in range(2)]
    keys = [seen.key for seen in network.seen]
    assert keys[0] == keys[1]
    assert keys[2] == keys[3]
    assert None not in keys
    direct = open_till(shop.port)
    assert direct.ended(created.body["id"])["status"] == "succeeded"
    assert shop.booked(LONE_AMOUNT) == booked + 1
    assert [one["id"] for one in of_order(direct, order)] == [created.body["id"]]
