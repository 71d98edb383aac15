"""The octets of every kind of fact, typed by hand: a release that writes or reads others is wrong.

They are hashed into the chain (M16) and must be readable for as long as a store keeps its journal.
"""

import json

import pytest

from posd.model.access_key_facts import AccessKeyCreated, AccessKeyRevoked
from posd.model.archive_facts import FactsArchived
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
    AttemptStarted,
    Baseline,
    CancelRequested,
    DaemonStarted,
    DiscrepancyClosed,
    DiscrepancyFound,
    EffectDone,
    EffectParked,
    Fact,
    OutcomeUnknown,
    PaymentIntentCanceled,
    PaymentIntentCaptured,
    PaymentIntentCreated,
    PaymentIntentUpdated,
    PersonNeeded,
    Proof,
    ReceiptPrinted,
    StatusReported,
    decode,
    encode,
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
from posd.model.quarantine_facts import (
    AttachmentBroken,
    BreakCause,
    ReaderAccepted,
    ReaderQuarantined,
)
from posd.model.queue_facts import EffectHeld, EffectRetried, EffectWrittenOff
from posd.model.reader_facts import (
    OperationUnsupported,
    ReaderDeleted,
    ReaderDisplaced,
    ReaderIdentified,
    ReaderRegistered,
    ReaderReplaced,
    StrangerFound,
    TerminalUsedElsewhere,
    UnsupportedForgotten,
)
from posd.model.refund_facts import RefundRequested, RefundUpdated
from posd.model.store_facts import (
    LanesNamed,
    ManagerActed,
    ManagerPinReset,
    ManagerPinSet,
    NamedLane,
    StoreNamed,
)
from posd.model.upstream_facts import (
    ConnectionTokenIssued,
    MirrorKind,
    ObjectGone,
    ObjectMirrored,
)
from posd_drivers.ability import Operation
from posd_drivers.card_reader import (
    AbortCause,
    CardDetails,
    Kind,
    OutcomeProof,
    Receipt,
    Transaction,
)
from tests.unit.posd.model.stored_audits import STORED_AUDITS
from tests.unit.posd.model.stored_restores import STORED_RESTORES

