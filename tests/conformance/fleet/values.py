"""What is sent: right, or with one thing wrong; of two the one that is named first is anybody's."""

from typing import Final

from hypothesis import strategies as st

from posd.stripe_wire.form import Value

Params = dict[str, Value]
Sent = st.SearchStrategy[Params]

LOCATIONS: Final = "/v1/terminal/locations"
READERS: Final = "/v1/terminal/readers"
CONFIGURATIONS: Final = "/v1/terminal/configurations"
TOKENS: Final = "/v1/terminal/connection_tokens"

RIGHT_OF: Final = 4
"""One call of so many has something wrong."""
UNKNOWN: Final[tuple[Params, ...]] = ({"colour": "red"}, {"expand": ["owner"]}, {"expand": "all"})
WRONG_METADATA: Final[tuple[Params, ...]] = (
    {"metadata": "text"},
    {"metadata": {"k" * 41: "1"}},
    {"metadata": {"lane": "v" * 501}},
)
TOO_MUCH: Final[Params] = {"metadata": {str(number): "1" for number in range(51)}}
"""Of a new object: how much an old one has is not asked where it is deleted."""
WRONG_PAGES: Final[tuple[Params, ...]] = ({"limit": "0"}, {"limit": "101"}, {"limit": "two"})
PAGE: Final = {"limit": st.sampled_from(["1", "2", "100"])}
metadata: st.SearchStrategy[Value] = st.sampled_from(
    [{"lane": "1"}, {"lane": "2", "0": "a key"}, {"lane": ""}, ""]
)


def mostly(right: Sent, *wrong: Params) -> Sent:
    """What is right, now and then with one of these instead, or with what nobody knows."""
    flaws = st.sampled_from((*wrong, *UNKNOWN))
    chosen = st.integers(1, RIGHT_OF).flatmap(lambda n: st.just({}) if n > 1 else flaws)
    return st.tuples(right, chosen).map(lambda both: {**both[0], **both[1]})


VIENNA: Final[Params] = {
    "country": "AT",
    "line1": "Graben 1",
    "city": "Wien",
    "postal_code": "1010",
}
DUBLIN: Final[Params] = {"country": "IE", "line1": "1 Quay", "postal_code": "D01"}
OHIO: Final[Params] = {**VIENNA, "country": "US", "state": "OH"}
_of_a_location: Final = {
    "display_name": st.sampled_from(["Corner", "Ümlaut & Söhne"]),
    "phone": st.sampled_from(["+43 1 234", ""]),
    "metadata": metadata,
}
_WRONG_LOCATION: Final[tuple[Params, ...]] = (
    {"display_name": " "},
    {"display_name": "x" * 1001},
    {"address": "Wien"},
    {"address": {"country": "AT", "street": "Graben"}},
    {"address": {"country": "AT", "line1": " "}},
    {"configuration_overrides": "tmc_nope"},
    {"display_name_kana": "カド"},
    *WRONG_METADATA,
)
new_locations: Sent = mostly(
    st.fixed_dictionaries(
        {"display_name": st.just("Corner"), "address": st.sampled_from([VIENNA, DUBLIN, OHIO])},
        optional={"phone": _of_a_location["phone"], "metadata": metadata},
    ),
    TOO_MUCH,
    {"display_name": ""},
    {"address": {"country": "Eire"}},
    {"address": {"city": "Linz"}},
    {"address": {"country": "US", "line1": "1 Main St", "city": "Ames", "postal_code": "50010"}},
    *_WRONG_LOCATION,
)
location_changes: Sent = mostly(
    st.fixed_dictionaries(
        {},
        optional={
            **_of_a_location,
            "address": st.sampled_from([{"line2": "Top 3"}, {"line1": "Graben 2"}, {"line2": ""}]),
        },
    ),
    {"address": {"line1": ""}},
    {"address": {"country": "FR"}},
    *_WRONG_LOCATION,
)

codes = st.sampled_from(["simulated-wpe", "simulated-s700", "simulated-v660p"])
_of_a_reader: Final = {
    "label": st.sampled_from(["Window", ""]),
    "metadata": metadata,
    "expand": st.sampled_from([["location"], ["location", "location"]]),
}
registrations: Sent = mostly(
    st.fixed_dictionaries({"registration_code": codes}, optional=_of_a_reader),
    {"registration_code": "sepia-cerulean-aqua"},
    {"registration_code": ""},
    {"registration_code": ["simulated-wpe"]},
    {"location": "tml_nope"},
    {"label": " "},
    TOO_MUCH,
    *WRONG_METADATA,
)
reader_changes: Sent = mostly(
    st.fixed_dictionaries({}, optional=_of_a_reader),
    {"label": " "},
    {"location": "tml_nope"},
    *WRONG_METADATA,
)

