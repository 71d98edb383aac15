"""Tills that press the button at the same moment: one reader takes one payment, once (M7, M14)."""

from tests.conformance.sdks import Answer, Call, SdkError
from tests.conformance.till import PROCESS, Till
from tests.crash.store import AUTHORISATION, READER, Store

AMOUNTS = (6100, 6200)
"""Of payments that are counted in the terminal's book."""


def handing_over(intent: str) -> Call:
    """The call that hands a payment over, under a key that the SDK draws."""
    return Call(PROCESS, (READER, {"payment_intent": intent}))


def test_two_sales_at_once_on_one_reader_are_one_sale(till: Till, shop: Store) -> None:
    booked = [shop.booked(amount) for amount in AMOUNTS]
    shop.behave("walk_away")
    intents = [till.create(amount)["id"] for amount in AMOUNTS]
    answers = till.at_once([handing_over(intent) for intent in intents])
    won = [index for index, answer in enumerate(answers) if isinstance(answer, Answer)]
    lost = [answer for answer in answers if isinstance(answer, SdkError)]
    assert (len(won), len(lost)) == (1, 1), answers
    winner = intents[won[0]]
    assert (lost[0].kind, lost[0].code) == ("InvalidRequestError", "terminal_reader_busy")
    assert lost[0].payment_intent == winner
    assert winner in lost[0].message
    assert till.present()["action"]["process_payment_intent"]["payment_intent"] == winner
    assert sorted(till.status(intent) for intent in intents) == [
        "requires_payment_method",
        "succeeded",
    ]
    booked[won[0]] += 1
    assert [shop.booked(amount) for amount in AMOUNTS] == booked


def test_two_tills_that_hand_over_one_payment_are_one_attempt(till: Till, shop: Store) -> None:
    booked, since_ms = shop.booked(AMOUNTS[0]), shop.now_ms()
    shop.behave("walk_away")
    intent = till.create(AMOUNTS[0])["id"]
    answers = till.at_once([handing_over(intent)] * 2)
    for answer in answers:
        assert isinstance(answer, Answer), answers
        assert (answer.body["action"]["status"], answer.replayed) == ("in_progress", False)
    assert till.present()["action"]["status"] == "succeeded"
    commands = [line for line in shop.messages(since_ms) if line.startswith(AUTHORISATION)]
    assert len(commands) == 1
    assert shop.booked(AMOUNTS[0]) == booked + 1
