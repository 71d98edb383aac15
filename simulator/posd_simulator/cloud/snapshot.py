"""All that an account holds, for oracles and for whoever directs the play."""

import msgspec

from posd_simulator.cloud.ledger import Account
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.objects.hardware import hardware_order_object
from posd_simulator.cloud.objects.payments import (
    payment_attempt_record_object,
    payment_record_object,
)
from posd_simulator.cloud.objects.terminal import (
    configuration_object,
    location_object,
    reader_object,
)


def account_snapshot(account: Account, now_ms: int) -> Json:
    """The account with its objects as Stripe would tell them now; of tokens only how many."""
    records = account.payment_records.values()
    return {
        "id": account.id,
        "livemode": account.livemode,
        "payment_records": [payment_record_object(record, account) for record in records],
        "payment_attempt_records": [
            payment_attempt_record_object(record, attempt, account)
            for record, attempt in account.attempts()
        ],
        "refunds": [
            {"payment_record": record.id, **msgspec.to_builtins(refund)}
            for record in records
            for refund in record.refunds
        ],
        "connection_tokens": len(account.connection_tokens),
        "locations": [location_object(each, account) for each in account.locations.values()],
        "configurations": [
            configuration_object(each, account) for each in account.configurations.values()
        ],
        "readers": [reader_object(each, account, now_ms) for each in account.readers.values()],
        "hardware_orders": [
            hardware_order_object(each, account) for each in account.hardware_orders.values()
        ],
    }
