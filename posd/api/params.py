"""What may be asked: one model per route, every parameter known and typed.

The grammar of each value is posd.stripe_wire's; pydantic holds them together. A parameter that is
not in the model is refused, as Stripe does, and so is what Stripe knows and posd does not carry
out: silence would be a promise.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.fields import FieldInfo

from posd.model.access_key import Role
from posd.simulator_control import CardNumber
from posd.stripe_wire import fields, lists
from posd.stripe_wire.errors import invalid_request
from posd.stripe_wire.form import Node
from posd.texts.language import Language

CAPTURE_METHODS: Final = ("automatic", "automatic_async", "manual")
CANCELLATION_REASONS: Final = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
CARD_NUMBER: Final = re.compile(r"[0-9]{12,19}", re.ASCII)
PAYMENT_METHOD_TYPES: Final = ("card_present",)
REGISTRATION_CODE_CHARACTERS_MAX: Final = 500
EVENT_TYPES_MAX: Final = 20
EVENT_TYPE: Final = re.compile(r"[a-z0-9_.]{1,100}", re.ASCII)
EVENT_TYPE_OR_GROUP: Final = re.compile(r"[a-z0-9_.*]{1,100}", re.ASCII)
WAIT_S_MAX: Final = 25
"""Short of what proxies and clients commonly wait for an answer."""

T = TypeVar("T")


def read_by(field: Callable[[Node, str], T]) -> PlainValidator:
    """A validator that reads the value with one of stripe_wire's fields, under its own name."""
    return PlainValidator(partial(_read, field))


def sent_on(check: Callable[[Node, str], object]) -> PlainValidator:
    """A validator for what goes on to Stripe as it came, once `check` has not refused it."""
    return PlainValidator(partial(_checked, check))


def _read(field: Callable[[Node, str], T], node: Node, seen: ValidationInfo) -> T:
    assert seen.field_name is not None
    return field(node, seen.field_name)


def _checked(check: Callable[[Node, str], object], node: Node, seen: ValidationInfo) -> Node:
    _read(check, node, seen)
    return node


def _text_or_none(node: Node, param: str) -> str | None:
    """Text; '' is how an SDK sends null."""
    return None if node == "" else fields.text(node, param)


def _text_or_empty(node: Node, param: str) -> str:
    """Text; '' unsets what is there."""
    return "" if node == "" else fields.text(node, param)


def _day(node: Node, param: str) -> str:
    day = fields.text(node, param)
    if not DAY.fullmatch(day):
        raise invalid_request("Invalid day: YYYY-MM-DD.", param=param)
    return day


def _metadata(node: Node, param: str) -> Mapping[str, str]:
    return fields.merge_metadata({}, fields.metadata(node, param), param)


def _payment_method_types(node: Node, param: str) -> tuple[str, ...]:
    asked = fields.array_of_text(node, param)
    for index, kind in enumerate(asked):
        fields.choice(kind, f"{param}[{index}]", PAYMENT_METHOD_TYPES)
    return tuple(asked)


def _role(node: Node, param: str) -> Role:
    return Role(fields.choice(node, param, [role.value for role in Role]))


def _event_type(node: Node, param: str) -> str:
    """One type, or a group of them with `*`."""
    kind = fields.text(node, param)
    if not EVENT_TYPE_OR_GROUP.fullmatch(kind):
        raise invalid_request("Invalid event type", param=param)
    return kind


def _event_types(node: Node, param: str) -> tuple[str, ...]:
    kinds = fields.array_of_text(node, param)
    if len(kinds) > EVENT_TYPES_MAX or not all(map(EVENT_TYPE.fullmatch, kinds)):
        raise invalid_request(
            f"Invalid array: at most {EVENT_TYPES_MAX} event types, without '*'.", param=param
        )
    return tuple(kinds)


def _card(node: Node, param: str) -> CardNumber | None:
    """`{number}`, or {} for the default card. No error repeats the number."""
    known = fields.hash_of(node, param)
    fields.reject_unknown(known, ("number",), param)
    if "number" not in known:
        return None
    number = fields.text(known["number"], f"{param}[number]")
    if not CARD_NUMBER.fullmatch(number):
        raise invalid_request("A card number has 12 to 19 digits.", param=f"{param}[number]")
    return CardNumber(number)


