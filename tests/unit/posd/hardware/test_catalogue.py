"""The catalogue is asked for once a day, and shown from memory when Stripe is away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from posd.errors import Refused, UpstreamRefused, UpstreamUnavailable
from posd.hardware.catalogue import FRESH_S, SHELVES_MAX, Catalogue
from posd.upstream.hardware import Ware
from tests.unit.posd.hardware.stage import Store
from tests.unit.posd.hardware.stripe import METHOD, PRODUCT, SKU, HardwareStripe
from tests.unit.posd.virtual import JumpingClock, virtual

HERE = {"country": "DE"}


@asynccontextmanager
async def shop(folder: Path) -> AsyncIterator[tuple[HardwareStripe, Catalogue]]:
    store = Store(folder)
    async with store.living(runs=False) as life:
        yield store.stripe, Catalogue(life.uplink, store.clock)


def looked(stripe: HardwareStripe) -> int:
    return sum("hardware_" in path for _method, path in stripe.asked)


@virtual
async def test_what_stripe_sells_is_asked_for_once_a_day(tmp_path: Path) -> None:
    async with shop(tmp_path) as (stripe, catalogue):
        first = await catalogue.listing(Ware.SKU, HERE)
        await asyncio.sleep(FRESH_S - 1)
        second = await catalogue.listing(Ware.SKU, HERE)
        assert ([*first.wares], first.age_s) == ([SKU], 0)
        assert ([*second.wares], second.age_s) == ([SKU], FRESH_S - 1)
        assert looked(stripe) == 1
        await asyncio.sleep(1)
        assert (await catalogue.listing(Ware.SKU, HERE)).age_s == 0
        assert looked(stripe) == 2


@virtual
async def test_another_question_is_another_answer(tmp_path: Path) -> None:
    async with shop(tmp_path) as (stripe, catalogue):
        await catalogue.listing(Ware.SKU, HERE)
        await catalogue.listing(Ware.SKU, {"country": "AT"})
        assert (await catalogue.listing(Ware.PRODUCT, {})).wares[0] == PRODUCT
        assert (await catalogue.one(Ware.SHIPPING_METHOD, "thsm_1")).wares[0] == METHOD
        assert looked(stripe) == 4


@virtual
async def test_without_stripe_yesterdays_answer_stands_with_its_age(tmp_path: Path) -> None:
    async with shop(tmp_path) as (stripe, catalogue):
        await catalogue.listing(Ware.SKU, HERE)
        stripe.away = True
        await asyncio.sleep(3 * FRESH_S)
        assert (await catalogue.listing(Ware.SKU, HERE)).age_s == 3 * FRESH_S
        with pytest.raises(UpstreamUnavailable):
            await catalogue.listing(Ware.SKU, {"country": "AT"})


@virtual
async def test_only_so_many_answers_are_remembered(tmp_path: Path) -> None:
    async with shop(tmp_path) as (stripe, catalogue):
        for number in range(SHELVES_MAX + 1):
            await catalogue.listing(Ware.SKU, {"product": f"thpr_{number}"})
        await catalogue.listing(Ware.SKU, {"product": "thpr_1"})
        assert looked(stripe) == SHELVES_MAX + 1
        await catalogue.listing(Ware.SKU, {"product": "thpr_0"})
        assert looked(stripe) == SHELVES_MAX + 2


@virtual
async def test_what_there_is_not_is_said_so(tmp_path: Path) -> None:
    async with shop(tmp_path) as (stripe, catalogue):
        with pytest.raises(Refused) as refused:
            await catalogue.one(Ware.SKU, "../account")
        assert (refused.value.status, looked(stripe)) == (404, 0)
        with pytest.raises(UpstreamRefused) as missing:
            await catalogue.one(Ware.SKU, "thsku_9")
        assert missing.value.status == 404
    with pytest.raises(Refused, match="no Stripe account"):
        await Catalogue(None, JumpingClock()).listing(Ware.SKU, HERE)
