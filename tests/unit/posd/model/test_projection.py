import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from posd.model import reader as readers
from posd.model.access_key import Role
from posd.model.access_key_facts import AccessKeyCreated, AccessKeyRevoked
from posd.model.attempt import AttemptState
from posd.model.belonging import object_of
from posd.model.facts import (
    FACT_VERSION,
    KINDS,
    AccountLearned,
    ApprovalHeard,
    AttemptAborted,
    AttemptApproved,
    AttemptDeclined,
    AttemptKind,
    AttemptNotCharged,
    AttemptNotSent,
    AttemptSetAside,
    DaemonStarted,
    EffectDone,
    EffectParked,
    Fact,
    OutcomeUnknown,
    PersonNeeded,
    Proof,
    StatusReported,
    UnknownFact,
    decode,
    encode,
)
from posd.model.payment_intent import IntentState, follow
from posd.model.quarantine_facts import (
    AttachmentBroken,
    BreakCause,
    ReaderAccepted,
    ReaderQuarantined,
)
from posd.model.queue_facts import EffectHeld, EffectRetried, EffectWrittenOff
from posd.model.reader import Quarantine
from posd.model.reader_facts import ReaderIdentified, ReaderRegistered
from posd_drivers.card_reader import AbortCause, OutcomeProof
from tests.unit.posd.model.records import AT, CREATED, REGISTERED, STARTED, Shelf, in_hand, sale

REPORTED = StatusReported("att_posd_1", sale(), accepted=True)
APPROVED = AttemptApproved("att_posd_1", "ch_posd_1", 1250, Proof.DIALOGUE, sale())


def state_after(*facts: Fact) -> IntentState:
    intent = in_hand().take(facts).payment_intent("pi_posd_1")
    assert intent is not None
    return intent.state


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ((), IntentState.IN_HAND),
        ((REPORTED,), IntentState.UNPROVEN),
        ((REPORTED, APPROVED), IntentState.APPROVED),
        ((AttemptDeclined("att_posd_1", 5),), IntentState.OPEN),
        ((OutcomeUnknown("att_posd_1", "x"),), IntentState.UNPROVEN),
        (
            (OutcomeUnknown("att_posd_1", "x"), PersonNeeded("att_posd_1", "y")),
            IntentState.UNPROVEN,
        ),
        (
            (
                OutcomeUnknown("att_posd_1", "x"),
                PersonNeeded("att_posd_1", "y"),
                AttemptSetAside("att_posd_1", "z"),
            ),
            IntentState.UNPROVEN,
        ),
        (
            (OutcomeUnknown("att_posd_1", "x"), AttemptNotCharged("att_posd_1", Proof.TERMINAL)),
            IntentState.OPEN,
        ),
    ],
)
def test_the_intent_follows_its_attempt(facts: tuple[Fact, ...], state: IntentState) -> None:
    assert state_after(*facts) is state


def test_an_approval_names_charge_and_amount_on_the_intent() -> None:
    intent = in_hand().take([REPORTED, APPROVED]).payment_intent("pi_posd_1")
    assert intent is not None
    assert (intent.charge, intent.amount_received, intent.refused) == ("ch_posd_1", 1250, None)


def test_a_decline_is_remembered_until_an_approval() -> None:
    shelf = in_hand().take([AttemptDeclined("att_posd_1", 5)])
    intent = shelf.payment_intent("pi_posd_1")
    assert intent is not None
    assert intent.refused == "att_posd_1"


def test_a_refund_gives_back_and_never_makes_a_payment_unpaid() -> None:
    shelf = in_hand()
    attempt, intent = shelf.attempt("att_posd_1"), shelf.payment_intent("pi_posd_1")
    assert attempt is not None
    assert intent is not None
    paid = replace(intent, state=IntentState.APPROVED, amount_received=1250)
    refund = replace(attempt, kind=AttemptKind.REFUND, refund="re_posd_1", approved_amount=400)
    for state in AttemptState:
        moved = follow(paid, replace(refund, state=state))
        given_back = 400 if state is AttemptState.APPROVED else 0
        assert moved == replace(paid, amount_refunded=given_back)


@pytest.mark.parametrize("kind", [AttemptKind.END_OF_DAY, AttemptKind.REFUND])
def test_what_is_for_no_payment_moves_none(kind: AttemptKind) -> None:
    attempt, intent = in_hand().attempt("att_posd_1"), in_hand().payment_intent("pi_posd_1")
    assert attempt is not None
    assert intent is not None
    with pytest.raises(AssertionError):
        follow(intent, replace(attempt, kind=kind, refund=None))


