"""Who is asking, and whether they may.

A key is 256 random bits, so one fast hash of it is enough: it is looked up by its SHA-256 and
compared in constant time. On the unix socket, which only posd's own user and root can open, a call
without a key is the operator's.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Any, Final, Protocol

from msgspec import Struct
from starlette.requests import Request

from posd.access import digest
from posd.model.access_key import AccessKey, Role
from posd.snapshot.views import Lane
from posd.stripe_wire.errors import Rejected, invalid_request

UNIX_SOCKET: Final = "posd.unix_socket"
"""Key of the connection's state that the listener sets on the unix socket, and nobody else."""
LAN: Final = "posd.lan"
"""Key of the same state, which the listener sets on what reaches it over the network, by TLS."""
PEER_UID: Final = "posd.peer_uid"
"""Key of the same state: the user at the other end of the unix socket, where the kernel says."""
OPERATOR: Final = "operator"
KEY_CHARACTERS_MAX: Final = 200
ACCOUNT_HEADERS: Final = ("Stripe-Account", "Stripe-Context")
"""With which a platform acts for a connected account at Stripe."""


class Access(IntEnum):
    """What a caller may do, each all that stands before it as well."""

    OPEN = 0
    OBSERVER = 1
    TILL = 2
    MANAGER = 3
    OPERATOR = 4


ACCESS_OF_ROLE: Final[Mapping[Role, Access]] = {
    Role.OBSERVER: Access.OBSERVER,
    Role.TILL: Access.TILL,
    Role.MANAGER: Access.MANAGER,
}


class Caller(Struct, frozen=True):
    """Who asks: the id of an access key, `operator:UID`, or "" for somebody without a key.

    `refund_max` and `lane` as in posd.model.access_key.AccessKey.
    """

    id: str
    access: Access
    refund_max: int | None = None
    lane: str | None = None


class KnownKeys(Protocol):
    """Where keys are looked up."""

    def by_hash(self, sha256: str) -> AccessKey | None:
        """The key with this hex digest, or None if it opens nothing (any more)."""
        ...


def authenticate(request: Request, keys: KnownKeys, *, livemode: bool) -> Caller:
    """Who is asking. A missing key is nobody; a wrong one raises Rejected with status 401."""
    presented = request.headers.getlist("authorization")
    if not presented:
        return _without_key(request.scope.get("state", {}))
    secret = _secret(presented[0]) if len(presented) == 1 else None
    if secret is None or len(secret) > KEY_CHARACTERS_MAX:
        raise _unauthorised("Invalid Authorization header: use 'Bearer KEY' or Basic auth.")
    if secret.startswith(_prefix(livemode=not livemode)):
        mode = "live" if livemode else "test"
        raise _unauthorised(f"This posd runs in {mode} mode.", code="livemode_mismatch")
    sha256 = digest(secret)
    key = keys.by_hash(sha256)
    if key is None or not hmac.compare_digest(key.sha256, sha256):
        raise _unauthorised("Invalid API key provided.")
    return Caller(key.id, ACCESS_OF_ROLE[key.role], key.refund_max, key.lane)


def authorise(caller: Caller, needed: Access) -> None:
    """Raises Rejected: 401 where there is no key, 403 where it opens less."""
    if caller.access >= needed:
        return
    if caller.access is Access.OPEN and needed is not Access.OPERATOR:
        raise _unauthorised("You did not provide an API key: use the header 'Authorization'.")
    name = needed.name.lower()
    raise invalid_request(f"This needs the access of '{name}'.", status=403)


def check_lane(caller: Caller, reader: str, lanes: Iterable[Lane]) -> None:
    """Raises Rejected with status 403 if the key is of a lane that has another reader.

    A lane that is not declared limits nothing: such a key is older than this check, and its till
    must go on selling.
    """
    own = next((lane for lane in lanes if lane.name == caller.lane), None)
    if own is not None and reader not in (own.reader, own.fallback):
        raise invalid_request(
            f"This key is of lane '{own.name}', which has another reader.",
            param="reader",
            status=403,
        )


def check_account(request: Request) -> None:
    """Raises Rejected with status 403 if the call is meant for an account of the caller's choice.

    What a terminal takes is reported to the one account that posd's own credential names (M13);
    to carry the call out all the same would say that it went elsewhere.
    """
    for header in ACCOUNT_HEADERS:
        if header in request.headers:
            raise invalid_request(
                f"posd acts for one Stripe account, that of its own credential: send no {header}.",
                code="account_invalid",
                status=403,
            )


def _without_key(state: Mapping[str, Any]) -> Caller:
    """At the unix socket it is the operator, and journaled as the user that the kernel names."""
    if state.get(UNIX_SOCKET) is not True:
        return Caller("", Access.OPEN)
    uid = state.get(PEER_UID)
    return Caller(OPERATOR if uid is None else f"{OPERATOR}:{uid}", Access.OPERATOR)


def _secret(header: str) -> str | None:
    """The key in an Authorization header; with Basic it is the user, as Stripe's curl does it."""
    scheme, _, credentials = header.partition(" ")
    credentials = credentials.strip()
    match scheme.lower():
        case "bearer":
            return credentials or None
        case "basic":
            try:
                user, _, _ = base64.b64decode(credentials, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return None
            return user or None
        case _:
            return None


def _prefix(*, livemode: bool) -> str:
    return "posd_live_" if livemode else "posd_test_"


def _unauthorised(message: str, code: str | None = None) -> Rejected:
    return invalid_request(message, code=code, status=401)
