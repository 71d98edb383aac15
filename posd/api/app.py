"""The life of one request: is it meant for posd, who asks, what exactly, once; then the answer."""

import logging
import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final, TypeAlias

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import BaseRoute, Router
from starlette.routing import Route as WebRoute
from starlette.types import Message, Receive, Scope, Send

from posd.api import auth, idempotency, origin, params
from posd.api.arrival import is_over_lan
from posd.api.auth import Caller
from posd.api.calls import AnyRoute, Call, Document, Download, Reply, Stream
from posd.api.failures import Answer, answer_of, is_foreseen
from posd.api.idempotency import InFlight
from posd.api.objects import EXPANDABLE, Objects
from posd.api.pace import PacedPages, WrongKeys
from posd.api.paths import Paths
from posd.api.routes import ROUTES
from posd.api.sent import sent
from posd.api.services import HearingPort, Services
from posd.api.streaming import left, stream
from posd.hearing import deliveries
from posd.ids import Ids
from posd.journal.command import Claim
from posd.render import API_VERSION
from posd.stripe_wire import expand, form
from posd.stripe_wire.errors import Rejected
from posd.stripe_wire.form import Node

log = logging.getLogger(__name__)

API_VERSION_ECHOED: Final = re.compile(r"[0-9A-Za-z.;=_ -]{1,200}", re.ASCII)
AMBIGUOUS: Final = re.compile(rb"%(2f|[01][0-9a-f]|7f)", re.IGNORECASE)
"""An encoded slash would make two segments of one, an encoded line feed end a path twice."""

ALWAYS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Carry: TypeAlias = Callable[[AnyRoute, Request], Awaitable[Answer | Stream]]


