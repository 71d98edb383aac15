"""`/v1/terminal/locations`."""

import re
from dataclasses import replace

from posd.stripe_wire import fields, lists
from posd.stripe_wire.errors import invalid_request, resource_missing
from posd.stripe_wire.fields import TEXT_CHARACTERS_MAX
from posd_simulator.cloud import paging
from posd_simulator.cloud.call import Call, Done, Execute
from posd_simulator.cloud.objects.terminal import location_object
from posd_simulator.cloud.params import ADDRESS_FIELDS, Params
from posd_simulator.cloud.resources.configurations import configured
from posd_simulator.cloud.rules import locations as rules
from posd_simulator.cloud.rules.locations import Address, Location

DISPLAY_NAME_CHARACTERS_MAX = 1_000
JAPAN = "JP"

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_KIND = "terminal.location"
_JAPANESE = ("address_kana", "address_kanji", "display_name_kana", "display_name_kanji")
_KNOWN = ("address", "configuration_overrides", "display_name", "metadata", "phone", *_JAPANESE)


def create(call: Call) -> Execute:
    """POST /v1/terminal/locations."""
    given = call.params
    call.reads(_KIND, *_KNOWN)
    japanese = any(given.has(name) for name in _JAPANESE)
    if not japanese:
        given.text("display_name")
    wanted = _with_details(given, Location(id="", address=_new_address(given), display_name=""))
    rules.check_address(wanted.address, livemode=call.account.livemode)

    def execute() -> Done:
        _check_overrides(call)
        return _answer(call, replace(wanted, id=call.new_id("tml")))

    return execute


def retrieve(call: Call) -> Execute:
    """GET /v1/terminal/locations/{id}, also of a deleted one."""
    call.reads(_KIND)
    return lambda: (location_object(_found(call), call.account), None)


def update(call: Call) -> Execute:
    """POST /v1/terminal/locations/{id}. Parts of an address that are not given stay."""
    given = call.params
    call.reads(_KIND, *_KNOWN)

    def execute() -> Done:
        location = _found(call)
        if location.deleted:
            return location_object(location, call.account), None
        changed = location
        if given.has("address"):
            changed = replace(location, address=_address(given, "address", location.address))
            rules.check_country_stays(location, changed.address["country"])
        changed = _with_details(given, changed)
        rules.check_address(changed.address, livemode=call.account.livemode)
        _check_overrides(call)
        return _answer(call, changed)

    return execute


def delete(call: Call) -> Execute:
    """DELETE /v1/terminal/locations/{id}."""
    call.reads(_KIND)

    def execute() -> Done:
        location = located(call, call.ids["id"], "id")
        here = [
            reader
            for reader in call.account.readers.values()
            if reader.location == location.id and not reader.deleted
        ]
        rules.check_no_readers(location, len(here))
        return _answer(call, replace(location, deleted=True))

    return execute


def list_all(call: Call) -> Execute:
    """GET /v1/terminal/locations."""
    call.reads(_KIND, *lists.PARAMS, in_list=True)
    page = lists.page(call.params.nodes)

    def execute() -> Done:
        newest_first = [
            location_object(location, call.account)
            for location in reversed(call.account.locations.values())
            if not location.deleted
        ]
        return paging.cut(call.path, newest_first, page, "location"), None

    return execute


def located(call: Call, location_id: str, param: str = "location") -> Location:
    """The location of that id. Raises Rejected, naming the parameter, if there is none."""
    location = call.account.locations.get(location_id)
    if location is None or location.deleted:
        raise resource_missing("location", location_id, param)
    return location


def _found(call: Call) -> Location:
    location = call.account.locations.get(call.ids["id"])
    if location is None:
        raise resource_missing("location", call.ids["id"], "id")
    return location


def _answer(call: Call, location: Location) -> Done:
    return location_object(location, call.account), replace(call.changed(), location=location)


def _check_overrides(call: Call) -> None:
    overrides = call.params.optional_text("configuration_overrides")
    if overrides is not None:
        configured(call, overrides, "configuration_overrides")


def _new_address(given: Params) -> Address:
    """The address of a new location: what is named in kana and kanji alone is in Japan."""
    blank: Address = dict.fromkeys(ADDRESS_FIELDS)
    if not given.has("address") and any(given.has(name) for name in _JAPANESE):
        return {**blank, "country": JAPAN}
    country = given.hash_of("address").text("country")
    if not _COUNTRY.fullmatch(country):
        raise invalid_request(
            f"Country '{country}' is unknown. Try using a 2-character alphanumeric country code.",
            code="country_code_invalid",
            param="address[country]",
        )
    return _address(given, "address", blank)


def _address(given: Params, name: str, current: Address) -> Address:
    """That address with the parts that are given; '' unsets one."""
    parts = given.hash_of(name).only(*current)
    return {
        part: parts.optional_text(part) if parts.has(part) else value
        for part, value in current.items()
    }


def _with_details(given: Params, location: Location) -> Location:
    """The location with everything given but its address; what is given as '' is unset."""
    outside = [name for name in _JAPANESE if given.has(name)]
    if outside and location.address["country"] != JAPAN:
        raise invalid_request(f"{outside[0]} is for locations in Japan.", param=outside[0])

    def text(
        name: str, current: str | None, characters_max: int = TEXT_CHARACTERS_MAX
    ) -> str | None:
        return given.optional_text(name, characters_max) if given.has(name) else current

    def japanese(name: str, current: Address | None) -> Address | None:
        blank: Address = dict.fromkeys((*ADDRESS_FIELDS, "town"))
        return _address(given, name, current or blank) if given.has(name) else current

    longest = DISPLAY_NAME_CHARACTERS_MAX
    return replace(
        location,
        display_name=text("display_name", location.display_name, longest) or "",
        display_name_kana=text("display_name_kana", location.display_name_kana, longest),
        display_name_kanji=text("display_name_kanji", location.display_name_kanji, longest),
        address_kana=japanese("address_kana", location.address_kana),
        address_kanji=japanese("address_kanji", location.address_kanji),
        configuration_overrides=text("configuration_overrides", location.configuration_overrides),
        phone=text("phone", location.phone),
        metadata=fields.merge_metadata(location.metadata, given.metadata()),
    )
