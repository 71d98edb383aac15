"""What a reader can do, and how its terminal is, as the API tells them (M11)."""

import pytest
from msgspec.structs import replace

from posd.errors import Refused
from posd_drivers.ability import Need, Operation, Readiness
from posd_drivers.card_reader import OutcomeProof
from tests.unit.posd.api.fakes import MANAGER, OBSERVER, TILL, Bench


async def test_what_a_reader_can_do_is_told_with_why_it_cannot() -> None:
    bench = Bench()
    reader = await bench.reader()
    bench.store.known_readers[reader] = replace(
        bench.store.known_readers[reader],
        terminal_id="52523535",
        outcome_proof=OutcomeProof.TOTALS,
        told_cannot=(Operation.ABORT,),
        learned_cannot=(Operation.REFUND,),
    )
    async with bench.client(OBSERVER) as observer:
        told = (await observer.get(f"/posd/v1/readers/{reader}/capabilities")).json()
    operations = told.pop("operations")
    assert told == {
        "object": "posd.reader_capabilities",
        "reader": reader,
        "livemode": False,
        "terminal_id": "52523535",
        "currency": "eur",
        "tips": False,
        "manual_capture": "refuse",
        "outcome_proof": "totals",
    }
    assert set(operations) == {operation.value for operation in Operation}
    assert {word: one["because"] for word, one in operations.items() if not one["supported"]} == {
        "abort": "make",
        "refund": "terminal_said_so",
    }


async def test_a_reader_that_nobody_knows_can_do_nothing() -> None:
    async with Bench().client(OBSERVER) as observer:
        answer = await observer.get("/posd/v1/readers/tmr_posd_no/capabilities")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "resource_missing")


@pytest.mark.parametrize(
    ("told", "text"),
    [
        (Readiness(ready=True, status=0), "The card reader is ready."),
        (
            Readiness(ready=False, status=0xF0, need=Need.END_OF_DAY),
            (
                "The card reader wants its end of day before it takes payments. "
                "Please call the manager."
            ),
        ),
        (Readiness(ready=True), "The card reader is ready."),
        (
            Readiness(ready=False, status=0x99),
            "The card reader needs service. Please use another card reader and call the manager.",
        ),
    ],
    ids=["ready", "end of day", "without a number", "a number of its own"],
)
async def test_a_test_without_a_charge_says_whether_a_payment_would_work(
    told: Readiness, text: str
) -> None:
    bench = Bench()
    bench.checkups.told = told
    async with bench.client(TILL) as till:
        answer = (await till.post("/posd/v1/readers/tmr_1/test")).json()
    assert answer == {
        "object": "posd.reader_test",
        "reader": "tmr_1",
        "livemode": False,
        "ready": told.ready,
        "status": told.status,
        "need": "end_of_day" if told.need else None,
        "cashier_text": text,
    }


async def test_it_speaks_the_stores_language() -> None:
    async with Bench(locale="de-AT").client(TILL) as till:
        answer = (await till.post("/posd/v1/readers/tmr_1/test")).json()
    assert answer["cashier_text"] == "Das Kartenlesegerät ist bereit."


async def test_a_diagnosis_is_a_managers() -> None:
    bench = Bench()
    async with bench.client(TILL) as till, bench.client(MANAGER) as manager:
        assert (await till.post("/posd/v1/readers/tmr_1/diagnose")).status_code == 403
        told = (await manager.post("/posd/v1/readers/tmr_1/diagnose")).json()
    assert told["ready"]
    assert len(bench.checkups.diagnosed_by) == 1


async def test_a_terminal_that_is_gone_says_nothing() -> None:
    bench = Bench()
    bench.checkups.failure = Refused("terminal_reader_offline", "It is not there.")
    async with bench.client(TILL) as till:
        answer = await till.post("/posd/v1/readers/tmr_1/test")
    assert answer.json()["error"]["code"] == "terminal_reader_offline"
