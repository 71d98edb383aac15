"""The support file of a real journal: whole, small, and without what was sold or said."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from posd.journal.store import Journal
from posd.live import Live
from posd.model.facts import KINDS, PaymentIntentCreated, ReceiptPrinted
from posd.page.parts import SetValue
from posd.queue import EffectRuling, Queue
from posd.support import contents
from posd.support.bundle import Bundles
from posd.support.redaction import IDS, told_of
from posd.support.sources import Sources
from posd_drivers.card_reader import Receipt
from tests.unit.posd.journal.scenario import (
    ATTEMPT,
    INTENT,
    READER,
    Facts,
    TurnedClock,
    approved,
    effect,
    open_journal,
    reader,
    reported,
    started,
)
from tests.unit.posd.page.fullest import full_snapshot
from tests.unit.posd.snapshots import busy_shop

ORDER = "order-of-mrs-smith"
SAID = "said-at-the-telephone"
REPORT = f"{ATTEMPT}-report"
NAMES = [
    "README.txt",
    "versions.json",
    "settings.json",
    "status.json",
    "readers.json",
    "queue.json",
    "journal.json",
    "disk.json",
    "events.json",
    "facts.json",
]
SOLD = (
    reader(),
    PaymentIntentCreated(
        INTENT, 1250, "eur", description=SAID, metadata={"order_id": ORDER}, order=ORDER
    ),
    started(),
    reported(),
    ReceiptPrinted(ATTEMPT, Receipt("customer", (SAID, "SUM 12,50"))),
)


@pytest.fixture
async def sources(tmp_path: Path) -> Sources:
    """A store that sold once; a person keeps the report back."""
    journal = await sold(open_journal(tmp_path))
    return Sources(
        snapshot=full_snapshot_now,
        settings=lambda: [SetValue("store", "currency", "eur", declared=True)],
        live=lambda _reader: Live(online=True),
        journal=journal,
        state_dir=tmp_path,
        clock=TurnedClock(),
    )


async def sold(journal: Journal) -> Journal:
    for fact in SOLD:
        await journal.commit(Facts((fact,)))
    await journal.commit(Facts((approved(),), effects=(effect(REPORT),)))
    queue = Queue(journal, TurnedClock())
    await queue.rule(REPORT, EffectRuling.PARK, SAID, actor="page:manager", claim=None)
    return journal


async def full_snapshot_now() -> Any:  # noqa: ANN401 (the fullest)
    shop = busy_shop()
    return full_snapshot(shop)


async def read(sources: Sources) -> dict[str, str]:
    made = await Bundles(sources).zipped()
    sources.journal.close()
    with zipfile.ZipFile(io.BytesIO(made.octets)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


async def test_every_file_is_there_and_told_of(sources: Sources) -> None:
    told = await read(sources)
    assert list(told) == NAMES
    for name in NAMES[1:]:
        assert name in told["README.txt"]
        json.loads(told[name])
    assert "journalctl --unit posd" in told["README.txt"]
    assert "help code 7F3K" in told["README.txt"]


async def test_nothing_that_was_sold_or_said_is_in_it(sources: Sources) -> None:
    whole = "".join((await read(sources)).values())
    for untold in (ORDER, SAID, "SUM 12,50", "B-1040", "last4"):
        assert untold not in whole


async def test_facts_have_ids_times_and_amounts(sources: Sources) -> None:
    facts = json.loads((await read(sources))["facts.json"])
    kinds = [one["kind"] for one in facts]
    assert kinds[:3] == ["EffectHeld", "AttemptApproved", "ReceiptPrinted"]
    bought = next(one for one in facts if one["kind"] == "PaymentIntentCreated")
    assert bought["fields"] == {
        "payment_intent": INTENT,
        "amount": 1250,
        "currency": "eur",
        "capture_method": "automatic",
        "business_day": "",
    }
    begun = next(one for one in facts if one["kind"] == "AttemptStarted")
    assert (begun["fields"]["kind"], begun["fields"]["reader"]) == ("sale", READER)
    assert begun["wall_ms"] == TurnedClock().now_ms


async def test_the_queue_has_its_cause_but_not_a_persons_words(sources: Sources) -> None:
    (owed,) = json.loads((await read(sources))["queue.json"])
    assert (owed["id"], owed["state"]) == (REPORT, "parked")
    assert owed["cause"]["actor"] == "page:manager"


async def test_the_journal_is_told_with_how_far_it_is_verified(sources: Sources) -> None:
    await sources.journal.verify_rest()
    told = await read(sources)
    journal, facts = json.loads(told["journal.json"]), json.loads(told["facts.json"])
    assert journal["verified"]
    assert journal["head"]["seq"] == facts[0]["seq"]
    disk = json.loads(told["disk.json"])
    assert disk["files_bytes"]["journal.sqlite"] > 0
    assert disk["free_bytes"] > 0


async def test_a_reader_has_its_identity_and_what_it_can_do(sources: Sources) -> None:
    (told,) = json.loads((await read(sources))["readers.json"])
    assert (told["id"], told["address"]) == (READER, "zvt+tcp://10.0.0.7:20007")
    assert told["capabilities"]["object"] == "posd.reader_capabilities"
    assert told["live"]["online"]


async def test_what_is_too_large_is_left_out_and_said(
    sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "FILES_BYTES_MAX", 20_000)
    told = await read(sources)
    assert "status.json" not in told
    assert "Left out, since they are too large: " in told["README.txt"]
    assert sum(map(len, list(told.values())[1:])) <= 20_000


async def test_what_would_be_in_it_is_what_is_in_it(sources: Sources) -> None:
    listed = {one.name: one.octets.decode() for one in await Bundles(sources).files()}
    told = await read(sources)
    assert list(listed) == list(told)
    for found in (listed, told):
        del found["disk.json"]  # others write to that disk
    assert listed == told


async def test_a_fact_of_a_later_posd_is_told_by_its_kind(sources: Sources) -> None:
    (latest,) = sources.journal.histories.newest(1)
    sources.journal.close()
    assert told_of(replace(latest, fact=None))["fields"] == {}


def test_what_is_listed_as_an_id_is_a_field_of_a_fact() -> None:
    fields = {name for kind in KINDS.values() for name in kind.__struct_fields__}
    assert fields >= IDS
    assert not IDS & {"order", "order_part", "description", "reason", "message", "error", "label"}


async def test_a_journal_that_is_not_read_to_its_end_yet_says_so(sources: Sources) -> None:
    found = sources.journal.standing()
    sources.journal.close()
    assert found.is_verified
    assert not replace(found, checkpoint=replace(found.head, seq=found.head.seq + 1)).is_verified
