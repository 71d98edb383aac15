"""The official `stripe` SDK, unmodified, against the real server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest
import stripe

from posd.api.listener import Listener
from posd.errors import Refused
from tests.unit.posd.api.fakes import MANAGER, TILL, Bench

T = TypeVar("T")


@pytest.fixture
async def bench() -> Bench:
    return Bench()


@pytest.fixture
async def base_url(bench: Bench) -> AsyncIterator[str]:
    listener = await Listener.open(bench.api, port=0, socket=None)
    async with asyncio.TaskGroup() as group:
        group.create_task(listener.serve())
        yield f"http://127.0.0.1:{listener.port}"
        await listener.stop()


def sdk(base_url: str, key: str = TILL) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": base_url}, max_network_retries=0)


async def beside(work: Callable[[], T]) -> T:
    """The SDK blocks, so it runs on a thread of its own."""
    return await asyncio.to_thread(work)


async def test_a_payment_from_create_to_charge(bench: Bench, base_url: str) -> None:
    manager, till = sdk(base_url, MANAGER), sdk(base_url)
    reader = await beside(
        lambda: manager.v1.terminal.readers.create(
            {"registration_code": "zvt+tcp://127.0.0.1:20007", "label": "Till 1"}
        )
    )
    intent = await beside(
        lambda: till.v1.payment_intents.create(
            {
                "amount": 1250,
                "currency": "eur",
                "allowed_payment_method_types": ["card_present"],
                "capture_method": "automatic",
                "metadata": {"order_id": "4711"},
            }
        )
    )
    assert (intent.status, intent.amount) == ("requires_payment_method", 1250)
    assert intent.metadata is not None
    assert intent.metadata["order_id"] == "4711"
    expanded = "action.process_payment_intent.payment_intent"
    shown = await beside(
        lambda: till.v1.terminal.readers.process_payment_intent(
            reader.id, {"payment_intent": intent.id, "expand": [expanded]}
        )
    )
    assert shown.action is not None
    assert shown.action.status == "in_progress"
    assert shown.action.process_payment_intent is not None
    assert isinstance(shown.action.process_payment_intent.payment_intent, stripe.PaymentIntent)
    bench.approve(reader.id)
    shown = await beside(lambda: till.v1.terminal.readers.retrieve(reader.id))
    assert shown.action is not None
    assert shown.action.status == "succeeded"
    paid = await beside(
        lambda: till.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    )
    assert paid.status == "succeeded"
    charge = paid.latest_charge
    assert isinstance(charge, stripe.Charge)
    details = charge.payment_method_details
    assert details is not None
    assert details.card_present is not None
    assert details.card_present.last4 == "0119"
    alone = await beside(lambda: till.v1.charges.retrieve(charge.id))
    assert alone.paid


async def test_lists_page_by_themselves(bench: Bench, base_url: str) -> None:
    till = sdk(base_url)

    def create_seven() -> None:
        for amount in range(1, 8):
            till.v1.payment_intents.create({"amount": amount, "currency": "eur"})

    await beside(create_seven)
    pages = await beside(lambda: till.v1.payment_intents.list({"limit": 3}))
    amounts = await beside(lambda: [one.amount for one in pages.auto_paging_iter()])
    assert amounts == [7, 6, 5, 4, 3, 2, 1]
    assert bench.store.commits == 7
    readers = await beside(lambda: till.v1.terminal.readers.list({"limit": 3}))
    assert readers.data == []


async def test_errors_are_the_sdks_own(bench: Bench, base_url: str) -> None:
    till = sdk(base_url)
    with pytest.raises(stripe.InvalidRequestError) as missing:
        await beside(lambda: till.v1.payment_intents.retrieve("pi_nope"))
    assert (missing.value.code, missing.value.http_status) == ("resource_missing", 404)
    assert missing.value.request_id is not None
    with pytest.raises(stripe.AuthenticationError):
        await beside(sdk(base_url, "posd_test_wrong").v1.payment_intents.list)
    with pytest.raises(stripe.PermissionError):
        await beside(
            lambda: till.v1.terminal.readers.create({"registration_code": "zvt+tcp://a:1"})
        )
    reader = await bench.reader()
    intent = await beside(lambda: till.v1.payment_intents.create({"amount": 1, "currency": "eur"}))
    bench.payments.failure = Refused(
        "terminal_reader_busy", "The reader is busy.", payment_intent=intent.id
    )
    with pytest.raises(stripe.InvalidRequestError) as busy:
        await beside(
            lambda: till.v1.terminal.readers.process_payment_intent(
                reader, {"payment_intent": intent.id}
            )
        )
    assert busy.value.code == "terminal_reader_busy"
    assert busy.value.error is not None
    assert busy.value.error.payment_intent is not None
    assert busy.value.error.payment_intent.id == intent.id


async def test_a_repetition_under_the_same_key_is_the_same_payment(base_url: str) -> None:
    till = sdk(base_url)
    first, again = [
        await beside(
            lambda: till.v1.payment_intents.create(
                {"amount": 1250, "currency": "eur"}, {"idempotency_key": "order-4711"}
            )
        )
        for _ in range(2)
    ]
    assert first.id == again.id
    assert again.last_response is not None
    assert again.last_response.headers["idempotent-replayed"] == "true"
