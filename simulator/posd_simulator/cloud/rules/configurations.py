"""Configurations: what a reader is told, section by section.

Source: Stripe's guide "Configurations overview". An account has exactly one default; a location may
override it. Not published, and chosen here: a section that is given replaces the whole section, and
a configuration in use cannot be deleted.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from posd.stripe_wire.errors import invalid_request

Section = dict[str, object]

HOUR_MAX = 23
TIPS_MAX = 3
"""Suggestions that a reader shows."""
PERCENTAGE_MAX = 100

SPLASHSCREENS = (
    *("bbpos_wisepad3", "bbpos_wisepos_e", "stripe_s700", "stripe_s710", "stripe_t600"),
    *("verifone_m425", "verifone_p400", "verifone_p630", "verifone_ux700", "verifone_v660p"),
)
"""Sections of one device type each, with nothing in them but its splash screen."""
TIPPING_CURRENCIES = (
    *("aed", "aud", "cad", "chf", "czk", "dkk", "eur", "gbp", "gip", "hkd", "huf", "jpy", "mxn"),
    *("myr", "nok", "nzd", "pln", "ron", "sek", "sgd", "usd"),
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A named set of sections; what is not in it is inherited.

    Attributes:
        sections: By Stripe's name, as shown.
        deleted: Nothing but a stub is told of it.
    """

    id: str
    name: str | None = None
    is_account_default: bool = False
    sections: dict[str, Section] = field(default_factory=dict)
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Effective:
    """A section as a reader obeys it, and the configuration that it comes from."""

    section: Section
    origin: str


def effective(default: Configuration, override: Configuration | None) -> dict[str, Effective]:
    """What holds at a location: its override's sections, and the account default's for the rest."""
    told = [default] if override is None else [default, override]
    return {
        name: Effective(section, configuration.id)
        for configuration in told
        for name, section in configuration.sections.items()
    }


def check_reboot_window(start_hour: int, end_hour: int, param: str) -> None:
    """Raises Rejected for an empty window. One that ends before it starts ends on the next day."""
    if start_hour == end_hour:
        raise invalid_request("start_hour and end_hour must differ.", param=f"{param}[end_hour]")


def check_tipping(given: Mapping[str, Collection[str]], param: str) -> None:
    """Raises Rejected unless all currencies are given the same settings."""
    settings = {currency: frozenset(names) for currency, names in given.items()}
    if len(set(settings.values())) > 1:
        raise invalid_request(
            "All currencies must be configured with the same tipping settings.", param=param
        )


def check_may_go(configuration: Configuration, locations: Collection[str]) -> None:
    """Raises Rejected if it is the account default, or overrides it at these locations."""
    if configuration.is_account_default:
        raise invalid_request("The account's default configuration cannot be deleted.")
    if locations:
        raise invalid_request(
            f"Configuration {configuration.id} is assigned to {', '.join(sorted(locations))}."
        )
