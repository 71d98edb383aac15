"""`/setup`: the first start, guarded by the code that is in posd's log."""

from http import HTTPStatus

from starlette.responses import Response

from posd.page import store_page
from posd.page.pin import DIGITS_MAX, DIGITS_MIN, Locked, Right, UnfitPin, Verdict
from posd.page.sign_in_page import admit, problem_of, status_of
from posd.page.told import told
from posd.page.visit import Visit, elsewhere


async def show(visit: Visit) -> Response:
    """The form; only while there is no PIN."""
    if not await visit.parts.entrance.is_first_start():
        return elsewhere("/sign-in")
    return await _form(visit, HTTPStatus.OK, "")


async def set_up(visit: Visit) -> Response:
    """Judge the code, and set the PIN."""
    fields = visit.fields
    if fields.get("pin") != fields.get("again"):
        return await _form(visit, HTTPStatus.BAD_REQUEST, "signin.not_alike")
    try:
        verdict, token = await visit.parts.entrance.set_first(
            fields.get("code", ""), fields.get("pin", ""), visit.caller
        )
    except UnfitPin:
        return await _form(visit, HTTPStatus.BAD_REQUEST, "signin.unfit")
    if isinstance(verdict, Right):
        return admit(visit, token, "/store" if store_page.is_open(visit) else "/")
    problem = problem_of(verdict, "setup.wrong_code")
    return await _form(visit, status_of(verdict), problem, verdict)


async def _form(
    visit: Visit, status: HTTPStatus, problem: str, verdict: Verdict | None = None
) -> Response:
    return await told(
        visit,
        "setup.html",
        status,
        problem=problem,
        until_ms=verdict.until_ms if isinstance(verdict, Locked) else None,
        fields=visit.fields,
        digits_min=DIGITS_MIN,
        digits_max=DIGITS_MAX,
    )
