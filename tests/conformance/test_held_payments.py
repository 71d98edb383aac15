"""What is held first and captured later, through the official SDK and at both kinds of reader.

The till's calls are Stripe's own for manual capture; the terminal's book and Stripe's records say
what became of the money.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from posd_simulator.terminal.settings import Wire
from tests.conformance.conftest import OpenTill
from tests.conformance.sdks import SDKS, Json, SdkError
from tests.conformance.till import Till
from tests.crash.child import Nursery
from tests.crash.store import KEY, Store, Stripe, eventually

AMOUNT, USED = 2700, 1900
REPORTED_S = 60.0
CAPTURE, CANCEL = "payment_intents.capture", "payment_intents.cancel"


def opened(
    places: pytest.TempPathFactory, nursery: Nursery, stripe: Stripe, how: str
) -> Iterator[Store]:
    """A store whose reader holds payments in this way, until the tests are over."""
    place = places.mktemp(how) / "store"
    with closing(Store(place, nursery, wire=Wire.TCP, stripe=stripe, manual_capture=how)) as store:
        store.open()
        yield store


@pytest.fixture(scope="session")
def reserving(
    tmp_path_factory: pytest.TempPathFactory, nursery: Nursery, stripe: Stripe
) -> Iterator[Store]:
    """Its terminal reserves."""
    yield from opened(tmp_path_factory, nursery, stripe, "preauth")


@pytest.fixture(scope="session")
def selling(
    tmp_path_factory: pytest.TempPathFactory, nursery: Nursery, stripe: Stripe
) -> Iterator[Store]:
    """Its terminal sells at once."""
    yield from opened(tmp_path_factory, nursery, stripe, "sale_then_reverse")


@pytest.fixture(params=["preauth", "sale_then_reverse"])
def holding(request: pytest.FixtureRequest, reserving: Store, selling: Store) -> Store:
    """One store after the other."""
    return reserving if request.param == "preauth" else selling


@pytest.fixture
def open_till() -> Iterator[OpenTill]:
    """Opens tills with one SDK: what the SDKs make of calls and answers is tested elsewhere."""
    with ExitStack() as opened:

        def open_till(port: int, key: str = KEY) -> Till:
            sdk = SDKS["python"](f"http://127.0.0.1:{port}", key)
            return Till(opened.enter_context(closing(sdk)))

        yield open_till


def held(till: Till) -> str:
    """A payment that the reader holds."""
    intent: str = till.create(AMOUNT, capture_method="manual")["id"]
    till.hand_over(intent)
    ended = till.ended(intent)
    assert (ended["status"], ended["amount_capturable"]) == ("requires_capture", AMOUNT)
    assert (ended["amount_received"], ended["last_payment_error"]) == (0, None)
    return intent


def charge(till: Till, intent: str) -> Json:
    """Its latest charge."""
    latest: Json = till.intent(intent, "latest_charge")["latest_charge"]
    return latest


def last_booked(store: Store) -> tuple[str, int]:
    """The kind and the amount of the newest line in the terminal's book."""
    newest = store.book().stored[-1]
    return newest.kind, newest.amount


def told_of(till: Till, intent: str) -> list[str]:
    """The types of the events on the payment and its charge, oldest first."""
    told = till.every("events.list", {"limit": 100})
    of = {intent, charge(till, intent)["id"]}
    return [event["type"] for event in reversed(told) if event["data"]["object"]["id"] in of]


def test_it_is_held_until_it_is_captured_and_stripe_hears_of_it_then(
    holding: Store, open_till: OpenTill
) -> None:
    till = open_till(holding.port)
    intent = held(till)
    taken = charge(till, intent)
    assert (taken["paid"], taken["captured"], taken["amount_captured"]) == (True, False, 0)
    assert holding.guaranteed(intent) == []
    captured = till.call(CAPTURE, intent)
    assert (captured["status"], captured["amount_received"]) == ("succeeded", AMOUNT)
    assert captured["amount_capturable"] == 0
    taken = charge(till, intent)
    assert (taken["captured"], taken["amount_captured"]) == (True, AMOUNT)
    assert eventually(lambda: holding.guaranteed(intent) == [AMOUNT], REPORTED_S), holding.log()
    held_first = told_of(till, intent)
    assert held_first.index("payment_intent.amount_capturable_updated") < held_first.index(
        "charge.captured"
    )
    assert held_first[-1] == "payment_intent.succeeded"