class Api:
    """posd's HTTP application (ASGI).

    Args:
        services: What the handlers stand on.
        ids: Where request ids come from.
        hosts: Names, besides loopback, under which this machine reaches posd; lower case, no port.
        lan_hosts: Those under which other machines do.
        pages: More routes, e.g. the status page; they answer for themselves.
    """

    def __init__(
        self,
        services: Services,
        *,
        ids: Ids,
        hosts: Collection[str] = (),
        lan_hosts: Collection[str] = (),
        pages: Sequence[BaseRoute] = (),
    ) -> None:
        self._services = services
        self._ids = ids
        self._hosts = origin.LOOPBACK_HOSTS | frozenset(hosts)
        self._lan_hosts = frozenset(lan_hosts)
        self._objects = Objects(services.queries, services.fleet, services.mirror)
        self._in_flight = InFlight()
        self._wrong_keys = WrongKeys()
        self._paths = Paths(
            _web_routes(ROUTES, self._answer, services.hearing),
            otherwise=PacedPages(Router(pages, redirect_slashes=False, default=_unrecognised)),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever happens, with Stripe's envelope and a Request-Id."""
        assert scope["type"] == "http", scope["type"]
        request = Request(scope, receive)
        request_id = self._ids.new("req_posd")
        scope["app"] = self
        scope["posd.request_id"] = request_id
        named = _raw({"Request-Id": request_id, "Stripe-Version": _version(request)})
        begun = False

        async def send_named(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message["headers"], *named]
            await send(message)

        try:
            origin.check(request, self._lan_hosts if is_over_lan(request) else self._hosts)
            if AMBIGUOUS.search(scope.get("raw_path", b"")):
                raise HTTPException(404)  # noqa: TRY301 (every error is told in one place)
            await self._paths(scope, receive, send_named)
        except Exception as error:
            if begun:
                raise
            await _tell(self._failed(error, request), send_named)

    async def _answer(self, route: AnyRoute, request: Request) -> Answer | Stream:
        services = self._services
        caller = self._authenticated(request)
        auth.authorise(caller, route.access)
        auth.check_account(request)
        reader = request.path_params.get("reader")
        if caller.lane is not None and reader is not None and route.method != "GET":
            auth.check_lane(caller, reader, services.lanes())
        nodes = form.parse(await sent(request))
        asked = dict(nodes)
        paths: tuple[expand.Path, ...] = ()
        if route.answers is not None:
            paths = expand.paths(asked, route.answers, EXPANDABLE, in_list=route.listed)
            asked.pop("expand", None)
        claim = _claim(request, caller.id, nodes)  # judged, even where nothing is claimed
        call = Call(
            services=services,
            objects=self._objects,
            caller=caller,
            params=params.read(route.params, asked),
            path=request.scope["path"],
            ids=request.path_params,
            claim=claim if route.repeatable else None,
            left=lambda: left(request),
            last_event_id=request.headers.get("last-event-id"),
        )

        async def carry_out() -> Answer | Stream:
            try:
                reply = await route.handler(call)
                return reply if isinstance(reply, Stream) else self._told(reply, paths, caller.id)
            except Exception as error:  # noqa: BLE001 (a request's bug ends with its request)
                return self._failed(error, request)

        async def carry_out_once() -> Answer:
            answer = await carry_out()
            assert isinstance(answer, Answer), "what is claimed has an answer that ends"
            return answer

        if call.claim is None:
            return await carry_out()
        return await self._in_flight.once(call.claim, carry_out_once)

    def _authenticated(self, request: Request) -> Caller:
        services = self._services
        try:
            return auth.authenticate(request, services.keys, livemode=services.livemode)
        except Rejected:
            self._wrong_keys.note(request)
            raise

    def _told(
        self, reply: Reply | Document | Download, paths: tuple[expand.Path, ...], caller: str
    ) -> Answer:
        if isinstance(reply, Download):
            return Answer(200, reply.octets, reply.headers())
        if isinstance(reply, Document):
            headers = {"Content-Type": reply.content_type, **reply.headers}
            return Answer(200, reply.text.encode(), headers)
        body = expand.expand(reply.body, paths, EXPANDABLE, self._objects.resolve)
        delivers = deliveries(reply.tells, caller)
        encoded = msgspec.json.encode(body)
        answer = Answer(reply.status, encoded, reply.headers, delivers=delivers)
        return answer.as_replay() if reply.replayed else answer

    def _failed(self, error: Exception, request: Request) -> Answer:
        if not is_foreseen(error):
            log.error(
                "request failed request=%s method=%s path=%r",
                request.scope["posd.request_id"],
                request.method,
                request.scope["path"],
                exc_info=error,
            )
        return answer_of(error, self._objects)


class _Path:
    """What can be called at one path. An ASGI application, or Starlette would wrap it in another.

    Once the answer is sent, the client has it as far as this machine can know.
    """

    def __init__(self, by_method: dict[str, AnyRoute], carry: Carry, hearing: HearingPort) -> None:
        self._by_method = by_method
        self._carry = carry
        self._hearing = hearing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        method = "GET" if request.method == "HEAD" else request.method
        answer = await self._carry(self._by_method[method], request)
        if isinstance(answer, Stream):
            await stream(answer.parts, request, send, ALWAYS)
            return
        await _tell(answer, send)
        for delivery in answer.delivers:
            await self._hearing.delivered(delivery)


def _web_routes(table: Sequence[AnyRoute], carry: Carry, hearing: HearingPort) -> list[WebRoute]:
    """One route a path, so that another method on it is told what would be allowed."""
    by_path: dict[str, dict[str, AnyRoute]] = {}
    for route in table:
        by_path.setdefault(route.path, {})[route.method] = route
    return [
        WebRoute(path, _Path(by_method, carry, hearing), methods=list(by_method))
        for path, by_method in by_path.items()
    ]


async def _unrecognised(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise HTTPException(404)


def _claim(request: Request, caller: str, nodes: dict[str, Node]) -> Claim | None:
    if request.method != "POST":
        return None
    route = f"POST {request.scope['path']}"
    return idempotency.claim(caller, route, request.headers.getlist("idempotency-key"), nodes)


def _version(request: Request) -> str:
    asked = request.headers.get("stripe-version")
    return asked if asked and API_VERSION_ECHOED.fullmatch(asked) else API_VERSION


async def _tell(answer: Answer, send: Send) -> None:
    headers = {"Content-Type": "application/json", **ALWAYS, **answer.headers}
    headers["Content-Length"] = str(len(answer.body))
    await send({"type": "http.response.start", "status": answer.status, "headers": _raw(headers)})
    await send({"type": "http.response.body", "body": answer.body})


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """As ASGI has them."""
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
