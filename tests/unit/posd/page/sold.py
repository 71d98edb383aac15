"""A payment that went its whole way, in front of the pages that tell of it."""

from typing import Final

from msgspec.structs import replace

from posd.model.facts import (
    ApprovalHeard,
    AttemptApproved,
    AttemptKind,
    AttemptStarted,
    Baseline,
    EffectDone,
    PaymentIntentCreated,
    Proof,
    StatusReported,
)
from posd.model.reader_facts import ReaderIdentified, ReaderRegistered
from posd_drivers.card_reader import OutcomeProof
from tests.unit.posd import records
from tests.unit.posd.page.desk import Desk
from tests.unit.posd.records import ATTEMPT, CHARGE, INTENT, READER

STARTED: Final = AttemptStarted(
    ATTEMPT,
    AttemptKind.SALE,
    INTENT,
    READER,
    1250,
    "eur",
    Baseline("52523535", asked=True, receipt=16),
)
YES: Final = StatusReported(ATTEMPT, records.GIROCARD, accepted=True)
DONE: Final = AttemptApproved(ATTEMPT, CHARGE, 1250, Proof.DIALOGUE, records.GIROCARD)


def sold(desk: Desk) -> None:
    """A reader is set up; a till sells there for 12.50, and everybody is told."""
    tell, store = desk.histories.tell, desk.bench.store
    attempt = records.attempt(YES, DONE)
    store.known_readers[READER] = records.reader(attempt)
    store.intents[INTENT] = replace(records.followed(attempt), payment_record="pr_1", heard=True)
    store.attempts[ATTEMPT] = attempt
    tell(
        ReaderRegistered(READER, "zvt+tcp://127.0.0.1:20007", "Till 1", None, "eur", declared=False)
    )
    tell(ReaderIdentified(READER, "52523535", OutcomeProof.LAST_TRANSACTION))
    tell(PaymentIntentCreated(INTENT, 1250, "eur", order="4711"), actor="key_posd_till")
    tell(STARTED, actor="key_posd_till")
    tell(YES, took_ms=2100)
    tell(DONE, took_ms=3400)
    tell(ApprovalHeard(INTENT), actor="key_posd_till")
    tell(EffectDone(f"{ATTEMPT}-report", INTENT, "pr_1"), actor="sync")
