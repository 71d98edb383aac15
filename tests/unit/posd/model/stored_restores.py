"""What is written of restores, as it is stored for ever."""

from typing import Final

from posd.model.facts import Fact
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
from posd_drivers.card_reader import Totals

STORED_RESTORES: Final[list[tuple[Fact, bytes]]] = [
    (
        RestoreNoticed(
            "rst_1", "ep_2", "ep_1", "ab12", RestoreCause.BEHIND, 980, 1_790_000_000_000, 1043
        ),
        (
            b'{"after_ms":1790000000000,"after_seq":980,"cause":"behind","epoch":"ep_2",'
            b'"journal":"ep_1","lost_seq":1043,"machine":"ab12","restore":"rst_1","supersedes":null}'
        ),
    ),
    (
        PaymentImported(
            "pr_1",
            "rst_1",
            "pi_9",
            "att_9",
            "tmr_posd_front",
            1250,
            "eur",
            1250,
            0,
            1_790_000_000_000,
            order="A-17",
            business_day="2026-11-01",
            terminal_id="52523535",
            receipt=17,
            epoch="ep_1",
            boot=7,
            seq=1001,
        ),
        (
            b'{"amount":1250,"amount_guaranteed":1250,"amount_refunded":0,"attempt":"att_9","boot":7,'
            b'"business_day":"2026-11-01","created_ms":1790000000000,"currency":"eur","epoch":"ep_1",'
            b'"order":"A-17","order_part":null,"payment_intent":"pi_9","payment_record":"pr_1",'
            b'"reader":"tmr_posd_front","receipt":17,"restore":"rst_1","seq":1001,'
            b'"terminal_id":"52523535"}'
        ),
    ),
    (
        RefundImported("rfi_pr_2", "rst_1", "pr_2", "pi_8", 500, "eur"),
        (
            b'{"amount":500,"currency":"eur","payment_intent":"pi_8","payment_record":"pr_2",'
            b'"refund":"rfi_pr_2","restore":"rst_1"}'
        ),
    ),
    (UpstreamListed("rst_1", 40), b'{"records_seen":40,"restore":"rst_1"}'),
    (
        TerminalCompared(
            "rst_1", "tmr_posd_front", Totals(2500), 1_790_000_000_000, 1, 1250, 0, 1, 1250, 18
        ),
        (
            b'{"amount":1250,"count":1,"given_back":0,"imported_amount":1250,"imported_count":1,'
            b'"reader":"tmr_posd_front","receipt":18,"restore":"rst_1","since_ms":1790000000000,'
            b'"totals":{"amount":2500,"brands":[],"first_receipt":null,"last_receipt":null}}'
        ),
    ),
    (SalesAllowed("rst_1", "No line."), b'{"reason":"No line.","restore":"rst_1"}'),
    (
        GapAccepted("rst_1", "Receipts compared."),
        b'{"reason":"Receipts compared.","restore":"rst_1"}',
    ),
]
