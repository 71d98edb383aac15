"""Receipts of payments and ends of day: formats, audiences, attempts, and who may ask."""

import pytest

from posd.errors import Refused
from posd.model import attempt as attempts
from posd.model.attempt import Attempt
from posd.model.facts import (
    AttemptApproved,
    AttemptDeclined,
    AttemptKind,
    AttemptStarted,
    Baseline,
    Proof,
    StatusReported,
)
from posd_drivers.card_reader import Kind, Receipt, Totals, Transaction
from tests.unit.posd.api.fakes import OBSERVER, Bench
from tests.unit.posd.records import ENDED_MS, STARTED_MS

ORDER = {"amount": "1250", "currency": "eur"}


async def tried_twice(bench: Bench) -> str:
    """A PaymentIntent that was declined at one try and approved at the next; its id."""
    reader = await bench.reader()
    async with bench.client() as till:
        id_: str = (await till.post("/v1/payment_intents", data=ORDER)).json()["id"]
        process = f"/v1/terminal/readers/{reader}/process_payment_intent"
        await till.post(process, data={"payment_intent": id_})
        declined = bench.store.known_readers[reader].attempt
        assert declined is not None
        bench.store.tell(AttemptDeclined(declined, 5))
        await till.post(process, data={"payment_intent": id_})
        bench.approve(reader)
    return f"/posd/v1/payment_intents/{id_}/receipts"


async def test_every_attempt_has_its_receipt() -> None:
    bench = Bench()
    path = await tried_twice(bench)
    async with bench.client() as till:
        answer = await till.get(path)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["request-id"]
        told = answer.text
        assert told.index("DECLINED") < told.index("APPROVED")
        assert told.count("TEST MODE") == 2
        assert "€12.50" in told
        latest = list(bench.store.attempts)[-1]
        alone = (await till.get(path, params={"attempt": latest})).text
        assert "APPROVED" in alone
        assert "DECLINED" not in alone


async def test_html_in_the_language_that_is_asked_for() -> None:
    bench = Bench(locale="de-DE")
    path = await tried_twice(bench)
    async with bench.client() as till:
        page = await till.get(path, params={"format": "html", "audience": "merchant"})
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert "Händlerbeleg" in page.text
        assert "12,50\N{NO-BREAK SPACE}€" in page.text
        english = await till.get(path, params={"format": "html", "language": "en"})
        assert "Customer copy" in english.text


@pytest.mark.parametrize(
    ("params", "status", "param"),
    [
        ({"format": "pdf"}, 400, "format"),
        ({"audience": "thief"}, 400, "audience"),
        ({"attempt": "att_404"}, 404, "attempt"),
        ({"page": "1"}, 400, "page"),
    ],
)
async def test_bad_questions(params: dict[str, str], status: int, param: str) -> None:
    bench = Bench()
    path = await tried_twice(bench)
    async with bench.client() as till:
        answer = await till.get(path, params=params)
    assert (answer.status_code, answer.json()["error"]["param"]) == (status, param)


async def test_no_receipt_before_the_end() -> None:
    bench = Bench()
    async with bench.client() as till, bench.client(OBSERVER) as observer:
        id_ = (await till.post("/v1/payment_intents", data=ORDER)).json()["id"]
        for missing in (id_, "pi_posd_404"):
            answer = await till.get(f"/posd/v1/payment_intents/{missing}/receipts")
            assert (answer.status_code, answer.json()["error"]["param"]) == (404, "intent")
        hidden = await observer.get(f"/posd/v1/payment_intents/{id_}/receipts")
        assert hidden.status_code == 403


