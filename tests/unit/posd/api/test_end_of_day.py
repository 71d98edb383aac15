"""`end_of_day` as a manager asks it, and as an observer looks at it."""

from typing import Any

import pytest
from msgspec.structs import replace

from posd.closing import DayRuling
from posd.errors import Refused
from posd.model import attempt as attempts
from posd.model.attempt import Attempt
from posd.model.closing import Closing, Takings
from posd.model.facts import (
    AttemptApproved,
    AttemptDeclined,
    AttemptFact,
    AttemptKind,
    AttemptNotCharged,
    AttemptNotSent,
    AttemptStarted,
    Baseline,
    DiscrepancyFound,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
    StatusReported,
)
from posd_drivers.card_reader import BrandTotals, Kind, Totals, Transaction
from tests.unit.posd.api.fakes import MANAGER, OBSERVER, TILL, Bench

STARTED_MS, ENDED_MS = 1_760_000_005_123, 1_760_000_065_123
BEFORE = Totals(1250, (BrandTotals("visa", 1, 1250),), 17, 17)
CLOSED = Transaction(Kind.END_OF_DAY, "52523535", 1250, "eur", 0, None, 60, totals=BEFORE)
REPORTED = StatusReported("att_posd_9", CLOSED, accepted=True)
APPROVED = AttemptApproved("att_posd_9", None, 1250, Proof.DIALOGUE, CLOSED)
UNKNOWN = OutcomeUnknown("att_posd_9", "link_lost")
PERSON = PersonNeeded("att_posd_9", "no_totals_before")


def closing_of(reader: str, *facts: AttemptFact) -> Attempt:
    """An end of day, and what the facts made of it."""
    baseline = Baseline("52523535", asked=True)
    started = AttemptStarted(
        "att_posd_9", AttemptKind.END_OF_DAY, "", reader, 0, "eur", baseline, totals=BEFORE
    )
    attempt = attempts.start(started, STARTED_MS)
    for fact in facts:
        attempt = attempts.apply(attempt, fact, ENDED_MS)
    return attempt


async def closed(bench: Bench, *facts: AttemptFact) -> str:
    """The id of a reader with that end of day."""
    reader = await bench.reader()
    attempt = closing_of(reader, *facts)
    bench.store.attempts[attempt.id] = attempt
    known = bench.store.known_readers[reader]
    if APPROVED in facts:
        takings = Takings(STARTED_MS - 1000, 1, 1250, at_risk_count=1, at_risk_amount=1250)
        known = replace(known, closing=Closing(attempt.id, ENDED_MS, BEFORE, takings))
    bench.store.known_readers[reader] = replace(known, end_of_day=attempt.id)
    return f"/posd/v1/readers/{reader}/end_of_day"


async def shown(*facts: AttemptFact) -> dict[str, Any]:
    bench = Bench()
    path = await closed(bench, *facts)
    async with bench.client(OBSERVER) as observer:
        answer = await observer.get(path)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


async def test_a_closed_day_is_told_whole() -> None:
    told = await shown(REPORTED, APPROVED)
    assert told.pop("reader").startswith("tmr_posd_")
    assert told == {
        "object": "posd.end_of_day",
        "id": "att_posd_9",
        "status": "closed",
        "contradicted": False,
        "result_code": None,
        "reason": None,
        "created": 1_760_000_005,
        "changed": 1_760_000_065,
        "currency": "eur",
        "totals": {
            "amount": 1250,
            "first_receipt": 17,
            "last_receipt": 17,
            "brands": [{"brand": "visa", "count": 1, "amount": 1250}],
        },
        "takings": {
            "since": 1_760_000_004,
            "count": 1,
            "amount": 1250,
            "given_back": 0,
            "at_risk_count": 1,
            "at_risk_amount": 1250,
        },
        "agreement": "equal",
        "livemode": False,
    }


@pytest.mark.parametrize(
    ("facts", "status", "code", "reason"),
    [
        ((), "in_progress", None, None),
        ((REPORTED,), "in_progress", None, None),
        ((UNKNOWN,), "unproven", None, "link_lost"),
        ((UNKNOWN, PERSON), "needs_a_person", None, "no_totals_before"),
        ((AttemptDeclined("att_posd_9", 0xA1),), "refused", "A1", None),
        ((AttemptNotSent("att_posd_9"),), "not_closed", None, None),
        (
            (UNKNOWN, AttemptNotCharged("att_posd_9", Proof.TERMINAL)),
            "not_closed",
            None,
            "link_lost",
        ),
    ],
)
async def test_what_is_not_closed_says_so(
    facts: tuple[AttemptFact, ...], status: str, code: str | None, reason: str | None
) -> None:
    told = await shown(*facts)
    assert (told["status"], told["result_code"], told["reason"]) == (status, code, reason)
    assert told["totals"]["amount"] == 1250
    assert (told["takings"], told["agreement"]) == (None, None)


async def test_a_contradiction_is_told() -> None:
    decided = AttemptNotCharged("att_posd_9", Proof.PERSON, reason="paper jam")
    told = await shown(
        UNKNOWN, PERSON, decided, DiscrepancyFound("att_posd_9", "terminal_says_done")
    )
    assert (told["contradicted"], told["reason"]) == (True, "terminal_says_done")


async def test_a_reader_that_never_closed_has_nothing_to_tell() -> None:
    bench = Bench()
    reader = await bench.reader()
    async with bench.client(OBSERVER) as observer:
        for id_ in (reader, "tmr_posd_none"):
            answer = await observer.get(f"/posd/v1/readers/{id_}/end_of_day")
            assert (answer.status_code, answer.json()["error"]["code"]) == (
                404,
                "resource_missing",
            )


async def test_a_manager_closes_the_day_and_a_till_does_not() -> None:
    bench = Bench()
    path = await closed(bench)
    async with bench.client(TILL) as till:
        assert (await till.post(path)).status_code == 403
    async with bench.client(MANAGER) as manager:
        answers = [await manager.post(path, headers={"Idempotency-Key": "e1"}) for _ in range(2)]
    assert [one.json()["status"] for one in answers] == ["in_progress"] * 2
    assert [one.headers.get("idempotent-replayed") for one in answers] == [None, "true"]
    reader = path.split("/")[4]
    assert bench.closings.asked[0] == (reader, None, "key_manager")


async def test_what_hinders_it_is_said() -> None:
    bench = Bench()
    path = await closed(bench)
    bench.closings.failure = Refused("terminal_reader_busy", "A payment is in hand.")
    async with bench.client(MANAGER) as manager:
        answer = await manager.post(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "terminal_reader_busy")


async def test_a_manager_says_what_a_person_found_out() -> None:
    bench = Bench()
    path = await closed(bench, UNKNOWN, PERSON)
    asked = {"outcome": "not_closed", "reason": " the paper says so "}
    async with bench.client(TILL) as till:
        assert (await till.post(f"{path}/resolve", data=asked)).status_code == 403
    async with bench.client(MANAGER) as manager:
        answer = await manager.post(f"{path}/resolve", data=asked)
        wrong = await manager.post(f"{path}/resolve", data={**asked, "outcome": "charged"})
    assert answer.json()["object"] == "posd.end_of_day"
    assert wrong.json()["error"]["param"] == "outcome"
    ((_, ruling, said),) = bench.closings.asked
    assert (ruling, said) == (DayRuling.NOT_CLOSED, "key_manager: the paper says so")
