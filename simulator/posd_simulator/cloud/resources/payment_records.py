"""`/v1/payment_records`: payments made elsewhere and reported."""

from collections.abc import Mapping
from dataclasses import replace

from posd.stripe_wire import fields, lists
from posd.stripe_wire.errors import invalid_request, resource_missing
from posd_simulator.cloud import paging
from posd_simulator.cloud.call import Call, Done, Execute, Handler
from posd_simulator.cloud.objects.payments import payment_record_object
from posd_simulator.cloud.params import (
    Params,
    customer_details,
    payment_method_details,
    shipping_details,
)
from posd_simulator.cloud.rules import payment_records as rules
from posd_simulator.cloud.rules.payment_records import Attempt, Outcome, PaymentRecord, Refund


def report_payment(call: Call) -> Execute:
    """POST /v1/payment_records/report_payment."""
    given = call.params
    call.reads(
        "payment_record",
        *("amount_requested", "initiated_at", "payment_method_details", "outcome", "guaranteed"),
        *("failed", "canceled", "customer_details", "customer_presence", "description"),
        *("metadata", "processor_details", "shipping_details"),
    )
    currency, value = given.hash_of("amount_requested").amount()
    attempt = _attempt(call, given.hash_of("payment_method_details"))
    presence = None
    if given.has("customer_presence"):
        presence = given.choice("customer_presence", "on_session", "off_session")
    reference = None
    if given.has("processor_details"):
        reference = _reference(given, "payment_reference")
    record = PaymentRecord(
        id="",
        created=call.now,
        currency=currency,
        value=value,
        attempts=(attempt,),
        customer_details=customer_details(given),
        customer_presence=presence,
        description=attempt.description,
        metadata=attempt.metadata,
        payment_reference=reference,
        shipping_details=attempt.shipping_details,
    )

    def execute() -> Done:
        made = replace(attempt, id=call.new_id("par"))
        return _answer(call, replace(record, id=call.new_id("pr"), attempts=(made,)))

    return execute


def report_payment_attempt(call: Call) -> Execute:
    """POST /v1/payment_records/{id}/report_payment_attempt."""
    given = call.params
    call.reads(
        "payment_record",
        *("initiated_at", "payment_method_details", "outcome", "guaranteed", "failed"),
        *("canceled", "description", "metadata", "shipping_details"),
    )
    method = given.has("payment_method_details")
    attempt = _attempt(call, given.hash_of("payment_method_details") if method else None)

    def execute() -> Done:
        record = _record(call)
        details = attempt.payment_method_details or record.latest.payment_method_details
        made = replace(attempt, id=call.new_id("par"), payment_method_details=details)
        return _answer(call, rules.with_attempt(record, made))

    return execute


def report_outcome(outcome: Outcome) -> Handler:
    """POST /v1/payment_records/{id}/report_payment_attempt_{guaranteed,failed,canceled}."""
    moment = f"{outcome.value}_at"

    def handler(call: Call) -> Execute:
        call.reads("payment_record", moment, "metadata")
        at = call.params.timestamp(moment)
        change = call.params.metadata()

        def execute() -> Done:
            ended = rules.with_outcome(_record(call), outcome, at)
            merged = replace(ended.latest, metadata=_merged(ended.latest.metadata, change))
            return _answer(
                call,
                replace(
                    ended,
                    attempts=(*ended.attempts[:-1], merged),
                    metadata=_merged(ended.metadata, change),
                ),
            )

        return execute

    return handler


def report_informational(call: Call) -> Execute:
    """POST /v1/payment_records/{id}/report_payment_attempt_informational."""
    given = call.params
    call.reads(
        "payment_record",
        *("customer_details", "description", "metadata", "shipping_details"),
    )
    customer = customer_details(given)
    description = given.optional_text("description")
    shipping = shipping_details(given)
    change = given.metadata()

    def execute() -> Done:
        record = replace(_record(call), metadata=_merged(_record(call).metadata, change))
        if given.has("customer_details"):
            record = replace(record, customer_details=customer)
        if given.has("description"):
            record = replace(record, description=description)
        if given.has("shipping_details"):
            record = replace(record, shipping_details=shipping)
        return _answer(call, record)

    return execute


