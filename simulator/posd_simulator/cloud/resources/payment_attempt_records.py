"""`/v1/payment_attempt_records`: the attempts of a reported payment, one by one."""

from posd.stripe_wire import lists
from posd.stripe_wire.errors import resource_missing
from posd_simulator.cloud import paging
from posd_simulator.cloud.call import Call, Done, Execute
from posd_simulator.cloud.objects.payments import payment_attempt_record_object


def retrieve(call: Call) -> Execute:
    """GET /v1/payment_attempt_records/{id}."""
    call.reads("payment_attempt_record")

    def execute() -> Done:
        for record, attempt in call.account.attempts():
            if attempt.id == call.ids["id"]:
                found = payment_attempt_record_object(record, attempt, call.account)
                return found, None
        raise resource_missing("PaymentAttemptRecord", call.ids["id"], "id")

    return execute


def list_all(call: Call) -> Execute:
    """GET /v1/payment_attempt_records?payment_record=."""
    given = call.params
    names = ("payment_record", "limit", "starting_after")
    call.reads("payment_attempt_record", *names, in_list=True)
    of_record = given.text("payment_record")
    page = lists.page(given.nodes)

    def execute() -> Done:
        record = call.account.payment_records.get(of_record)
        if record is None:
            raise resource_missing("PaymentRecord", of_record, "payment_record")
        newest_first = [
            payment_attempt_record_object(record, attempt, call.account)
            for attempt in reversed(record.attempts)
        ]
        return paging.cut(call.path, newest_first, page, "PaymentAttemptRecord"), None

    return execute
