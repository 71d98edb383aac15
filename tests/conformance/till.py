"""A till as its developer writes it: the calls of the official SDK that take a payment."""

from collections.abc import Sequence
from itertools import count
from typing import Final

from tests.conformance.sdks import Answer, Call, Json, Sdk, SdkError
from tests.crash.store import READER, eventually

ENDED_S: Final = 60.0
LOOK_S: Final = 0.05
PROCESS: Final = "terminal.readers.process_payment_intent"
PRESENT: Final = "test_helpers.terminal.readers.present_payment_method"
_numbers = count(1)


def unheard_of() -> str:
    """A name that nobody has used at this posd: for an idempotency key, or an order."""
    return f"basket {next(_numbers)}"


class Till:
    """Takes payments at one reader."""

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk

    def answer(
        self,
        method: str,
        *arguments: str | Json,
        key: str | None = None,
        version: str | None = None,
    ) -> Answer:
        """Make a call. Raises SdkError."""
        (answer,) = self._sdk.at_once([Call(method, arguments, key, version)])
        if isinstance(answer, SdkError):
            raise answer
        return answer

    def call(self, method: str, *arguments: str | Json, key: str | None = None) -> Json:
        """The object that a call answers. Raises SdkError."""
        return self.answer(method, *arguments, key=key).body

    def at_once(self, calls: Sequence[Call]) -> list[Answer | SdkError]:
        """Make the calls at the same moment."""
        return self._sdk.at_once(calls)

    def every(self, method: str, params: Json) -> list[Json]:
        """All objects of a list, page after page."""
        return self._sdk.every(Call(method, (params,)))

    def create(self, amount: int, **more: object) -> Json:
        """A PaymentIntent, said as Stripe's documents say it."""
        order = {"amount": amount, "currency": "eur", "payment_method_types": ["card_present"]}
        return self.call("payment_intents.create", {**order, **more})

    def hand_over(self, intent: str, reader: str = READER) -> Json:
        """The reader, once its terminal took the payment. Raises SdkError."""
        return self.call(PROCESS, reader, {"payment_intent": intent})

    def present(self, number: str | None = None) -> Json:
        """The reader, once its payment has taken a test's card and ended. Raises SdkError."""
        card = {} if number is None else {"card_present": {"number": number}}
        return self.call(PRESENT, READER, {"type": "card_present", **card})

    def cancel_action(self) -> Json:
        """The reader, once its terminal stopped. Raises SdkError."""
        return self.call("terminal.readers.cancel_action", READER)

    def reader(self) -> Json:
        """The reader as it stands."""
        return self.call("terminal.readers.retrieve", READER)

    def action(self) -> Json | None:
        """The reader's action as it stands."""
        action: Json | None = self.reader()["action"]
        return action

    def intent(self, intent: str, *expand: str) -> Json:
        """The PaymentIntent as it stands."""
        return self.call("payment_intents.retrieve", intent, {"expand": list(expand)})

    def status(self, intent: str) -> str:
        """The PaymentIntent's status as it stands."""
        status: str = self.intent(intent)["status"]
        return status

    def sees(self, intent: str) -> tuple[str, str | None]:
        """What the table is about: `status` of the PaymentIntent and of the reader's action."""
        action = self.action()
        return self.status(intent), action["status"] if action else None

    def ended(self, intent: str, within_s: float = ENDED_S) -> Json:
        """Poll the reader as Stripe's documents tell it, then read the PaymentIntent."""
        assert eventually(lambda: not self._is_in_progress(), within_s, LOOK_S), self.sees(intent)
        return self.intent(intent)

    def _is_in_progress(self) -> bool:
        action = self.action()
        return action is not None and action["status"] == "in_progress"
