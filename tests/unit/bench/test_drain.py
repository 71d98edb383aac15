"""What a drain is measured against, and that the Stripe it is measured with is one for posd."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from posd.upstream.client import StripeClient
from tests.bench.drain import ideal_s
from tests.bench.far import TOOK, Far

REPORT = b"amount_requested[value]=1250&amount_requested[currency]=eur&metadata[posd_attempt]=att_1"
PATH = "/v1/payment_records/report_payment"


@pytest.mark.parametrize(
    ("requests", "connections", "seconds"),
    [
        (250, 1, 25.0),  # each waits for the one before: 250 x 0.1 s
        (1_000, 4, 25.0),
        (10_000, 16, 100.0),  # the limit of 100/s is slower than 16 connections
    ],
)
def test_no_store_is_faster_than_its_line_and_its_limit(
    requests: int, connections: int, seconds: float
) -> None:
    assert ideal_s(requests, connections) == pytest.approx(seconds)


@pytest.fixture
async def stripe(capsys: pytest.CaptureFixture[str]) -> AsyncIterator[StripeClient]:
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(Far(0.0).serve(), name="far")
        said = ""
        while not said.endswith("\n"):
            await asyncio.sleep(0)
            said += capsys.readouterr().out
        url = re.search(r"http://[\d.:]+", said)
        assert url is not None, said
        client = StripeClient(url[0], "rk_test_bench")
        yield client
        await client.close()
        serving.cancel()


async def test_a_report_and_its_guarantee_are_answered_as_stripe_answers(
    stripe: StripeClient,
) -> None:
    assert (await stripe.account()).id == "acct_bench"
    reported = await stripe.send("POST", PATH, REPORT)
    assert reported.body["amount_requested"] == {"currency": "eur", "value": 1250}
    certain = f"/v1/payment_records/{reported.body['id']}/report_payment_attempt_guaranteed"
    guaranteed = await stripe.send("POST", certain, b"guaranteed_at=1")
    assert guaranteed.body["amount_guaranteed"] == {"currency": "eur", "value": 1250}
    assert (await stripe.get("/v1/terminal/readers?limit=100")).body["data"] == []


async def test_it_tells_how_long_the_first_reports_took_once_they_are_answered() -> None:
    far = Far(0.01)
    assert await far.answer(f"{TOOK}1", b"") == {"took_s": None}
    await far.answer(PATH, REPORT)
    assert await far.answer(f"{TOOK}2", b"") == {"took_s": None}
    await far.answer(PATH, REPORT)
    both = (await far.answer(f"{TOOK}2", b""))["took_s"]
    assert both >= 0.02
