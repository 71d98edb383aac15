"""Replaying the journal gives the projection, and no sequence of commands takes money twice."""

import asyncio
from pathlib import Path

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posd.journal.executor import LoopExecutor
from posd.journal.store import Journal
from posd.model.access_key_facts import AccessKeyCreated, AccessKeyRevoked
from posd.model.attempt import AttemptState, IllegalMove
from posd.model.facts import (
    AttemptAborted,
    AttemptDeclined,
    AttemptNotCharged,
    AttemptNotSent,
    AttemptSetAside,
    DaemonStarted,
    DiscrepancyFound,
    Fact,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
)
from posd.model.hardware_facts import (
    HardwareOrderPlaced,
    HardwareOrderRefused,
    HardwareOrderRequested,
    OldReaderRetired,
    ReaderReceived,
    ReceivedReaderBound,
    ReceivedReaderTested,
)
from posd.model.payment_intent import IntentState
from posd.model.quarantine_facts import (
    AttachmentBroken,
    BreakCause,
    ReaderAccepted,
    ReaderQuarantined,
)
from posd.model.reader_facts import OperationUnsupported, ReaderIdentified
from posd.model.restore_facts import (
    GapAccepted,
    PaymentImported,
    RefundImported,
    RestoreCause,
    RestoreNoticed,
    SalesAllowed,
    TerminalCompared,
    UpstreamListed,
)
from posd.model.store_facts import LanesNamed, ManagerPinSet, NamedLane, StoreNamed
from posd.model.upstream_facts import (
    ConnectionTokenIssued,
    MirrorKind,
    ObjectGone,
    ObjectMirrored,
)
from posd_drivers.ability import Operation
from posd_drivers.card_reader import AbortCause, OutcomeProof, Totals
from tests.in_memory import folder_in_memory
from tests.unit.posd.journal.replay import (
    Replayed,
    entries,
    expected_columns,
    narrow_columns,
    stored,
)
from tests.unit.posd.journal.scenario import (
    Facts,
    TurnedClock,
    approved,
    intent,
    open_journal,
    reader,
    reported,
    started,
)
from tests.unit.posd.model.stored_audits import STORED_AUDITS

READERS = ("tmr_1", "tmr_2")
INTENTS = ("pi_1", "pi_2", "pi_3")
ATTEMPTS = ("att_1", "att_2", "att_3", "att_4")


def _facts_of_an_attempt(id_: str) -> list[Fact]:
    return [
        reported(id_),
        approved(id_, f"ch_{id_}"),
        AttemptDeclined(id_, 5),
        AttemptAborted(id_, 0x6C, AbortCause.CUSTOMER),
        AttemptNotSent(id_),
        OutcomeUnknown(id_, "no_answer"),
        AttemptNotCharged(id_, Proof.TERMINAL),
        PersonNeeded(id_, "not_in_time"),
        AttemptSetAside(id_, "Queue is waiting."),
        DiscrepancyFound(id_, "charged_after_all"),
    ]


