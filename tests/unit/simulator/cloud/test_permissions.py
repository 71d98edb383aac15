"""Restricted keys: nothing, read or write, resource by resource."""

import pytest

from posd.stripe_wire.errors import Rejected
from posd_simulator.cloud.credentials import masked
from posd_simulator.cloud.ledger import Granted, account_id_of
from posd_simulator.cloud.routes import ROUTES
from posd_simulator.cloud.rules.permissions import Level, Resource, check
from tests.unit.simulator.cloud.stage import HAMBURG, LOCATIONS, READERS, Stage, stage, told

RESTRICTED = "rk_test_restricted1234"
ACCOUNT = account_id_of(RESTRICTED)


def restrict(on: Stage, permissions: dict[Resource, Level] | None) -> None:
    on.cloud.ledger.grant(Granted(ACCOUNT, permissions))


@pytest.mark.parametrize(
    ("granted", "reads", "writes"),
    [(Level.NONE, False, False), (Level.READ, True, False), (Level.WRITE, True, True)],
)
async def test_write_includes_read(granted: Level, reads: bool, writes: bool) -> None:  # noqa: FBT001
    async with stage() as on:
        restrict(on, {Resource.LOCATION: granted})
        till = on.till.holding(RESTRICTED)
        assert ((await till.get(LOCATIONS)).status_code == 200) is reads
        assert ((await till.post(LOCATIONS, HAMBURG)).status_code == 200) is writes


async def test_the_refusal_names_the_permission_and_masks_the_key() -> None:
    async with stage() as on:
        restrict(on, {Resource.LOCATION: Level.READ})
        till = on.till.holding(RESTRICTED)
        refused = await till.post(LOCATIONS, HAMBURG, key="K")
        assert told(refused) == (403, "invalid_request_error", None, None)
        assert refused.json()["error"]["message"] == (
            "The provided key 'rk_test_********1234' does not have the required permissions for "
            f"this endpoint on account '{ACCOUNT}'. Having the 'rak_terminal_location_write' "
            "permission would allow this request to continue."
        )
        assert told(await till.get(READERS))[0] == 403
        restrict(on, None)
        accepted = await till.post(LOCATIONS, HAMBURG, key="K")
        assert (accepted.status_code, "idempotent-replayed" in accepted.headers) == (200, False)


async def test_only_the_restricted_key_is_restricted() -> None:
    async with stage() as on:
        restrict(on, {})
        assert (await on.till.get(LOCATIONS)).status_code == 200
        connected = {"Stripe-Account": "acct_connected"}
        refused = await on.till.holding(RESTRICTED).get(LOCATIONS, headers=connected)
        assert "on account 'acct_connected'" in refused.json()["error"]["message"]


@pytest.mark.parametrize("resource", Resource)
def test_a_resource_that_is_not_named_is_not_granted(resource: Resource) -> None:
    granted = dict.fromkeys(set(Resource) - {resource}, Level.WRITE)
    with pytest.raises(Rejected):
        check(granted, resource, "GET", "rk", "acct")
    check({resource: Level.WRITE}, resource, "DELETE", "rk", "acct")


def test_every_resource_has_a_route_and_only_a_tokens_own_end_needs_no_key() -> None:
    assert {route.resource for route in ROUTES} == {*Resource, None}
    assert [route.path for route in ROUTES if route.resource is None] == [
        "/v1/terminal/connection_tokens/activate"
    ]


def test_a_key_is_shown_by_its_kind_and_last_four() -> None:
    assert masked("sk_live_abcdefgh") == "sk_live_********efgh"
