"""`present_payment_method` as a test's till asks for it."""

import pytest

from posd.simulator_control import CardNumber
from tests.unit.posd.api.fakes import OBSERVER, TILL, Bench

VISA = "4242424242424242"


def path(reader: str) -> str:
    return f"/v1/test_helpers/terminal/readers/{reader}/present_payment_method"


@pytest.mark.parametrize(
    ("asked", "card"),
    [
        ({}, None),
        ({"type": "card_present"}, None),
        ({"card_present[number]": VISA}, CardNumber(VISA)),
        ({"type": "card_present", "card_present[number]": VISA}, CardNumber(VISA)),
        ({"card_present[number]": "36227206271667"}, CardNumber("36227206271667")),
    ],
)
async def test_a_card_is_presented_and_the_reader_answered(
    asked: dict[str, str], card: CardNumber | None
) -> None:
    bench = Bench()
    reader = await bench.reader()
    async with bench.client() as till:
        answer = (await till.post(path(reader), data=asked)).raise_for_status().json()
    assert (answer["object"], answer["id"]) == ("terminal.reader", reader)
    assert bench.presenting.cards == [card]


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"card_present[number]": "4242"}, "card_present[number]"),
        ({"card_present[number]": VISA + "0000"}, "card_present[number]"),
        ({"card_present[number]": "4242 4242 4242 4242"}, "card_present[number]"),
        ({"card_present[number]": ""}, "card_present[number]"),
        ({"card_present[number][0]": VISA}, "card_present[number]"),
        ({"card_present[cvc]": "123"}, "card_present[cvc]"),
        ({"card_present": VISA}, "card_present"),
        ({"type": "interac_present"}, "type"),
        ({"type": "card"}, "type"),
        ({"interac_present[number]": VISA}, "interac_present"),
        ({"amount_tip": "100"}, "amount_tip"),
    ],
)
async def test_what_no_terminal_does_is_refused_by_name_and_no_number_is_repeated(
    asked: dict[str, str], param: str
) -> None:
    bench = Bench()
    reader = await bench.reader()
    async with bench.client() as till:
        answer = await till.post(path(reader), data=asked)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert VISA not in answer.text
    assert bench.presenting.cards == []


async def test_whoever_may_sell_may_present() -> None:
    bench = Bench()
    reader = await bench.reader()
    statuses = []
    for key in (OBSERVER, TILL):
        async with bench.client(key) as client:
            statuses.append((await client.post(path(reader))).status_code)
    assert statuses == [403, 200]


async def test_the_answer_tells_of_the_payment() -> None:
    bench = Bench()
    reader = await bench.reader()
    async with bench.client() as till:
        asked = {"amount": "1250", "currency": "eur"}
        intent = (await till.post("/v1/payment_intents", data=asked)).json()["id"]
        process = f"/v1/terminal/readers/{reader}/process_payment_intent"
        await till.post(process, data={"payment_intent": intent})
        bench.approve(reader)
        expand = {"expand[]": "action.process_payment_intent.payment_intent"}
        told = (await till.post(path(reader), data=expand)).json()
    assert told["action"]["process_payment_intent"]["payment_intent"]["id"] == intent
    assert [heard.payment_intent for heard in bench.hearing.heard] == [intent]
