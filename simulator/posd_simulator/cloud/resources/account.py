"""`/v1/account`: whose key this is."""

from posd_simulator.cloud.call import Call, Execute
from posd_simulator.cloud.objects.payments import account_object


def retrieve(call: Call) -> Execute:
    """GET /v1/account."""
    call.reads("account")
    return lambda: (account_object(call.account), None)
