"""The calls of Stripe's Terminal API that posd makes. Source: Stripe API reference, "Terminal"."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final, TypeAlias

from posd.journal.command import Claim
from posd.model.upstream_facts import MirrorKind
from posd.stripe_wire import form
from posd.upstream.payment_records import API_VERSION
from posd.upstream.uplink import UpstreamCall

Params: TypeAlias = Mapping[str, form.Node]
"""What a till sent, to go on to Stripe as it came."""

CONNECTION_TOKENS: Final = "/v1/terminal/connection_tokens"
COLLECTIONS: Final[Mapping[MirrorKind, str]] = {
    MirrorKind.LOCATION: "/v1/terminal/locations",
    MirrorKind.READER: "/v1/terminal/readers",
    MirrorKind.CONFIGURATION: "/v1/terminal/configurations",
    MirrorKind.HARDWARE_ORDER: "/v1/terminal/hardware_orders",
}
HARDWARE_VERSION: Final = f"{API_VERSION};terminal_hardware_orders_beta=v5"
"""Hardware orders are a preview: Stripe knows them under this version only."""
PAGE_OBJECTS: Final = 100
"""The longest page that Stripe gives."""


def connection_token(location: str | None) -> UpstreamCall:
    """A fresh token. It has no key: a repetition must never give somebody else's."""
    body = b"" if location is None else form.encode({"location": location})
    return UpstreamCall("POST", CONNECTION_TOKENS, body)


def page(kind: MirrorKind, after: str | None) -> UpstreamCall:
    """A page of all objects of that kind, newest first, just after the one of that id."""
    cursor = "" if after is None else f"&starting_after={after}"
    path = f"{COLLECTIONS[kind]}?limit={PAGE_OBJECTS}{cursor}"
    return UpstreamCall("GET", path, api_version=version(kind))


def version(kind: MirrorKind) -> str:
    """The Stripe-Version that knows objects of that kind."""
    return HARDWARE_VERSION if kind is MirrorKind.HARDWARE_ORDER else API_VERSION


def write(kind: MirrorKind, id_: str | None, params: Params, claim: Claim | None) -> UpstreamCall:
    """Create an object of that kind, or change the one of that id."""
    return UpstreamCall(
        "POST",
        COLLECTIONS[kind] if id_ is None else f"{COLLECTIONS[kind]}/{id_}",
        form.encode(params),
        key=None if claim is None else key_of(claim),
        api_version=version(kind),
    )


def deletion(kind: MirrorKind, id_: str) -> UpstreamCall:
    """Delete the object of that id."""
    return UpstreamCall("DELETE", f"{COLLECTIONS[kind]}/{id_}", api_version=version(kind))


def key_of(claim: Claim) -> str:
    """The one key at Stripe for what a till claimed at posd: a restore makes the same again."""
    named = f"{claim.access_key}\n{claim.route}\n{claim.key}"
    return f"posd_{sha256(named.encode()).hexdigest()}"
