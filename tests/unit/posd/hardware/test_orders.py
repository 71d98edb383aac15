"""An order is placed once, whatever is lost and whenever posd dies."""

import asyncio
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from posd.errors import (
    CredentialRefused,
    OrderUndecided,
    Refused,
    UpstreamRefused,
    UpstreamUnavailable,
)
from posd.failpoints import Failpoint
from posd.model.hardware_facts import (
    HardwareOrderPlaced,
    HardwareOrderRefused,
    HardwareOrderRequested,
)
from posd.upstream.hardware import Advance
from tests.unit.posd.hardware.stage import ASKED, CLAIM, FIRST, MANAGER, Store, dies_at
from tests.unit.posd.hardware.stripe import Trouble
from tests.unit.posd.virtual import virtual

SOON_S = 60.0
LOOK_UP = ("GET", "/v1/terminal/hardware_orders")
PLACEMENT = ("POST", "/v1/terminal/hardware_orders")


@virtual
async def test_an_order_is_on_disk_before_stripe_is_asked(tmp_path: Path) -> None:
    store = Store(tmp_path)
    async with store.living(dies_at(Failpoint.BEFORE_UPSTREAM_SEND), runs=False) as life:
        await life.order()
    assert store.stripe.placements() == 0
    async with store.living(runs=False) as life:
        (requested,) = life.facts()
        assert isinstance(requested, HardwareOrderRequested)
        form = parse_qs(requested.body)
        assert form["metadata[posd_order]"] == [FIRST]
        assert form["metadata[branch]"] == ["14"]
        assert form["shipping[address][line1]"] == ["Hauptstr. 1"]
        assert requested.api_version.endswith(";terminal_hardware_orders_beta=v5")


@virtual
async def test_a_placed_order_is_stripes_object_and_mirrored(tmp_path: Path) -> None:
    store = Store(tmp_path)
    async with store.living() as life:
        answered = await life.order()
        assert (answered.record.id, answered.replayed) == ("thor_1", False)
        assert answered.record.body["metadata"] == {"branch": "14", "posd_order": FIRST}
        assert [one.id for one in life.orders.orders()] == ["thor_1"]
        assert life.orders.order(FIRST).id == life.orders.order("thor_1").id == "thor_1"
        assert life.facts()[1:] == [HardwareOrderPlaced(FIRST, "thor_1")]


@virtual
async def test_a_repetition_is_answered_without_stripe(tmp_path: Path) -> None:
    store = Store(tmp_path)
    async with store.living() as life:
        await life.order(CLAIM)
        asked = len(store.stripe.asked)
        again = await life.order(CLAIM)
        assert (again.record.id, again.replayed) == ("thor_1", True)
    assert (len(store.stripe.orders), len(store.stripe.asked)) == (1, asked)


@pytest.mark.parametrize("trouble", [Trouble.REQUEST_LOST, Trouble.ANSWER_LOST])
@virtual
async def test_what_was_lost_is_looked_for_first_and_ordered_once(
    tmp_path: Path, trouble: Trouble
) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [trouble]
    async with store.living() as life:
        with pytest.raises(OrderUndecided, match=FIRST):
            await life.order(CLAIM)
        before = len(store.stripe.asked)
        await asyncio.sleep(SOON_S)
        assert (await life.order(CLAIM)).record.id == "thor_1"
    assert store.stripe.asked[before] == LOOK_UP
    assert len(store.stripe.orders) == 1
    assert len(set(store.stripe.keys)) == 1


@pytest.mark.parametrize("trouble", [Trouble.FAILS_AFTER, Trouble.IN_USE])
@virtual
async def test_an_answer_that_says_nothing_for_certain_leaves_it_open(
    tmp_path: Path, trouble: Trouble
) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [trouble]
    async with store.living() as life:
        with pytest.raises(OrderUndecided):
            await life.order()
        await asyncio.sleep(SOON_S)
        assert life.kinds() == ["HardwareOrderRequested", "HardwareOrderPlaced"]
    assert len(store.stripe.orders) == 1


