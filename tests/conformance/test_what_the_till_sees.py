"""Each row of the table in docs/money-rules.md, M4, through each official SDK.

What a till reads of its payment and its reader while posd waits, doubts and knows; that a "no" is
an action that failed and never an exception; and when it may charge elsewhere.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from posd.model.attempt import AttemptState
from posd_simulator.terminal.settings import Wire
from tests.conformance.conftest import OpenTill
from tests.conformance.sdks import Json, SdkError
from tests.conformance.till import LOOK_S, Till, unheard_of
from tests.crash.child import Nursery
from tests.crash.store import MANAGER_KEY, READER, Store, eventually

AMOUNT = 1250
LONE_AMOUNT = 4300
"""Of payments that are counted in the terminal's book."""
MORE = 500
WAITING = ("requires_payment_method", "in_progress")
PROCESSING = ("processing", "in_progress")
CARD_ASKED_FOR, PRINTING = 3, 9
"""Messages of a payment, counted from its command. What is printed was approved (04 0F) before."""
GONE_S = 0.5
PROVEN_S = 60.0
REPORTED_S = 60.0
AUTHORISING_S = 2.0
NOBODY_CAME_S = 2.0
SILENT_S = 0.1


@pytest.fixture
def new_shop(tmp_path: Path, nursery: Nursery) -> Iterator[Store]:
    """A store with a slow host; no payment lies behind its terminal to prove a doubt by (M5)."""
    store = Store(
        tmp_path / "store",
        nursery,
        wire=Wire.TCP,
        host_delay_s=AUTHORISING_S,
        card_timeout_s=NOBODY_CAME_S,
    )
    with closing(store):
        store.open()
        yield store


@pytest.fixture
def new_till(new_shop: Store, open_till: OpenTill) -> Till:
    """A till of that store."""
    return open_till(new_shop.port)


def handed_over(till: Till, amount: int = AMOUNT) -> str:
    """A new payment that the terminal has taken."""
    intent: str = till.create(amount)["id"]
    reader = till.hand_over(intent)
    assert of_action(reader) == (intent, "in_progress")
    return intent


def of_action(reader: Json) -> tuple[str, str]:
    """Which payment the reader's action is about, and its status."""
    action = reader["action"]
    assert action["type"] == "process_payment_intent"
    return action["process_payment_intent"]["payment_intent"], action["status"]


def failure(till: Till) -> tuple[str, str]:
    """The code and the message of the action that failed."""
    action = till.action()
    assert action is not None
    assert action["status"] == "failed"
    return action["failure_code"], action["failure_message"]


def refusal(till: Till, intent: str) -> SdkError:
    """The error of a payment that the reader may not take."""
    with pytest.raises(SdkError) as refused:
        till.hand_over(intent)
    error = refused.value
    assert (error.kind, error.status) == ("InvalidRequestError", 400)
    return error


def in_doubt(till: Till, shop: Store, **more: object) -> str:
    """A payment whose end nobody saw and nothing proves: it needs a person."""
    assert eventually(shop.is_online, PROVEN_S)
    shop.fault(fault="cut", message=CARD_ASKED_FOR, moment="after", for_s=GONE_S)
    intent: str = till.create(AMOUNT, **more)["id"]
    till.hand_over(intent)
    assert eventually(lambda: shop.standing(intent)["state"] == "needs_a_person", PROVEN_S)
    return intent


def decide(shop: Store, intent: str, how: str, **ruling: str) -> None:
    """A person decides, or sets the payment aside."""
    asked = {"payment_intent": intent, "reason": "The customer went away.", **ruling}
    answer = shop.till.post(
        f"/posd/v1/readers/{READER}/{how}",
        data=asked,
        headers={"Authorization": f"Bearer {MANAGER_KEY}"},
    )
    answer.raise_for_status()


def test_waiting_for_the_card_then_cancelled_by_the_till(till: Till, shop: Store) -> None:
    shop.behave("walk_away")
    intent = handed_over(till)
    assert till.sees(intent) == WAITING
    assert of_action(till.hand_over(intent)) == (intent, "in_progress"), "the same again is no sale"
    other = till.create(AMOUNT + 100)["id"]
    second = refusal(till, other)
    assert (second.code, second.payment_intent) == ("terminal_reader_busy", intent)
    for method, params in (("cancel", {}), ("update", {"amount": AMOUNT + 1})):
        with pytest.raises(SdkError) as in_hand:
            till.call(f"payment_intents.{method}", intent, params)
        assert in_hand.value.code == "payment_intent_unexpected_state"
    assert till.cancel_action()["action"] is None
    assert till.sees(intent) == ("requires_payment_method", None)
    assert till.intent(intent)["last_payment_error"] is None
    till.hand_over(other)
    assert till.ended(other)["status"] == "succeeded"


def test_a_cancel_where_nothing_runs_is_a_reader_without_an_action(till: Till) -> None:
    assert till.cancel_action()["id"] == READER


