"""Nested forms in every encoding that is in use, octet for octet, at a real posd.

The SDKs index their arrays; Stripe's documents write `a[]=x` for curl; some HTTP libraries quote
the brackets, and some send parameters in the query of a POST.
"""

from urllib.parse import quote, quote_plus

import httpx2
import pytest

from tests.crash.store import READER_PATH, Store

SALE = "amount=1250&currency=eur"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def post(shop: Store, body: str, query: str = "") -> httpx2.Response:
    path = f"/v1/payment_intents{query}"
    return shop.till.post(path, content=body.encode(), headers=FORM)


@pytest.mark.parametrize(
    "arrays_and_hashes",
    [
        "payment_method_types[0]=card_present&metadata[table]=7&metadata[note]=at+the+window",
        "payment_method_types[]=card_present&metadata[table]=7&metadata[note]=at%20the%20window",
        quote(
            "payment_method_types[]=card_present&metadata[table]=7&metadata[note]=at the window",
            "&=",
        ),
        "metadata[note]=at+the+window&payment_method_types[0]=card_present&metadata[table]=7",
    ],
)
def test_arrays_and_hashes_mean_the_same(shop: Store, arrays_and_hashes: str) -> None:
    intent = post(shop, f"{SALE}&{arrays_and_hashes}").raise_for_status().json()
    assert intent["payment_method_types"] == ["card_present"]
    assert intent["metadata"] == {"table": "7", "note": "at the window"}


@pytest.mark.parametrize("array", ["expand[0]", "expand[]", "expand%5B%5D"])
def test_expand_in_a_query(shop: Store, array: str) -> None:
    intent = shop.pay(900)
    answer = shop.till.get(f"/v1/payment_intents/{intent}?{array}=latest_charge")
    assert answer.raise_for_status().json()["latest_charge"]["object"] == "charge"


def test_two_items_of_an_array_without_indices(shop: Store) -> None:
    made = post(shop, SALE).raise_for_status().json()["id"]
    types = "types[]=payment_intent.canceled&types[]=payment_intent.created"
    latest = shop.till.get(f"/v1/events?{types}&limit=1").raise_for_status().json()["data"]
    assert latest[0]["data"]["object"]["id"] == made


def test_a_hash_in_a_query(shop: Store) -> None:
    intent = post(shop, SALE).raise_for_status().json()
    created = f"created[gte]={intent['created']}&created%5Blt%5D={intent['created'] + 1}"
    listed = shop.till.get(f"/v1/payment_intents?{created}&limit=1").raise_for_status().json()
    assert [one["id"] for one in listed["data"]] == [intent["id"]]


def test_parameters_of_a_post_may_stand_in_its_query(shop: Store) -> None:
    assert post(shop, "currency=eur", "?amount=800").raise_for_status().json()["amount"] == 800


def test_a_post_without_parameters_has_an_empty_body(shop: Store) -> None:
    shop.till.post(f"{READER_PATH}/cancel_action", headers=FORM).raise_for_status()


def test_text_comes_back_as_it_went(shop: Store) -> None:
    text = "Zwei Kaffee & 1 Wasser = 12,50 \N{EURO SIGN} [Tisch 7] + 100 %"
    intent = post(shop, f"{SALE}&description={quote_plus(text)}").raise_for_status().json()
    assert intent["description"] == text


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (f"{SALE}&amount=1300", "amount"),
        (f"{SALE}&metadata=7&metadata[table]=7", "metadata[table]"),
        (f"{SALE}&metadata[table=7", "metadata[table"),
        (f"{SALE}&metadata[table][number]=7", "metadata[table]"),
        (f"{SALE}&description=%ff", "description"),
        (f"{SALE}&payment_method_types=card_present", "payment_method_types"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_by_name(
    shop: Store, body: str, param: str
) -> None:
    answer = post(shop, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


def test_a_json_body_is_refused(shop: Store) -> None:
    answer = shop.till.post("/v1/payment_intents", json={"amount": 1250, "currency": "eur"})
    assert answer.status_code == 400
    assert "application/x-www-form-urlencoded" in answer.json()["error"]["message"]