@pytest.mark.parametrize("point", [Failpoint.BEFORE_UPSTREAM_SEND, Failpoint.AFTER_UPSTREAM_ANSWER])
@virtual
async def test_whenever_posd_dies_the_next_life_goes_on_with_the_look_up(
    tmp_path: Path, point: Failpoint
) -> None:
    store = Store(tmp_path)
    async with store.living(dies_at(point)) as life:
        await life.order(CLAIM)
    before = len(store.stripe.asked)
    async with store.living() as life:
        with pytest.raises(OrderUndecided):
            await life.order(CLAIM)
        await asyncio.sleep(SOON_S)
        answered = await life.order(CLAIM)
        assert (answered.record.id, answered.replayed) == ("thor_1", True)
    after = [one for one in store.stripe.asked[before:] if one in (LOOK_UP, PLACEMENT)]
    assert after[0] == LOOK_UP
    assert len(store.stripe.orders) == 1


@virtual
async def test_it_dies_at_every_step_of_many_lives_and_orders_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [Trouble.REQUEST_LOST, Trouble.IN_USE, Trouble.ANSWER_LOST]
    for point in [*Failpoint] * 2:
        async with store.living(dies_at(point)) as life:
            with suppress(OrderUndecided):
                await life.order(CLAIM)
            await asyncio.sleep(SOON_S)
    async with store.living() as life:
        await asyncio.sleep(SOON_S)
        assert life.kinds() == ["HardwareOrderRequested", "HardwareOrderPlaced"]
    assert len(store.stripe.orders) == 1
    assert len(set(store.stripe.keys)) == 1


@virtual
async def test_it_is_repeated_in_the_same_octets_after_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [Trouble.IN_USE]
    async with store.living(runs=False) as life:
        with pytest.raises(OrderUndecided):
            await life.order()
    async with store.living():
        await asyncio.sleep(SOON_S)
    assert len(store.stripe.bodies) == 2
    assert len(set(store.stripe.bodies)) == len(set(store.stripe.keys)) == 1


@virtual
async def test_another_accounts_credential_orders_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    async with store.living(dies_at(Failpoint.BEFORE_UPSTREAM_SEND), runs=False) as life:
        await life.order()
    store.stripe.account_id = "acct_2"
    async with store.living() as life:
        await asyncio.sleep(SOON_S)
        with pytest.raises(CredentialRefused):
            await life.order()
        assert life.kinds() == ["HardwareOrderRequested"]
    assert store.stripe.placements() == 0
    store.stripe.account_id = "acct_1"
    async with store.living() as life:
        await asyncio.sleep(SOON_S)
        assert life.orders.order(FIRST).id == "thor_1"