def test_an_attempt_that_came_to_nothing_changes_nothing_at_its_reader() -> None:
    attempt, reader = in_hand().attempt("att_posd_1"), in_hand().reader("tmr_posd_1")
    assert attempt is not None
    assert reader is not None
    for state in set(AttemptState) - {AttemptState.STARTED, AttemptState.APPROVED}:
        assert readers.follow(reader, replace(attempt, state=state), None) is reader


def test_a_reader_remembers_its_terminal_while_it_stays_where_it_is() -> None:
    identified = ReaderIdentified("tmr_posd_1", "12345678", OutcomeProof.LAST_TRANSACTION)
    shelf = in_hand().take([identified, REGISTERED])
    reader = shelf.reader("tmr_posd_1")
    assert reader is not None
    assert (reader.terminal_id, reader.attempt) == ("12345678", "att_posd_1")
    moved = ReaderRegistered(
        "tmr_posd_1", "zvt+tcp://127.0.0.1:20008", "Lane 1", None, "eur", declared=True
    )
    reader = shelf.take([moved]).reader("tmr_posd_1")
    assert reader is not None
    assert reader.terminal_id is None


BROKEN = AttachmentBroken("tmr_posd_1", BreakCause.INTERRUPTED, "att_posd_1")
UNKNOWN = OutcomeUnknown("att_posd_1", "interrupted")


@pytest.mark.parametrize(
    ("facts", "breaks"),
    [
        ((BROKEN,), 1),
        ((BROKEN, REGISTERED, BROKEN), 2),
        ((BROKEN, REPORTED), 1),
        ((BROKEN, REPORTED, APPROVED), 0),
        ((BROKEN, AttemptDeclined("att_posd_1", 5)), 0),
        ((BROKEN, AttemptAborted("att_posd_1", 0x6C, AbortCause.CUSTOMER)), 0),
        ((BROKEN, AttemptNotSent("att_posd_1")), 1),
        ((UNKNOWN, BROKEN, AttemptNotCharged("att_posd_1", Proof.TERMINAL)), 1),
        ((UNKNOWN, BROKEN, replace(APPROVED, proof=Proof.TERMINAL)), 1),
        ((BROKEN, BROKEN, ReaderAccepted("tmr_posd_1", "new terminal")), 0),
    ],
)
def test_only_a_dialogue_that_ended_or_a_person_clears_the_count(
    facts: tuple[Fact, ...], breaks: int
) -> None:
    reader = in_hand().take(facts).reader("tmr_posd_1")
    assert reader is not None
    assert (reader.breaks, reader.quarantine) == (breaks, None)


def test_a_quarantine_keeps_its_evidence_until_a_person_accepts_the_reader() -> None:
    quarantined = ReaderQuarantined("tmr_posd_1", BreakCause.BUG, "att_posd_1", "KeyError")
    shelf = in_hand().take([BROKEN, BROKEN, quarantined, REGISTERED])
    reader = shelf.reader("tmr_posd_1")
    assert reader is not None
    evidence = Quarantine(AT.wall_ms, BreakCause.BUG, "att_posd_1", "KeyError")
    assert reader.quarantine == evidence
    accepted = shelf.take([ReaderAccepted("tmr_posd_1", "new terminal")]).reader("tmr_posd_1")
    assert accepted == replace(reader, breaks=0, quarantine=None)


def test_a_key_can_be_revoked() -> None:
    created = AccessKeyCreated("key_1", "till 1", "till", "0" * 64)
    shelf = Shelf().take([created, AccessKeyRevoked("key_1")])
    key = shelf.access_key("key_1")
    assert key is not None
    assert (key.role, key.revoked) == (Role.TILL, True)


def test_reports_upstream_and_being_heard_are_kept_on_the_intent() -> None:
    facts: list[Fact] = [
        REPORTED,
        APPROVED,
        EffectDone("att_posd_1-report", "pi_posd_1", "pr_1"),
        EffectDone("att_posd_1-guarantee", "pi_posd_1", None),
        ApprovalHeard("pi_posd_1"),
    ]
    intent = in_hand().take(facts).payment_intent("pi_posd_1")
    assert intent is not None
    assert (intent.payment_record, intent.heard) == ("pr_1", True)


