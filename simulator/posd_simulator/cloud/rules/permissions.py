"""What a restricted key may do: nothing, read or write, resource by resource.

The refusal is Stripe's as its clients log it, permission included. The resources' names in it are
not published for Terminal: they are made after the pattern of those that are known.
"""

from collections.abc import Mapping
from enum import Enum

from posd.stripe_wire.errors import invalid_request


class Level(Enum):
    """What is granted on a resource; write includes read."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


class Resource(Enum):
    """What permissions are granted on."""

    ACCOUNT = "account"
    CONFIGURATION = "terminal_configuration"
    CONNECTION_TOKEN = "terminal_connection_token"  # noqa: S105 (a name)
    EVENT = "event"
    HARDWARE_ORDER = "terminal_hardware_order"
    LOCATION = "terminal_location"
    PAYMENT_RECORD = "payment_record"
    READER = "terminal_reader"


Permissions = Mapping[Resource, Level]
"""What is granted; a resource that is not there is granted as NONE."""

_GRANTS: Mapping[Level, frozenset[Level]] = {
    Level.READ: frozenset({Level.READ, Level.WRITE}),
    Level.WRITE: frozenset({Level.WRITE}),
}


def check(granted: Permissions, resource: Resource, method: str, key: str, account: str) -> None:
    """Raises Rejected unless the key may call that method on that resource.

    Args:
        granted: The key's permissions.
        resource: What the route is about.
        method: The HTTP method; a GET reads, everything else writes.
        key: The key as shown to its holder, masked.
        account: The account that the call is about.
    """
    needed = Level.READ if method == "GET" else Level.WRITE
    if granted.get(resource, Level.NONE) not in _GRANTS[needed]:
        raise invalid_request(
            f"The provided key '{key}' does not have the required permissions for this endpoint "
            f"on account '{account}'. Having the 'rak_{resource.value}_{needed.value}' permission "
            "would allow this request to continue.",
            status=403,
        )
