"""A configuration that allows no payment without Stripe, and a line that comes and goes."""

import asyncio
from pathlib import Path

import pytest

from posd.composition import Posd
from posd.errors import Refused, UpstreamUnavailable
from posd.model.attempt import AttemptState
from posd.model.upstream_facts import MirrorKind
from posd.upstream import terminal
from posd.upstream.uplink import CALLS_LOST_MAX
from tests.unit.posd.house import LANE_1, TILL, attempt_of, ordered, paid
from tests.unit.posd.one_configuration import Stripe, account_default, store
from tests.unit.posd.virtual import virtual

FORBIDS = account_default(offline={"enabled": False})


async def ask_stripe(posd: Posd) -> None:
    """Whoever waits for Stripe finds out that it is away, and so does everybody."""
    assert posd.stripe is not None
    for _call in range(CALLS_LOST_MAX):
        with pytest.raises(UpstreamUnavailable):
            await posd.stripe.uplink.call(terminal.page(MirrorKind.READER, None))


@virtual
async def test_without_stripe_nothing_is_sold_where_a_configuration_says_so(
    tmp_path: Path,
) -> None:
    stripe = Stripe(FORBIDS)
    async with store(tmp_path, stripe).living() as posd:
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED
        stripe.away = True
        await ask_stripe(posd)
        intent = await ordered(posd)
        before = posd.journal.head
        with pytest.raises(Refused, match="Configuration 'tmc_default' allows no") as refused:
            await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
        assert refused.value.code == "terminal_reader_offline"
        assert posd.journal.head == before


@virtual
async def test_a_line_on_which_sales_depend_is_known_to_be_cut_within_minutes(
    tmp_path: Path,
) -> None:
    stripe = Stripe(FORBIDS)
    async with store(tmp_path, stripe).living() as posd:
        await asyncio.sleep(60)
        stripe.away = True
        await asyncio.sleep(3 * 60)
        with pytest.raises(Refused, match="Configuration 'tmc_default' allows no"):
            await paid(posd)


@virtual
async def test_once_stripe_is_back_the_same_payment_is_taken(tmp_path: Path) -> None:
    stripe = Stripe(FORBIDS)
    async with store(tmp_path, stripe).living() as posd:
        stripe.away = True
        await ask_stripe(posd)
        stripe.away = False
        assert posd.stripe is not None
        await posd.stripe.uplink._probe()
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED


@pytest.mark.parametrize("offline", [None, {"enabled": True}, {"enabled": None}])
@virtual
async def test_where_no_configuration_says_so_an_attached_reader_goes_on(
    tmp_path: Path, offline: dict[str, bool] | None
) -> None:
    stripe = Stripe(account_default(offline=offline))
    async with store(tmp_path, stripe).living() as posd:
        stripe.away = True
        await ask_stripe(posd)
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED


@virtual
async def test_a_store_without_stripe_sells_whatever_its_journal_remembers(tmp_path: Path) -> None:
    async with store(tmp_path, Stripe(FORBIDS)).living():
        pass
    async with store(tmp_path, None).living() as posd:
        assert posd.mirror.objects(MirrorKind.CONFIGURATION)
        assert attempt_of(posd, await paid(posd)).state is AttemptState.APPROVED


@virtual
async def test_a_payment_that_is_in_hand_is_told_and_not_refused(tmp_path: Path) -> None:
    stripe = Stripe(FORBIDS)
    async with store(tmp_path, stripe).living() as posd:
        intent = await ordered(posd)
        await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
        stripe.away = True
        await ask_stripe(posd)
        again = await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
        assert again.record.id == LANE_1
