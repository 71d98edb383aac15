"""Whether a form was sent by a page of ours, before anything is done about it.

Three walls stand behind each other, and each alone would do: the session's cookie is sent with no
request that another site caused (SameSite=Strict); the browser says itself who caused a request
(`Sec-Fetch-Site`, and from before it was invented `Origin`); and a form carries what only a page
of the same session has been told.
"""

import hmac
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from posd.errors import Refused
from posd.page.sessions import Session

FIELD: Final = "csrf"


def check_sender(request: Request) -> None:
    """Raises Refused with status 403 unless the browser says that a page of ours sent it.

    That an Origin which is named is ours was checked for every request: posd.api.origin. A browser
    that says nothing at all is none that could keep a manager's cookie from another site.
    """
    sites = request.headers.getlist("sec-fetch-site")
    if sites != ["same-origin"] and (sites or not request.headers.get("origin")):
        raise Refused("foreign_form", "Forms are taken from posd's own pages only.", status=403)


def check_token(session: Session, fields: Mapping[str, str]) -> None:
    """Raises Refused with status 403 unless the form is of the same sign-in."""
    if not hmac.compare_digest(fields.get(FIELD, "").encode(), session.csrf.encode()):
        raise Refused(
            "foreign_form", "This form is of another session: load its page again.", status=403
        )
