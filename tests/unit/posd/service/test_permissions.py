"""The permissions that posd asks for are those that its calls need, neither more nor less."""

from collections.abc import Mapping

import pytest

from posd.model.hardware import HardwareOrder
from posd.model.upstream_facts import MirrorKind
from posd.service.credentials import STRIPE_PERMISSIONS
from posd.upstream import hardware, proof, terminal
from posd.upstream.uplink import PROBE_PATH, UpstreamCall

FAMILIES: Mapping[str, str] = {
    "/v1/account": "Account",
    "/v1/payment_records": "Payment Records",
    "/v1/payment_attempt_records": "Payment Records",
    "/v1/terminal/connection_tokens": "Terminal connection tokens",
    "/v1/terminal/locations": "Terminal locations",
    "/v1/terminal/readers": "Terminal readers",
    "/v1/terminal/configurations": "Terminal configurations",
    "/v1/terminal/hardware_": "Terminal hardware orders",
    "/v1/test_helpers/terminal/hardware_orders": "Terminal hardware orders",
}
ORDER = HardwareOrder(
    "thor_posd_1", body="a=b", key="k", api_version="v", requested_ms=0, requested_by="key_1"
)
IDS = {
    MirrorKind.LOCATION: "tml_1",
    MirrorKind.READER: "tmr_1",
    MirrorKind.CONFIGURATION: "tmc_1",
}
CALLS = (
    UpstreamCall("GET", PROBE_PATH),
    UpstreamCall("GET", "/v1/payment_attempt_records?payment_record=pr_1"),
    UpstreamCall("POST", "/v1/payment_records/report_payment"),
    terminal.connection_token(None),
    *(terminal.page(kind, None) for kind in MirrorKind),
    *(terminal.write(kind, id_, {}, None) for kind, id_ in IDS.items()),
    *(terminal.deletion(kind, id_) for kind, id_ in IDS.items()),
    hardware.preview({}),
    hardware.placement(ORDER),
    hardware.cancellation("thor_1", None),
    *(hardware.advance("thor_1", to, None) for to in hardware.Advance),
    *(hardware.wares(kind, {}, None) for kind in hardware.Ware),
)


def permission(path: str) -> str:
    (found,) = {name for prefix, name in FAMILIES.items() if path.startswith(prefix)}
    return found


def test_every_path_that_posd_takes_an_answer_of_has_its_permission() -> None:
    paths = [resource.path.pattern for resource in proof._RESOURCES]
    assert {permission(path) for path in paths} == set(STRIPE_PERMISSIONS)


def test_a_permission_to_write_is_asked_for_where_posd_writes_and_nowhere_else() -> None:
    needed = dict.fromkeys(STRIPE_PERMISSIONS, "read")
    for call in CALLS:
        if call.method != "GET":
            needed[permission(call.path)] = "write"
    assert needed == dict(STRIPE_PERMISSIONS)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path[:60]}")
def test_every_call_is_one_whose_answer_can_be_proven(call: UpstreamCall) -> None:
    resource, _ = proof._resource(call.method, call.path.partition("?")[0])
    assert permission(resource.path.pattern) == permission(call.path)
