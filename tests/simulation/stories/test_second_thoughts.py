"""A till that changes its mind, asks twice or goes away while its customer is at the terminal."""

import asyncio
from pathlib import Path
from typing import Final

from posd_simulator.terminal.cardholder import Behaviour
from posd_simulator.terminal.faults import DelayAnswer
from posd_simulator.terminal.settings import Settings, Wire
from tests.simulation.stories.stage import NOT_CHARGED, PAID, Books, Store, lane, opened
from tests.simulation.stories.tills import Till
from tests.unit.posd.virtual import virtual

LANE: Final = lane(1)
AMOUNT: Final = 1_250
DONE_S: Final = 15.0
CARD_AWAITED_S: Final = 1.0
CARD_TIMEOUT_S: Final = 30.0
LATE_S: Final = 12.0
"""Later than posd waits for the terminal to take a command."""
PROVEN_S: Final = 120.0
REASON: Final = "The customer has left."
ABORTED: Final = Books("requires_payment_method", 0, 0, ("AttemptAborted",))
AUTHORISATION: Final = "ECR  06 01"
NO_SUCH_CALL: Final = 404
"""While posd puts nothing on a reader's display, no cart can reach the terminal."""


async def waiting_for_a_card(store: Store, amount: int = AMOUNT) -> tuple[Till, str]:
    """A sale whose customer has not come yet."""
    store.terminals[LANE].cardholder.auto = False
    till = store.till()
    intent = await till.ring_up(amount)
    assert (await till.hand_over(LANE, intent)).is_success
    await asyncio.sleep(CARD_AWAITED_S)
    return till, intent


def asked_for_money(store: Store) -> int:
    """How often the terminal was told to take a payment."""
    messages = store.terminals[LANE].messages
    return sum(message.line.startswith(AUTHORISATION) for message in messages)


@virtual
async def test_ghost_amount_keeps_the_next_sale_away_until_it_is_cleared(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        _, ghost = await waiting_for_a_card(store, 9_900)
        next_till = store.till("other-till")
        intent = await next_till.ring_up(AMOUNT)
        refused = (await next_till.hand_over(LANE, intent)).json()["error"]
        assert refused["code"] == "terminal_reader_busy"
        assert (ghost in refused["message"], "9900" in refused["message"]) == (True, True)
        await asyncio.sleep(CARD_TIMEOUT_S)
        store.terminals[LANE].cardholder.auto = True
        assert (await next_till.hand_over(LANE, intent)).is_success
        await asyncio.sleep(DONE_S)
        assert store.booked() == [AMOUNT]
        assert await store.books(next_till, ghost) == ABORTED
        assert await store.books(next_till, intent) == PAID


@virtual
async def test_display_kills_payment_is_refused_before_the_terminal_hears_of_it(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        till, intent = await waiting_for_a_card(store)
        heard = len(store.terminals[LANE].messages)
        cart = {"type": "cart", "cart[currency]": "eur", "cart[total]": "1250"}
        shown = await till.post(f"/v1/terminal/readers/{LANE}/set_reader_display", cart)
        assert shown.status_code == NO_SUCH_CALL
        assert len(store.terminals[LANE].messages) == heard
        store.terminals[LANE].cardholder.auto = True
        await store.terminals[LANE].tell_cardholder(Behaviour.TAP)
        await asyncio.sleep(DONE_S)
        assert await store.books(till, intent) == PAID


@virtual
async def test_edit_after_dispatch_waits_until_the_old_amount_is_proven_not_charged(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        till, intent = await waiting_for_a_card(store)
        path, more = f"/v1/payment_intents/{intent}", {"amount": str(AMOUNT + 700)}
        assert (await till.post(path, more)).json()["error"]["payment_intent"]["id"] == intent
        assert (await till.cancel(LANE)).is_success
        assert await store.books(till, intent) == ABORTED
        assert (await till.post(path, more)).is_success
        store.terminals[LANE].cardholder.auto = True
        assert (await till.hand_over(LANE, intent)).is_success
        await asyncio.sleep(DONE_S)
        assert store.booked() == [AMOUNT + 700]
        assert await till.status(intent) == "succeeded"


@virtual
async def test_steal_lease_is_refused_with_the_owner_and_clears_with_its_payment_only(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        till, intent = await waiting_for_a_card(store)
        thief = store.till("other-till")
        stolen = await thief.ring_up(AMOUNT + 100)
        error = (await thief.hand_over(LANE, stolen)).json()["error"]
        assert (error["code"], error["payment_intent"]["id"]) == ("terminal_reader_busy", intent)
        cleared = await thief.set_aside(LANE, stolen, REASON)
        assert not cleared.is_success
        action = await till.action(LANE)
        assert action is not None
        assert action["process_payment_intent"]["payment_intent"] == intent
        await store.terminals[LANE].tell_cardholder(Behaviour.TAP)
        await asyncio.sleep(DONE_S)
        assert await store.books(till, intent) == PAID
        assert store.facts(stolen) == []


@virtual
async def test_false_negative_timeout_is_no_reason_to_dispatch_again(tmp_path: Path) -> None:
    async with opened(tmp_path, settings=Settings(wire=Wire.TCP)) as store:
        till = store.till()
        store.terminals[LANE].faults.arm(DelayAnswer(LATE_S))
        intent = await till.ring_up(AMOUNT)
        before = asked_for_money(store)
        first = await till.hand_over(LANE, intent)
        assert first.json()["action"]["status"] == "in_progress"
        again = await till.hand_over(LANE, intent)
        other = await till.ring_up(AMOUNT + 100)
        assert (await till.hand_over(LANE, other)).json()["error"]["payment_intent"]["id"] == intent
        assert again.is_success
        assert asked_for_money(store) == before + 1
        await asyncio.sleep(PROVEN_S)
        assert asked_for_money(store) == before + 1
        assert await store.books(till, intent) == NOT_CHARGED
