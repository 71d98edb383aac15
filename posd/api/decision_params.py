"""What a person who decides may say: one model per route, as in posd.api.params."""

from typing import Annotated, Final

from posd.api.params import OptionalText, Params, Text, called, read_by
from posd.closing import DayRuling
from posd.decisions import Ruling
from posd.model.reader import AcceptAs
from posd.stripe_wire import fields
from posd.stripe_wire.errors import invalid_request
from posd.stripe_wire.form import Node

REASON_CHARACTERS_MIN: Final = 3
REASON_CHARACTERS_MAX: Final = 500


def _ruling(node: Node, param: str) -> Ruling:
    return Ruling(fields.choice(node, param, [ruling.value for ruling in Ruling]))


def _accept_as(node: Node, _field: str) -> AcceptAs:
    return AcceptAs(fields.choice(node, "as", [one.value for one in AcceptAs]))


def _day_ruling(node: Node, param: str) -> DayRuling:
    return DayRuling(fields.choice(node, param, [ruling.value for ruling in DayRuling]))


def _reason(node: Node, param: str) -> str:
    reason = fields.text(node, param, REASON_CHARACTERS_MAX).strip()
    if len(reason) < REASON_CHARACTERS_MIN:
        raise invalid_request(
            f"A reason has at least {REASON_CHARACTERS_MIN} characters.", param=param
        )
    return reason


Reason = Annotated[str, read_by(_reason)]
OptionalReason = Annotated[str | None, read_by(_reason)]


class SetAside(Params):
    """`POST /posd/v1/readers/{reader}/set_aside`."""

    payment_intent: Text
    reason: Reason


class Resolve(SetAside):
    """`POST /posd/v1/readers/{reader}/resolve`."""

    decision: Annotated[Ruling, read_by(_ruling)]


class ResolveEndOfDay(Params):
    """`POST /posd/v1/readers/{reader}/end_of_day/resolve`."""

    reason: Reason
    seen: OptionalText = None
    outcome: Annotated[DayRuling, read_by(_day_ruling)]


class DecideGap(Params):
    """`POST /posd/v1/reconcile/accept` and `/sales`."""

    reason: Annotated[str, read_by(_reason)]
    seen: OptionalText = None


class RestartReader(Params):
    """`POST /posd/v1/readers/{reader}/restart`."""

    reason: Reason


class AcceptReader(Params):
    """`POST /posd/v1/readers/{reader}/accept`."""

    reason: Reason
    as_: Annotated[AcceptAs | None, read_by(_accept_as), called("as")] = None
    seen: OptionalText = None
