"""Facts as events: what is told, what is not, and that the documents say so."""

import json
import re
from typing import Any, TypeAlias

import pytest
from msgspec.structs import replace

from posd.bus.event_types import ATTEMPT, ATTEMPT_NOUNS, EVENT_TYPES, MONEY, UNREADABLE
from posd.bus.events import event
from posd.bus.topics import Topics
from posd.model.attempt import Attempt
from posd.model.facts import (
    KINDS,
    AttemptApproved,
    AttemptKind,
    AttemptSetAside,
    Fact,
    PaymentIntentCreated,
    Proof,
)
from tests.mqtt.schemas import FOLDER, check
from tests.unit.posd import records
from tests.unit.posd.mqtt.entries import entry

TOPICS = Topics("main-street", "till-1")
CREATED = PaymentIntentCreated("pi_posd_1", 1250, "eur", order="A-17", description="for Ms Miller")
SECRET_FIELDS = frozenset(
    {"transaction", "receipt", "receipts", "last", "baseline", "totals", "sha256", "metadata"}
    | {"description", "message", "error", "body", "address", "control", "device", "machine"}
)
"""Card data, free text of others, and what names a machine or its keys."""

Body: TypeAlias = dict[str, Any]


def told(fact: Fact | None, *, amounts: bool = False, kind: AttemptKind = AttemptKind.SALE) -> Body:
    def attempt_of(_id: str) -> Attempt:
        return replace(records.attempt(), kind=kind)

    message = event(entry(fact), TOPICS, attempt_of, historical=True, amounts=amounts)
    assert not message.retain
    body: Body = json.loads(message.payload)
    check(message.topic, body)
    assert message.topic == f"posd/1/main-street/till-1/evt/{body['type']}"
    return body


def test_every_kind_of_fact_is_told_and_no_other() -> None:
    assert EVENT_TYPES.keys() == KINDS.keys()
    for kind, row in EVENT_TYPES.items():
        assert set(row.fields) <= set(KINDS[kind].__struct_fields__), kind


def test_no_type_tells_card_data_or_what_somebody_wrote() -> None:
    for kind, row in EVENT_TYPES.items():
        assert not SECRET_FIELDS & set(row.fields), kind
    with_reasons = {kind for kind, row in EVENT_TYPES.items() if "reason" in row.fields}
    fixed = {"StatusReported", "OutcomeUnknown", "PersonNeeded", "DiscrepancyFound"}
    assert with_reasons == fixed, "of any other a person may have written it"


def test_two_facts_of_one_noun_are_never_called_the_same() -> None:
    names = [row.name for row in EVENT_TYPES.values()]
    assert len(set(names)) == len(names)
    assert not set(ATTEMPT_NOUNS.values()) & {name.partition(".")[0] for name in names} - {"refund"}


def test_an_event_is_an_envelope_and_what_may_be_told() -> None:
    assert told(CREATED) == {
        "id": "7902699be42c8a8e46fbbb4501726517",
        "type": "payment_intent.created",
        "seq": 7,
        "ts": 1_700_000_000_007,
        "boot": 3,
        "source": "posd/1/main-street/till-1",
        "subject": "pi_posd_1",
        "livemode": False,
        "historical": True,
        "data": {"payment_intent": "pi_posd_1", "order": "A-17"},
    }


def test_sums_are_told_where_they_are_wished() -> None:
    assert told(CREATED, amounts=True)["data"]["amount"] == 1250
    assert not MONEY & told(CREATED)["data"].keys()


@pytest.mark.parametrize("kind", AttemptKind)
def test_an_attempt_is_called_what_it_tries(kind: AttemptKind) -> None:
    fact = AttemptApproved("att_1", None, 1250, Proof.DIALOGUE, None)
    body = told(fact, kind=kind)
    assert body["type"] == f"{ATTEMPT_NOUNS[kind]}.approved"
    assert body["data"]["kind"] == kind.value
    assert "amount" not in body["data"]


def test_what_a_person_wrote_stays_here() -> None:
    assert "Miller" not in str(told(AttemptSetAside("att_1", "Ms Miller took the receipt")))


def test_a_fact_of_a_later_release_has_its_number_too() -> None:
    assert told(None)["type"] == UNREADABLE


def test_the_documents_have_every_type_with_its_fields() -> None:
    page = (FOLDER.parent / "mqtt.md").read_text()
    rows = dict(re.findall(r"^\| `([A-Z_a-z]+\.[a-z_]+)` \| (.*) \|$", page, re.MULTILINE))
    known = {
        row.name.replace(f"{ATTEMPT}.", "ATTEMPT."): ", ".join(f"`{one}`" for one in row.fields)
        for row in EVENT_TYPES.values()
    }
    assert rows == {name: fields or "nothing more" for name, fields in known.items()} | {
        UNREADABLE: "nothing more"
    }
