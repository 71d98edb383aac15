"""What each route does, in two steps: read the parameters, then execute.

A handler raises Rejected while it reads: such a request never began, and its idempotency key stays
free. What the returned step raises has executed, and its answer is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from posd.stripe_wire import expand, fields, lists
from posd.stripe_wire.errors import invalid_request, resource_missing
from posd_simulator.cloud import objects, params
from posd_simulator.cloud.ledger import Account, Changed, ConnectionToken
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.params import Params
from posd_simulator.cloud.rules import payment_records as rules
from posd_simulator.cloud.rules.payment_records import Attempt, Outcome, PaymentRecord, Refund

EXPANDABLE: expand.Expandable = {}
"""Stripe's description names no expandable field in these objects: every path is refused."""


@dataclass(frozen=True, slots=True)
class Call:
    """One authorized request.

    Attributes:
        path: The path, without query.
        ids: The ids in the path, by name.
        now: Wall time in seconds since 1970 UTC.
        new_id: Makes an id with a prefix.
    """

    account: Account
    path: str
    ids: Mapping[str, str]
    params: Params
    now: int
    new_id: Callable[[str], str]

    def changed(
        self,
        payment_record: PaymentRecord | None = None,
        connection_token: ConnectionToken | None = None,
    ) -> Changed:
        """A change of this call's account."""
        return Changed(self.account.id, self.account.livemode, payment_record, connection_token)


Done: TypeAlias = tuple[Json, Changed | None]
"""The object to answer with, and what is to be written down."""

Execute: TypeAlias = Callable[[], Done]
Handler: TypeAlias = Callable[[Call], Execute]


def retrieve_account(call: Call) -> Execute:
    """GET /v1/account."""
    _check(call, "account")
    return lambda: (objects.account_object(call.account), None)


def create_connection_token(call: Call) -> Execute:
    """POST /v1/terminal/connection_tokens. Any location is taken: this Stripe has none to check."""
    _check(call, "terminal.connection_token", "location")
    location = call.params.optional_text("location")

    def execute() -> Done:
        mode = "pst" if call.account.livemode else "pst_test"
        token = ConnectionToken(call.new_id(mode), location)
        return objects.connection_token_object(token), call.changed(connection_token=token)

    return execute


def report_payment(call: Call) -> Execute:
    """POST /v1/payment_records/report_payment."""
    given = call.params
    _check(
        call,
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
        customer_details=params.customer_details(given),
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
    _check(
        call,
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
        _check(call, "payment_record", moment, "metadata")
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
    _check(
        call,
        "payment_record",
        *("customer_details", "description", "metadata", "shipping_details"),
    )
    customer = params.customer_details(given)
    description = given.optional_text("description")
    shipping = params.shipping_details(given)
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
    _check(
        call,
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


def retrieve_payment_record(call: Call) -> Execute:
    """GET /v1/payment_records/{id}."""
    _check(call, "payment_record")
    return lambda: (objects.payment_record_object(_record(call), call.account), None)


def list_payment_records(call: Call) -> Execute:
    """GET /v1/payment_records. Both bounds on `created` are taken as inclusive."""
    given = call.params
    _check(call, "payment_record", *lists.PARAMS, "created_after", "created_before", in_list=True)
    page = lists.page(given.nodes)
    wanted = lists.TimeRange(
        given.optional_timestamp("created_after"), given.optional_timestamp("created_before")
    )

    def execute() -> Done:
        newest_first = [
            objects.payment_record_object(record, call.account)
            for record in reversed(call.account.payment_records.values())
            if wanted.holds(record.created)
        ]
        return _page(call, newest_first, page, "PaymentRecord"), None

    return execute


def retrieve_payment_attempt_record(call: Call) -> Execute:
    """GET /v1/payment_attempt_records/{id}."""
    _check(call, "payment_attempt_record")

    def execute() -> Done:
        for record, attempt in call.account.attempts():
            if attempt.id == call.ids["id"]:
                found = objects.payment_attempt_record_object(record, attempt, call.account)
                return found, None
        raise resource_missing("PaymentAttemptRecord", call.ids["id"], "id")

    return execute


def list_payment_attempt_records(call: Call) -> Execute:
    """GET /v1/payment_attempt_records?payment_record=."""
    given = call.params
    names = ("payment_record", "limit", "starting_after")
    _check(call, "payment_attempt_record", *names, in_list=True)
    of_record = given.text("payment_record")
    page = lists.page(given.nodes)

    def execute() -> Done:
        record = call.account.payment_records.get(of_record)
        if record is None:
            raise resource_missing("PaymentRecord", of_record, "payment_record")
        newest_first = [
            objects.payment_attempt_record_object(record, attempt, call.account)
            for attempt in reversed(record.attempts)
        ]
        return _page(call, newest_first, page, "PaymentAttemptRecord"), None

    return execute


def _check(call: Call, kind: str, *known: str, in_list: bool = False) -> None:
    call.params.only(*known, "expand")
    expand.paths(call.params.nodes, kind, EXPANDABLE, in_list=in_list)


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
        payment_method_details={} if method is None else params.payment_method_details(method),
        outcome=outcome,
        ended_at=ended_at,
        description=given.optional_text("description"),
        metadata=_merged({}, given.metadata()),
        shipping_details=params.shipping_details(given),
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
    answer = objects.payment_record_object(record, call.account)
    return answer, call.changed(payment_record=record)


def _page(call: Call, newest_first: Sequence[Json], page: lists.Page, noun: str) -> Json:
    ids = [str(row["id"]) for row in newest_first]

    def place(cursor: str, param: str) -> int:
        if cursor not in ids:
            raise resource_missing(noun, cursor, param)
        return ids.index(cursor)

    if page.ending_before is not None:
        end = place(page.ending_before, "ending_before")
        start = max(0, end - page.limit)
        has_more = start > 0
    else:
        after = page.starting_after
        start = 0 if after is None else place(after, "starting_after") + 1
        end = start + page.limit
        has_more = end < len(ids)
    return lists.envelope(call.path, newest_first[start:end], has_more=has_more)