def _language(node: Node, param: str) -> Language:
    return Language(fields.choice(node, param, [language.value for language in Language]))


def called(name: str) -> Any:  # noqa: ANN401 (as Field itself)
    """The name that callers give a field, where Python has it for something else."""
    return Field(alias=name)


Amount = Annotated[int, read_by(fields.amount)]
Currency = Annotated[str, read_by(fields.currency)]
Text = Annotated[str, read_by(fields.text)]
OptionalText = Annotated[str | None, read_by(_text_or_none)]
PaymentMethodTypes = Annotated[tuple[str, ...], read_by(_payment_method_types)]
Metadata = Annotated[Mapping[str, str], read_by(_metadata)]
Flag = Annotated[bool | None, read_by(fields.boolean)]


class Params(BaseModel):
    """The parameters of one route."""

    # Built when first asked for: all of them would be a tenth of the time that posd takes to start.
    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True
    )

    @classmethod
    def named(cls) -> Mapping[str, FieldInfo]:
        """Its fields by the names that a caller gives them."""
        return {one.alias or name: one for name, one in cls.model_fields.items()}

    @classmethod
    def grammar(cls) -> Mapping[str, Callable[[Node, str], object]]:
        """What reads each of its fields, by the names that a caller gives them."""
        return {name: one.metadata[-1].func.args[0] for name, one in cls.named().items()}


class NoParams(Params, defer_build=False):
    """Nothing may be said beyond the path.

    Built at once: for the first model of a process, pydantic looks on the disk for plugins.
    """


class CreateConnectionToken(Params):
    """`POST /v1/terminal/connection_tokens`."""

    location: OptionalText = None


class ListParams(Params):
    """Which page of a list."""

    limit: Any = None
    starting_after: Any = None
    ending_before: Any = None

    def page(self) -> lists.Page:
        """The page asked for."""
        asked = self.model_fields_set & lists.PARAMS
        return lists.page({name: getattr(self, name) for name in asked})

    @model_validator(mode="after")
    def _reads_as_a_page(self) -> Self:
        self.page()
        return self


class CreatePaymentIntent(Params):
    """`POST /v1/payment_intents`.

    SDKs from API version 2026-09-30 on say `allowed_payment_method_types`, older ones
    `payment_method_types`; either names what a reader takes anyway.
    """

    amount: Amount
    currency: Currency
    allowed_payment_method_types: PaymentMethodTypes = PAYMENT_METHOD_TYPES
    capture_method: Annotated[str, read_by(partial(fields.choice, allowed=CAPTURE_METHODS))] = (
        "automatic"
    )
    description: OptionalText = None
    metadata: Metadata = Field(default_factory=dict)
    payment_method_types: PaymentMethodTypes = PAYMENT_METHOD_TYPES


class UpdatePaymentIntent(Params):
    """`POST /v1/payment_intents/{intent}`. What is not named stays; '' unsets."""

    amount: Annotated[int | None, read_by(fields.amount)] = None
    description: Annotated[str | None, read_by(_text_or_empty)] = None
    metadata: Annotated[Mapping[str, str] | None, read_by(fields.metadata)] = {}


class CancelPaymentIntent(Params):
    """`POST /v1/payment_intents/{intent}/cancel`."""

    cancellation_reason: Annotated[
        str | None, read_by(partial(fields.choice, allowed=CANCELLATION_REASONS))
    ] = None


class CapturePaymentIntent(Params):
    """`POST /v1/payment_intents/{intent}/capture`. A payment is captured once."""

    amount_to_capture: Annotated[int | None, read_by(fields.amount)] = None
    final_capture: Annotated[str, read_by(partial(fields.choice, allowed=("true",)))] = "true"


class SearchPaymentIntents(Params):
    """`GET /v1/payment_intents/search`. `page` is the `next_page` of the page before."""

    query: Text
    limit: Annotated[
        int, read_by(partial(fields.integer, minimum=1, maximum=lists.PAGE_OBJECTS_MAX))
    ] = lists.PAGE_OBJECTS_DEFAULT
    page: OptionalText = None