SALE = Transaction(
    kind=Kind.SALE,
    terminal_id="12345678",
    amount=1250,
    currency="eur",
    result_code=0,
    receipt=17,
    trace=123,
    card=CardDetails(brand="visa", last4="4242", read_method="contactless_emv"),
)
SALE_STORED = (
    b'{"amount":1250,"at_risk":false,"card":{"acquirer_contract":null,"application_preferred_name":null,'
    b'"authorization_code":null,"brand":"visa","brand_product":null,'
    b'"cardholder_verification_method":null,"dedicated_file_name":null,"exp_month":null,'
    b'"exp_year":null,"last4":"4242","read_method":"contactless_emv"},"currency":"eur",'
    b'"date":null,"kind":"sale","original_trace":null,"receipt":17,"result_code":0,"terminal_id":"12345678",'
    b'"text":null,"time":null,"tip":null,"totals":null,"trace":123,"turnover":null}'
)
BASELINE = Baseline("12345678", asked=True, receipt=16)
STORED: list[tuple[Fact, bytes]] = [
    (
        DaemonStarted("0.2.0", "ab12", "ep_1", "ep_2"),
        b'{"epoch":"ep_2","journal":"ep_1","machine":"ab12","software":"0.2.0"}',
    ),
    (
        FactsArchived("arc_posd_1", "to-2026-12.db", ("2026-11", "2026-12"), 1, 4711, 2, "ab" * 32),
        b'{"archive":"arc_posd_1","file":"to-2026-12.db","first_seq":1,"last_hash":"%s",'
        b'"last_ordinal":2,"last_seq":4711,"months":["2026-11","2026-12"]}' % (b"ab" * 32),
    ),
    (AccountLearned("acct_1", livemode=False), b'{"account":"acct_1","livemode":false}'),
    (
        AccessKeyCreated("key_1", "till 1", "till", "ab" * 32, refund_max=2000),
        b'{"key":"key_1","lane":null,"name":"till 1","refund_max":2000,"role":"till",'
        b'"sha256":"%s"}' % (b"ab" * 32),
    ),
    (AccessKeyRevoked("key_1"), b'{"key":"key_1"}'),
    (
        ReaderRegistered("tmr_1", "zvt+tcp://h:1", "Lane 1", None, "eur", declared=True),
        (
            b'{"address":"zvt+tcp://h:1","control":null,"currency":"eur","declared":true,'
            b'"label":"Lane 1","location":null,"manual_capture":"refuse","metadata":{},'
            b'"reader":"tmr_1","simulated":false,"tips":false}'
        ),
    ),
    (
        ReaderIdentified("tmr_1", "12345678", OutcomeProof.LAST_TRANSACTION),
        (
            b'{"cannot":[],"device":null,"outcome_proof":"last_transaction","reader":"tmr_1",'
            b'"terminal_id":"12345678"}'
        ),
    ),
    (
        StrangerFound("tmr_1", "87654321", "0b00:0081/A7"),
        b'{"device":"0b00:0081/A7","reader":"tmr_1","terminal_id":"87654321"}',
    ),
    (
        ReaderReplaced("tmr_1", None, "0b00:0081/A7", "the old one fell"),
        (
            b'{"device":"0b00:0081/A7","reader":"tmr_1","reason":"the old one fell",'
            b'"terminal_id":null}'
        ),
    ),
    (
        ReaderDisplaced("tmr_1", "tmr_2", "one more"),
        b'{"by":"tmr_2","reader":"tmr_1","reason":"one more"}',
    ),
    (
        OperationUnsupported("tmr_1", Operation.REFUND),
        b'{"operation":"refund","reader":"tmr_1"}',
    ),
    (UnsupportedForgotten("tmr_1"), b'{"reader":"tmr_1"}'),
    (
        TerminalUsedElsewhere("tmr_1", SALE, began_anew=True),
        b'{"began_anew":true,"last":%s,"reader":"tmr_1"}' % SALE_STORED,
    ),
    (
        PaymentIntentCreated("pi_1", 1250, "eur", metadata={"order_id": "A-17", "b": "ü"}),
        (
            b'{"amount":1250,"business_day":"","capture_method":"automatic","currency":"eur",'
            b'"description":null,"metadata":{"b":"\xc3\xbc","order_id":"A-17"},"order":null,'
            b'"order_part":null,"payment_intent":"pi_1","payment_method_types":["card_present"]}'
        ),
    ),
    (
        AttemptStarted("att_1", AttemptKind.SALE, "pi_1", "tmr_1", 1250, "eur", BASELINE),
        (
            b'{"amount":1250,"attempt":"att_1","baseline":{"asked":true,"clock_offset_s":null,'
            b'"closing_count":null,"receipt":16,"stamp":null,"terminal_id":"12345678",'
            b'"totals":null,"trace":null,"turnover":null},"cancellation_reason":null,'
            b'"currency":"eur","kind":"sale","original":null,"payment_intent":"pi_1",'
            b'"reader":"tmr_1","refund":null,"tips":false,"totals":null}'
        ),
    ),
    (
        PaymentIntentUpdated("pi_1", 1300, None, {"order_id": "A-18"}, "A-18", None),
        (
            b'{"amount":1300,"description":null,"metadata":{"order_id":"A-18"},"order":"A-18",'
            b'"order_part":null,"payment_intent":"pi_1"}'
        ),
    ),
    (PaymentIntentCaptured("pi_1"), b'{"payment_intent":"pi_1"}'),
    (
        RefundRequested("re_1", "pi_1", "ch_1", 400, "eur", "duplicate", {"till": "3"}),
        (
            b'{"amount":400,"charge":"ch_1","currency":"eur","metadata":{"till":"3"},'
            b'"payment_intent":"pi_1","reason":"duplicate","refund":"re_1"}'
        ),
    ),
    (
        RefundUpdated("re_1", {"till": "4"}),
        b'{"metadata":{"till":"4"},"refund":"re_1"}',
    ),
    (
        ReceiptPrinted("att_1", Receipt("merchant", ("EUR 12.50",), signature_required=True)),
        (
            b'{"attempt":"att_1","receipt":{"audience":"merchant","lines":["EUR 12.50"],'
            b'"signature_required":true}}'
        ),
    ),
    (
        PaymentIntentCanceled("pi_1", "abandoned"),
        b'{"payment_intent":"pi_1","reason":"abandoned"}',
    ),
    (ReaderDeleted("tmr_1"), b'{"reader":"tmr_1"}'),
    (
        AttachmentBroken("tmr_1", BreakCause.INTERRUPTED, "att_1"),
        b'{"attempt":"att_1","cause":"interrupted","error":null,"reader":"tmr_1"}',
    ),
    (
        ReaderQuarantined("tmr_1", BreakCause.BUG, error="AssertionError"),
        b'{"attempt":null,"cause":"posd_failed","error":"AssertionError","reader":"tmr_1"}',
    ),
    (
        ReaderAccepted("tmr_1", "new terminal"),
        b'{"reader":"tmr_1","reason":"new terminal"}',
    ),
    (CancelRequested("att_1"), b'{"attempt":"att_1"}'),
    (
        StatusReported("att_1", SALE, accepted=False, reason="other_amount"),
        b'{"accepted":false,"attempt":"att_1","reason":"other_amount","transaction":%s}'
        % SALE_STORED,
    ),
    (
        AttemptApproved(
            "att_1", "ch_1", 1250, Proof.DIALOGUE, SALE, (Receipt("customer", ("EUR 12.50",)),)
        ),
        b'{"amount":1250,"attempt":"att_1","charge":"ch_1","proof":"dialogue","reason":null,'
        b'"receipts":[{"audience":"customer","lines":["EUR 12.50"],'
        b'"signature_required":false}],"transaction":%s}' % SALE_STORED,
    ),
    (
        AttemptDeclined("att_1", 0x6C),
        (
            b'{"attempt":"att_1","code":108,"decline_code":"generic_decline","receipts":[],'
            b'"transaction":null}'
        ),
    ),
    (
        AttemptAborted("att_1", 0x6C, AbortCause.CUSTOMER),
        b'{"attempt":"att_1","cause":"customer","code":108}',
    ),
    (AttemptNotSent("att_1"), b'{"attempt":"att_1"}'),
    (OutcomeUnknown("att_1", "link_lost"), b'{"attempt":"att_1","reason":"link_lost"}'),
    (
        AttemptNotCharged("att_1", Proof.TERMINAL),
        b'{"attempt":"att_1","last":null,"proof":"terminal","reason":null}',
    ),
    (
        PersonNeeded("att_1", "no_baseline"),
        b'{"attempt":"att_1","last":null,"reason":"no_baseline"}',
    ),
    (AttemptSetAside("att_1", "reader needed"), b'{"attempt":"att_1","reason":"reader needed"}'),
    (
        DiscrepancyClosed("att_1", "paid back"),
        b'{"attempt":"att_1","reason":"paid back"}',
    ),
    (
        DiscrepancyFound("att_1", "charged"),
        b'{"attempt":"att_1","last":null,"reason":"charged"}',
    ),
    (ApprovalHeard("pi_1"), b'{"payment_intent":"pi_1"}'),
    (
        EffectDone("att_1-report", "pi_1", "pr_1"),
        b'{"effect":"att_1-report","payment_intent":"pi_1","result":"pr_1"}',
    ),
    (
        EffectParked("att_1-report", "pi_1", 400, "parameter_invalid", "No."),
        (
            b'{"code":"parameter_invalid","effect":"att_1-report","message":"No.",'
            b'"payment_intent":"pi_1","status":400}'
        ),
    ),
    (
        EffectRetried("att_1-report", "The account has it now."),
        b'{"effect":"att_1-report","reason":"The account has it now."}',
    ),
    (EffectHeld("att_1-report", "Wait."), b'{"effect":"att_1-report","reason":"Wait."}'),
    (EffectWrittenOff("att_1-report", "Told."), b'{"effect":"att_1-report","reason":"Told."}'),
    (
        ObjectMirrored(
            "tml_1", MirrorKind.LOCATION, {"object": "terminal.location", "id": "tml_1"}
        ),
        (
            b'{"body":{"id":"tml_1","object":"terminal.location"},'
            b'"kind":"terminal.location","object":"tml_1"}'
        ),
    ),
    (
        ObjectGone("tmr_1", MirrorKind.READER),
        b'{"kind":"terminal.reader","object":"tmr_1"}',
    ),
    (ConnectionTokenIssued("tml_1"), b'{"location":"tml_1"}'),
    (StoreNamed("Corner shop"), b'{"name":"Corner shop"}'),
    (
        LanesNamed((NamedLane("1", "tmr_1"), NamedLane("2", "tmr_2", "tmr_1"))),
        (
            b'{"lanes":[{"fallback":null,"name":"1","reader":"tmr_1"},'
            b'{"fallback":"tmr_1","name":"2","reader":"tmr_2"}]}'
        ),
    ),
    (ManagerPinSet(), b"{}"),
    (ManagerPinReset(), b"{}"),
    (
        ManagerActed("restart", "tmr_1", "it hangs"),
        b'{"about":"tmr_1","action":"restart","reason":"it hangs"}',
    ),
    (
        HardwareOrderRequested("thor_posd_1", "payment_type=monthly_invoice", "k1", "2026;beta=v5"),
        (
            b'{"api_version":"2026;beta=v5","body":"payment_type=monthly_invoice","key":"k1",'
            b'"order":"thor_posd_1"}'
        ),
    ),
    (
        HardwareOrderPlaced("thor_posd_1", "thor_1"),
        b'{"order":"thor_posd_1","upstream":"thor_1"}',
    ),
    (
        HardwareOrderRefused("thor_posd_1", 400, "parameter_invalid", "No PO boxes."),
        (
            b'{"code":"parameter_invalid","message":"No PO boxes.","order":"thor_posd_1",'
            b'"status":400}'
        ),
    ),
    (
        ReaderReceived("rcv_posd_1", "thor_1", "tmr_1"),
        b'{"order":"thor_1","reader":"tmr_1","received":"rcv_posd_1"}',
    ),
    (
        ReceivedReaderBound("rcv_posd_1", "1", "tmr_posd_front"),
        b'{"lane":"1","over":"tmr_posd_front","received":"rcv_posd_1"}',
    ),
    (ReceivedReaderTested("rcv_posd_1"), b'{"received":"rcv_posd_1"}'),
    (
        OldReaderRetired("rcv_posd_1", "tmr_posd_old"),
        b'{"reader":"tmr_posd_old","received":"rcv_posd_1"}',
    ),
    *STORED_RESTORES,
    *STORED_AUDITS,
]


@pytest.mark.parametrize(
    ("fact", "octets"), STORED, ids=[type(fact).__name__ for fact, _ in STORED]
)
def test_a_fact_is_stored_as_these_octets(fact: Fact, octets: bytes) -> None:
    assert encode(fact) == octets
    assert decode(type(fact).__name__, FACT_VERSION, octets) == fact


def test_every_kind_is_here() -> None:
    assert {type(fact).__name__ for fact, _ in STORED} == set(KINDS)


@pytest.mark.parametrize("missing", ["metadata", "order", "payment_method_types"])
def test_a_row_from_before_a_field_takes_its_default(missing: str) -> None:
    fact = PaymentIntentCreated("pi_1", 1250, "eur")
    older = json.loads(encode(fact))
    del older[missing]
    assert decode("PaymentIntentCreated", FACT_VERSION, json.dumps(older).encode()) == fact
