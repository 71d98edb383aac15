"""What became of an order: Stripe's search, and the restarted till's question (M15)."""

import pytest

from posd.api.search import searched_order
from posd.stripe_wire.errors import Rejected
from tests.unit.posd.api.fakes import OBSERVER, Bench

SEARCH = "/v1/payment_intents/search"


async def order(bench: Bench, order_id: str) -> str:
    asked = {"amount": "1250", "currency": "eur", "metadata[order_id]": order_id}
    async with bench.client() as till:
        made: dict[str, str] = (await till.post("/v1/payment_intents", data=asked)).json()
    return made["id"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("metadata['order_id']:'A17'", "A17"),
        ('metadata["order_id"]:"A17"', "A17"),
        ("metadata['order_id']:\"it's\"", "it's"),
        (r"metadata['order_id']:'it\'s'", "it's"),
        (r"metadata['order_id']:'a\\b'", "a\\b"),
        (" metadata['order_id'] : 'A 17' ", "A 17"),
    ],
)
def test_the_search_for_an_order(query: str, found: str) -> None:
    assert searched_order(query, "order_id") == found


@pytest.mark.parametrize(
    "query",
    [
        "metadata['other']:'A17'",
        "metadata['order_id']:'A17' AND status:'succeeded'",
        "metadata['order_id']:''",
        "metadata['order_id']:'A17",
        "metadata['order_id']~'A17'",
        "-metadata['order_id']:'A17'",
        "amount>1000",
        "'" * 5000,
    ],
)
def test_no_other_search_is_answered(query: str) -> None:
    with pytest.raises(Rejected) as rejected:
        searched_order(query, "order_id")
    assert rejected.value.error.param == "query"


async def test_a_search_comes_in_stripes_envelope_and_in_pages() -> None:
    bench = Bench()
    ids = [await order(bench, "A17") for _ in range(3)]
    await order(bench, "A18")
    asked = {"query": "metadata['order_id']:'A17'", "limit": "2"}
    async with bench.client(OBSERVER) as observer:
        first = (await observer.get(SEARCH, params=asked)).json()
        rest = (await observer.get(SEARCH, params={**asked, "page": first["next_page"]})).json()
        wrong = await observer.get(SEARCH, params={**asked, "page": "pi_no"})
    assert (first["object"], first["url"], first["has_more"]) == ("search_result", SEARCH, True)
    assert [one["id"] for one in first["data"]] == [ids[2], ids[1]]
    assert [one["id"] for one in rest["data"]] == [ids[0]]
    assert (rest["has_more"], rest["next_page"]) == (False, None)
    assert wrong.status_code == 404


async def test_a_restarted_till_learns_what_became_of_its_order() -> None:
    bench = Bench()
    first, second = await order(bench, "A17"), await order(bench, "A17")
    reader = await bench.reader()
    async with bench.client() as till:
        path = f"/v1/terminal/readers/{reader}/process_payment_intent"
        await till.post(path, data={"payment_intent": first})
        bench.approve(reader)
        told = (await till.get("/posd/v1/payments", params={"order": "A17"})).json()
        other = await till.get("/posd/v1/payments?order=A17&business_day=2026-11-22")
    assert [one["payment_intent"] for one in told["data"]] == [second, first]
    paid = told["data"][1]
    assert paid["object"] == "posd.order_payment"
    assert (paid["status"], paid["state"], paid["reader"]) == ("succeeded", "approved", reader)
    assert (paid["amount"], paid["amount_received"], paid["currency"]) == (1250, 1250, "eur")
    assert (paid["order"], paid["business_day"]) == ("A17", "2026-11-23")
    assert paid["charge"].startswith("ch_")
    assert told["data"][0]["status"] == "requires_payment_method"
    assert other.json()["data"] == []


@pytest.mark.parametrize("query", ["", "order=", "order=A17&business_day=today", "order=A&x=1"])
async def test_a_question_that_is_none_is_refused(query: str) -> None:
    async with Bench().client() as till:
        assert (await till.get(f"/posd/v1/payments?{query}")).status_code == 400
