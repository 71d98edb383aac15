"""The simulated Stripe over ASGI: Stripe's routes, and `/_sim` for whoever directs the play."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as WebRoute
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from posd.stripe_wire.errors import invalid_request
from posd.stripe_wire.form import BODY_BYTES_MAX
from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.director import direction_routes
from posd_simulator.cloud.exchange import Answer, Ending, Incoming
from posd_simulator.cloud.routes import ROUTES, Route

RESET_CONNECTION = "reset_connection"
"""Where the server's state holds what resets a request's connection, if the server can."""


class _Outgoing(Response):
    """An answer on the wire, as whole as it is meant to be."""

    def __init__(self, answer: Answer) -> None:
        self._ending = answer.ending
        super().__init__(answer.body, answer.status, answer.headers, answer.content_type)

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match self._ending:
            case Ending.WHOLE:
                await super().__call__(scope, receive, send)
            case Ending.CUT:
                await send(
                    {
                        "type": "http.response.start",
                        "status": self.status_code,
                        "headers": self.raw_headers,
                    }
                )
            case Ending.RESET:
                reset = scope.get("state", {}).get(RESET_CONNECTION)
                if reset is not None:
                    reset()
                    await receive()  # returns when the server knows that nobody listens


def create_app(cloud: Cloud) -> Starlette:
    """The ASGI application in front of a cloud."""

    async def no_route(request: Request, reason: Exception) -> Response:
        assert isinstance(reason, HTTPException), reason
        refusal = invalid_request(
            f"Unrecognized request URL ({request.method}: {request.url.path}).",
            status=reason.status_code,
        )
        return _Outgoing(cloud.refuse(refusal, request.headers))

    return Starlette(
        routes=[*(_web_route(cloud, route) for route in ROUTES), *direction_routes(cloud)],
        exception_handlers={HTTPException: no_route},
    )


def _web_route(cloud: Cloud, route: Route) -> WebRoute:
    async def endpoint(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            too_large = invalid_request("Request is too large.", status=413)
            return _Outgoing(cloud.refuse(too_large, request.headers))
        incoming = Incoming(
            method=request.method,
            path=request.url.path,
            ids=request.path_params,
            headers=request.headers,
            query=request.scope["query_string"],
            body=body,
        )
        return _Outgoing(await cloud.serve(incoming, route))

    return WebRoute(route.path, endpoint, methods=[route.method])


async def _body(request: Request) -> bytes | None:
    """The whole body; None if it is larger than any that Stripe's grammar reads."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            return None
    return bytes(body)
