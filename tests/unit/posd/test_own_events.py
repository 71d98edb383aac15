"""What Stripe has no event for: who needs a person, and what has been settled."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from posd.model.facts import (
    AttemptApproved,
    AttemptFact,
    AttemptKind,
    DiscrepancyClosed,
    DiscrepancyFound,
    Proof,
)
from posd.render.own_events import own_events
from posd.resolver import PERSON_AFTER_S
from tests.unit.posd import records
from tests.unit.posd.api.test_waiting import breaks, till_at
from tests.unit.posd.house import LANE_1, ordered
from tests.unit.posd.ledger_fake import LedgerFake
from tests.unit.posd.records import ATTEMPT, CHARGE, GIROCARD, INTENT, READER
from tests.unit.posd.stage import ScriptedTerminal
from tests.unit.posd.test_render import APPROVED, DECLINED, NOT_CHARGED, PERSON, REPORTED, UNKNOWN
from tests.unit.posd.virtual import virtual

BY_TERMINAL = AttemptApproved(ATTEMPT, CHARGE, 1250, Proof.TERMINAL, GIROCARD)
AGAINST = DiscrepancyFound(ATTEMPT, "charged_after_all")
CLOSED = DiscrepancyClosed(ATTEMPT, "given back in cash")
NEEDS, SETTLED = ["posd.needs_a_person"], ["posd.settled"]


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        ((UNKNOWN,), []),
        ((UNKNOWN, PERSON), NEEDS),
        ((UNKNOWN, PERSON, NOT_CHARGED), SETTLED),
        ((UNKNOWN, BY_TERMINAL), SETTLED),
        ((REPORTED, APPROVED), []),
        ((DECLINED,), []),
        ((UNKNOWN, NOT_CHARGED, AGAINST), NEEDS),
        ((UNKNOWN, NOT_CHARGED, AGAINST, CLOSED), SETTLED),
    ],
)
def test_which_facts_are_told(facts: tuple[AttemptFact, ...], kinds: list[str]) -> None:
    attempt = records.attempt(*facts)
    ledger = LedgerFake(records.reader(attempt))
    assert [kind for kind, _ in own_events(facts[-1], (attempt,), ledger)] == kinds


def test_an_end_of_day_needs_a_person_too_and_no_payment() -> None:
    day = replace(
        records.attempt(UNKNOWN, PERSON), kind=AttemptKind.END_OF_DAY, payment_intent="", amount=0
    )
    ((kind, told),) = own_events(PERSON, (day,), LedgerFake(records.reader(day)))
    assert [kind] == NEEDS
    assert (told["kind"], told["payment_intent"], told["order"]) == ("end_of_day", None, None)


def test_what_contradicts_is_the_reason() -> None:
    attempt = records.attempt(UNKNOWN, NOT_CHARGED, AGAINST)
    ((_, told),) = own_events(AGAINST, (attempt,), LedgerFake(records.reader(attempt)))
    assert (told["id"], told["reader"]) == (ATTEMPT, READER)
    assert (told["payment_intent"], told["reason"]) == (INTENT, "charged_after_all")


@virtual
async def test_who_follows_hears_of_it_and_stripes_list_does_not(tmp_path: Path) -> None:
    async with till_at(tmp_path, ScriptedTerminal(dialogue=breaks)) as till:
        intent = await ordered(till.posd, 1250, order_id="A-17")
        await till.posd.payments.process(LANE_1, intent.id, actor="key_posd_till", claim=None)
        await asyncio.sleep(PERSON_AFTER_S + 30)

        async def listed(**params: str) -> list[dict[str, Any]]:
            answer = await till.client.get("/v1/events", params=params)
            return list(answer.json()["data"])

        assert {one["type"].partition(".")[0] for one in await listed()} == {"payment_intent"}
        (event,) = await listed(type="posd.*")
        assert [event["type"]] == NEEDS
        errand = event["data"]["object"]
        assert (errand["object"], errand["order"], errand["amount"]) == (
            "posd.errand",
            "A-17",
            1250,
        )
        (streamed,) = till.posd.journal.feed.after(0, ["posd.*"]).events
        assert streamed.id == event["id"]


@virtual
async def test_the_till_that_waits_is_told_whom_to_call(tmp_path: Path) -> None:
    async with till_at(tmp_path, ScriptedTerminal(dialogue=breaks)) as till:
        intent = await ordered(till.posd)
        assert (await till.asks(intent.id))["needs"] is None
        await till.posd.payments.process(LANE_1, intent.id, actor="key_posd_till", claim=None)
        await asyncio.sleep(PERSON_AFTER_S + 30)
        told = await till.asks(intent.id)
        assert told["needs"] == {
            "kind": "needs_a_person",
            "reason": "not_resolved_in_time",
            "cashier_text": told["cashier_text"],
        }
