"""Everything in which posd's answer about Stripe's fleet differs from Stripe's own, and why.

The comparison takes away exactly these; `docs/api.md` shows the same table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from posd.model.mirrored import FLEETING, MASKED, SECRETS
from posd.stripe_wire.form import Value
from posd.upstream.hardware import POSD_ORDER

READERS: Final = "/v1/terminal/readers"
TOKENS: Final = "/v1/terminal/connection_tokens"
ORDERS: Final = "/v1/terminal/hardware_orders"
HELPED_ORDERS: Final = "/v1/test_helpers/terminal/hardware_orders"
OWN_CODES: Final = frozenset({"parameter_invalid", "idempotency_key_reused"})
OWN_HEADERS: Final = frozenset({"age", "cache-control", "stripe-should-retry"})
REPLAYED: Final = "idempotent-replayed"


@dataclass(frozen=True, slots=True)
class Asked:
    """One call. `account`: what it says in Stripe-Account."""

    method: str
    path: str
    params: Mapping[str, Value]
    key: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An answer. `headers`: those with which a till decides something, in lower case."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def error(self) -> Mapping[str, Any]:
        """What stands in the error's envelope; empty if it is none."""
        error: Mapping[str, Any] = self.body.get("error", {})
        return error

    def without_header(self, *names: str) -> "Told":
        """The same without these headers."""
        left = {name: value for name, value in self.headers.items() if name not in names}
        return replace(self, headers=left)

    def without_error_field(self, name: str) -> "Told":
        """The same, its error without that field."""
        left = {field: value for field, value in self.error.items() if field != name}
        return replace(self, body={"error": left}) if self.error else self


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call and both answers, in posd's ids.

    Attributes:
        before: Earlier calls under the same key, and what posd answered.
    """

    asked: Asked
    posd: Told
    stripe: Told
    before: tuple[tuple[Asked, Told], ...] = ()

    def agree(self) -> bool:
        """Whether the two answers are the same."""
        return self.posd == self.stripe

    def on_both(self, change: Callable[[Told], Told]) -> "Exchange":
        """The exchange with both answers changed."""
        return replace(self, posd=change(self.posd), stripe=change(self.stripe))

    def settled(self) -> "Exchange":
        """The exchange in which posd said what Stripe said."""
        return replace(self, posd=self.stripe)


@dataclass(frozen=True, slots=True)
class Difference:
    """One declared difference.

    Attributes:
        of: What differs.
        posd: What posd does; what Stripe does is in Stripe's documents.
        why: The reason.
        taken_away: The exchange without it; the same exchange if it has nothing to do with it.
    """

    of: str
    posd: str
    why: str
    taken_away: Callable[[Exchange], Exchange]


Json: TypeAlias = Any
"""A value of JSON."""


def _message(exchange: Exchange) -> Exchange:
    return exchange.on_both(lambda told: told.without_error_field("message"))


def _param(exchange: Exchange) -> Exchange:
    is_missing = exchange.posd.status == exchange.stripe.status == 404
    if is_missing and exchange.stripe.error.get("param") == "id":
        return exchange.on_both(lambda told: told.without_error_field("param"))
    return exchange


def _code(exchange: Exchange) -> Exchange:
    if exchange.posd.error.get("code") in OWN_CODES and "code" not in exchange.stripe.error:
        return replace(exchange, posd=exchange.posd.without_error_field("code"))
    return exchange


def _headers(exchange: Exchange) -> Exchange:
    return replace(
        exchange,
        posd=exchange.posd.without_header(*OWN_HEADERS),
        stripe=exchange.stripe.without_header("idempotency-key"),
    )


def _passing(exchange: Exchange) -> Exchange:
    def unseen(told: Told) -> Told:
        return replace(told, body=_within(told.body, _without_what_passes))

    return exchange.on_both(unseen)


def _replay(exchange: Exchange) -> Exchange:
    """The same object; of a refusal and of a stub Stripe says that it repeats it."""
    ours, theirs = exchange.posd, exchange.stripe
    if REPLAYED not in theirs.headers or exchange.asked.path == TOKENS:
        return exchange
    if theirs.error:
        return replace(exchange, stripe=theirs.without_header(REPLAYED))
    marked = REPLAYED in ours.headers or "deleted" in ours.body
    if marked and ours.body["id"] == theirs.body["id"]:
        return exchange.settled()
    return exchange


def _key(exchange: Exchange) -> Exchange:
    """Nothing was done under that key at that path."""
    carried_out = any(
        told.status == 200 and asked.path == exchange.asked.path for asked, told in exchange.before
    )
    refused_there = exchange.stripe.error.get("type") == "idempotency_error"
    if exchange.before and not carried_out and refused_there:
        return exchange.settled()
    return exchange


def _token_scope(exchange: Exchange) -> Exchange:
    """Both took the call, or posd refuses another location than the store's."""
    asked, ours, theirs = exchange.asked, exchange.posd, exchange.stripe
    if asked.path != TOKENS:
        return exchange
    if (
        ours.error.get("param") == "location"
        and ours.status == 400
        and asked.params.get("location")
    ):
        return exchange.settled()
    if "location" not in theirs.body and ours.status == theirs.status == 200:
        return replace(exchange, posd=_without(ours, "location"))
    return exchange


