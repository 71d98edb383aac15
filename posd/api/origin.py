"""Whether a request may be meant for posd at all, before anybody asks for a key.

A browser on the same machine can be made to send requests to loopback by any page it shows, and a
name of an attacker's own can be made to point here (DNS rebinding). So the Host header must name
this machine, and a request that a foreign page caused is refused. There are no CORS headers.
"""

from collections.abc import Collection
from typing import Final

from starlette.requests import Request

from posd.stripe_wire.errors import Rejected, invalid_request

LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
FOREIGN_SITES: Final = frozenset({"cross-site", "same-site"})
"""`Sec-Fetch-Site` of a request that another origin's page caused; a navigation says `none`."""
PORT_DIGITS_MAX: Final = 5


class Foreign(Rejected):
    """Not meant for posd, or caused by a foreign page; its connection is closed with the answer.

    A browser keeps a few connections for each site that shows a frame: left open, those of one
    page with many frames would take every place that the till of this machine has.
    """


def check(request: Request, hosts: Collection[str]) -> None:
    """Raises Foreign: 400 without exactly one Host, 421 for a foreign one, 403 for an Origin.

    `hosts` are the names of this machine where the request came in, lower case, without port.
    """
    try:
        _check(request, hosts)
    except Rejected as refused:
        raise Foreign(refused.error) from None


def _check(request: Request, hosts: Collection[str]) -> None:
    named = request.headers.getlist("host")
    if len(named) != 1:
        raise invalid_request("A request names exactly one Host.", status=400)
    host = named[0].lower()
    if not _is_ours(host, hosts):
        raise invalid_request("This host is not served here.", status=421)
    origins = request.headers.getlist("origin")
    # Behind loopback a proxy of the store's own may speak TLS; over TLS nobody else speaks for us.
    schemes = ("https",) if request.scope.get("scheme") == "https" else ("http", "https")
    own = {f"{scheme}://{host}" for scheme in schemes}
    if any(origin.lower() not in own for origin in origins):
        raise invalid_request("Requests of other origins are refused.", status=403)
    if not FOREIGN_SITES.isdisjoint(request.headers.getlist("sec-fetch-site")):
        raise invalid_request("Requests of other sites are refused.", status=403)


def _is_ours(host: str, hosts: Collection[str]) -> bool:
    name, colon, port = host, "", ""
    if not host.endswith("]"):
        name, colon, port = host.rpartition(":") if ":" in host else (host, "", "")
    if colon and not (port.isascii() and port.isdecimal() and len(port) <= PORT_DIGITS_MAX):
        return False
    return name in hosts