def test_nobody_comes_then_processing_while_the_terminal_authorises(
    new_till: Till, new_shop: Store
) -> None:
    new_shop.behave("walk_away")
    intent = handed_over(new_till)
    nobody_came = new_till.ended(intent)
    assert failure(new_till)[0] == "customer_canceled"
    assert nobody_came["status"] == "requires_payment_method"
    assert (nobody_came["last_payment_error"], nobody_came["latest_charge"]) == (None, None)
    new_till.hand_over(intent)
    assert eventually(lambda: new_till.sees(intent) == PROCESSING, PROVEN_S, LOOK_S)
    assert refusal(new_till, new_till.create(AMOUNT)["id"]).code == "terminal_reader_busy"
    assert new_till.ended(intent)["status"] == "succeeded"


def test_approved(till: Till, shop: Store) -> None:
    booked = shop.booked(LONE_AMOUNT)
    intent = handed_over(till, LONE_AMOUNT)
    paid = till.ended(intent)
    assert till.sees(intent) == ("succeeded", "succeeded")
    assert (paid["amount_received"], paid["last_payment_error"]) == (LONE_AMOUNT, None)
    charge = till.call("charges.retrieve", paid["latest_charge"])
    assert (charge["status"], charge["paid"], charge["captured"]) == ("succeeded", True, True)
    card = charge["payment_method_details"]["card_present"]
    assert (card["brand"], len(card["last4"]), card["reader"]) == ("visa", 4, READER)
    assert refusal(till, intent).code == "intent_invalid_state"
    assert shop.booked(LONE_AMOUNT) == booked + 1
    assert eventually(lambda: shop.guaranteed(intent) == [LONE_AMOUNT], REPORTED_S)


def test_a_decline_is_an_action_that_failed_and_the_payment_can_be_tried_again(
    till: Till, shop: Store
) -> None:
    shop.behave("decline")
    intent = handed_over(till)
    declined = till.ended(intent)
    assert declined["status"] == "requires_payment_method"
    code, message = failure(till)
    assert code == "card_declined"
    assert "result code" in message
    error = declined["last_payment_error"]
    assert (error["code"], error["decline_code"]) == ("card_declined", "generic_decline")
    charge = till.call("charges.retrieve", error["charge"])
    assert (charge["status"], charge["paid"]) == ("failed", False)
    till.hand_over(intent)
    paid = till.ended(intent)
    assert (paid["status"], paid["last_payment_error"]) == ("succeeded", None)


def test_a_wrong_pin_is_no_end_and_the_right_one_pays(till: Till, shop: Store) -> None:
    booked = shop.booked(LONE_AMOUNT)
    shop.behave("walk_away")
    intent = handed_over(till, LONE_AMOUNT)
    assert eventually(lambda: shop.prompt() == "card", PROVEN_S, LOOK_S)
    shop.behave("insert")
    assert eventually(lambda: shop.prompt() == "pin", PROVEN_S, LOOK_S)
    shop.behave("wrong_pin")
    assert eventually(lambda: shop.standing(intent)["step"] == "wrong_pin", PROVEN_S, LOOK_S)
    assert till.sees(intent) == PROCESSING
    assert till.intent(intent)["last_payment_error"] is None
    shop.behave("insert")
    assert till.ended(intent)["status"] == "succeeded"
    assert shop.booked(LONE_AMOUNT) == booked + 1


def test_reported_and_not_completed_is_neither_paid_nor_free(till: Till, shop: Store) -> None:
    """The terminal has told its approval, which is not final, and says nothing more (M2)."""
    shop.fault(fault="silence", message=PRINTING, moment="before", for_s=SILENT_S)
    intent = handed_over(till)
    assert eventually(lambda: shop.knows(intent) is AttemptState.REPORTED, PROVEN_S, LOOK_S)
    assert till.sees(intent) == PROCESSING
    assert till.intent(intent)["latest_charge"] is None
    assert refusal(till, till.create(AMOUNT)["id"]).code == "terminal_reader_busy"
    with pytest.raises(SdkError) as too_late:
        till.cancel_action()
    assert (too_late.value.code, too_late.value.payment_intent) == ("terminal_reader_busy", intent)
    shop.unplug(GONE_S)
    assert till.ended(intent)["status"] == "succeeded", "the terminal has kept it"


def test_cancelled_by_the_customer(till: Till, shop: Store) -> None:
    shop.behave("cancel")
    intent = handed_over(till)
    cancelled = till.ended(intent)
    assert failure(till)[0] == "customer_canceled"
    assert cancelled["status"] == "requires_payment_method"
    assert (cancelled["last_payment_error"], cancelled["latest_charge"]) == (None, None)


def test_unknown_keeps_the_reader_until_it_is_proven_approved(till: Till, shop: Store) -> None:
    booked = shop.booked(LONE_AMOUNT)
    shop.fault(fault="cut", message=PRINTING, moment="before")
    intent = handed_over(till, LONE_AMOUNT)
    assert eventually(lambda: not shop.is_online(), PROVEN_S, LOOK_S)
    assert till.sees(intent) == PROCESSING
    second = refusal(till, till.create(AMOUNT)["id"])
    assert (second.code, second.payment_intent) == ("terminal_reader_busy", intent)
    with pytest.raises(SdkError) as in_doubt:
        till.call("payment_intents.cancel", intent)
    assert in_doubt.value.code == "payment_intent_unexpected_state"
    shop.plug()
    assert till.ended(intent)["status"] == "succeeded"
    assert till.sees(intent) == ("succeeded", "succeeded")
    assert shop.booked(LONE_AMOUNT) == booked + 1


