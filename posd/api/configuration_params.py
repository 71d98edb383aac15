"""What may be asked of a configuration: every section of Stripe's, with its shape.

Values are Stripe's to judge. A secret goes through to Stripe and stays nowhere; what posd shows in
its place is refused here, so that reading a configuration and writing it back destroys none.
Source: Stripe API reference, "Terminal configurations".
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Final, TypeAlias

from posd.api.fleet_params import SentOn, SentText
from posd.api.params import Flag, ListParams, sent_on
from posd.model.mirrored import MASKED
from posd.stripe_wire import fields
from posd.stripe_wire.errors import invalid_request
from posd.stripe_wire.form import Node

CURRENCY: Final = re.compile("[a-z]{3}", re.ASCII)

Check: TypeAlias = Callable[[Node, str], object]
"""Raises Rejected for a shape that cannot be."""


class Section(dict[str, Node]):
    """A section as it was sent: a hash, or '' to unset it."""


def _unset_or(check: Check, node: Node, param: str) -> None:
    if node != "":
        check(node, param)


def _secret(node: Node, param: str) -> None:
    if fields.text(node, param) == MASKED:
        raise invalid_request(
            "That is what posd shows in place of a secret that it does not keep: send the secret.",
            param=param,
        )


def _integers(node: Node, param: str) -> None:
    for index, item in enumerate(fields.array_of_text(node, param)):
        fields.integer(item, f"{param}[{index}]")


def _hash(known: Mapping[str, Check], required: tuple[str, ...], node: Node, param: str) -> None:
    parts = fields.hash_of(node, param)
    fields.reject_unknown(parts, known, param)
    for name in required:
        fields.require(parts, name, f"{param}[{name}]")
    for name, part in parts.items():
        known[name](part, f"{param}[{name}]")


def _tipping(node: Node, param: str) -> None:
    """By currency; in which of them there are tips is Stripe's to say."""
    by_currency = fields.hash_of(node, param)
    fields.reject_unknown(by_currency, list(filter(CURRENCY.fullmatch, by_currency)), param)
    for currency, tips in by_currency.items():
        _TIPS(tips, f"{param}[{currency}]")


def _of(known: Mapping[str, Check], *required: str) -> Check:
    return partial(_hash, known, required)


_text: Final = fields.text
_TIPS: Final = _of(
    {
        "fixed_amounts": _integers,
        "percentages": _integers,
        "smart_tip_threshold": fields.integer,
    }
)
_SWITCH: Final = _of({"enabled": fields.boolean}, "enabled")
_WIFI: Final = _of(
    {
        "type": _text,
        "enterprise_eap_peap": _of(
            {"ca_certificate_file": _text, "password": _secret, "ssid": _text, "username": _text},
            "password",
            "ssid",
            "username",
        ),
        "enterprise_eap_tls": _of(
            {
                "ca_certificate_file": _text,
                "client_certificate_file": _text,
                "private_key_file": _text,
                "private_key_file_password": _secret,
                "ssid": _text,
            },
            "client_certificate_file",
            "private_key_file",
            "ssid",
        ),
        "personal_psk": _of({"password": _secret, "ssid": _text}, "password", "ssid"),
    },
    "type",
)


def _section(check: Check) -> object:
    return sent_on(partial(_unset_or, check))


_Splash = Annotated[Section | None, _section(_of({"splashscreen": partial(_unset_or, _text)}))]
_Switch = Annotated[Section | None, _section(_SWITCH)]


class WriteConfiguration(SentOn):
    """`POST /v1/terminal/configurations` and `/v1/terminal/configurations/{configuration}`."""

    bbpos_wisepad3: _Splash = None
    bbpos_wisepos_e: _Splash = None
    cellular: _Switch = None
    name: SentText = None
    offline: _Switch = None
    reader_security: Annotated[
        Section | None, _section(_of({"admin_menu_passcode": partial(_unset_or, _secret)}))
    ] = None
    reboot_window: Annotated[
        Section | None,
        _section(
            _of(
                {"end_hour": fields.integer, "start_hour": fields.integer},
                "end_hour",
                "start_hour",
            )
        ),
    ] = None
    stripe_s700: _Splash = None
    stripe_s710: _Splash = None
    stripe_t600: _Splash = None
    tipping: Annotated[Section | None, _section(_tipping)] = None
    verifone_m425: _Splash = None
    verifone_p400: _Splash = None
    verifone_p630: _Splash = None
    verifone_ux700: _Splash = None
    verifone_v660p: _Splash = None
    wifi: Annotated[Section | None, _section(_WIFI)] = None


class ListConfigurations(ListParams):
    """`GET /v1/terminal/configurations`."""

    is_account_default: Flag = None
