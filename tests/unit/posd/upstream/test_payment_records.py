"""What Stripe is told of an approved payment, octet for octet (M12, M13).

The bodies are typed by hand after Stripe's API reference, "Report payment" and "Report payment
attempt guaranteed": form-encoded, brackets as its own libraries write them.
"""

from msgspec.structs import replace

from posd.model.attempt import Attempt
from posd.model.facts import AttemptApproved, Proof, StatusReported
from posd.model.payment_intent import PaymentIntent
from posd.model.restore import Provenance
from posd.upstream.payment_records import API_VERSION, PaymentRecordReports, attempt_of
from posd_drivers.card_reader import CardDetails
from tests.unit.posd.model.records import AT, in_hand, sale

CARD = CardDetails(brand="visa", last4="0119", authorization_code="815001")
REPORT = (
    b"amount_requested[value]=1250&amount_requested[currency]=eur"
    b"&customer_presence=on_session"
    b"&initiated_at=1790000000"
    b"&payment_method_details[type]=custom"
    b"&payment_method_details[custom][display_name]=Card+terminal"
    b"&processor_details[type]=custom"
    b"&processor_details[custom][payment_reference]=ch_posd_1"
    b"&metadata[posd_payment_intent]=pi_posd_1"
    b"&metadata[posd_attempt]=att_posd_1"
    b"&metadata[posd_reader]=tmr_posd_1"
    b"&metadata[order_id]=A17"
    b"&metadata[terminal_id]=12345678"
    b"&metadata[receipt_number]=17"
    b"&metadata[trace_number]=123"
    b"&metadata[authorization_code]=815001"
    b"&metadata[card_brand]=visa"
    b"&metadata[card_last4]=0119"
    b"&metadata[posd_business_day]=2026-09-21"
)


def approved(**changes: object) -> tuple[PaymentIntent, Attempt]:
    """The sample payment after its approval."""
    transaction = sale(card=CARD, **changes)  # type: ignore[arg-type]
    amount = 1250 if transaction.amount is None else transaction.amount
    shelf = in_hand().take(
        [
            StatusReported("att_posd_1", transaction, accepted=True),
            AttemptApproved("att_posd_1", "ch_posd_1", amount, Proof.DIALOGUE, transaction),
        ],
        replace(AT, wall_ms=AT.wall_ms + 9_876),
    )
    intent, attempt = shelf.payment_intent("pi_posd_1"), shelf.attempt("att_posd_1")
    assert intent is not None
    assert attempt is not None
    return intent, attempt


def test_a_report_names_amount_time_and_receipt_and_no_outcome() -> None:
    (effect,) = PaymentRecordReports().reported(*approved())
    assert effect.body == REPORT
    assert (effect.method, effect.path) == ("POST", "/v1/payment_records/report_payment")
    assert effect.api_version == API_VERSION


def test_everything_about_a_report_is_made_from_its_attempt() -> None:
    (first,), (again,) = (PaymentRecordReports().reported(*approved()) for _ in range(2))
    assert first == again
    assert first.id == first.key == "att_posd_1-report"
    assert (first.lane, first.payment_intent) == ("pi_posd_1", "pi_posd_1")
    assert (first.stream, first.livemode, first.account) == ("payment_records", False, None)


def test_a_guarantee_follows_in_the_same_lane_under_a_key_of_its_own() -> None:
    effect = PaymentRecordReports().guaranteed(*approved(), "pr_9")
    assert effect.path == "/v1/payment_records/pr_9/report_payment_attempt_guaranteed"
    assert effect.body == b"guaranteed_at=1790000009"
    assert (effect.key, effect.lane) == ("att_posd_1-guarantee", "pi_posd_1")


def test_the_accounts_own_payment_method_is_named() -> None:
    (effect,) = PaymentRecordReports("cpmt_123").reported(*approved())
    assert b"&payment_method_details[custom][type]=cpmt_123&" in effect.body


def test_a_report_says_where_in_which_journal_its_payment_stands() -> None:
    intent, attempt = approved()
    part = replace(intent, order_part="1 of 2", business_day="")
    (effect,) = PaymentRecordReports().reported(part, attempt, Provenance("ep_1", "ep_2", 7, 1001))
    assert effect.body.endswith(
        b"&metadata[card_last4]=0119&metadata[order_part]=1+of+2"
        b"&metadata[posd_epoch]=ep_2&metadata[posd_boot]=7&metadata[posd_seq]=1001"
    )


def test_what_the_till_wrote_goes_along() -> None:
    intent, attempt = approved()
    described = replace(intent, description="Bread & butter", order=None)
    (effect,) = PaymentRecordReports().reported(described, attempt)
    assert b"&description=Bread+%26+butter&" in effect.body
    assert b"order_id" not in effect.body


def test_what_the_terminal_left_out_is_left_out() -> None:
    intent, attempt = approved(receipt=None, trace=None, terminal_id=None)
    (effect,) = PaymentRecordReports().reported(intent, attempt)
    assert b"receipt_number" not in effect.body
    assert b"terminal_id" not in effect.body
    silent = replace(attempt, last=None, reported=None)
    (effect,) = PaymentRecordReports().reported(intent, silent)
    assert b"card_" not in effect.body
    assert b"&metadata[posd_attempt]=att_posd_1&" in effect.body


def test_an_effect_tells_its_attempt() -> None:
    intent, attempt = approved()
    reports = PaymentRecordReports()
    for effect in (*reports.reported(intent, attempt), reports.guaranteed(intent, attempt, "pr_1")):
        assert attempt_of(effect) == "att_posd_1"


def test_what_may_come_back_unpaid_is_reported_only_where_that_is_wished() -> None:
    intent, attempt = approved(at_risk=True)
    assert PaymentRecordReports().reported(intent, attempt) == ()
    assert PaymentRecordReports().captured(intent, attempt) == ()
    (effect,) = PaymentRecordReports(at_risk=True).reported(intent, attempt)
    marked = b"&metadata[posd_at_risk]=true&metadata[order_id]=A17"
    assert effect.body == REPORT.replace(b"&metadata[order_id]=A17", marked)
    assert len(PaymentRecordReports(at_risk=True).captured(intent, attempt)) == 1
