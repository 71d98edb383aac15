"""Tills that press the button at the same moment: one reader takes one payment, once (M7, M14)."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from tests.crash.child import Nursery
from tests.crash.store import AUTHORISATION, Store, eventually

AMOUNTS = (1000, 1100)
PAID_S = 15.0


@pytest.fixture
def store(tmp_path: Path, nursery: Nursery) -> Iterator[Store]:
    with closing(Store(tmp_path / "store", nursery, tap_after_s=1.0)) as store:
        store.open()
        yield store


def at_once(store: Store, calls: Sequence[tuple[str, str]]) -> list[httpx2.Response]:
    """The answers to `process` for each payment and key, all called at the same moment."""
    with ThreadPoolExecutor(len(calls)) as tills:
        return list(tills.map(lambda call: store.process(*call), calls))


def paid(store: Store, intent: str) -> bool:
    return store.status(intent) == "succeeded"


def test_two_sales_at_once_on_one_reader_are_one_sale(store: Store) -> None:
    intents = [store.create(amount) for amount in AMOUNTS]
    answers = at_once(store, [(intent, f"key-{intent}") for intent in intents])
    won, lost = sorted(zip(answers, intents, strict=True), key=lambda each: each[0].status_code)
    assert (won[0].status_code, lost[0].status_code) == (200, 400)
    assert won[0].json()["action"]["process_payment_intent"]["payment_intent"] == won[1]
    error = lost[0].json()["error"]
    assert error["code"] == "terminal_reader_busy"
    assert error["payment_intent"]["id"] == won[1]
    assert won[1] in error["message"]
    assert lost[0].headers["Stripe-Should-Retry"] == "false"
    assert eventually(lambda: paid(store, won[1]), PAID_S)
    assert [sale.amount for sale in store.book().stored] == [AMOUNTS[intents.index(won[1])]]
    assert store.status(lost[1]) == "requires_payment_method"


@pytest.mark.parametrize("keys", [("one", "two"), ("one", "one")])
def test_one_payment_asked_for_twice_is_one_attempt(store: Store, keys: tuple[str, str]) -> None:
    intent = store.create(AMOUNTS[0])
    answers = at_once(store, [(intent, key) for key in keys])
    assert [answer.status_code for answer in answers] == [200, 200]
    assert {answer.json()["action"]["status"] for answer in answers} == {"in_progress"}
    assert eventually(lambda: paid(store, intent), PAID_S)
    assert [sale.amount for sale in store.book().stored] == [AMOUNTS[0]]
    commands = [line for line in store.messages() if line.startswith(AUTHORISATION)]
    assert len(commands) == 1


def test_a_payment_that_is_paid_is_not_taken_again(store: Store) -> None:
    intent = store.pay(AMOUNTS[0])
    again = store.process(intent, "another-key")
    assert (again.status_code, again.json()["error"]["code"]) == (400, "intent_invalid_state")
    assert store.booked(AMOUNTS[0]) == 1