def test_unknown_until_it_is_proven_not_charged(till: Till, shop: Store) -> None:
    shop.fault(fault="cut", message=CARD_ASKED_FOR, moment="after")
    intent = handed_over(till)
    assert eventually(lambda: not shop.is_online(), PROVEN_S, LOOK_S)
    assert till.sees(intent) == PROCESSING
    shop.plug()
    not_charged = till.ended(intent)
    assert failure(till)[0] == "customer_canceled"
    assert not_charged["status"] == "requires_payment_method"
    assert (not_charged["last_payment_error"], not_charged["latest_charge"]) == (None, None)


def test_a_reader_that_is_not_there_takes_nothing(till: Till, shop: Store) -> None:
    shop.unplug()
    assert eventually(lambda: till.reader()["status"] == "offline", PROVEN_S, LOOK_S)
    intent = till.create(AMOUNT)["id"]
    assert refusal(till, intent).code == "terminal_reader_offline"
    assert till.status(intent) == "requires_payment_method"


def test_another_currency_than_the_readers_goes_to_no_terminal(till: Till) -> None:
    intent = till.create(AMOUNT, currency="usd")["id"]
    error = refusal(till, intent)
    assert error.code == "payment_intent_incompatible_payment_method"
    assert till.status(intent) == "requires_payment_method"


def test_an_amount_that_nobody_asked_for_is_refused_and_taken_back(till: Till, shop: Store) -> None:
    shop.fault(fault="surcharge", amount=MORE)
    intent = handed_over(till)
    not_charged = till.ended(intent)
    assert till.sees(intent) == ("requires_payment_method", "failed")
    assert (not_charged["last_payment_error"], not_charged["latest_charge"]) == (None, None)
    assert shop.booked(AMOUNT + MORE) == 0
    till.hand_over(intent)
    assert till.ended(intent)["amount_received"] == AMOUNT


def test_one_order_is_charged_once(till: Till) -> None:
    order = {"order_id": unheard_of()}
    paid, again = (till.create(AMOUNT, metadata=order)["id"] for _ in range(2))
    till.hand_over(paid)
    assert till.ended(paid)["status"] == "succeeded"
    error = refusal(till, again)
    assert (error.code, error.payment_intent) == ("payment_intent_unexpected_state", paid)


def test_a_canceled_payment_is_never_taken(till: Till) -> None:
    intent = till.create(AMOUNT)["id"]
    reason = {"cancellation_reason": "requested_by_customer"}
    canceled = till.call("payment_intents.cancel", intent, reason)
    assert (canceled["status"], canceled["cancellation_reason"]) == (
        "canceled",
        "requested_by_customer",
    )
    error = refusal(till, intent)
    assert (error.code, error.payment_intent) == ("payment_intent_unexpected_state", intent)


def test_set_aside_frees_the_reader_and_not_the_order(new_till: Till, new_shop: Store) -> None:
    order = {"order_id": "1"}
    intent = in_doubt(new_till, new_shop, metadata=order)
    assert new_till.sees(intent) == PROCESSING
    kept = refusal(new_till, new_till.create(AMOUNT)["id"])
    assert (kept.code, kept.payment_intent) == ("terminal_reader_busy", intent)
    with pytest.raises(SdkError) as undecided:
        new_till.call("payment_intents.cancel", intent)
    assert undecided.value.code == "payment_intent_unexpected_state"
    decide(new_shop, intent, "set_aside")
    assert new_till.sees(intent) == ("processing", None)
    again = new_till.create(AMOUNT, metadata=order)["id"]
    guarded = refusal(new_till, again)
    assert (guarded.code, guarded.payment_intent) == ("payment_intent_unexpected_state", intent)
    other = new_till.create(AMOUNT)["id"]
    assert eventually(new_shop.is_online, PROVEN_S)
    new_till.hand_over(other)
    assert new_till.ended(other)["status"] == "succeeded"
    assert new_till.status(intent) == "processing"


def test_a_person_decides_what_nobody_can_prove(new_till: Till, new_shop: Store) -> None:
    not_charged = in_doubt(new_till, new_shop)
    decide(new_shop, not_charged, "resolve", decision="not_charged")
    assert new_till.sees(not_charged) == ("requires_payment_method", "failed")
    assert "a person found that nothing was charged" in failure(new_till)[1]
    assert new_till.intent(not_charged)["last_payment_error"] is None
    charged = in_doubt(new_till, new_shop)
    decide(new_shop, charged, "resolve", decision="charged")
    assert new_till.sees(charged) == ("succeeded", "succeeded")
    assert new_till.intent(charged)["amount_received"] == AMOUNT
