"""The simulated Stripe over ASGI: Stripe's routes, and `/_sim` for whoever directs the play.

`GET /_sim/state` tells everything; `GET`, `POST` and `DELETE /_sim/faults` read, extend and clear
the script. Those are JSON and ask for no key.
"""

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from posd.stripe_wire.errors import invalid_request
from posd.stripe_wire.form import BODY_BYTES_MAX
from posd_simulator.cloud.call import Handler
from posd_simulator.cloud.cloud import Answer, Cloud, Incoming
from posd_simulator.cloud.faults import Fault
from posd_simulator.cloud.routes import ROUTES


class _Outgoing(Response):
    """An answer on the wire; one that is cut ends after its head."""

    def __init__(self, answer: Answer) -> None:
        self._cut = answer.cut
        super().__init__(answer.body, answer.status, answer.headers, answer.content_type)

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._cut:
            await super().__call__(scope, receive, send)
            return
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )


def create_app(cloud: Cloud) -> Starlette:
    """The ASGI application in front of a cloud."""

    async def no_route(request: Request, reason: Exception) -> Response:
        assert isinstance(reason, HTTPException), reason
        refusal = invalid_request(
            f"Unrecognized request URL ({request.method}: {request.url.path}).",
            status=reason.status_code,
        )
        return _Outgoing(cloud.refuse(refusal))

    return Starlette(
        routes=[
            *(_route(cloud, method, path, handler) for method, path, handler in ROUTES),
            *_stage_routes(cloud),
        ],
        exception_handlers={HTTPException: no_route},
    )


def _route(cloud: Cloud, method: str, path: str, handler: Handler) -> Route:
    async def endpoint(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _Outgoing(cloud.refuse(invalid_request("Request is too large.", status=413)))
        incoming = Incoming(
            method=request.method,
            path=request.url.path,
            ids=request.path_params,
            headers=request.headers,
            query=request.scope["query_string"],
            body=body,
        )
        return _Outgoing(await cloud.serve(incoming, handler))

    return Route(path, endpoint, methods=[method])


async def _body(request: Request) -> bytes | None:
    """The whole body; None if it is larger than any that Stripe's grammar reads."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            return None
    return bytes(body)


def _stage_routes(cloud: Cloud) -> list[Route]:
    async def state(_request: Request) -> Response:
        return _json(cloud.snapshot())

    async def script(_request: Request) -> Response:
        return _json(cloud.faults.script)

    async def add(request: Request) -> Response:
        try:
            cloud.faults.add(msgspec.json.decode(await request.body(), type=Fault))
        except (msgspec.DecodeError, OverflowError) as error:
            return _json({"error": str(error)}, status=400)
        return _json(cloud.faults.script)

    async def clear(_request: Request) -> Response:
        cloud.faults.clear()
        return _json(cloud.faults.script)

    return [
        Route("/_sim/state", state, methods=["GET"]),
        Route("/_sim/faults", script, methods=["GET"]),
        Route("/_sim/faults", add, methods=["POST"]),
        Route("/_sim/faults", clear, methods=["DELETE"]),
    ]


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
