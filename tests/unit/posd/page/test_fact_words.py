"""Every fact of a payment, a try or a reader is said in words, and none with an amount unasked."""

from typing import TYPE_CHECKING, Any, get_args

import msgspec
import pytest
from msgspec.structs import replace

from posd.model.facts import (
    AttemptApproved,
    AttemptFact,
    AttemptKind,
    Fact,
    PaymentIntentCreated,
    Proof,
)
from posd.model.quarantine_facts import ReaderAccepted
from posd.model.queue_facts import QueueFact
from posd.model.reader_facts import OperationUnsupported, ReaderFact
from posd.page.catalogue import LANGUAGES, shipped
from posd.page.fact_words import KEYS, sentence
from posd.page.words import Words
from posd_drivers.ability import Operation
from posd_drivers.card_reader import AbortCause
from tests.unit.posd import records
from tests.unit.posd.api.store import Store
from tests.unit.posd.page.histories_fake import HistoriesFake
from tests.unit.posd.page.sold import DONE, STARTED, YES
from tests.unit.posd.page.telling import english
from tests.unit.posd.records import ATTEMPT
from tests.unit.posd.snapshots import Shop

if TYPE_CHECKING:
    from posd.model.attempt import Attempt

VARIES = {"AttemptStarted", "StatusReported", "AttemptApproved", "AttemptAborted"}
VARIES |= {"AttemptNotCharged", "EffectDone"}


def say(fact: Fact, kind: AttemptKind = AttemptKind.SALE, words: Words | None = None) -> str:
    attempts: dict[str, Attempt] = {ATTEMPT: replace(records.attempt(), kind=kind)}
    entry = HistoriesFake(Store()).tell(fact)
    return sentence(entry, attempts, "eur", words or english(Shop().snapshot()))


@pytest.mark.parametrize(
    "kind", [*get_args(AttemptFact), *get_args(ReaderFact), *get_args(QueueFact)]
)
def test_no_fact_of_theirs_is_without_words(kind: type[Any]) -> None:
    assert kind in KEYS or kind.__name__ in VARIES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_variant_has_words(language: str) -> None:
    text = shipped(language).text
    said = {"amount": "1", "reason": "x"}
    assert all(text(f"fact.started.{kind.value}", **said) for kind in AttemptKind)
    for what in ("approved", "closed", "nothing_moved"):
        assert all(text(f"fact.{what}.{proof.value}", **said) for proof in Proof)
    assert all(text(f"fact.stopped.{cause.value}") for cause in AbortCause)
    assert all(text(f"fact.operation.{operation.value}") for operation in Operation)
    assert all(text(f"fact.sent.{tells}") for tells in ("payment", "guarantee", "refund"))


def test_what_happened_is_said_in_plain_words() -> None:
    assert say(STARTED) == "The reader was asked to take €12.50."
    assert say(YES) == "The reader said yes, not yet for good."
    assert say(DONE) == "Done: €12.50."
    assert say(DONE, AttemptKind.END_OF_DAY) == "Its day is closed."
    by_person = AttemptApproved(ATTEMPT, None, 1250, Proof.PERSON, None, reason="Receipt seen.")
    assert say(by_person) == "A person decided that it was done (€12.50): Receipt seen."
    assert say(ReaderAccepted("tmr_1", "Cable mended.")).endswith("back into use: Cable mended.")
    cannot = OperationUnsupported("tmr_1", Operation.REPRINT)
    assert say(cannot) == "The reader cannot do this: repeat a receipt."


def test_who_may_not_see_amounts_reads_none() -> None:
    hidden = Words(Shop().snapshot(), shipped("en"), amounts=False)
    for fact in (STARTED, DONE, PaymentIntentCreated("pi_1", 1250, "eur")):
        assert "•••" in say(fact, words=hidden)
        assert "12.50" not in say(fact, words=hidden)


def test_a_fact_of_a_newer_posd_is_told_by_its_name() -> None:
    entry = HistoriesFake(Store()).tell(DONE)
    unknown = msgspec.structs.replace(entry, fact=None, kind="CardTasted")
    told = sentence(unknown, {}, "eur", english(Shop().snapshot()))
    assert told == "Something else was noted (CardTasted)."