def moves() -> st.SearchStrategy[Fact]:
    """Any fact of the small store, legal or not where it stands."""
    starts = st.builds(
        started, st.sampled_from(ATTEMPTS), st.sampled_from(INTENTS), st.sampled_from(READERS)
    )
    attempts = st.sampled_from(ATTEMPTS).flatmap(
        lambda id_: st.sampled_from(_facts_of_an_attempt(id_))
    )
    others: st.SearchStrategy[Fact] = st.sampled_from(
        [
            intent("pi_4", "A-17"),
            reader("tmr_1", "zvt+tcp://10.0.0.9:1"),
            ReaderIdentified("tmr_1", "52523535", OutcomeProof.LAST_TRANSACTION),
            OperationUnsupported("tmr_1", Operation.REFUND),
            AttachmentBroken("tmr_1", BreakCause.INTERRUPTED, "att_1"),
            ReaderQuarantined("tmr_1", BreakCause.BUG, error="AssertionError"),
            ReaderAccepted("tmr_1", "new terminal"),
            AccessKeyCreated("key_1", "till 1", "till", "ab" * 32),
            AccessKeyRevoked("key_1"),
            ObjectMirrored("tml_1", MirrorKind.LOCATION, {"display_name": "Corner shop"}),
            ObjectGone("tml_1", MirrorKind.LOCATION),
            ConnectionTokenIssued("tml_1"),
            StoreNamed("Corner shop"),
            StoreNamed("Corner"),
            LanesNamed((NamedLane("1", "tmr_1"),)),
            ManagerPinSet(),
            HardwareOrderRequested("thor_posd_1", "a=1", "k1", "2026"),
            HardwareOrderRequested("thor_posd_2", "a=1", "k2", "2026"),
            HardwareOrderPlaced("thor_posd_1", "thor_1"),
            HardwareOrderRefused("thor_posd_2", 400, "parameter_invalid", "No."),
            ReaderReceived("rcv_posd_1", "thor_1", "tmr_1"),
            ReaderReceived("rcv_posd_2", "thor_1", "tmr_1"),
            ReceivedReaderBound("rcv_posd_1", "1", "tmr_2"),
            ReceivedReaderTested("rcv_posd_1"),
            OldReaderRetired("rcv_posd_1", "tmr_2"),
            *(fact for fact, _ in STORED_AUDITS),
            DaemonStarted("0.2.0", "ab12", "ep_1", "ep_1"),
            RestoreNoticed("rst_1", "ep_2", "ep_1", "ab12", RestoreCause.BEHIND, 1, 0),
            RestoreNoticed("rst_2", "ep_3", "ep_1", "", RestoreCause.DIVERGED, 1, 0, 9, "rst_1"),
            PaymentImported("pr_1", "rst_1", "pi_1", "att_9", "tmr_1", 1250, "eur", 0, 0, 0, "A"),
            PaymentImported(
                "pr_1", "rst_1", "pi_1", "att_9", "tmr_1", 1250, "eur", 0, 1250, 0, "A"
            ),
            RefundImported("rfi_pr_2", "rst_1", "pr_2", "pi_1", 500, "eur"),
            RefundImported("rfi_pr_2", "rst_2", "pr_2", "pi_1", 750, "eur"),
            UpstreamListed("rst_1", 1),
            TerminalCompared("rst_1", "tmr_1", Totals(2500), 0, 1, 1250, 0, 1, 1250),
            SalesAllowed("rst_1", "No line."),
            GapAccepted("rst_1", "Receipts compared."),
        ]
    )
    return st.one_of(starts, attempts, attempts, others)


@pytest.mark.no_cover
@settings(deadline=None)
@given(steps=st.lists(st.tuples(moves(), st.integers(-(10**9), 10**10)), max_size=40))
def test_replaying_the_journal_gives_the_projection(
    steps: list[tuple[Fact, int]],
) -> None:
    with folder_in_memory() as directory:
        asyncio.run(_live(directory, steps))
        db = apsw.Connection(str(directory / "journal.sqlite"))
        facts = entries(db)
        columns = narrow_columns(db)
        db.close()

        replayed = Replayed(facts)
        journal = open_journal(directory, executor=LoopExecutor(lambda: 0.0))
        records = {id_: stored(journal.queries, id_) for id_ in columns}
        journal.close()
    assert records == replayed.records
    assert columns == {id_: expected_columns(one) for id_, one in replayed.records.items()}
    _check_money(replayed)


async def test_a_discrepancy_of_an_earlier_attempt_reopens_nothing(journal: Journal) -> None:
    await journal.commit(
        Facts((reader("tmr_1"), intent("pi_1"), started("att_1", "pi_1", "tmr_1")))
    )
    await journal.commit(Facts((AttemptDeclined("att_1", 5),)))
    await journal.commit(Facts((started("att_2", "pi_1", "tmr_1"), reported("att_2"))))
    await journal.commit(Facts((approved("att_2"),)))
    paid = journal.queries.payment_intent("pi_1")
    await journal.commit(Facts((DiscrepancyFound("att_1", "charged_after_all"),)))
    assert paid is not None
    assert paid.state is IntentState.APPROVED
    assert journal.queries.payment_intent("pi_1") == paid


async def _live(directory: Path, steps: list[tuple[Fact, int]]) -> None:
    clock = TurnedClock()
    journal = open_journal(directory, clock=clock, executor=LoopExecutor(lambda: 0.0))
    attached = (reader("tmr_1", "zvt+tcp://10.0.0.1:1"), reader("tmr_2", "zvt+tcp://10.0.0.2:1"))
    await journal.commit(Facts((*attached, *map(intent, INTENTS))))
    for fact, jump in steps:
        clock.now_ms += jump
        await asyncio.gather(_try(journal, fact), _try(journal, fact))
    journal.close()


async def _try(journal: Journal, fact: Fact) -> None:
    head = journal.head
    try:
        await journal.commit(Facts((fact,)))
    except (IllegalMove, apsw.ConstraintError, AssertionError):
        assert journal.head - head <= 1  # the twin's fact at most


def _check_money(replayed: Replayed) -> None:
    attempts = [one for id_ in ATTEMPTS if (one := replayed.attempt(id_)) is not None]
    unended = [one for one in attempts if one.unended]
    assert len({one.reader for one in unended}) == len(unended)
    assert len({one.payment_intent for one in unended}) == len(unended)
    for one in attempts:
        assert (one.charge is not None) is (one.state is AttemptState.APPROVED)