class PaymentsOfOrder(Params):
    """`GET /posd/v1/payments`."""

    order: Text
    business_day: Annotated[str | None, read_by(_day)] = None


class ListPaymentIntents(ListParams):
    """`GET /v1/payment_intents`."""

    created: Annotated[lists.TimeRange, read_by(lists.created)] = lists.TimeRange()


class OfTypes(Params):
    """Which events: `type` is one or a group, `types` are several."""

    type: Annotated[str | None, read_by(_event_type)] = None
    types: Annotated[tuple[str, ...] | None, read_by(_event_types)] = None

    def kinds(self) -> tuple[str, ...]:
        """The types asked for; none of them is all."""
        return (self.type,) if self.type is not None else self.types or ()

    @model_validator(mode="after")
    def _one_way_to_name_types(self) -> Self:
        if self.type is not None and self.types is not None:
            raise invalid_request(
                "You may pass either 'type' or 'types', not both.",
                code="parameters_exclusive",
                param="type",
            )
        return self


class ListEvents(OfTypes, ListParams):
    """`GET /v1/events`."""

    created: Annotated[lists.TimeRange, read_by(lists.created)] = lists.TimeRange()


class FollowEvents(OfTypes):
    """`GET /posd/v1/events`. The header `Last-Event-ID` goes before `last_event_id`."""

    last_event_id: OptionalText = None


class RegisterReader(Params):
    """`POST /v1/terminal/readers`."""

    registration_code: Annotated[
        str, read_by(partial(fields.text, characters_max=REGISTRATION_CODE_CHARACTERS_MAX))
    ]
    label: OptionalText = None
    location: OptionalText = None
    metadata: Metadata = Field(default_factory=dict)


class UpdateReader(Params):
    """`POST /v1/terminal/readers/{reader}`. What is not named stays; '' unsets."""

    label: Annotated[str | None, read_by(_text_or_empty)] = None
    metadata: Annotated[Mapping[str, str] | None, read_by(fields.metadata)] = {}


class ListReaders(ListParams):
    """`GET /v1/terminal/readers`."""

    device_type: OptionalText = None
    location: OptionalText = None
    serial_number: OptionalText = None
    status: OptionalText = None


class ProcessPaymentIntent(Params):
    """`POST /v1/terminal/readers/{reader}/process_payment_intent`."""

    payment_intent: Text


class PresentPaymentMethod(Params):
    """`POST /v1/test_helpers/terminal/readers/{reader}/present_payment_method`.

    Of Stripe's `type`s a ZVT terminal has one, and it asks for no tip.
    """

    type: Annotated[str, read_by(partial(fields.choice, allowed=PAYMENT_METHOD_TYPES))] = (
        "card_present"
    )
    card_present: Annotated[CardNumber | None, read_by(_card)] = None


class WaitForPayment(Params):
    """`GET /posd/v1/payment_intents/{intent}`, `/posd/v1/readers/{reader}`. `wait` in seconds."""

    wait: Annotated[int, read_by(partial(fields.integer, minimum=0, maximum=WAIT_S_MAX))] = 0
    known: OptionalText = None
    language: Annotated[Language | None, read_by(_language)] = None


class CreateKey(Params):
    """`POST /posd/v1/keys`."""

    name: Text
    role: Annotated[Role, read_by(_role)]
    lane: OptionalText = None
    refund_max: Annotated[
        int | None, read_by(partial(fields.integer, minimum=0, maximum=fields.AMOUNT_MAX))
    ] = None


P = TypeVar("P", bound=Params)


def read(model: type[P], nodes: Mapping[str, Node]) -> P:
    """The parameters of a request. Raises stripe_wire.errors.Rejected with Stripe's codes."""
    try:
        return model.model_validate(nodes)
    except ValidationError as error:
        fields.reject_unknown(nodes, model.named())
        param = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise invalid_request(
            f"Missing required param: {param}.", code="parameter_missing", param=param
        ) from error
