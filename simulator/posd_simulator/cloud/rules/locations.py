"""Locations: where readers stand.

Source: Stripe's guide "Locations and zones" for the parts of an address that each country asks for.
Of Japan, which is given in kana and kanji, none are published: none are asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from posd.stripe_wire.errors import invalid_request

Address = dict[str, str | None]

_STATE = ("line1", "city", "state", "postal_code")
_CITY = ("line1", "city", "postal_code")
_NO_CITY = ("line1", "postal_code")

REQUIRED_PARTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("AU", "CA", "ES", "IT", "US"), _STATE),
    **dict.fromkeys(("AT", "BE", "CH", "CZ", "DE", "DK", "FI", "FR", "GB", "LU"), _CITY),
    **dict.fromkeys(("MY", "NL", "NO", "NZ", "PL", "PT", "SE"), _CITY),
    **dict.fromkeys(("IE", "SG"), _NO_CITY),
    "JP": (),
}
"""What an address needs beside its country, by country."""


@dataclass(frozen=True, slots=True)
class Location:
    """A place with readers.

    Attributes:
        address: Its six parts, the country always among them.
        configuration_overrides: The id of a configuration.
        address_kana: Japan only; seven parts.
        deleted: Nothing but a stub is told of it.
    """

    id: str
    address: Address
    display_name: str
    configuration_overrides: str | None = None
    phone: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    address_kana: Address | None = None
    address_kanji: Address | None = None
    display_name_kana: str | None = None
    display_name_kanji: str | None = None
    deleted: bool = False


def check_address(address: Address, *, livemode: bool) -> None:
    """Raises Rejected if the country's parts are not all there, or live mode has no such country.

    In test mode any country goes, and one without a row of its own needs no other part.
    """
    country = address["country"]
    assert country is not None, address
    if livemode and country not in REQUIRED_PARTS:
        raise invalid_request(
            f"Terminal is not supported in {country}.",
            code="terminal_location_country_unsupported",
            param="address[country]",
        )
    for part in REQUIRED_PARTS.get(country, ()):
        if address[part] is None:
            param = f"address[{part}]"
            raise invalid_request(
                f"Missing required param: {param}.", code="parameter_missing", param=param
            )


def check_country_stays(location: Location, country: str | None) -> None:
    """Raises Rejected if that is not its country: readers move by being registered elsewhere."""
    if country != location.address["country"]:
        raise invalid_request(
            "The country of a location cannot be changed.", param="address[country]"
        )


def check_no_readers(location: Location, readers: int) -> None:
    """Raises Rejected if that many readers are still there; how Stripe refuses is not published."""
    if readers:
        raise invalid_request(
            f"Location {location.id} cannot be deleted because {readers} readers are registered "
            "to it. Register them at another location or delete them first."
        )