@virtual
async def test_while_one_is_open_no_other_is_ordered(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [Trouble.ANSWER_LOST]
    async with store.living(runs=False) as life:
        with pytest.raises(OrderUndecided):
            await life.order()
        with pytest.raises(Refused) as refused:
            await life.order()
        assert refused.value.code == "order_undecided"
        with pytest.raises(OrderUndecided):
            await life.orders.cancel(FIRST, actor=MANAGER, claim=None)
    assert store.stripe.placements() == 1


@virtual
async def test_two_at_once_are_two_orders_one_after_the_other(tmp_path: Path) -> None:
    store = Store(tmp_path)
    async with store.living() as life:
        placed = await asyncio.gather(life.order(), life.order())
    assert {one.record.id for one in placed} == {"thor_1", "thor_2"}


@virtual
async def test_offline_nothing_is_written_and_nobody_waits(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.stripe.away = True
    async with store.living() as life:
        head = life.journal.head
        for _try in range(3):
            with pytest.raises(UpstreamUnavailable) as away:
                await life.order(CLAIM)
            assert away.value.down_since_ms is not None, "nothing was ordered, certainly"
        assert life.journal.head == head
        store.stripe.away = False
        await asyncio.sleep(SOON_S)
        assert not (await life.order(CLAIM)).replayed, "the key was not burnt"


@virtual
async def test_a_refusal_is_told_again_and_orders_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [Trouble.REFUSES]
    async with store.living() as life:
        for _call in range(2):
            with pytest.raises(UpstreamRefused) as refused:
                await life.order(CLAIM)
            assert (refused.value.status, refused.value.error["code"]) == (400, "parameter_invalid")
        assert life.facts()[1:] == [
            HardwareOrderRefused(FIRST, 400, "parameter_invalid", "Stripe says no.")
        ]
        await life.order()
    assert (store.stripe.placements(), len(store.stripe.orders)) == (2, 1)


@virtual
async def test_too_often_is_a_no_at_first_and_nothing_later(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [Trouble.TOO_OFTEN]
    async with store.living() as life:
        with pytest.raises(UpstreamRefused):
            await life.order()
        assert life.kinds() == ["HardwareOrderRequested", "HardwareOrderRefused"]
        store.stripe.blind = True
        store.stripe.troubles = [Trouble.ANSWER_LOST] + [Trouble.TOO_OFTEN] * 3
        with pytest.raises(OrderUndecided) as open_:
            await life.order(CLAIM)
        await asyncio.sleep(5 * SOON_S)
        assert life.kinds(open_.value.order) == ["HardwareOrderRequested", "HardwareOrderPlaced"]
    assert len(store.stripe.orders) == 1


@virtual
async def test_the_look_up_reads_every_page(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [Trouble.ANSWER_LOST]
    async with store.living(runs=False) as life:
        with pytest.raises(OrderUndecided):
            await life.order()
    foreign = {**store.stripe.orders[0], "metadata": None}
    store.stripe.orders[:0] = [{**foreign, "id": f"thor_x{number}"} for number in range(150)]
    async with store.living() as life:
        await asyncio.sleep(SOON_S)
        assert life.orders.order(FIRST).id == "thor_1"
    assert store.stripe.placements() == 1


@virtual
async def test_a_list_without_an_end_proves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.stripe.troubles = [Trouble.REQUEST_LOST]
    store.stripe.endless = True
    async with store.living() as life:
        with pytest.raises(OrderUndecided):
            await life.order()
        await asyncio.sleep(SOON_S)
        assert life.kinds() == ["HardwareOrderRequested"]
        store.stripe.endless = False
        await asyncio.sleep(5 * SOON_S)
        assert life.kinds() == ["HardwareOrderRequested", "HardwareOrderPlaced"]
    assert len(store.stripe.orders) == 1


@virtual
async def test_a_store_without_stripe_orders_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    async with store.living(runs=False, has_account=False) as life:
        with pytest.raises(Refused, match="no Stripe account"):
            await life.order()
        with pytest.raises(Refused, match="no Stripe account"):
            await life.orders.preview(ASKED)


@virtual
async def test_an_order_is_canceled_while_it_is_pending(tmp_path: Path) -> None:
    store = Store(tmp_path)
    async with store.living() as life:
        await life.order()
        canceled = await life.orders.cancel(FIRST, actor=MANAGER, claim=None)
        assert canceled.record.body["status"] == "canceled"
        again = await life.orders.cancel("thor_1", actor=MANAGER, claim=None)
        assert again.replayed
        await life.order()
        store.stripe.set_status("shipped")
        with pytest.raises(UpstreamRefused):
            await life.orders.cancel("thor_2", actor=MANAGER, claim=None)


@virtual
async def test_a_test_order_goes_on_as_it_is_told(tmp_path: Path) -> None:
    store = Store(tmp_path)
    async with store.living() as life:
        await life.order()
        for step in (Advance.READY_TO_SHIP, Advance.SHIP, Advance.DELIVER):
            await life.orders.advance(FIRST, step, actor=MANAGER, claim=None)
        assert life.orders.order(FIRST).body["status"] == "delivered"
    async with store.living(livemode=True) as life:
        with pytest.raises(Refused, match="test mode only"):
            await life.orders.advance(FIRST, Advance.SHIP, actor=MANAGER, claim=None)


@virtual
async def test_posds_own_key_in_the_metadata_is_nobody_elses(tmp_path: Path) -> None:
    async with Store(tmp_path).living() as life:
        asked = ASKED | {"metadata": {"posd_order": "mine"}}
        with pytest.raises(Refused) as refused:
            await life.orders.create(asked, actor=MANAGER, claim=None)
        assert refused.value.param == "metadata[posd_order]"


@virtual
async def test_a_preview_orders_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    async with store.living() as life:
        head = life.journal.head
        told = await life.orders.preview(ASKED)
        assert (told["amount"], told["tax"]) == (72662, 11362)
        assert life.journal.head == head + 1, "whose account it is, and no more"
    assert store.stripe.orders == []
