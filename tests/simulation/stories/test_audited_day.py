"""A day of a store, audited: four parties have the same, or it is said what not."""

import hashlib
from pathlib import Path
from typing import Any, Final

from posd_simulator.terminal.deeds import SaleByHand
from tests.simulation.stories.moves import LANE, Refund, Reversal, Sale, done
from tests.simulation.stories.stage import Store, opened
from tests.simulation.stories.test_by_hand import closed
from tests.unit.posd.virtual import virtual

DAY: Final = "/posd/v1/audit/2026-11-23"
BY_HAND: Final = 777


async def audited(store: Store) -> dict[str, Any]:
    """The last closing period of today, and how the day stands."""
    told = await store.manager().get(DAY)
    (day,) = told["days"]
    return {**day["periods"][-1], "day": day["agreement"], "sha256": told["export_sha256"]}


@virtual
async def test_four_parties_that_have_the_same_are_equal(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await closed(Sale(store, 1_000))
        first, second = Sale(store, 2_000), Sale(store, 3_000)
        for sale in (first, second):
            await sale.ask()
            await done()
        back = Reversal(store, 4_000)
        await back.prepare()
        await back.ask()
        await done()
        lines = f"{first.payment},2000,eur\n{second.payment},3000,eur\n{back.payment},0,eur\n"
        posted = await store.manager().post(f"{DAY}/till_list", {"payments": lines})
        assert posted.is_success, posted.text
        await closed(first)
        period = await audited(store)
        assert period["journal"]["taken"] == {"count": 3, "amount": 9_000}
        assert period["journal"]["amount"] == 5_000
        assert [period[side]["agreement"] for side in ("terminal", "stripe", "till")] == [
            "equal",
            "equal",
            "equal",
        ]
        assert period["stripe"]["guaranteed"]["amount"] == 5_000


@virtual
async def test_money_that_comes_and_goes_by_the_card_is_equal_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await closed(Sale(store, 1_000))
        refund = Refund(store, 1_500)
        await refund.prepare()
        await refund.ask()
        await done()
        await closed(refund)
        period = await audited(store)
        assert period["journal"]["given_back"]["count"] == 1
        assert [period[side]["agreement"] for side in ("terminal", "stripe")] == ["equal", "equal"]


@virtual
async def test_what_was_booked_by_hand_differs_and_is_accepted_with_a_reason(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await closed(Sale(store, 1_000))
        sale = Sale(store, 2_000)
        await sale.ask()
        await done()
        await store.terminals[LANE].arm(SaleByHand(BY_HAND))
        await closed(sale)
        period = await audited(store)
        differences = period["terminal"]["differences"]
        assert period["day"] == "differs"
        assert (differences[0]["kind"], differences[0]["journal"]) == ("amount", 2_000)
        assert differences[0]["other"] == 2_000 + BY_HAND
        assert period["stripe"]["agreement"] == "equal"
        form = {"export_sha256": period["sha256"]}
        refused = await store.manager().post(f"{DAY}/accept", form)
        assert refused.json()["error"]["param"] == "reason"
        reason = "The old cash desk, slip 3."
        accepted = await store.manager().post(f"{DAY}/accept", {**form, "reason": reason})
        assert accepted.is_success, accepted.text
        (kept,) = accepted.json()["data"]
        assert (kept["reason"], kept["accepted_by"]) == (reason, key_of(store))


def key_of(_store: Store) -> str:
    """The id of the manager's declared key."""
    secret = b"posd_test_manager_manager"
    return f"key_posd_{hashlib.sha256(secret).hexdigest()[:16]}"
