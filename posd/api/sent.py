"""What a request brings, read within its limit, whoever sends it: a till or a browser's form."""

from typing import Final

from starlette.requests import Request

from posd.stripe_wire import form
from posd.stripe_wire.errors import invalid_request
from posd.stripe_wire.form import Node

FORM: Final = "application/x-www-form-urlencoded"


async def fields(request: Request) -> dict[str, Node]:
    """What was sent, as parameters. Raises Rejected."""
    return form.parse(await sent(request))


async def sent(request: Request) -> bytes:
    """The parameters as they were sent: the query, and the body of a POST.

    The limit is held while reading, so that no more than it is ever kept.
    """
    query: bytes = request.scope["query_string"]
    if request.method != "POST":
        return query
    body = bytearray()
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise invalid_request("The request ended before its body did.")
        body += message.get("body", b"")
        if len(body) > form.BODY_BYTES_MAX:
            raise invalid_request(f"Request exceeds {form.BODY_BYTES_MAX} bytes.", status=413)
        more = message.get("more_body", False)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if body and content_type != FORM:
        raise invalid_request(f"Invalid request: the content type of a POST is {FORM}.")
    return b"&".join((query, body))
