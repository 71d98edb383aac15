"""What a reader can do, as far as posd knows: the shape is posd's own, since Stripe knows none."""

from posd.model.reader import Reader
from posd.render import Json
from posd_drivers.ability import Operation, Readiness


def capabilities(reader: Reader) -> Json:
    """Every operation that not every terminal has, and how an unknown outcome is proven here.

    `supported` is false where the make is known not to do it, or the terminal has said so once;
    whatever else is true is tried.
    """
    return {
        "object": "posd.reader_capabilities",
        "reader": reader.id,
        "livemode": reader.livemode,
        "terminal_id": reader.terminal_id,
        "currency": reader.currency,
        "tips": reader.tips,
        "manual_capture": reader.manual_capture.value,
        "outcome_proof": reader.outcome_proof.value,
        "operations": {one.value: _operation(one, reader) for one in Operation},
    }


def _operation(operation: Operation, reader: Reader) -> Json:
    if operation in reader.told_cannot:
        return {"supported": False, "because": "make"}
    if operation in reader.learned_cannot:
        return {"supported": False, "because": "terminal_said_so"}
    return {"supported": True, "because": None}


def reader_test(reader: str, told: Readiness, cashier_text: str, *, livemode: bool) -> Json:
    """What a terminal said of itself when it was asked. `status` is its own number, or null."""
    return {
        "object": "posd.reader_test",
        "reader": reader,
        "livemode": livemode,
        "ready": told.ready,
        "status": told.status,
        "need": None if told.need is None else told.need.value,
        "cashier_text": cashier_text,
    }
