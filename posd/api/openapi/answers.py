"""What each of posd's own paths answers with: one row a path, whatever the method."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from msgspec import Struct

from posd.snapshot.views import Snapshot
from posd.stripe_wire.errors import ErrorType

Json: TypeAlias = dict[str, Any]

JSON: Final = "application/json"
TEXT: Final = "text/plain"
PAGE: Final = "text/html"
TABLE: Final = "text/csv"
STREAM: Final = "text/event-stream"
ZIP: Final = "application/zip"
PRINTED: Final = (TEXT, PAGE)
SCHEMAS: Final = "#/components/schemas/{name}"


class Told(Struct, frozen=True):
    """A good answer.

    Attributes:
        object: `object` of the JSON, or of each item where it is a list; None where it says none.
        listed: Whether it is a list.
        also: Content types besides JSON, for who asks for another format.
        unready: Whether the same object comes with 503 as well.
        shape: The whole JSON, where posd has one type for it.
        json: Whether there is any JSON.
    """

    object: str | None
    listed: bool = False
    also: tuple[str, ...] = ()
    unready: bool = False
    shape: type[Struct] | None = None
    json: bool = True

    def schema(self) -> Json:
        """The JSON, as far as it is promised here; what else it holds, docs/api.md tells."""
        if self.shape is not None:
            return {"$ref": SCHEMAS.format(name=self.shape.__name__)}
        if self.object is None:
            return {"type": "object"}
        one = _object(self.object)
        return _list(one) if self.listed else one


READER: Final = "/posd/v1/readers/{reader}"
ANSWERS: Final[Mapping[str, Told]] = {
    "/posd/v1/payment_intents/{intent}": Told("posd.payment"),
    "/posd/v1/payment_intents/{intent}/receipts": Told("posd.receipts", also=PRINTED),
    "/posd/v1/payments": Told("posd.order_payment", listed=True),
    "/posd/v1/readers/discovered": Told("posd.discovered_reader", listed=True),
    READER: Told("posd.reader"),
    f"{READER}/configuration": Told("posd.reader_configuration"),
    f"{READER}/capabilities": Told("posd.reader_capabilities"),
    f"{READER}/test": Told("posd.reader_test"),
    f"{READER}/diagnose": Told("posd.reader_test"),
    f"{READER}/restart": Told("terminal.reader"),
    f"{READER}/receipts": Told("posd.receipts", also=PRINTED),
    f"{READER}/reprint": Told("posd.reprint"),
    f"{READER}/resolve": Told("payment_intent"),
    f"{READER}/set_aside": Told("payment_intent"),
    f"{READER}/end_of_day": Told("posd.end_of_day"),
    f"{READER}/end_of_day/resolve": Told("posd.end_of_day"),
    f"{READER}/accept": Told("terminal.reader"),
    "/posd/v1/hardware_orders/{order}": Told("posd.hardware_order"),
    "/posd/v1/hardware_orders/{order}/receive": Told("posd.hardware_order"),
    "/posd/v1/queue": Told("queue_item", listed=True),
    "/posd/v1/queue/{effect}/retry": Told("queue_item"),
    "/posd/v1/queue/{effect}/park": Told("queue_item"),
    "/posd/v1/queue/{effect}/write_off": Told("queue_item"),
    "/posd/v1/audit/{period}": Told("posd.audit", also=(TABLE,)),
    "/posd/v1/audit/{period}/accept": Told("posd.day_audit", listed=True),
    "/posd/v1/audit/{period}/till_list": Told("posd.till_list"),
    "/posd/v1/refund_drafts": Told("posd.refund_draft", listed=True),
    "/posd/v1/refund_drafts/{draft}/approve": Told("posd.refund_draft"),
    "/posd/v1/refund_drafts/{draft}/dismiss": Told("posd.refund_draft"),
    "/posd/v1/reconcile": Told("posd.reconcile"),
    "/posd/v1/reconcile/accept": Told("posd.reconcile"),
    "/posd/v1/reconcile/sales": Told("posd.reconcile"),
    "/posd/v1/events": Told(None, also=(STREAM,), json=False),
    "/posd/v1/live": Told("posd.live"),
    "/posd/v1/ready": Told("posd.ready", unready=True),
    "/posd/v1/status": Told(None, shape=Snapshot),
    "/posd/v1/support-bundle": Told("posd.support_file", listed=True, also=(ZIP,)),
    "/posd/v1/openapi.json": Told(None),
    "/posd/v1/keys": Told("posd.access_key"),
    "/posd/v1/page/code": Told("posd.page_code"),
    "/posd/v1/page/reset_pin": Told("posd.page_code"),
}

ANYBODY: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.MISDIRECTED_REQUEST,
    HTTPStatus.TOO_MANY_REQUESTS,
)
"""With which any call may be refused: its parameters, their size, its host, its pace."""
KEYED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
NAMING: Final = (HTTPStatus.NOT_FOUND,)
"""With a path or a parameter that names what is not there."""
READING: Final = (HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE)
"""While the journal has a gap, or a part of it is damaged."""
CHANGING: Final = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.FAILED_DEPENDENCY,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
"""Where there is no gap to accept, a journal or an account at Stripe that does not do it."""

ERROR: Final[Json] = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "additionalProperties": False,
            "properties": {
                "type": {"enum": [kind.value for kind in ErrorType]},
                "message": {"type": "string", "minLength": 1},
                "code": {"type": "string"},
                "param": {"type": "string"},
                "decline_code": {"type": "string"},
                "doc_url": {"type": "string"},
                "charge": {"type": "string"},
                "payment_intent": {"type": "object"},
            },
        }
    },
}
"""Stripe's envelope, as posd.stripe_wire.errors writes it."""


def _object(name: str) -> Json:
    return {
        "type": "object",
        "required": ["object"],
        "properties": {"object": {"const": name}},
    }


def _list(item: Json) -> Json:
    told = _object("list")
    told["required"] = ["object", "data"]
    told["properties"] |= {"data": {"type": "array", "items": item}}
    return told
