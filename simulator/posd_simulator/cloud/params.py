"""A request's parameters, read once, each by its name in form spelling."""

from collections.abc import Mapping
from dataclasses import dataclass

from posd.stripe_wire import fields
from posd.stripe_wire.errors import invalid_request
from posd.stripe_wire.form import Node

Hash = dict[str, object]

ADDRESS_FIELDS = ("city", "country", "line1", "line2", "postal_code", "state")


@dataclass(frozen=True, slots=True)
class Params:
    """A hash of parameters. Every reader raises Rejected and names the parameter.

    Attributes:
        nodes: What was sent.
        prefix: Where in the request the hash stands, '' for the request itself.
    """

    nodes: Mapping[str, Node]
    prefix: str = ""

    def name(self, name: str) -> str:
        """The parameter's full name: `amount_requested[value]`."""
        return f"{self.prefix}[{name}]" if self.prefix else name

    def only(self, *known: str) -> "Params":
        """Itself, if nothing else is given."""
        fields.reject_unknown(self.nodes, known, self.prefix)
        return self

    def has(self, name: str) -> bool:
        """Whether it is given, be it as ''."""
        return name in self.nodes

    def unset(self, name: str) -> bool:
        """Whether it is given as '', which unsets a field."""
        return self.nodes.get(name) == ""

    def hash_of(self, name: str) -> "Params":
        """A required hash."""
        node = fields.require(self.nodes, name, self.name(name))
        return Params(fields.hash_of(node, self.name(name)), self.name(name))

    def timestamp(self, name: str) -> int:
        """Required seconds since 1970 UTC."""
        node = fields.require(self.nodes, name, self.name(name))
        return fields.timestamp(node, self.name(name))

    def text(self, name: str, characters_max: int = fields.TEXT_CHARACTERS_MAX) -> str:
        """Required text."""
        node = fields.require(self.nodes, name, self.name(name))
        return fields.text(node, self.name(name), characters_max)

    def optional_timestamp(self, name: str) -> int | None:
        """Seconds since 1970 UTC, or None if not given."""
        return self.timestamp(name) if self.has(name) else None

    def optional_text(
        self, name: str, characters_max: int = fields.TEXT_CHARACTERS_MAX
    ) -> str | None:
        """Text, or None if not given or ''."""
        given = self.has(name) and not self.unset(name)
        return self.text(name, characters_max) if given else None

    def choice(self, name: str, *allowed: str) -> str:
        """One of the words, required."""
        node = fields.require(self.nodes, name, self.name(name))
        return fields.choice(node, self.name(name), allowed)

    def optional_choice(self, name: str, *allowed: str) -> str | None:
        """One of the words, or None if not given."""
        return self.choice(name, *allowed) if self.has(name) else None

    def boolean(self, name: str) -> bool:
        """`true` or `false`, required."""
        node = fields.require(self.nodes, name, self.name(name))
        return fields.boolean(node, self.name(name))

    def integer(self, name: str, *, minimum: int = 0, maximum: int | None = None) -> int:
        """A required integer within the bounds."""
        node = fields.require(self.nodes, name, self.name(name))
        return fields.integer(node, self.name(name), minimum=minimum, maximum=maximum)

    def array_of(self, name: str) -> list[Node]:
        """A required array."""
        node = fields.require(self.nodes, name, self.name(name))
        if not isinstance(node, list):
            raise invalid_request("Invalid array", param=self.name(name))
        return node

    def hashes_of(self, name: str) -> "list[Params]":
        """A required array of hashes, at least one."""
        nodes = self.array_of(name)
        names = [f"{self.name(name)}[{index}]" for index in range(len(nodes))]
        return [Params(fields.hash_of(node, at), at) for node, at in zip(nodes, names, strict=True)]

    def optional_integers(
        self, name: str, items_max: int, maximum: int | None = None
    ) -> list[int] | None:
        """An array of integers that are not negative, or None if not given."""
        if not self.has(name):
            return None
        nodes = self.array_of(name)
        if len(nodes) > items_max:
            raise invalid_request(f"At most {items_max} are allowed.", param=self.name(name))
        return [
            fields.integer(node, f"{self.name(name)}[{index}]", minimum=0, maximum=maximum)
            for index, node in enumerate(nodes)
        ]

    def amount(self) -> tuple[str, int]:
        """The required `currency` and `value` (minor units) of an amount hash."""
        self.only("currency", "value")
        currency = fields.require(self.nodes, "currency", self.name("currency"))
        value = fields.require(self.nodes, "value", self.name("value"))
        return (
            fields.currency(currency, self.name("currency")),
            fields.amount(value, self.name("value")),
        )

    def metadata(self) -> fields.MetadataChange:
        """The change asked of `metadata`; none if not given."""
        return fields.metadata(self.nodes["metadata"]) if self.has("metadata") else {}


def payment_method_details(params: Params) -> Hash:
    """A custom payment method, as reported and as shown."""
    params.only("billing_details", "custom", "payment_method", "type")
    if params.has("payment_method"):
        raise invalid_request(
            f"No such PaymentMethod: '{params.text('payment_method')}'",
            code="resource_missing",
            param=params.name("payment_method"),
        )
    params.choice("type", "custom")
    custom = params.hash_of("custom").only("display_name", "type")
    billing: Hash | None = None
    if params.has("billing_details"):
        given = params.hash_of("billing_details").only("address", "email", "name", "phone")
        billing = {"address": _address(given)} | _texts(given, "email", "name", "phone")
    return {
        "billing_details": billing,
        "custom": {
            "display_name": custom.text("display_name"),
            "type": custom.optional_text("type"),
        },
        "payment_method": None,
        "type": "custom",
    }


def customer_details(params: Params) -> Hash | None:
    """`customer_details`, or None if not given."""
    if not params.has("customer_details"):
        return None
    names = ("customer", "email", "name", "phone")
    return _texts(params.hash_of("customer_details").only(*names), *names)


def shipping_details(params: Params) -> Hash | None:
    """`shipping_details`, or None if not given or unset."""
    if not params.has("shipping_details") or params.unset("shipping_details"):
        return None
    given = params.hash_of("shipping_details").only("address", "name", "phone")
    return {"address": _address(given)} | _texts(given, "name", "phone")


def _address(params: Params) -> Hash:
    if not params.has("address"):
        return dict.fromkeys(ADDRESS_FIELDS)
    return _texts(params.hash_of("address").only(*ADDRESS_FIELDS), *ADDRESS_FIELDS)


def _texts(params: Params, *names: str) -> Hash:
    return {name: params.optional_text(name) for name in names}
