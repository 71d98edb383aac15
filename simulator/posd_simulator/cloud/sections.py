"""The sections of a configuration as parameters: each by a reader of its own."""

from collections.abc import Callable, Mapping

from posd.stripe_wire.errors import invalid_request, resource_missing
from posd_simulator.cloud.params import Params
from posd_simulator.cloud.rules import configurations as rules
from posd_simulator.cloud.rules.configurations import Section

WIFI_TYPES = ("enterprise_eap_peap", "enterprise_eap_tls", "personal_psk")

_TIPS = ("fixed_amounts", "percentages")
_WIFI_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "enterprise_eap_peap": ("ssid", "username", "password"),
    "enterprise_eap_tls": ("ssid", "client_certificate_file", "private_key_file"),
    "personal_psk": ("ssid", "password"),
}
_WIFI_OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "enterprise_eap_peap": ("ca_certificate_file",),
    "enterprise_eap_tls": ("private_key_file_password", "ca_certificate_file"),
    "personal_psk": (),
}


def read(given: Params) -> dict[str, Section]:
    """Every section that is given; an empty one is to be unset. Raises Rejected."""
    return {
        name: {} if given.unset(name) else reader(given.hash_of(name))
        for name, reader in READERS.items()
        if given.has(name)
    }


def _splashscreen(given: Params) -> Section:
    given.only("splashscreen")
    file = given.optional_text("splashscreen")
    if file is None:
        return {}
    if not file.startswith("file_"):
        raise resource_missing("file upload", file, given.name("splashscreen"))
    return {"splashscreen": file}


def _enabled(given: Params) -> Section:
    return {"enabled": given.only("enabled").boolean("enabled")}


def _reader_security(given: Params) -> Section:
    passcode = given.only("admin_menu_passcode").optional_text("admin_menu_passcode")
    return {} if passcode is None else {"admin_menu_passcode": passcode}


def _reboot_window(given: Params) -> Section:
    given.only("start_hour", "end_hour")
    start = given.integer("start_hour", maximum=rules.HOUR_MAX)
    end = given.integer("end_hour", maximum=rules.HOUR_MAX)
    rules.check_reboot_window(start, end, given.prefix)
    return {"end_hour": end, "start_hour": start}


def _tipping(given: Params) -> Section:
    given.only(*rules.TIPPING_CURRENCIES)
    of_currency = {currency: given.hash_of(currency) for currency in given.nodes}
    rules.check_tipping({name: tips.nodes for name, tips in of_currency.items()}, given.prefix)
    return {currency: _tips(tips) for currency, tips in of_currency.items()}


def _tips(given: Params) -> Section:
    given.only(*_TIPS, "smart_tip_threshold")
    told: Section = {
        "fixed_amounts": given.optional_integers("fixed_amounts", rules.TIPS_MAX),
        "percentages": given.optional_integers("percentages", rules.TIPS_MAX, rules.PERCENTAGE_MAX),
    }
    if given.has("smart_tip_threshold"):
        told["smart_tip_threshold"] = given.integer("smart_tip_threshold")
    return told


def _wifi(given: Params) -> Section:
    given.only("type", *WIFI_TYPES)
    kind = given.choice("type", *WIFI_TYPES)
    for other in WIFI_TYPES:
        if other != kind and given.has(other):
            raise invalid_request(f"The type is {kind}.", param=given.name(other))
    network = given.hash_of(kind).only(*_WIFI_REQUIRED[kind], *_WIFI_OPTIONAL[kind])
    told: Section = {name: network.text(name) for name in _WIFI_REQUIRED[kind]}
    for name in _WIFI_OPTIONAL[kind]:
        if network.has(name):
            told[name] = network.text(name)
    return {"type": kind, kind: told}


READERS: Mapping[str, Callable[[Params], Section]] = {
    **dict.fromkeys(rules.SPLASHSCREENS, _splashscreen),
    "cellular": _enabled,
    "offline": _enabled,
    "reader_security": _reader_security,
    "reboot_window": _reboot_window,
    "tipping": _tipping,
    "wifi": _wifi,
}
"""Section → what reads it."""