def _fresh_token(exchange: Exchange) -> Exchange:
    """Two tokens; their secrets are nobody's to compare."""
    ours, theirs = exchange.posd, exchange.stripe
    if exchange.asked.path != TOKENS or not ours.status == theirs.status == 200:
        return exchange
    if ours.body["secret"].startswith("pst_test_") and REPLAYED not in ours.headers:
        return replace(
            exchange,
            posd=_without(ours, "secret"),
            stripe=_without(theirs, "secret").without_header(REPLAYED),
        )
    return exchange


def _ration(exchange: Exchange) -> Exchange:
    rationed = exchange.asked.path == TOKENS and exchange.posd.error.get("code") == "rate_limit"
    return exchange.settled() if rationed else exchange


def _filter(exchange: Exchange) -> Exchange:
    """Stripe refuses the value; posd finds nothing that has it, nor the cursor among nothing."""
    refused = exchange.stripe.error.get("param") in ("device_type", "status")
    found_none = exchange.posd.body.get("data") == [] or exchange.posd.status == 404
    if exchange.asked.path == READERS and exchange.asked.method == "GET" and refused and found_none:
        return exchange.settled()
    return exchange


def _attached(exchange: Exchange) -> Exchange:
    """Attached readers stand before Stripe's in the list; their address is no code of Stripe's."""
    asked, ours = exchange.asked, exchange.posd
    if asked.path != READERS:
        return exchange
    if asked.method == "POST" and "://" in str(asked.params.get("registration_code", "")):
        return exchange.settled()
    if "data" in ours.body:
        left = [one for one in ours.body["data"] if not one["id"].startswith("tmr_posd_")]
        return replace(exchange, posd=replace(ours, body={**ours.body, "data": left}))
    return exchange


def _secrets(exchange: Exchange) -> Exchange:
    def masked(told: Told) -> Told:
        return replace(told, body=_within(told.body, _with_masks))

    return replace(exchange, stripe=masked(exchange.stripe))


def _order(exchange: Exchange) -> Exchange:
    asked, ours, theirs = exchange.asked, exchange.posd, exchange.stripe
    if not asked.path.startswith((ORDERS, HELPED_ORDERS)):
        return exchange
    canceled_before = ours.body.get("status") == "canceled" and theirs.status == 400
    not_expanded = "expand" in asked.params and ours.error.get("param") == "expand[0]"
    if not_expanded or (asked.path.endswith("/cancel") and canceled_before):
        return exchange.settled()
    return replace(exchange, posd=replace(ours, body=_within(ours.body, _without_own_id)))


def _account(exchange: Exchange) -> Exchange:
    refused = exchange.posd.error.get("code") == "account_invalid"
    return exchange.settled() if exchange.asked.account is not None and refused else exchange


def _without(told: Told, name: str) -> Told:
    return replace(told, body={field: told.body[field] for field in told.body if field != name})


