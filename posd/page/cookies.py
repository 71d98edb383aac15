"""The cookie that says whose visit it is."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

COOKIE: Final = "posd_session"
SECURE_COOKIE: Final = "__Host-posd_session"
"""Under TLS: a browser takes it from this very host only, and sends it to no other."""
TOKEN_CHARACTERS_MAX: Final = 200


def token(request: Request) -> str | None:
    """What the cookie says, if there is one."""
    found = request.cookies.get(_name(secure=request.url.is_secure))
    return found if found and len(found) <= TOKEN_CHARACTERS_MAX else None


def give(response: Response, token_: str, *, secure: bool) -> Response:
    """The answer, with the cookie. It ends with the browser, and no script reads it."""
    response.set_cookie(
        _name(secure=secure), token_, path="/", secure=secure, httponly=True, samesite="strict"
    )
    return response


def take(response: Response, *, secure: bool) -> Response:
    """The answer, and the cookie is gone."""
    response.delete_cookie(
        _name(secure=secure), path="/", secure=secure, httponly=True, samesite="strict"
    )
    return response


def _name(*, secure: bool) -> str:
    return SECURE_COOKIE if secure else COOKIE