def report_refund(call: Call) -> Execute:
    """POST /v1/payment_records/{id}/report_refund. Without `amount`: all that is left."""
    given = call.params
    call.reads(
        "payment_record",
        *("outcome", "processor_details", "refunded", "amount", "initiated_at", "metadata"),
    )
    given.choice("outcome", "refunded")
    amount = given.hash_of("amount").amount() if given.has("amount") else None
    refunded_at = None
    if given.has("refunded"):
        refunded_at = given.hash_of("refunded").only("refunded_at").timestamp("refunded_at")
    refund = Refund(
        reference=_reference(given, "refund_reference"),
        value=0 if amount is None else amount[1],
        created=call.now,
        initiated_at=given.optional_timestamp("initiated_at"),
        refunded_at=refunded_at,
        metadata=_merged({}, given.metadata()),
    )

    def execute() -> Done:
        record = _record(call)
        if amount is None:
            rest = rules.guaranteed_value(record) - rules.refunded_value(record)
            whole = replace(refund, value=rest)
        elif amount[0] != record.currency:
            raise invalid_request(f"The payment is in {record.currency}.", param="amount[currency]")
        else:
            whole = refund
        return _answer(call, rules.with_refund(record, whole, call.account.refund_references()))

    return execute


def retrieve(call: Call) -> Execute:
    """GET /v1/payment_records/{id}."""
    call.reads("payment_record")
    return lambda: (payment_record_object(_record(call), call.account), None)


def list_all(call: Call) -> Execute:
    """GET /v1/payment_records. Both bounds on `created` are taken as inclusive."""
    given = call.params
    call.reads("payment_record", *lists.PARAMS, "created_after", "created_before", in_list=True)
    page = lists.page(given.nodes)
    wanted = lists.TimeRange(
        given.optional_timestamp("created_after"), given.optional_timestamp("created_before")
    )

    def execute() -> Done:
        newest_first = [
            payment_record_object(record, call.account)
            for record in reversed(call.account.payment_records.values())
            if wanted.holds(record.created)
        ]
        return paging.cut(call.path, newest_first, page, "PaymentRecord"), None

    return execute


def _attempt(call: Call, method: Params | None) -> Attempt:
    """The attempt in a report; its id and an absent payment method are filled in later."""
    given = call.params
    outcome = None
    ended_at = None
    if given.has("outcome"):
        outcome = Outcome(given.choice("outcome", *(word.value for word in Outcome)))
        moment = f"{outcome.value}_at"
        ended_at = given.hash_of(outcome.value).only(moment).timestamp(moment)
    return Attempt(
        id="",
        created=call.now,
        initiated_at=given.timestamp("initiated_at"),
        payment_method_details={} if method is None else payment_method_details(method),
        outcome=outcome,
        ended_at=ended_at,
        description=given.optional_text("description"),
        metadata=_merged({}, given.metadata()),
        shipping_details=shipping_details(given),
    )


def _reference(given: Params, name: str) -> str:
    details = given.hash_of("processor_details").only("type", "custom")
    details.choice("type", "custom")
    return details.hash_of("custom").only(name).text(name)


def _merged(current: Mapping[str, str], change: fields.MetadataChange) -> dict[str, str]:
    return fields.merge_metadata(current, change)


def _record(call: Call) -> PaymentRecord:
    record = call.account.payment_records.get(call.ids["id"])
    if record is None:
        raise resource_missing("PaymentRecord", call.ids["id"], "id")
    return record


def _answer(call: Call, record: PaymentRecord) -> Done:
    answer = payment_record_object(record, call.account)
    return answer, replace(call.changed(), payment_record=record)