def _within(value: Json, change: Callable[[dict[str, Json]], Json]) -> Json:
    """The value with every hash in it changed, inner ones first."""
    match value:
        case dict():
            return change({name: _within(child, change) for name, child in value.items()})
        case list():
            return [_within(child, change) for child in value]
        case _:
            return value


def _without_what_passes(value: dict[str, Any]) -> dict[str, Any]:
    is_reader = value.get("object") == "terminal.reader"
    return {name: value[name] for name in value if not is_reader or name not in FLEETING}


def _without_own_id(value: dict[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in value if name != POSD_ORDER}


def _with_masks(value: dict[str, Any]) -> dict[str, Any]:
    return {name: MASKED if name in SECRETS and value[name] else value[name] for name in value}


DIFFERENCES: Final = (
    Difference(
        "an error's `param`, where the path names an object that is not there",
        "`location`, `reader`, `configuration`, `order` or `ware`",
        "Stripe publishes none",
        _param,
    ),
    Difference(
        "an error's `message`",
        "posd's own words for what posd refuses",
        "it is for people; programs read `type`, `code` and `param`",
        _message,
    ),
    Difference(
        "an error's `code`",
        "`parameter_invalid` and `idempotency_key_reused` where Stripe has none",
        "a till that shows codes always has one",
        _code,
    ),
    Difference(
        "headers",
        "`Stripe-Should-Retry: false` on every 4xx, `Cache-Control: no-store` on every answer, "
        "no `Idempotency-Key`",
        "no SDK repeats what cannot succeed, and no proxy keeps an answer",
        _headers,
    ),
    Difference(
        "`status`, `last_seen_at`, `action` of Stripe's own readers",
        "as Stripe told them last, at most a minute ago; null before",
        "a read never waits for Stripe, and works without it",
        _passing,
    ),
    Difference(
        "a call repeated under its key",
        "answered with the object as it stands now; a refusal or a stub is not marked",
        "a till that heard nothing learns how it stands",
        _replay,
    ),
    Difference(
        "what an `Idempotency-Key` stands for",
        "what was done, at one path: the same key at another path, or after a refusal of posd's "
        "own, is a first call",
        "a till's next try with its cart's key is not lost to a typo",
        _key,
    ),
    Difference(
        "`location` of a connection token",
        "the store's own, if the configuration names it; any other is refused",
        "a token opens every reader in its scope",
        _token_scope,
    ),
    Difference(
        "a connection token repeated under its key",
        "a fresh one",
        "posd keeps none, and a token works once",
        _fresh_token,
    ),
    Difference(
        "connection tokens in a row",
        "5 at once for each posd key, then one every 6 s: `rate_limit`",
        "a till that asks in a loop must not use up the store's share of Stripe's limits",
        _ration,
    ),
    Difference(
        "`device_type` or `status` that nobody knows, as a filter of readers",
        "an empty list",
        "Stripe adds values; posd knows the ones that its readers have",
        _filter,
    ),
    Difference(
        "`/v1/terminal/readers`",
        "lists attached readers before Stripe's, and takes their addresses as registration codes",
        "one list and one set of calls for both families",
        _attached,
    ),
    Difference(
        "secrets in a configuration: Wi-Fi and reader passwords",
        f"`{MASKED}`",
        "nothing worth stealing lies in the store",
        _secrets,
    ),
    Difference(
        "hardware orders",
        "have posd's id in `metadata[posd_order]`; a canceled one may be canceled again; nothing "
        "in them is expanded",
        "where Stripe did not answer, posd finds the order by its id instead of making another",
        _order,
    ),
    Difference(
        "`Stripe-Account`",
        "refused",
        "one posd, one account: its mirror, keys and reports are that account's",
        _account,
    ),
)
"""Taken away in this order."""


def evened(exchange: Exchange, differences: tuple[Difference, ...] = DIFFERENCES) -> Exchange:
    """The exchange without the declared differences."""
    for difference in differences:
        exchange = difference.taken_away(exchange)
    return exchange
