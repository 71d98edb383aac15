"""What `expand[]` may name in this Stripe, and where it is found."""

from posd.stripe_wire.expand import Expandable, Resolve
from posd_simulator.cloud.ledger import Account
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.objects.terminal import location_object

EXPANDABLE: Expandable = {("terminal.reader", "location"): "terminal.location"}
"""Everything else that Stripe expands is not simulated, and refused."""


def resolver(account: Account) -> Resolve:
    """Finds the objects of that account."""

    def resolve(kind: str, identifier: str) -> Json:
        match kind:
            case "terminal.location":
                return location_object(account.locations[identifier], account)
            case _:
                raise AssertionError(kind)

    return resolve
