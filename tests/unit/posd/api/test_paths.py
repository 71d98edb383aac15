"""A path finds its own route and no other, as Starlette's router would have found it."""

from collections.abc import Sequence

import httpx2
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route, Router
from starlette.types import Receive, Scope, Send

from posd.api.paths import Paths
from tests.simulation.asgi import connected

TABLE = (
    ("/v1/things", ["GET", "POST"]),
    ("/v1/things/search", ["GET"]),
    ("/v1/things/{thing}", ["GET", "DELETE"]),
    ("/v1/things/{thing}/take", ["POST"]),
    ("/v1/things/{thing}/parts/{part}", ["GET"]),
)


class Shown:
    """Answers with its own pattern and what the path filled it with."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = PlainTextResponse(f"{self._pattern} {scope['path_params']}")
        await told(scope, receive, send)


ROUTES: Sequence[Route] = [
    Route(pattern, Shown(pattern), methods=methods) for pattern, methods in TABLE
]


async def asked(app: object, method: str, path: str) -> tuple[int, str, str | None]:
    assert callable(app)
    async with (
        connected(app) as line,
        httpx2.AsyncClient(transport=line, base_url="http://posd") as client,
    ):
        answer = await client.request(method, path)
    return answer.status_code, answer.text, answer.headers.get("allow")


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("GET", "/v1/things", "/v1/things {}"),
        ("GET", "/v1/things/search", "/v1/things/search {}"),
        ("GET", "/v1/things/t_1", "/v1/things/{thing} {'thing': 't_1'}"),
        ("POST", "/v1/things/t_1/take", "/v1/things/{thing}/take {'thing': 't_1'}"),
        (
            "GET",
            "/v1/things/t_1/parts/p_2",
            "/v1/things/{thing}/parts/{part} {'thing': 't_1', 'part': 'p_2'}",
        ),
    ],
)
async def test_a_path_finds_its_route(method: str, path: str, told: str) -> None:
    assert await asked(Paths(ROUTES, Router()), method, path) == (200, told, None)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        *("/", "/v1", "/v1/", "/v1/thing", "/v1/things", "/v1/things/", "/v1//things"),
        *("/v1/things/search", "/v1/things/t_1", "/v1/things/t_1/", "/v1/things//take"),
        *("/v1/things/t_1/take", "/v1/things/t_1/give", "/v1/things/{}", "/v1/things/a%20b"),
        *("/v1/things/t_1/parts/p_2", "/v1/things/t_1/parts/p_2/x", "/v2/things"),
    ],
)
async def test_it_is_the_route_that_starlette_finds(method: str, path: str) -> None:
    starlettes = Router(ROUTES, redirect_slashes=False)
    ours = Paths(ROUTES, Router(redirect_slashes=False))
    assert await asked(ours, method, path) == await asked(starlettes, method, path)


async def test_a_fixed_segment_counts_whatever_the_method() -> None:
    status, _told, allowed = await asked(Paths(ROUTES, Router()), "DELETE", "/v1/things/search")
    assert status == 405
    assert sorted((allowed or "").split(", ")) == ["GET", "HEAD"]


async def test_what_belongs_to_no_route_goes_to_the_rest() -> None:
    pages: Sequence[BaseRoute] = [Route("/", Shown("/"))]
    app = Paths(ROUTES, Router(pages))
    assert await asked(app, "GET", "/") == (200, "/ {}", None)
    assert (await asked(app, "GET", "/other"))[0] == 404


def test_a_path_has_one_route() -> None:
    with pytest.raises(AssertionError, match="is there twice"):
        Paths([*ROUTES, Route("/v1/things/{other}", Shown(""))], Router())
