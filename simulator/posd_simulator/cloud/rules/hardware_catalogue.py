"""What can be ordered, where it goes, what it costs: the same in every account.

Prices, taxes and quantities are invented; what is refused and how things hang together is not.
Amounts are minor units. Ids look like Stripe's and say nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

ID_CHARACTERS = 14
BASIS_POINTS = 10_000
WHOLE_UNITS = 100
"""Prices end in .00: minor units in one unit of every currency here."""


@dataclass(frozen=True, slots=True)
class Product:
    """A kind of hardware; `unavailable_after` in seconds since 1970 UTC."""

    id: str
    type: str
    unavailable_after: int | None = None


@dataclass(frozen=True, slots=True)
class Sku:
    """A product as sold in one country: price of one, and how many an order may take."""

    id: str
    product: Product
    country: str
    currency: str
    amount: int
    orderable: int


@dataclass(frozen=True, slots=True)
class ShippingMethod:
    """A way to one country; its price, and the days that it takes at least and at most."""

    id: str
    name: str
    country: str
    currency: str
    amount: int
    days: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Tax:
    """What is added. `rate` is in basis points, hundredths of a percent."""

    display_name: str
    rate: int
    jurisdiction: str


RETIRED_AT = 1_735_689_600
"""1 January 2025."""

_PRODUCTS = (
    # type, price in whole euros, at most in one order, since when it cannot be ordered
    ("bbpos_wisepos_e", 249, 500, None),
    ("bbpos_wisepos_e_dock", 39, 20_000, None),
    ("stripe_m2", 59, 1_000, None),
    ("stripe_s700", 349, 500, None),
    ("stripe_s700_hub", 49, 20_000, None),
    ("stripe_s710", 399, 25, None),
    ("verifone_p400", 299, 0, RETIRED_AT),
    ("verifone_v660p", 449, 100, None),
)
_CURRENCIES: Mapping[str, tuple[str, int]] = {
    # country: currency, its units in a hundred euros
    **dict.fromkeys(
        ("AT", "BE", "DE", "ES", "FI", "FR", "IE", "IT", "LU", "NL", "PT"), ("eur", 100)
    ),
    "AU": ("aud", 165),
    "CA": ("cad", 150),
    "CH": ("chf", 96),
    "DK": ("dkk", 746),
    "GB": ("gbp", 86),
    "NO": ("nok", 1150),
    "NZ": ("nzd", 180),
    "SE": ("sek", 1130),
    "SG": ("sgd", 145),
    "US": ("usd", 108),
}
_SHIPPING = (
    # name, price in whole euros, days at least, days at most
    ("standard", 9, 3, 7),
    ("express", 19, 2, 3),
    ("priority", 39, 1, 1),
)
_TAXES: Mapping[str, Tax] = {
    # country, and in the US country and state
    "AT": Tax("VAT", 2000, "Austria"),
    "AU": Tax("GST", 1000, "Australia"),
    "BE": Tax("VAT", 2100, "Belgium"),
    "CA": Tax("GST", 500, "Canada"),
    "CH": Tax("VAT", 810, "Switzerland"),
    "DE": Tax("VAT", 1900, "Germany"),
    "DK": Tax("VAT", 2500, "Denmark"),
    "ES": Tax("VAT", 2100, "Spain"),
    "FI": Tax("VAT", 2550, "Finland"),
    "FR": Tax("VAT", 2000, "France"),
    "GB": Tax("VAT", 2000, "United Kingdom"),
    "IE": Tax("VAT", 2300, "Ireland"),
    "IT": Tax("VAT", 2200, "Italy"),
    "LU": Tax("VAT", 1700, "Luxembourg"),
    "NL": Tax("VAT", 2100, "Netherlands"),
    "NO": Tax("VAT", 2500, "Norway"),
    "NZ": Tax("GST", 1500, "New Zealand"),
    "PT": Tax("VAT", 2300, "Portugal"),
    "SE": Tax("VAT", 2500, "Sweden"),
    "SG": Tax("GST", 900, "Singapore"),
    "US-CA": Tax("Sales tax", 725, "California"),
    "US-NY": Tax("Sales tax", 400, "New York"),
    "US-TX": Tax("Sales tax", 625, "Texas"),
    "US-WA": Tax("Sales tax", 650, "Washington"),
}


def tax_at(country: str, state: str | None) -> Tax | None:
    """The tax on an order that goes there, shipping included; None if there is none."""
    return _TAXES.get(country) or _TAXES.get(f"{country}-{state}")


def tax_on(amount: int, tax: Tax) -> int:
    """Minor units of tax, rounded half up."""
    return (amount * tax.rate + BASIS_POINTS // 2) // BASIS_POINTS


def _id(prefix: str, *parts: str) -> str:
    return f"{prefix}_{sha256('/'.join(parts).encode()).hexdigest()[:ID_CHARACTERS]}"


def _price(euros: int, units_in_hundred_euros: int) -> int:
    return euros * units_in_hundred_euros // 100 * WHOLE_UNITS


def _products() -> dict[str, Product]:
    products = [Product(_id("thpr", kind), kind, gone) for kind, _, _, gone in _PRODUCTS]
    return {product.id: product for product in products}


def _skus() -> dict[str, Sku]:
    skus = [
        Sku(
            _id("thsku", country, kind),
            PRODUCTS[_id("thpr", kind)],
            country,
            currency,
            _price(euros, rate),
            orderable,
        )
        for country, (currency, rate) in _CURRENCIES.items()
        for kind, euros, orderable, _ in _PRODUCTS
    ]
    return {sku.id: sku for sku in skus}


def _shipping_methods() -> dict[str, ShippingMethod]:
    methods = [
        ShippingMethod(
            _id("thsm", country, name), name, country, currency, _price(euros, rate), (least, most)
        )
        for country, (currency, rate) in _CURRENCIES.items()
        for name, euros, least, most in _SHIPPING
    ]
    return {method.id: method for method in methods}


PRODUCTS: Mapping[str, Product] = _products()
SKUS: Mapping[str, Sku] = _skus()
SHIPPING_METHODS: Mapping[str, ShippingMethod] = _shipping_methods()
