"""`/posd/v1/payment_intents/{intent}/receipts`: formats, audiences, attempts, and who may ask."""

import pytest

from posd.model.facts import AttemptDeclined
from tests.unit.posd.api.fakes import OBSERVER, Bench

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
