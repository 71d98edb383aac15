"""What may be asked of Stripe's side of the fleet: shapes are checked here, values by Stripe.

What is right goes on to Stripe as it came: a value that Stripe allows tomorrow needs no new posd. A
name that nobody knows is refused at once, online or not.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from posd.api.params import Params, sent_on
from posd.stripe_wire import fields
from posd.stripe_wire.form import Node

ADDRESS: Final = frozenset({"city", "country", "line1", "line2", "postal_code", "state"})
JAPANESE_ADDRESS: Final = ADDRESS | {"town"}
DISPLAY_NAME_CHARACTERS_MAX: Final = 1000


def _text(node: Node, param: str) -> None:
    """Text; '' unsets what is there."""
    if node != "":
        fields.text(node, param)


def _display_name(node: Node, param: str) -> None:
    if node != "":
        fields.text(node, param, DISPLAY_NAME_CHARACTERS_MAX)


def _address(node: Node, param: str) -> None:
    _parts(node, param, ADDRESS)


def _japanese_address(node: Node, param: str) -> None:
    _parts(node, param, JAPANESE_ADDRESS)


def _parts(node: Node, param: str, known: frozenset[str]) -> None:
    parts = fields.hash_of(node, param)
    fields.reject_unknown(parts, known, param)
    for name, part in parts.items():
        _text(part, f"{param}[{name}]")


def _metadata(node: Node, param: str) -> None:
    fields.merge_metadata({}, fields.metadata(node, param), param)


SentText = Annotated[str | None, sent_on(_text)]
SentName = Annotated[str | None, sent_on(_display_name)]
SentAddress = Annotated[Mapping[str, object] | None, sent_on(_address)]
SentJapaneseAddress = Annotated[Mapping[str, object] | None, sent_on(_japanese_address)]
SentMetadata = Annotated[Mapping[str, object] | None, sent_on(_metadata)]


class SentOn(Params):
    """Parameters that go on to Stripe."""

    def sent(self) -> Mapping[str, Node]:
        """What was given, as it came."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class WriteLocation(SentOn):
    """`POST /v1/terminal/locations` and `/v1/terminal/locations/{location}`."""

    address: SentAddress = None
    address_kana: SentJapaneseAddress = None
    address_kanji: SentJapaneseAddress = None
    configuration_overrides: SentText = None
    display_name: SentName = None
    display_name_kana: SentName = None
    display_name_kanji: SentName = None
    metadata: SentMetadata = None
    phone: SentText = None
