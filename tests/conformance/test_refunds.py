"""Money goes back through each official SDK, as Stripe's documents tell it (M11).

At real processes: what the till is told is compared with the terminal's own book and with what
Stripe was told.
"""

from collections.abc import Callable

import pytest

from posd_simulator.terminal.ledger import REFUND, REVERSAL
from tests.conformance.conftest import USABLE, OpenTill
from tests.conformance.sdks import Call, Json, Sdk, SdkError
from tests.conformance.till import LOOK_S, Till, unheard_of
from tests.crash.store import MANAGER_KEY, READER, Store, eventually

AMOUNT = 7100
"""Counted in the terminal's book."""
ENDED_S = 60.0
AT_READER = "terminal.readers.refund_payment"
MASTERCARD, TAKES_NOTHING_BACK = "5555555555554444", "4000000000005126"


@pytest.fixture(scope="session", params=[name for name in USABLE if name != "python-async"])
def make_sdk(request: pytest.FixtureRequest) -> Callable[[str, str], Sdk]:
    """One SDK of each language: what differs between Python's two is not what goes back."""
    return USABLE[request.param]


@pytest.fixture
def office(shop: Store, open_till: OpenTill) -> Till:
    """A till with a manager's key."""
    return open_till(shop.port, key=MANAGER_KEY)


def paid(till: Till, amount: int = AMOUNT) -> str:
    """A payment that the terminal has taken; its id."""
    intent: str = till.create(amount)["id"]
    till.hand_over(intent)
    assert till.ended(intent)["status"] == "succeeded"
    return intent


def at_reader(office: Till, intent: str, key: str | None = None, **more: int) -> Json:
    """The reader, once its terminal took the refund. Raises SdkError."""
    return office.call(AT_READER, READER, {"payment_intent": intent, **more}, key=key)


def action_ended(till: Till) -> Json:
    """The reader's action, once it is over."""

    def is_over() -> bool:
        action = till.action()
        return action is not None and action["status"] != "in_progress"

    assert eventually(is_over, ENDED_S, LOOK_S), till.action()
    action = till.action()
    assert action is not None
    return action


def refused(till: Till, method: str, *arguments: str | Json) -> SdkError:
    with pytest.raises(SdkError) as caught:
        till.call(method, *arguments)
    return caught.value


def moved(shop: Store, kind: str) -> list[int]:
    """Amounts of that kind in the terminal's book."""
    return [one.amount for one in shop.book().stored if one.kind == kind]


def charge_of(till: Till, intent: str) -> Json:
    charge: Json = till.intent(intent, "latest_charge")["latest_charge"]
    return charge


def test_a_till_takes_its_sale_back_without_the_card(till: Till, shop: Store) -> None:
    reversals = len(moved(shop, REVERSAL))
    intent = paid(till)
    refund = till.call("refunds.create", {"payment_intent": intent, "reason": "duplicate"})
    assert (refund["object"], refund["amount"], refund["charge"]) == (
        "refund",
        AMOUNT,
        charge_of(till, intent)["id"],
    )

    def is_given() -> bool:
        status: str = till.call("refunds.retrieve", refund["id"])["status"]
        return status == "succeeded"

    assert eventually(is_given, ENDED_S, LOOK_S), shop.log()
    assert till.status(intent) == "succeeded", "a payment that went back had been paid"
    charge = charge_of(till, intent)
    assert (charge["amount_refunded"], charge["refunded"]) == (AMOUNT, True)
    assert len(moved(shop, REVERSAL)) == reversals + 1


def test_parts_go_back_to_the_card_until_nothing_is_left(
    till: Till, office: Till, shop: Store
) -> None:
    given = len(moved(shop, REFUND))
    intent = paid(till)
    for part in (2100, 5000):
        begun = at_reader(office, intent, amount=part)["action"]
        assert (begun["type"], begun["refund_payment"]["amount"]) == ("refund_payment", part)
        ended = action_ended(till)
        assert ended["status"] == "succeeded", ended
        refund = office.call("refunds.retrieve", ended["refund_payment"]["refund"])
        assert (refund["status"], refund["amount"]) == ("succeeded", part)
    assert sorted(moved(shop, REFUND)[given:]) == [2100, 5000]
    charge = charge_of(till, intent)
    assert (charge["amount_refunded"], charge["refunded"]) == (AMOUNT, True)
    error = refused(office, AT_READER, READER, {"payment_intent": intent})
    assert (error.kind, error.code) == ("InvalidRequestError", "charge_already_refunded")
    listed = office.every("refunds.list", {"payment_intent": intent, "limit": 1})
    assert [one["amount"] for one in listed] == [5000, 2100]


