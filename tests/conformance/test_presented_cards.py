"""A payment's end scripted with Stripe's own test helper, through each official SDK.

The cardholders of this store wait for a script (`--cardholder manual`), so that nothing here
depends on who is quicker.
"""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from posd_simulator.terminal.settings import Wire
from tests.conformance.sdks import Json, Sdk, SdkError
from tests.conformance.till import PRESENT, Till
from tests.crash.child import Nursery
from tests.crash.store import KEY, READER, Store

AMOUNT = 1200
VISA, MASTERCARD = "4242424242424242", "5555555555554444"
INSUFFICIENT_FUNDS, LOST, EXPIRED = "4000000000009995", "4000000000009987", "4000000000000069"


@pytest.fixture(scope="session")
def patient_shop(tmp_path_factory: pytest.TempPathFactory, nursery: Nursery) -> Iterator[Store]:
    """A store whose customers do nothing by themselves."""
    place = tmp_path_factory.mktemp("patient") / "store"
    with closing(Store(place, nursery, wire=Wire.TCP, cardholder="manual")) as store:
        store.open()
        yield store


@pytest.fixture(scope="session")
def patient_sdk(make_sdk: Callable[[str, str], Sdk], patient_shop: Store) -> Iterator[Sdk]:
    with closing(make_sdk(f"http://127.0.0.1:{patient_shop.port}", KEY)) as sdk:
        yield sdk


@pytest.fixture
def till(patient_sdk: Sdk) -> Till:
    """A till of that store."""
    return Till(patient_sdk)


def waiting(till: Till, amount: int = AMOUNT) -> str:
    """A payment whose terminal waits for a card."""
    intent: str = till.create(amount)["id"]
    till.hand_over(intent)
    return intent


def declined(till: Till, intent: str, reader: Json, because: str = "generic_decline") -> str:
    """What the terminal said of the decline, which is told as an action that failed."""
    action = reader["action"]
    assert (action["status"], action["failure_code"]) == ("failed", "card_declined")
    now = till.intent(intent)
    error = now["last_payment_error"]
    assert now["status"] == "requires_payment_method"
    assert (error["code"], error["decline_code"]) == ("card_declined", because)
    message: str = action["failure_message"]
    return message


def refusal(till: Till, params: Json) -> tuple[str | None, str | None]:
    """Code and parameter of the error; no number is repeated in it."""
    with pytest.raises(SdkError) as refused:
        till.call(PRESENT, READER, params)
    assert (refused.value.kind, refused.value.status) == ("InvalidRequestError", 400)
    assert "4242" not in refused.value.message
    return refused.value.code, refused.value.param


@pytest.mark.parametrize(
    ("number", "brand", "last4"),
    [(None, "visa", "4242"), (VISA, "visa", "4242"), (MASTERCARD, "mastercard", "4444")],
)
def test_a_good_card_pays(till: Till, number: str | None, brand: str, last4: str) -> None:
    intent = waiting(till)
    assert till.sees(intent) == ("requires_payment_method", "in_progress")
    assert till.present(number)["action"]["status"] == "succeeded", "the answer is the end"
    charge = till.intent(intent, "latest_charge")["latest_charge"]
    card = charge["payment_method_details"]["card_present"]
    assert (card["brand"], card["last4"]) == (brand, last4)


@pytest.mark.parametrize(
    ("number", "code"), [(INSUFFICIENT_FUNDS, "33"), (LOST, "29"), (EXPIRED, "36")]
)
def test_a_bad_card_is_declined_and_the_payment_can_be_tried_again(
    till: Till, number: str, code: str
) -> None:
    intent = waiting(till)
    assert f"result code {code} " in declined(till, intent, till.present(number))
    till.hand_over(intent)
    till.present(VISA)
    assert till.sees(intent) == ("succeeded", "succeeded")


@pytest.mark.parametrize(
    ("ending", "code", "because"),
    [
        (1, "01", "generic_decline"),
        (5, "05", "generic_decline"),
        (55, "37", "incorrect_pin"),
    ],
)
def test_the_amounts_ending_declines_a_good_card(
    till: Till, ending: int, code: str, because: str
) -> None:
    intent = waiting(till, AMOUNT + ending)
    assert f"result code {code} " in declined(till, intent, till.present(VISA), because)


def test_a_card_that_cannot_be_presented_is_refused_by_name(till: Till) -> None:
    assert refusal(till, {}) == ("parameter_invalid", "reader"), "nothing waits for a card"
    waiting(till)
    unknown = {"card_present": {"number": "4242424242424241"}}
    assert refusal(till, unknown) == ("parameter_invalid", "card_present[number]")
    assert refusal(till, {"type": "interac_present"})[1] == "type"
    assert refusal(till, {"amount_tip": 100}) == ("parameter_unknown", "amount_tip")
    assert till.cancel_action()["action"] is None, "the card is still waited for"
