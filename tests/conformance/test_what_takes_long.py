"""Ends that take long: each happens once, and every official SDK looks at it in turn.

A terminal that says nothing is doubted after five seconds (T3), a person is asked for after five
minutes. The minutes pass while posd is off: it starts again by a clock that is so far ahead.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

import pytest

from posd.model.attempt import AttemptState
from posd_simulator.terminal.settings import StorageRule, Wire
from tests.conformance.conftest import USABLE
from tests.conformance.sdks import SdkError
from tests.conformance.test_what_the_till_sees import (
    AMOUNT,
    PRINTING,
    PROCESSING,
    PROVEN_S,
    decide,
    handed_over,
    refusal,
)
from tests.conformance.till import LOOK_S, Till
from tests.crash.child import Nursery
from tests.crash.store import KEY, Store, eventually

pytestmark = pytest.mark.timeout(300)

COMMAND = 1
SILENT_S = 8.0
"""More than T3: the first question after the doubt goes unanswered, too."""
PERSON_AFTER_S = 300
FREE_AGAIN = ("requires_payment_method", "failed")


class OpenTills(Protocol):
    """Opens a till with each SDK at a port of this machine."""

    def __call__(self, port: int) -> Mapping[str, Till]:
        """The tills by the names of their SDKs; they are closed when the test ends."""
        ...


@pytest.fixture
def open_tills() -> Iterator[OpenTills]:
    with ExitStack() as opened:

        def open_tills(port: int) -> Mapping[str, Till]:
            sdks = {name: make(f"http://127.0.0.1:{port}", KEY) for name, make in USABLE.items()}
            return {name: Till(opened.enter_context(closing(sdk))) for name, sdk in sdks.items()}

        yield open_tills


@pytest.fixture
def old_shop(tmp_path: Path, nursery: Nursery) -> Iterator[Store]:
    """A store whose terminal keeps what it approved, and has a payment behind it (M5)."""
    store = Store(tmp_path / "store", nursery, rule=StorageRule.NEW, wire=Wire.TCP)
    with closing(store):
        store.open()
        store.pay(100)
        yield store


def test_a_terminal_that_falls_silent_is_doubted_until_it_is_proven_not_charged(
    shop: Store, open_tills: OpenTills
) -> None:
    tills = open_tills(shop.port)
    first = tills["python"]
    shop.fault(fault="silence", message=COMMAND, moment="before", for_s=SILENT_S)
    intent = handed_over(first)
    shop.unplug()  # until every till has looked
    assert shop.knows(intent) is AttemptState.UNKNOWN
    for name, till in tills.items():
        assert till.sees(intent) == PROCESSING, name
        second = refusal(till, till.create(AMOUNT)["id"])
        assert (second.code, second.payment_intent) == ("terminal_reader_busy", intent), name
        with pytest.raises(SdkError) as in_doubt:
            till.call("payment_intents.cancel", intent)
        assert in_doubt.value.code == "payment_intent_unexpected_state", name
    shop.plug()
    first.ended(intent)
    for name, till in tills.items():
        assert till.sees(intent) == FREE_AGAIN, name
        assert till.intent(intent)["last_payment_error"] is None, name
    first.hand_over(intent)
    assert first.ended(intent)["status"] == "succeeded"


def test_what_a_person_decided_is_contradicted_later_and_nobody_is_charged_twice(
    old_shop: Store, open_tills: OpenTills
) -> None:
    order = {"order_id": "1"}
    intent = old_shop.create(AMOUNT, **{"metadata[order_id]": order["order_id"]})
    old_shop.fault(fault="cut", message=PRINTING, moment="before")
    old_shop.process(intent).raise_for_status()
    assert eventually(lambda: old_shop.knows(intent) is AttemptState.UNKNOWN, PROVEN_S, LOOK_S)
    old_shop.stop()
    old_shop.start(ahead_s=PERSON_AFTER_S)
    assert eventually(lambda: old_shop.knows(intent) is AttemptState.PERSON, PROVEN_S, LOOK_S)
    tills = open_tills(old_shop.port)
    for name, till in tills.items():
        assert till.sees(intent) == PROCESSING, name
    decide(old_shop, intent, "resolve", decision="not_charged")
    old_shop.plug()
    assert eventually(lambda: is_contradicted(old_shop, intent), PROVEN_S, LOOK_S)
    for name, till in tills.items():
        assert till.sees(intent) == FREE_AGAIN, f"{name}: what was decided is never rewritten"
        for one in (intent, till.create(AMOUNT, metadata=order)["id"]):
            error = refusal(till, one)
            assert error.code == "payment_intent_unexpected_state", name
            assert error.payment_intent == intent, name
    assert old_shop.booked(AMOUNT) == 1
    decide(old_shop, intent, "resolve", decision="not_charged")
    for name, till in tills.items():
        paid = till.create(AMOUNT)["id"]
        till.hand_over(paid)
        assert till.ended(paid)["status"] == "succeeded", name


def is_contradicted(shop: Store, intent: str) -> bool:
    """Whether posd says so, and then that nobody may take the money elsewhere."""
    told = shop.standing(intent)
    if told["state"] != "contradicted":
        return False
    assert (told["may_charge_elsewhere"], told["next"]) == (False, "call_a_person")
    return True