def test_no_more_goes_back_than_was_taken(till: Till, office: Till, shop: Store) -> None:
    given = len(moved(shop, REFUND))
    intent = paid(till)
    asked = {"payment_intent": intent, "amount": AMOUNT + 1}
    for method, *arguments in (("refunds.create", asked), (AT_READER, READER, asked)):
        error = refused(office, method, *arguments)
        assert (error.code, error.param) == ("amount_too_large", "amount")
    error = refused(office, "refunds.create", {"payment_intent": intent, "amount": 100})
    assert (error.code, error.status) == ("charge_not_refundable", 400)
    assert "refund_payment" in error.message
    assert len(moved(shop, REFUND)) == given


def test_a_till_gives_nothing_to_a_card(till: Till) -> None:
    intent = paid(till)
    error = refused(till, AT_READER, READER, {"payment_intent": intent, "amount": 100})
    assert (error.kind, error.status, error.code) == (
        "PermissionError",
        403,
        "charge_not_refundable",
    )


def test_one_key_gives_back_once(till: Till, office: Till, shop: Store) -> None:
    given = len(moved(shop, REFUND))
    intent = paid(till)
    key = unheard_of()
    at_reader(office, intent, key, amount=300)
    assert action_ended(till)["status"] == "succeeded"
    asked: Json = {"payment_intent": intent, "amount": 300}
    (again,) = office.at_once([Call(AT_READER, (READER, asked), key)])
    assert not isinstance(again, SdkError), again
    assert again.replayed
    assert moved(shop, REFUND)[given:] == [300]
    assert charge_of(till, intent)["amount_refunded"] == 300


def test_a_declined_refund_gives_nothing_and_says_so(till: Till, office: Till, shop: Store) -> None:
    given = len(moved(shop, REFUND))
    shop.behave("walk_away")
    intent = till.create(AMOUNT)["id"]
    till.hand_over(intent)
    till.present(TAKES_NOTHING_BACK)
    shop.behave("walk_away")
    at_reader(office, intent, amount=300)
    office.present(TAKES_NOTHING_BACK)
    ended = action_ended(till)
    assert (ended["status"], ended["failure_code"]) == ("failed", "card_declined"), ended
    assert "refund" not in ended["refund_payment"]
    (refund,) = office.every("refunds.list", {"payment_intent": intent})
    assert (refund["status"], refund["failure_reason"]) == ("failed", "declined")
    assert charge_of(till, intent)["amount_refunded"] == 0
    assert len(moved(shop, REFUND)) == given


def test_another_card_is_refused_and_the_terminal_says_what_it_did(
    till: Till, office: Till, shop: Store
) -> None:
    given = len(moved(shop, REFUND))
    intent = paid(till)
    shop.behave("walk_away")
    at_reader(office, intent, amount=400)
    office.present(MASTERCARD)

    def is_decided() -> bool:
        (refund,) = office.every("refunds.list", {"payment_intent": intent})
        status: str = refund["status"]
        return status != "pending"

    assert eventually(is_decided, ENDED_S, LOOK_S), shop.log()
    (refund,) = office.every("refunds.list", {"payment_intent": intent})
    assert refund["status"] == "failed"
    action = till.action()
    assert action is not None
    assert "another card" in action["failure_message"]
    assert len(moved(shop, REFUND)) == given
    assert charge_of(till, intent)["amount_refunded"] == 0


def test_stripe_is_told_what_went_back(till: Till, office: Till, shop: Store) -> None:
    intent = paid(till)
    at_reader(office, intent, amount=2500)
    assert action_ended(till)["status"] == "succeeded"
    assert eventually(lambda: shop.refunded(intent) == [2500], ENDED_S, LOOK_S), shop.log()
    assert shop.guaranteed(intent) == [AMOUNT]
