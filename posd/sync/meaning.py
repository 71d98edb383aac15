"""What an answer of Stripe's says about an effect; pure."""

from enum import Enum
from typing import Final

from posd.upstream.client import Answer

REPORT_CALL: Final = "/report_payment"


class Meaning(Enum):
    """What is to become of the effect.

    DONE: Stripe has it. AGAIN: nothing was done, the same once more. INDETERMINATE: it may have
    been done; the same once more, and look (M13). STOP: nothing may be sent with this credential
    or by this account. REFUSED: never in this form.
    """

    DONE = "done"
    AGAIN = "again"
    INDETERMINATE = "indeterminate"
    STOP = "stop"
    REFUSED = "refused"


def meaning(answer: Answer, path: str) -> Meaning:
    """Class an answer by its status alone; bodies are evidence, not policy."""
    match answer.status:
        case 200:
            return Meaning.DONE
        case 401 | 403:
            return Meaning.STOP
        case 404 if path.endswith(REPORT_CALL):
            return Meaning.STOP
        case 409 | 429:
            return Meaning.AGAIN
        case status if status >= 500:
            return Meaning.INDETERMINATE
        case _:
            return Meaning.REFUSED
