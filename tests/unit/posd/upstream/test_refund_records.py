"""What Stripe is told of money that went back, octet for octet (M12, M13).

The body is typed by hand after Stripe's API reference, "Report refund".
"""

from msgspec.structs import replace

from posd.model.attempt import Attempt
from posd.model.facts import AttemptKind
from posd.model.payment_intent import PaymentIntent
from posd.model.refund import Refund, RefundState
from posd.upstream.payment_records import PaymentRecordReports, attempt_of, record_of, refunded_with
from tests.unit.posd.model.records import AT
from tests.unit.posd.upstream.test_payment_records import approved

REPORT = (
    b"outcome=refunded"
    b"&amount[value]=400&amount[currency]=eur"
    b"&initiated_at=1790000060"
    b"&refunded[refunded_at]=1790000069"
    b"&processor_details[type]=custom"
    b"&processor_details[custom][refund_reference]=re_posd_1"
    b"&metadata[posd_refund]=re_posd_1"
    b"&metadata[posd_refund_attempt]=att_posd_2"
    b"&metadata[posd_refund_reader]=tmr_posd_1"
    b"&metadata[refund_terminal_id]=12345678"
    b"&metadata[refund_receipt_number]=17"
    b"&metadata[refund_trace_number]=123"
    b"&metadata[refund_authorization_code]=815001"
    b"&metadata[refund_card_brand]=visa"
    b"&metadata[refund_card_last4]=0119"
)


def given_back() -> tuple[PaymentIntent, Attempt]:
    """The sample payment, reported, and the attempt that gave 4.00 of it back."""
    intent, sale = approved()
    attempt = replace(
        sale,
        id="att_posd_2",
        kind=AttemptKind.REFUND,
        refund="re_posd_1",
        original=sale.id,
        amount=400,
        approved_amount=400,
        started_ms=AT.wall_ms + 60_000,
        changed_ms=AT.wall_ms + 69_876,
    )
    return replace(intent, payment_record="pr_9"), attempt


def test_a_refund_names_amount_time_and_a_reference_of_its_own() -> None:
    intent, attempt = given_back()
    (effect,) = PaymentRecordReports().reported(intent, attempt)
    assert effect.body == REPORT
    assert (effect.method, effect.path) == ("POST", "/v1/payment_records/pr_9/report_refund")
    assert effect.id == effect.key == "att_posd_2-refund"
    assert (effect.lane, effect.payment_intent) == ("pi_posd_1", "pi_posd_1")
    assert (attempt_of(effect), record_of(effect)) == ("att_posd_2", "/v1/payment_records/pr_9")


def test_before_the_payments_report_has_an_id_nothing_is_owed() -> None:
    intent, attempt = given_back()
    assert PaymentRecordReports().reported(replace(intent, payment_record=None), attempt) == ()


def test_giving_back_what_was_only_held_is_not_reported() -> None:
    intent, attempt = given_back()
    held = replace(attempt, kind=AttemptKind.REVERSAL, refund=None)
    assert PaymentRecordReports().reported(intent, held) == ()


def test_what_went_back_with_a_refund_counts_the_proven_ones_up_to_it_and_what_was_sent() -> None:
    def refund(number: int, amount: int, state: RefundState) -> Refund:
        return Refund(
            f"re_{number}",
            "pi_posd_1",
            "ch_posd_1",
            amount,
            "eur",
            0,
            livemode=False,
            owner="key",
            state=state,
        )

    told = [
        refund(1, 400, RefundState.SUCCEEDED),
        refund(2, 250, RefundState.FAILED),
        refund(3, 50, RefundState.SUCCEEDED),
        refund(4, 100, RefundState.SUCCEEDED),
    ]
    assert [refunded_with(f"re_{number}", told, ()) for number in (1, 3, 4)] == [400, 450, 550]
    assert refunded_with("re_1", told, {"re_2", "re_4"}) == 500