async def test_json_has_merchants_and_customers_of_each_attempt() -> None:
    bench = Bench()
    path = await tried_twice(bench)
    async with bench.client() as till:
        told = (await till.get(path, params={"format": "json"})).json()
        alone = await till.get(path, params={"format": "json", "audience": "merchant"})
    assert (told["object"], told["livemode"]) == ("posd.receipts", False)
    assert [(one["outcome"], one["audience"]) for one in told["receipts"]] == [
        ("declined", "merchant"),
        ("declined", "customer"),
        ("approved", "merchant"),
        ("approved", "customer"),
    ]
    last = told["receipts"][-1]
    assert last["attempt"] == list(bench.store.attempts)[-1]
    assert (last["kind"], last["at"], last["from_terminal"]) == ("sale", ENDED_MS // 1000, False)
    assert last["signature_required"] is False
    assert "Customer copy" in [line.strip() for line in last["lines"]]
    assert [one["audience"] for one in alone.json()["receipts"]] == ["merchant"] * 2


def closing(id_: str, reader: str, amount: int) -> Attempt:
    """An end of day that the terminal carried out."""
    baseline = Baseline("52523535", asked=True)
    started = AttemptStarted(id_, AttemptKind.END_OF_DAY, "", reader, 0, "eur", baseline)
    said = Transaction(
        Kind.END_OF_DAY, "52523535", amount, "eur", 0, None, 9, totals=Totals(amount)
    )
    record = attempts.start(started, STARTED_MS)
    record = attempts.apply(record, StatusReported(id_, said, accepted=True), ENDED_MS)
    approved = AttemptApproved(id_, None, amount, Proof.DIALOGUE, said)
    return attempts.apply(record, approved, ENDED_MS)


async def test_a_readers_ends_of_day_newest_first() -> None:
    bench = Bench()
    reader = await bench.reader()
    closings = [closing(f"att_posd_{day}", reader, 100 * day) for day in (1, 2, 3)]
    elsewhere = closing("att_posd_4", "tmr_posd_other", 400)
    bench.store.attempts |= {one.id: one for one in (*closings, elsewhere)}
    path = f"/posd/v1/readers/{reader}/receipts"
    async with bench.client() as till, bench.client(OBSERVER) as observer:
        text = (await till.get(path)).text
        latest = (await till.get(path, params={"format": "json", "limit": "1"})).json()
        page = await till.get(path, params={"format": "html", "language": "de"})
        unknown = await till.get("/posd/v1/readers/tmr_404/receipts")
        hidden = await observer.get(path)
    assert text.index("€3.00") < text.index("€2.00") < text.index("€1.00")
    assert "€4.00" not in text
    (receipt,) = latest["receipts"]
    assert (receipt["attempt"], receipt["kind"]) == ("att_posd_3", "end_of_day")
    assert "Kassenschnitt" in page.text
    assert (unknown.status_code, unknown.json()["error"]["param"]) == (404, "reader")
    assert hidden.status_code == 403


@pytest.mark.parametrize("limit", ["0", "101", "x"])
async def test_a_page_of_ends_of_day_has_its_limits(limit: str) -> None:
    bench = Bench()
    reader = await bench.reader()
    async with bench.client() as till:
        answer = await till.get(f"/posd/v1/readers/{reader}/receipts", params={"limit": limit})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "limit")


async def test_the_terminals_last_receipts_once_more_without_card_numbers() -> None:
    bench = Bench()
    reader = await bench.reader()
    bench.reprints.receipts = (
        Receipt("merchant", ("4111 1111 1111 1111",), signature_required=True),
        Receipt("customer", ("EUR 12,50",)),
    )
    async with bench.client() as till, bench.client(OBSERVER) as observer:
        told = (await till.post(f"/posd/v1/readers/{reader}/reprint")).json()
        hidden = await observer.post(f"/posd/v1/readers/{reader}/reprint")
        bench.reprints.failure = Refused("terminal_reader_offline", "It does not answer.")
        offline = await till.post(f"/posd/v1/readers/{reader}/reprint")
    assert told == {
        "object": "posd.reprint",
        "reader": reader,
        "livemode": False,
        "receipts": [
            {
                "audience": "merchant",
                "lines": ["**** **** **** 1111"],
                "signature_required": True,
            },
            {"audience": "customer", "lines": ["EUR 12,50"], "signature_required": False},
        ],
    }
    assert hidden.status_code == 403
    assert offline.json()["error"]["code"] == "terminal_reader_offline"
