"""One request to the simulated Stripe, from first to last.

The order is Stripe's: credential, parameters, idempotency key, execution, and the answer is kept
before it is told. Clock and ids are injected; nothing here is global, so that many clouds can live
in one process under one virtual clock.
"""

import asyncio
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

import msgspec

from posd.stripe_wire import form
from posd.stripe_wire.errors import (
    ErrorType,
    Rejected,
    StripeError,
    envelope,
    invalid_request,
    status_of,
)
from posd_simulator.cloud.call import Asked, Call, Execute, Handler
from posd_simulator.cloud.faults import Fault, FaultKind, Faults
from posd_simulator.cloud.ledger import Account, Changed, Ledger, account_id_of
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.params import Params
from posd_simulator.cloud.rules.idempotency import Kept
from posd_simulator.cloud.snapshot import account_snapshot

REQUESTS_KEPT_MAX = 10_000
ACTIVATION_PATH = "/v1/terminal/connection_tokens/activate"
API_VERSION = "2026-10-28.endive"
PORTAL_PAGE = b"<!doctype html><title>Welcome</title><p>Accept the terms to go online."

_API_KEY = re.compile(r"(?:sk|rk)_(test|live)_\w+", re.ASCII)
_ACCOUNT_ID = re.compile(r"acct_\w+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it arrived. Header names are in lower case; `query` and `body` are raw."""

    method: str
    path: str
    ids: Mapping[str, str]
    headers: Mapping[str, str]
    query: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back.

    Attributes:
        cut: Only the head is sent; then the connection breaks.
    """

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    cut: bool = False


@dataclass(slots=True)
class Logged:
    """A line of the request log; the credential is not in it.

    Attributes:
        at_ms: Wall time of arrival.
        status: The answer's status; None while there is none, and for ever if it hangs.
        replayed: The answer was one kept under the key.
        fault: The kind of fault it met.
    """

    id: str
    at_ms: int
    method: str
    path: str
    body: str
    idempotency_key: str | None
    account: str | None = None
    status: int | None = None
    replayed: bool = False
    fault: str | None = None


class Cloud:
    """A Stripe of one's own.

    Args:
        wall_ms: Wall time in milliseconds since 1970 UTC.
        new_id: Makes an id with the given prefix, unique for ever.
        ledger: What is there already; empty and in memory if not given.

    Attributes:
        faults: The script of what goes wrong.
        requests: The latest 10,000 requests.
    """

    def __init__(
        self,
        wall_ms: Callable[[], int],
        new_id: Callable[[str], str],
        ledger: Ledger | None = None,
    ) -> None:
        self._wall_ms = wall_ms
        self._new_id = new_id
        self.ledger = ledger if ledger is not None else Ledger()
        self.faults = Faults()
        self.requests: deque[Logged] = deque(maxlen=REQUESTS_KEPT_MAX)

    def snapshot(self) -> Json:
        """Everything it holds, for oracles: accounts with their objects, and the request log."""
        now_ms = self._wall_ms()
        return {
            "accounts": [
                account_snapshot(account, now_ms) for account in self.ledger.accounts.values()
            ],
            "requests": [msgspec.to_builtins(logged) for logged in self.requests],
        }

    def refuse(self, refusal: Rejected) -> Answer:
        """The answer to a request that reaches no route."""
        return _labelled(_error(refusal.error), self._new_id("req"), {})

    async def serve(self, incoming: Incoming, handler: Handler) -> Answer:
        """Answer one request. Does not return if the request meets a fault that hangs."""
        logged = Logged(
            id=self._new_id("req"),
            at_ms=self._wall_ms(),
            method=incoming.method,
            path=incoming.path,
            body=incoming.body.decode("ascii", "replace"),
            idempotency_key=incoming.headers.get("idempotency-key"),
        )
        self.requests.append(logged)
        fault = self.faults.take(incoming.method, incoming.path)
        if fault is not None:
            logged.fault = fault.kind.value
        try:
            answer = await self._answer(incoming, handler, logged, fault)
        except Rejected as refusal:
            answer = _error(refusal.error)
        logged.status = answer.status
        return _labelled(answer, logged.id, incoming.headers)

    async def _answer(
        self, incoming: Incoming, handler: Handler, logged: Logged, fault: Fault | None
    ) -> Answer:
        if fault is not None:
            match fault.kind:
                case FaultKind.HANG:
                    await asyncio.Event().wait()
                case FaultKind.HTML:
                    return Answer(200, PORTAL_PAGE, content_type="text/html; charset=utf-8")
                case FaultKind.REFUSE:
                    raise _scripted_refusal(fault)
                case _:
                    pass
        credential = _credential(incoming.headers.get("authorization", ""))
        account = self._account(incoming, credential)
        logged.account = account.id
        is_post = incoming.method == "POST"
        nodes = form.parse(incoming.body if is_post else incoming.query)
        now_ms = logged.at_ms
        call = Call(
            account,
            incoming.path,
            incoming.ids,
            Params(nodes),
            now_ms,
            self._new_id,
            self.ledger.devices,
            Asked(
                logged.id,
                credential,
                incoming.headers.get("stripe-version", API_VERSION),
                logged.idempotency_key,
            ),
        )
        key = logged.idempotency_key if is_post else None
        if key is None:
            return await self._execute(call, handler, fault, None)
        claim = _Claim(key, _fingerprint(incoming, nodes), now_ms)
        kept = account.keys.claim(claim.key, claim.fingerprint, now_ms)
        if kept is not None:
            logged.replayed = True
            return Answer(kept.status, kept.body.encode(), {"Idempotent-Replayed": "true"})
        try:
            return await self._execute(call, handler, fault, claim)
        finally:
            account.keys.release(key)

    async def _execute(
        self, call: Call, handler: Handler, fault: Fault | None, claim: "_Claim | None"
    ) -> Answer:
        execute = handler(call)
        if fault is not None and fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.delay_s)
        status, body, changed = _run(execute, fault)
        if claim is not None:
            changed = replace(
                changed if changed is not None else call.changed(),
                kept=Kept(claim.key, claim.fingerprint, claim.at_ms, status, body.decode()),
            )
        if changed is not None:
            self.ledger.apply(changed)
        return Answer(status, body, cut=fault is not None and fault.kind is FaultKind.LOST)

    def _account(self, incoming: Incoming, credential: str) -> Account:
        """Whose account it is about; a connection token is a credential for its own end only."""
        if incoming.path == ACTIVATION_PATH:
            account = self.ledger.account_of_token(credential)
            if account is not None:
                return account
        found = None if incoming.path == ACTIVATION_PATH else _API_KEY.fullmatch(credential)
        if found is None:
            raise invalid_request(
                "Invalid API Key provided." if credential else "You did not provide an API key.",
                status=401,
            )
        account_id = incoming.headers.get("stripe-account", account_id_of(credential))
        if not _ACCOUNT_ID.fullmatch(account_id):
            raise invalid_request(
                f"The provided key does not have access to account '{account_id}'.",
                code="account_invalid",
                status=403,
            )
        return self.ledger.account(account_id, livemode=found[1] == "live")


@dataclass(frozen=True, slots=True)
class _Claim:
    key: str
    fingerprint: str
    at_ms: int


def _run(execute: Execute, fault: Fault | None) -> tuple[int, bytes, Changed | None]:
    """Status, body and change of an execution, with what the script makes of them."""
    kind = None if fault is None else fault.kind
    if kind is FaultKind.ERROR_BEFORE_COMMIT:
        return 500, _SORRY, None
    try:
        answer, changed = execute()
    except Rejected as refusal:
        return status_of(refusal.error), msgspec.json.encode(envelope(refusal.error)), None
    if kind is FaultKind.ERROR_AFTER_COMMIT:
        return 500, _SORRY, changed
    return 200, msgspec.json.encode(answer), changed


_SORRY = msgspec.json.encode(
    envelope(StripeError(type=ErrorType.API_ERROR, message="An unknown error occurred."))
)


def _scripted_refusal(fault: Fault) -> Rejected:
    server_side = fault.status >= 500
    return Rejected(
        StripeError(
            type=ErrorType.API_ERROR if server_side else ErrorType.INVALID_REQUEST_ERROR,
            message="Refused by the script of the simulator.",
            code=fault.code,
            status=fault.status,
        )
    )


def _error(error: StripeError) -> Answer:
    return Answer(status_of(error), msgspec.json.encode(envelope(error)))


def _labelled(answer: Answer, request_id: str, headers: Mapping[str, str]) -> Answer:
    """The answer with the headers every answer of Stripe carries."""
    labels = {
        "Request-Id": request_id,
        "Stripe-Version": headers.get("stripe-version", API_VERSION),
    }
    if "idempotency-key" in headers:
        labels["Idempotency-Key"] = headers["idempotency-key"]
    return replace(answer, headers={**answer.headers, **labels})


def _credential(authorization: str) -> str:
    """What is given as bearer token, or as the user of basic authentication; '' if nothing is."""
    scheme, _, credential = authorization.partition(" ")
    match scheme.lower():
        case "bearer":
            return credential.strip()
        case "basic":
            try:
                return b64decode(credential, validate=True).decode().partition(":")[0]
            except (Base64Error, UnicodeDecodeError):
                return "?"
        case _:
            return ""


def _fingerprint(incoming: Incoming, nodes: Mapping[str, form.Node]) -> str:
    """Stands for method, path and parameters, in whichever spelling they were sent."""
    asked = msgspec.json.encode([incoming.method, incoming.path, nodes], order="sorted")
    return sha256(asked).hexdigest()
