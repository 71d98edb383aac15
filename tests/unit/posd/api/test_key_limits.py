"""What a key may do less than its role: the readers of its lane, and how much it gives back."""

import pytest

from posd.access import digest
from posd.api.auth import Access
from posd.api.calls import AnyRoute
from posd.api.routes import ROUTES
from posd.model.access_key import AccessKey, Role
from posd.refund_commands import Allowance
from posd.snapshot.views import Lane
from tests.unit.posd.api.fakes import Bench
from tests.unit.posd.api.test_auth import PATH_IDS

SECRET = "posd_test_" + "s" * 43
LANES = [Lane("1", "tmr_1"), Lane("2", "tmr_2", fallback="tmr_1")]
AT_READERS = [one for one in ROUTES if "{reader}" in one.path and one.access <= Access.MANAGER]
EFFECTS = [one for one in AT_READERS if one.method != "GET"]
LOOKS = [one for one in AT_READERS if one.method == "GET"]

LANE_OF_KEY = {
    # the lane of the key: the readers at which it may have an effect
    None: {"tmr_1", "tmr_2", "tmr_9"},
    "1": {"tmr_1"},
    "2": {"tmr_1", "tmr_2"},
    "gone": {"tmr_1", "tmr_2", "tmr_9"},
}
"""`gone` is of a key that is older than the check, and whose lane nobody declares."""

ALLOWANCES = {
    # role, refund_max of the key: any payment, and so much of it in all
    (Role.TILL, None): Allowance(any_payment=False, amount_max=None),
    (Role.TILL, 0): Allowance(any_payment=True, amount_max=0),
    (Role.TILL, 500): Allowance(any_payment=True, amount_max=500),
    (Role.MANAGER, None): Allowance(any_payment=True, amount_max=None),
    (Role.MANAGER, 0): Allowance(any_payment=True, amount_max=0),
    (Role.MANAGER, 500): Allowance(any_payment=True, amount_max=500),
}
"""What a till may do without a limit is take back its own sale."""


def bench(role: Role, lane: str | None = None, refund_max: int | None = None) -> Bench:
    """With one key, which is SECRET."""
    bench = Bench()
    bench.watch.close()  # nobody waits
    bench.lanes = LANES
    bench.keys.keys = [
        AccessKey("key_one", "one", role, digest(SECRET), lane, refund_max=refund_max)
    ]
    return bench


@pytest.mark.parametrize("route", EFFECTS, ids=lambda one: f"{one.method} {one.path}")
@pytest.mark.parametrize("lane", LANE_OF_KEY)
async def test_a_key_acts_at_the_readers_of_its_lane_alone(
    route: AnyRoute, lane: str | None
) -> None:
    there = bench(Role.MANAGER, lane)
    async with there.client(SECRET) as caller:
        for reader in ("tmr_1", "tmr_2", "tmr_9"):
            path = route.path.format(**PATH_IDS | {"reader": reader})
            answer = await caller.request(route.method, path)
            is_refused = answer.status_code == 403
            assert is_refused is (reader not in LANE_OF_KEY[lane]), (reader, answer.text)
            if is_refused:
                assert answer.json()["error"]["param"] == "reader"


@pytest.mark.parametrize("route", LOOKS, ids=lambda one: one.path)
async def test_a_key_may_look_at_any_reader(route: AnyRoute) -> None:
    async with bench(Role.MANAGER, "1").client(SECRET) as caller:
        answer = await caller.get(route.path.format(**PATH_IDS | {"reader": "tmr_2"}))
    assert answer.status_code != 403


@pytest.mark.parametrize(("role", "refund_max"), ALLOWANCES)
@pytest.mark.parametrize("path", ["/v1/refunds", "/v1/terminal/readers/tmr_1/refund_payment"])
async def test_a_key_gives_back_what_its_limit_says(
    role: Role, refund_max: int | None, path: str
) -> None:
    there = bench(role, refund_max=refund_max)
    async with there.client(SECRET) as caller:
        await caller.post(path, data={"payment_intent": "pi_posd_1"})
    assert [wish.allowance for wish in there.refunds.wishes] == [ALLOWANCES[role, refund_max]]


@pytest.mark.parametrize(("lane", "status"), [("1", 200), ("2", 200), ("3", 400)])
async def test_a_key_is_made_for_a_lane_that_there_is(lane: str, status: int) -> None:
    there = bench(Role.TILL)
    async with there.client(None, at_socket=True) as operator:
        asked = {"name": "till 9", "role": "till", "lane": lane}
        assert (await operator.post("/posd/v1/keys", data=asked)).status_code == status