def test_a_part_of_a_reservation_is_booked_by_its_terminal(
    reserving: Store, open_till: OpenTill
) -> None:
    till = open_till(reserving.port)
    intent = held(till)
    assert last_booked(reserving) == ("preauthorisation", AMOUNT)
    captured = till.call(CAPTURE, intent, {"amount_to_capture": USED})
    assert (captured["status"], captured["amount_received"]) == ("succeeded", USED)
    assert last_booked(reserving) == ("booking", USED)
    assert charge(till, intent)["amount_captured"] == USED
    assert eventually(lambda: reserving.guaranteed(intent) == [USED], REPORTED_S)


def test_a_part_of_a_sale_is_refused_and_the_whole_needs_no_terminal(
    selling: Store, open_till: OpenTill
) -> None:
    till = open_till(selling.port)
    intent = held(till)
    assert last_booked(selling) == ("sale", AMOUNT)
    with pytest.raises(SdkError) as refused:
        till.call(CAPTURE, intent, {"amount_to_capture": USED})
    assert (refused.value.kind, refused.value.param) == ("InvalidRequestError", "amount_to_capture")
    since_ms = selling.now_ms()
    assert till.call(CAPTURE, intent)["status"] == "succeeded"
    assert selling.messages(since_ms) == []


def test_what_is_canceled_is_given_back_and_stripe_never_hears_of_it(
    holding: Store, open_till: OpenTill
) -> None:
    till = open_till(holding.port)
    intent = held(till)
    held_as, _ = last_booked(holding)
    canceled = till.call(CANCEL, intent, {"cancellation_reason": "requested_by_customer"})
    assert (canceled["status"], canceled["amount_capturable"]) == ("canceled", 0)
    assert canceled["cancellation_reason"] == "requested_by_customer"
    given_back = {"preauthorisation": "release", "sale": "reversal"}[held_as]
    assert last_booked(holding) == (given_back, AMOUNT)
    assert told_of(till, intent)[-1] == "payment_intent.canceled"
    assert eventually(holding.is_quiet, REPORTED_S)
    assert holding.guaranteed(intent) == []
    assert charge(till, intent)["captured"] is False


def test_what_is_captured_or_canceled_is_so_for_good(holding: Store, open_till: OpenTill) -> None:
    till = open_till(holding.port)
    captured, canceled = held(till), held(till)
    till.call(CAPTURE, captured)
    till.call(CANCEL, canceled)
    booked = len(holding.book().stored)
    for method in (CAPTURE, CANCEL):
        for intent in (captured, canceled):
            with pytest.raises(SdkError) as refused:
                till.call(method, intent)
            assert refused.value.code == "payment_intent_unexpected_state"
    assert len(holding.book().stored) == booked


def test_a_capture_that_is_repeated_under_its_key_is_one_capture(
    reserving: Store, open_till: OpenTill
) -> None:
    till = open_till(reserving.port)
    intent = held(till)
    first = till.call(CAPTURE, intent, {}, key=f"capture {intent}")
    booked = len(reserving.book().stored)
    again = till.call(CAPTURE, intent, {}, key=f"capture {intent}")
    # It is told to Stripe between the two, or not yet.
    assert again | {"payment_record": None} == first | {"payment_record": None}
    assert len(reserving.book().stored) == booked


def test_a_terminal_that_is_away_captures_nothing_and_keeps_what_it_holds(
    reserving: Store, open_till: OpenTill
) -> None:
    till = open_till(reserving.port)
    intent = held(till)
    reserving.unplug()
    try:
        assert eventually(lambda: not reserving.is_online(), REPORTED_S)
        for method in (CAPTURE, CANCEL):
            with pytest.raises(SdkError) as refused:
                till.call(method, intent)
            assert refused.value.code == "terminal_reader_offline"
        assert till.status(intent) == "requires_capture"
    finally:
        reserving.plug()
    assert eventually(reserving.is_online, REPORTED_S)
    assert till.call(CAPTURE, intent)["status"] == "succeeded"


def test_a_reader_that_does_not_hold_payments_takes_none_of_them(
    shop: Store, open_till: OpenTill
) -> None:
    till = open_till(shop.port)
    intent: str = till.create(AMOUNT, capture_method="manual")["id"]
    booked = len(shop.book().stored)
    with pytest.raises(SdkError) as refused:
        till.hand_over(intent)
    assert refused.value.code == "payment_intent_incompatible_payment_method"
    assert till.status(intent) == "requires_payment_method"
    assert len(shop.book().stored) == booked
