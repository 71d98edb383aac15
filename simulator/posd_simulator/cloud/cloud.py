"""One request to the simulated Stripe, from first to last.

The order is Stripe's: credential, rate limit, permission, parameters, idempotency key, execution,
and the answer is kept before it is told. Clock and ids are injected; nothing here is global, so
that many clouds can live in one process under one virtual clock.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import msgspec

from posd.stripe_wire import form
from posd.stripe_wire.errors import ErrorType, Rejected, StripeError, envelope, status_of
from posd_simulator.cloud.call import Asked, Call, Execute
from posd_simulator.cloud.credentials import (
    account_of_key,
    account_of_token,
    credential_of,
    masked,
)
from posd_simulator.cloud.exchange import (
    Answer,
    Ending,
    Incoming,
    fingerprint,
    labelled,
    refused,
    version_of,
)
from posd_simulator.cloud.faults import Fault, FaultKind, Faults
from posd_simulator.cloud.ledger import Account, Changed, Ledger, account_id_of
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.params import Params
from posd_simulator.cloud.routes import Route
from posd_simulator.cloud.rules import permissions, rate_limits
from posd_simulator.cloud.rules.idempotency import Kept
from posd_simulator.cloud.snapshot import account_snapshot

REQUESTS_KEPT_MAX = 10_000
PORTAL_PAGE = b"<!doctype html><title>Welcome</title><p>Accept the terms to go online."


@dataclass(slots=True)
class Logged:
    """A line of the request log; the credential is not in it.

    Attributes:
        at_ms: Wall time of arrival.
        status: The answer's status; None while there is none, and for ever if none is given.
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
        wall_ms: Wall time in milliseconds since 1970 UTC; the ledger says how far this Stripe's
            own clock is ahead of it.
        new_id: Makes an id with the given prefix, unique for ever.
        ledger: What is there already; empty and in memory if not given.
        faults: What goes wrong; nothing if not given.

    Attributes:
        rate_limits: How many requests a second an account may make; None: as many as it likes.
        requests: The latest 10,000 requests.
    """

    def __init__(
        self,
        wall_ms: Callable[[], int],
        new_id: Callable[[str], str],
        ledger: Ledger | None = None,
        faults: Faults | None = None,
    ) -> None:
        self._wall_ms = wall_ms
        self._new_id = new_id
        self.ledger = ledger if ledger is not None else Ledger()
        self.faults = faults if faults is not None else Faults()
        self.rate_limits: rate_limits.RateLimits | None = None
        self.requests: deque[Logged] = deque(maxlen=REQUESTS_KEPT_MAX)
        self._buckets: dict[tuple[str, bool, bool], rate_limits.Bucket] = {}

    def now_ms(self) -> int:
        """This Stripe's own wall time, milliseconds since 1970 UTC."""
        return self._wall_ms() + self.ledger.ahead_ms

    def snapshot(self) -> Json:
        """Everything it holds, for oracles: accounts with their objects, and the request log."""
        now_ms = self.now_ms()
        return {
            "accounts": [
                account_snapshot(account, now_ms) for account in self.ledger.accounts.values()
            ],
            "requests": [msgspec.to_builtins(logged) for logged in self.requests],
        }

    def reset(self) -> None:
        """Forget everything: accounts, devices, keys, clock, faults, limits and log."""
        self.ledger.clear()
        self.faults.clear()
        self.rate_limits = None
        self.requests.clear()
        self._buckets.clear()

    def refuse(self, refusal: Rejected, headers: Mapping[str, str]) -> Answer:
        """The answer to a request that reaches no route."""
        return labelled(refused(refusal.error), self._new_id("req"), headers)

    async def serve(self, incoming: Incoming, route: Route) -> Answer:
        """Answer one request. Does not return if the request meets a fault that hangs."""
        logged = Logged(
            id=self._new_id("req"),
            at_ms=self.now_ms(),
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
            answer = await self._answer(incoming, route, logged, fault)
        except Rejected as refusal:
            answer = refused(refusal.error)
        if answer.ending is not Ending.RESET:
            logged.status = answer.status
        return labelled(answer, logged.id, incoming.headers)

    async def _answer(
        self, incoming: Incoming, route: Route, logged: Logged, fault: Fault | None
    ) -> Answer:
        met = None if fault is None else await _instead(fault)
        if met is not None:
            return met
        call = self._call(incoming, route, logged)
        key = logged.idempotency_key if incoming.method == "POST" else None
        if key is None:
            return await self._execute(call, route, fault, None)
        claim = _Claim(key, fingerprint(incoming, call.params.nodes), call.now_ms)
        keys = call.account.keys
        kept = keys.claim(claim.key, claim.fingerprint, call.now_ms)
        if kept is not None:
            logged.replayed = True
            return Answer(kept.status, kept.body.encode(), {"Idempotent-Replayed": "true"})
        try:
            return await self._execute(call, route, fault, claim)
        finally:
            keys.release(key)

    def _call(self, incoming: Incoming, route: Route, logged: Logged) -> Call:
        """The request, authorized and read. Raises Rejected."""
        credential = credential_of(incoming.headers)
        account = self._authorized(incoming, route, credential)
        logged.account = account.id
        is_post = incoming.method == "POST"
        return Call(
            account,
            incoming.path,
            incoming.ids,
            Params(form.parse(incoming.body if is_post else incoming.query)),
            logged.at_ms,
            self._new_id,
            self.ledger.devices,
            Asked(logged.id, credential, version_of(incoming.headers), logged.idempotency_key),
        )

    def _authorized(self, incoming: Incoming, route: Route, credential: str) -> Account:
        """The account that the request is about. Raises Rejected: 401, 403 or 429."""
        if route.resource is None:
            return account_of_token(self.ledger, credential)
        connected = incoming.headers.get("stripe-account")
        account = account_of_key(self.ledger, credential, connected)
        self._draw(account, reads=incoming.method == "GET")
        granted = self.ledger.granted.get(account_id_of(credential))
        if granted is not None:
            shown = masked(credential)
            permissions.check(granted, route.resource, incoming.method, shown, account.id)
        return account

    def _draw(self, account: Account, *, reads: bool) -> None:
        if self.rate_limits is None:
            return
        of = (account.id, account.livemode, reads)
        per_s = self.rate_limits.per_s(livemode=account.livemode)
        self._buckets[of] = rate_limits.drawn(self._buckets.get(of), per_s, self.now_ms())

    async def _execute(
        self, call: Call, route: Route, fault: Fault | None, claim: "_Claim | None"
    ) -> Answer:
        execute = route.handler(call)
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
        lost = fault is not None and fault.kind is FaultKind.LOST
        return Answer(status, body, ending=Ending.CUT if lost else Ending.WHOLE)


@dataclass(frozen=True, slots=True)
class _Claim:
    key: str
    fingerprint: str
    at_ms: int


async def _instead(fault: Fault) -> Answer | None:
    """What the request meets before it is looked at; None if it is looked at."""
    match fault.kind:
        case FaultKind.HANG:
            await asyncio.Event().wait()
            raise AssertionError("nobody sets it")
        case FaultKind.RESET:
            return Answer(0, b"", ending=Ending.RESET)
        case FaultKind.HTML:
            return Answer(200, PORTAL_PAGE, content_type="text/html; charset=utf-8")
        case FaultKind.REFUSE:
            return refused(_scripted_refusal(fault), fault.retry_after_s)
        case _:
            return None


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


def _scripted_refusal(fault: Fault) -> StripeError:
    server_side = fault.status >= 500
    return StripeError(
        type=ErrorType.API_ERROR if server_side else ErrorType.INVALID_REQUEST_ERROR,
        message="Refused by the script of the simulator.",
        code=fault.code,
        status=fault.status,
    )