PSK: Final[Params] = {"ssid": "shop", "password": "secret"}
_TIPS: Final[Params] = {"percentages": [5, 10, 15], "smart_tip_threshold": 500}
sections: Sent = mostly(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.just("Stand"),
            "offline": st.sampled_from(["", {"enabled": True}, {"enabled": False}]),
            "reboot_window": st.sampled_from(["", {"start_hour": 22, "end_hour": 4}]),
            "stripe_s700": st.sampled_from(["", {"splashscreen": "file_1"}]),
            "tipping": st.sampled_from(["", {"eur": _TIPS}, {"eur": _TIPS, "usd": _TIPS}]),
            "wifi": st.sampled_from(["", {"type": "personal_psk", "personal_psk": PSK}]),
            "cellular": st.sampled_from(["", {"enabled": True}]),
            "reader_security": st.sampled_from(["", {"admin_menu_passcode": "12345"}]),
        },
    ),
    {"name": "x" * 101},
    {"offline": {}},
    {"offline": {"enabled": "maybe"}},
    {"offline": "off"},
    {"reboot_window": {"start_hour": 3}},
    {"reboot_window": {"start_hour": 3, "end_hour": 3}},
    {"reboot_window": {"start_hour": 24, "end_hour": 3}},
    {"tipping": {"eur": {"percentages": [5]}, "usd": {"fixed_amounts": [100]}}},
    {"tipping": {"eur": {"percentages": ["five"]}}},
    {"tipping": {"xxx": _TIPS}},
    {"wifi": {"type": "personal_psk"}},
    {"wifi": {"type": "personal_psk", "personal_psk": {"ssid": "shop"}}},
    {"stripe_s700": {"sound": "loud"}},
)

token_requests: Sent = mostly(st.just({}))

directions = st.sampled_from(["starting_after", "ending_before"])
location_filters: Sent = mostly(st.fixed_dictionaries({}, optional=PAGE), *WRONG_PAGES)
reader_filters: Sent = mostly(
    st.fixed_dictionaries(
        {},
        optional={
            **PAGE,
            "device_type": st.sampled_from(["simulated_wisepos_e", "stripe_s700"]),
            "status": st.just("online"),
            "serial_number": st.just("S7-1"),
            "expand": st.just(["data.location"]),
        },
    ),
    {"device_type": "toaster"},
    {"status": "away"},
    {"expand": ["location"]},
    *WRONG_PAGES,
)
configuration_filters: Sent = mostly(
    st.fixed_dictionaries(
        {}, optional={**PAGE, "is_account_default": st.sampled_from(["true", "false"])}
    ),
    {"is_account_default": "perhaps"},
    *WRONG_PAGES,
)

WISEPOS_E: Final = "thsku_5025641dc462e4"
"""As the simulated catalogue names it in Germany; P400 is sold no more, of S710 there are 25."""
S710: Final = "thsku_70f9086b0801f5"
P400: Final = "thsku_b7df73d6483881"
STANDARD: Final = "thsm_673f90ce63f730"
WARES: Final = (
    f"skus/{WISEPOS_E}",
    "skus/thsku_nope",
    "products/thpr_59df7ec17441cd",
    "products/thpr_nope",
    f"shipping_methods/{STANDARD}",
    "shipping_methods/thsm_nope",
)
_HAMBURG: Final[Params] = {
    "country": "DE",
    "line1": "Lange Reihe 1",
    "city": "Hamburg",
    "postal_code": "20099",
}
RECIPIENT: Final[Params] = {
    "address": _HAMBURG,
    "email": "shop@example.com",
    "name": "Erika Mustermann",
    "phone": "+494012345",
}


def items(sku: str, quantity: int | str = 1) -> Params:
    return {"hardware_order_items": [{"terminal_hardware_sku": sku, "quantity": quantity}]}


ORDER: Final[Params] = {
    **items(WISEPOS_E),
    "payment_type": "monthly_invoice",
    "shipping": RECIPIENT,
    "shipping_method": STANDARD,
}
orders: Sent = mostly(
    st.fixed_dictionaries(
        {
            "hardware_order_items": st.sampled_from([WISEPOS_E, S710]).map(
                lambda sku: items(sku)["hardware_order_items"]
            ),
            "payment_type": st.just("monthly_invoice"),
            "shipping": st.just(RECIPIENT),
            "shipping_method": st.just(STANDARD),
        },
        optional={"metadata": metadata, "po_number": st.just("PO-17")},
    ),
    {"payment_type": "cash"},
    {"shipping_method": "thsm_nope"},
    {"shipping": {**RECIPIENT, "email": ""}},
    {"shipping": {**RECIPIENT, "address": {**_HAMBURG, "country": "FR"}}},
    {"shipping": {**RECIPIENT, "address": {"country": "DE", "line1": "Lange Reihe 1"}}},
    {"shipping": {**RECIPIENT, "fax": "1"}},
    {"po_number": "x" * 16},
    items("thsku_nope"),
    items(P400),
    items(S710, 26),
    items(WISEPOS_E, 0),
    items(WISEPOS_E, "two"),
    *WRONG_METADATA,
)
ware_filters: Sent = mostly(
    st.fixed_dictionaries(
        {}, optional={**PAGE, "status": st.sampled_from(["available", "unavailable"])}
    ),
    {"status": "lost"},
    *WRONG_PAGES,
)
order_filters: Sent = mostly(
    st.fixed_dictionaries({}, optional={**PAGE, "status": st.sampled_from(["pending", "shipped"])}),
    {"status": "lost"},
    *WRONG_PAGES,
)
