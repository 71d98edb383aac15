"""`/sign-in`, `/sign-out` and `/pin`: who may do more than look."""

from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from posd.page import cookies
from posd.page.pin import DIGITS_MAX, DIGITS_MIN, Locked, Right, UnfitPin, Verdict
from posd.page.told import told
from posd.page.visit import Visit, elsewhere, own_path

HOME: Final = "/"


async def show(visit: Visit) -> Response:
    """The form; at the first start the one that sets the PIN."""
    if await visit.parts.entrance.is_first_start():
        return elsewhere("/setup")
    if visit.session is not None:
        return elsewhere(_next(visit))
    problem = "signin.ended" if visit.fields.get("ended") else ""
    return await _form(visit, HTTPStatus.OK, problem)


async def sign_in(visit: Visit) -> Response:
    """Judge the PIN; to the page that was wanted if it is right."""
    verdict, token = await visit.parts.entrance.sign_in(visit.fields.get("pin", ""), visit.caller)
    if isinstance(verdict, Right):
        return admit(visit, token, _next(visit))
    return await _form(visit, status_of(verdict), problem_of(verdict), verdict)


async def sign_out(visit: Visit) -> Response:
    """End the session."""
    if visit.token is not None:
        visit.parts.sessions.end(visit.token)
    return cookies.take(elsewhere(HOME), secure=visit.secure)


async def show_pin(visit: Visit) -> Response:
    """The form for another PIN."""
    return await _pin_form(visit, HTTPStatus.OK, "")


async def change_pin(visit: Visit) -> Response:
    """Make another PIN count; everybody else is signed out."""
    fields = visit.fields
    if fields.get("pin") != fields.get("again"):
        return await _pin_form(visit, HTTPStatus.BAD_REQUEST, "signin.not_alike")
    try:
        verdict, token = await visit.parts.entrance.change(
            fields.get("before", ""), fields.get("pin", ""), visit.caller
        )
    except UnfitPin:
        return await _pin_form(visit, HTTPStatus.BAD_REQUEST, "signin.unfit")
    if isinstance(verdict, Right):
        return admit(visit, token, HOME)
    return await _pin_form(visit, status_of(verdict), problem_of(verdict), verdict)


def admit(visit: Visit, token: str, path: str) -> Response:
    """On to that path, signed in."""
    return cookies.give(elsewhere(path), token, secure=visit.secure)


def status_of(verdict: Verdict) -> HTTPStatus:
    """The HTTP status of a form that was refused."""
    locked = isinstance(verdict, Locked)
    return HTTPStatus.TOO_MANY_REQUESTS if locked else HTTPStatus.FORBIDDEN


def problem_of(verdict: Verdict, wrong: str = "signin.wrong") -> str:
    """The key of the text that says why."""
    return "signin.locked" if isinstance(verdict, Locked) else wrong


async def _form(
    visit: Visit, status: HTTPStatus, problem: str, verdict: Verdict | None = None
) -> Response:
    return await told(
        visit,
        "sign_in.html",
        status,
        problem=problem,
        until_ms=_until(verdict),
        next=_next(visit),
        digits_max=DIGITS_MAX,
    )


async def _pin_form(
    visit: Visit, status: HTTPStatus, problem: str, verdict: Verdict | None = None
) -> Response:
    return await told(
        visit,
        "pin.html",
        status,
        problem=problem,
        until_ms=_until(verdict),
        digits_min=DIGITS_MIN,
        digits_max=DIGITS_MAX,
    )


def _until(verdict: Verdict | None) -> int | None:
    return verdict.until_ms if isinstance(verdict, Locked) else None


def _next(visit: Visit) -> str:
    """The page that was wanted."""
    return own_path(visit.fields.get("next", HOME))