def test_facts_of_the_store_change_no_record() -> None:
    parked = EffectParked("att_posd_1-report", "pi_posd_1", 400, "x", "y")
    ruled = (EffectRetried("e", "z"), EffectHeld("e", "z"), EffectWrittenOff("e", "z"))
    learned = AccountLearned("acct_1", livemode=False)
    shelf = in_hand()
    before = dict(shelf.kept)
    assert shelf.take([DaemonStarted("0.1.0"), learned, parked, *ruled]).kept == before


@pytest.mark.parametrize(
    ("fact", "object_id"),
    [
        (DaemonStarted("0.1.0"), "store"),
        (AccessKeyRevoked("key_1"), "key_1"),
        (REGISTERED, "tmr_posd_1"),
        (CREATED, "pi_posd_1"),
        (EffectDone("e", "pi_posd_1", None), "pi_posd_1"),
        (STARTED, "att_posd_1"),
    ],
)
def test_every_fact_belongs_to_an_object(fact: Fact, object_id: str) -> None:
    assert object_of(fact) == object_id


@given(st.sampled_from([CREATED, REGISTERED, STARTED, REPORTED, APPROVED]))
def test_a_stored_fact_reads_back_as_it_was(fact: Fact) -> None:
    assert decode(type(fact).__name__, FACT_VERSION, encode(fact)) == fact


def test_the_stored_form_is_canonical() -> None:
    assert encode(OutcomeUnknown("att_1", "link_lost")) == (
        b'{"attempt":"att_1","reason":"link_lost"}'
    )


@pytest.mark.parametrize(
    ("kind", "version", "body"),
    [
        ("Somersault", 1, b"{}"),
        ("OutcomeUnknown", 2, b'{"attempt":"a","reason":"b"}'),
        ("OutcomeUnknown", 1, b'{"attempt":7}'),
    ],
)
def test_what_this_posd_cannot_read_is_said_so(kind: str, version: int, body: bytes) -> None:
    with pytest.raises(UnknownFact):
        decode(kind, version, body)


NAMES = [
    "AccessKeyCreated",
    "AccessKeyRevoked",
    "AccountLearned",
    "ApprovalHeard",
    "AttachmentBroken",
    "AttemptAborted",
    "AttemptApproved",
    "AttemptDeclined",
    "AttemptNotCharged",
    "AttemptNotSent",
    "AttemptSetAside",
    "AttemptStarted",
    "CancelRequested",
    "ConnectionTokenIssued",
    "DaemonStarted",
    "DayAudited",
    "DiscrepancyClosed",
    "DiscrepancyFound",
    "EffectDone",
    "EffectHeld",
    "EffectParked",
    "EffectRetried",
    "EffectWrittenOff",
    "FactsArchived",
    "GapAccepted",
    "HardwareOrderPlaced",
    "HardwareOrderRefused",
    "HardwareOrderRequested",
    "LanesNamed",
    "ManagerActed",
    "ManagerPinReset",
    "ManagerPinSet",
    "ObjectGone",
    "ObjectMirrored",
    "OldReaderRetired",
    "OperationUnsupported",
    "OutcomeUnknown",
    "PaymentImported",
    "PaymentIntentCanceled",
    "PaymentIntentCaptured",
    "PaymentIntentCreated",
    "PaymentIntentUpdated",
    "PersonNeeded",
    "ReaderAccepted",
    "ReaderDeleted",
    "ReaderDisplaced",
    "ReaderIdentified",
    "ReaderQuarantined",
    "ReaderReceived",
    "ReaderRegistered",
    "ReaderReplaced",
    "ReceiptPrinted",
    "ReceivedReaderBound",
    "ReceivedReaderTested",
    "RefundDraftApproved",
    "RefundDraftClosed",
    "RefundDrafted",
    "RefundImported",
    "RefundRequested",
    "RefundUpdated",
    "RestoreNoticed",
    "SalesAllowed",
    "StatusReported",
    "StoreNamed",
    "StrangerFound",
    "TerminalCompared",
    "TerminalUsedElsewhere",
    "TillListPosted",
    "UnsupportedForgotten",
    "UpstreamListed",
]
"""Of every kind of fact that any posd has ever written."""


def test_the_names_of_facts_are_kept_for_ever() -> None:
    assert sorted(KINDS) == NAMES


def test_facts_carry_the_time_of_their_transaction() -> None:
    intent = in_hand().payment_intent("pi_posd_1")
    assert intent is not None
    assert (intent.created_ms, intent.owner, intent.livemode) == (AT.wall_ms, "key_1", False)
