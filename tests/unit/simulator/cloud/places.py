"""A location that is there before the story begins."""

from posd_simulator.cloud.cloud import Cloud
from posd_simulator.cloud.ledger import Changed, account_id_of
from posd_simulator.cloud.rules.locations import Location


def place(cloud: Cloud, key: str, *locations: str) -> None:
    """Locations with these ids, in the account that the API key opens."""
    for location in locations:
        address = {
            "city": "Hamburg",
            "country": "DE",
            "line1": "Lange Reihe 1",
            "line2": None,
            "postal_code": "20099",
            "state": None,
        }
        cloud.ledger.apply(
            Changed(
                account_id_of(key),
                livemode="_live_" in key,
                location=Location(location, address, "Hamburg"),
            )
        )
