"""What is written of audits and drafted refunds, as it is stored for ever."""

from typing import Final

from posd.model.audit_facts import (
    DayAudited,
    Difference,
    DraftCause,
    DraftEnd,
    RefundDraftApproved,
    RefundDraftClosed,
    RefundDrafted,
    Side,
    TillEntry,
    TillListPosted,
)
from posd.model.facts import Fact

STORED_AUDITS: Final[list[tuple[Fact, bytes]]] = [
    (
        DayAudited(
            "audit_2026-11-01",
            "2026-11-01",
            "differs",
            (Difference(Side.TERMINAL, "amount", "att_9", 1250, 2500),),
            1,
            ("tmr_1 till: no_list",),
            17,
            42,
            "aa",
            "bb",
            "cc",
            "One was taken by hand.",
        ),
        (
            b'{"agreement":"differs","audit":"audit_2026-11-01","business_day":"2026-11-01",'
            b'"difference_count":1,"differences":[{"kind":"amount","ours":1250,"side":"terminal",'
            b'"subject":"att_9","theirs":2500}],"export_sha256":"cc","first_hash":"aa",'
            b'"first_seq":17,"last_hash":"bb","last_seq":42,"reason":"One was taken by hand.",'
            b'"unchecked":["tmr_1 till: no_list"]}'
        ),
    ),
    (
        TillListPosted(
            "tlist_2026-11-01_key_1",
            "2026-11-01",
            "key_1",
            (TillEntry(1250, "eur", "pi_1"), TillEntry(-300, "eur", order="A-17")),
        ),
        (
            b'{"business_day":"2026-11-01","entries":[{"amount":1250,"currency":"eur","order":null,'
            b'"payment_intent":"pi_1"},{"amount":-300,"currency":"eur","order":"A-17",'
            b'"payment_intent":null}],"till":"key_1","till_list":"tlist_2026-11-01_key_1"}'
        ),
    ),
    (
        RefundDrafted(
            "draft_posd_2",
            DraftCause.TWO_PAYMENTS,
            "pi_2",
            "att_posd_2",
            1250,
            "eur",
            "A-17",
            "pi_1",
            17,
        ),
        (
            b'{"amount":1250,"attempt":"att_posd_2","cause":"two_payments","currency":"eur",'
            b'"draft":"draft_posd_2","order":"A-17","other":"pi_1","payment_intent":"pi_2",'
            b'"receipt":17}'
        ),
    ),
    (
        RefundDraftApproved("draft_posd_2", "re_posd_1", "Paid twice."),
        b'{"draft":"draft_posd_2","reason":"Paid twice.","refund":"re_posd_1"}',
    ),
    (
        RefundDraftClosed("draft_posd_2", DraftEnd.GIVEN_BACK),
        b'{"draft":"draft_posd_2","end":"given_back","reason":null}',
    ),
]
