"""The configuration of one reader: every value, where it comes from and how it stands there.

A later layer holds instead of an earlier one: what posd does of itself, the account's default
configuration, the one that overrides it at the reader's location. A layer holds section by section:
a section that the location's configuration has is taken from there whole. What the config file says
of an attached reader is a section of its own. Source: Stripe API reference, "Terminal
configurations".
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final, TypeAlias, assert_never

from msgspec import Struct

from posd.model.mirrored import Mirrored
from posd.model.reboot_window import RebootWindow

REACHES_READERS_MS: Final = 10 * 60 * 1000
"""Stripe passes a change on to its readers within ten minutes, and never tells that it has."""
OWN_SECTION: Final = "reader"
"""The section of what the config file says of an attached reader; Stripe has none of that name."""
POSD_DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {"offline": {"enabled": True}}
"""What posd does at attached readers where no configuration says otherwise."""
OBEYED: Final = frozenset({"offline", "reboot_window"})
"""Sections that posd carries out at attached readers."""
MODELS: Final = frozenset(
    {
        "bbpos_wisepad3",
        "bbpos_wisepos_e",
        "stripe_s700",
        "stripe_s710",
        "stripe_t600",
        "verifone_m425",
        "verifone_p400",
        "verifone_p630",
        "verifone_ux700",
        "verifone_v660p",
    }
)
"""Sections that are for one model only, by the `device_type` in lower case: splash screens."""
SIMULATED_MODELS: Final[Mapping[str, str]] = {"wisepos_e": "bbpos_wisepos_e"}
"""Models that Stripe calls otherwise where they are simulated."""
MOBILE: Final = frozenset({"bbpos_chipper2x", "bbpos_wisepad3", "mobile_phone_reader", "stripe_m2"})
"""Readers without a network of their own: an SDK drives them."""
NOT_FOR_MOBILE: Final = frozenset({"reader_security", "reboot_window", "wifi"})
CELLULAR: Final = frozenset({"stripe_s710"})


class Origin(Enum):
    """Where a value comes from."""

    POSD_DEFAULT = "posd_default"
    ACCOUNT_DEFAULT = "account_default"
    LOCATION_OVERRIDE = "location_override"
    READER = "reader"


class Standing(Enum):
    """How a value stands at the reader.

    `asked`: Stripe knows it and passes it on. `presumed_applied`: it has had the time for that.
    `not_supported`: this kind of reader cannot do it. `not_applicable`: it is meant for another
    model or another currency.
    """

    APPLIED = "applied"
    ASKED = "asked"
    PRESUMED_APPLIED = "presumed_applied"
    NOT_SUPPORTED = "not_supported"
    NOT_APPLICABLE = "not_applicable"


class OwnSetting(Struct, frozen=True):
    """What holds of an attached reader alone; `declared` where the config file says so."""

    name: str
    value: str
    declared: bool


class AttachedReader(Struct, frozen=True):
    """A reader that posd drives. `currency` is the one it takes, lower-case ISO 4217."""

    currency: str
    own: tuple[OwnSetting, ...] = ()


class CloudReader(Struct, frozen=True):
    """A reader that Stripe drives, by its `device_type`."""

    device_type: str


ConfiguredReader: TypeAlias = AttachedReader | CloudReader


class Sources(Struct, frozen=True):
    """What of Stripe's objects decides about one reader.

    Attributes:
        account_default: The account's default configuration, or None if posd heard of none.
        override: The configuration of the reader's location, or None.
        unheard: Id of a configuration that the location names and posd has not heard of.
        moved_ms: Wall time in milliseconds when posd last heard that one of them, the location or
            the reader changed; 0 if there is none.
    """

    account_default: Mirrored | None = None
    override: Mirrored | None = None
    unheard: str | None = None
    moved_ms: int = 0


class Setting(Struct, frozen=True):
    """One value.

    Attributes:
        section: Stripe's, or OWN_SECTION.
        name: The field, with dots where it is nested, e.g. `eur.percentages`.
        value: As Stripe tells it; a secret is masked.
        configuration: Id of the configuration that it comes from, or None.
        since_ms: Wall time in milliseconds when posd last heard that this configuration changed;
            which of its values did, Stripe does not tell.
    """

    section: str
    name: str
    value: Any
    origin: Origin
    standing: Standing
    configuration: str | None = None
    since_ms: int | None = None


class ReaderConfiguration(Struct, frozen=True):
    """Everything that is in force at one reader.

    Attributes:
        location: Id of the reader's location, or None.
        heard_ms: Wall time in milliseconds when Stripe last told posd everything, or None.
        unheard: As in Sources.
    """

    reader: str
    location: str | None
    heard_ms: int | None
    unheard: str | None
    settings: tuple[Setting, ...]


def sources(
    configurations: Sequence[Mirrored], location: Mirrored | None, reader: Mirrored | None = None
) -> Sources:
    """What decides about a reader at that location. `reader` is Stripe's object, if it has one."""
    default = next((one for one in configurations if one.body.get("is_account_default")), None)
    named = None if location is None else location.body.get("configuration_overrides")
    override = next((one for one in configurations if one.id == named), None)
    consulted = [one for one in (default, override, location, reader) if one is not None]
    return Sources(
        account_default=default,
        override=override,
        unheard=named if override is None and isinstance(named, str) else None,
        moved_ms=max((one.changed_ms for one in consulted), default=0),
    )


def effective(found: Sources, reader: ConfiguredReader, now_ms: int) -> tuple[Setting, ...]:
    """Every value that is set for the reader, by section and name."""
    settings: list[Setting] = []
    for section, held in _sections(found, reader).items():
        for name, value in _leaves(held.values):
            standing = _standing(section, name, reader, age_ms=now_ms - found.moved_ms)
            source = held.source
            settings.append(
                Setting(section, name, value, held.origin, standing, source.id, source.changed_ms)
                if source is not None
                else Setting(section, name, value, held.origin, standing)
            )
    if isinstance(reader, AttachedReader):
        settings += [_own(one) for one in reader.own]
    return tuple(sorted(settings, key=lambda one: (one.section, one.name)))


def offline_forbidden_by(found: Sources) -> str | None:
    """Id of the configuration that says that nothing is sold without Stripe; None if none does.

    It has to say so. Where Stripe's own readers stop, an attached one goes on: it needs no Stripe.
    """
    held = _of_stripe(found).get("offline")
    if held is None or held.source is None or held.values.get("enabled") is not False:
        return None
    return held.source.id


def reboot_window(found: Sources) -> RebootWindow | None:
    """When an idle terminal restarts; None where nobody says so, or nothing that can be."""
    held = _of_stripe(found).get("reboot_window")
    hours = (held.values.get("start_hour"), held.values.get("end_hour")) if held else ()
    match hours:
        case (int(start), int(end)) if start != end and {start, end} <= set(range(24)):
            return RebootWindow(start, end)
        case _:
            return None


class _Held(Struct, frozen=True):
    """A section as the last layer has it that has it at all."""

    origin: Origin
    values: Mapping[str, Any]
    source: Mirrored | None = None


def _sections(found: Sources, reader: ConfiguredReader) -> dict[str, _Held]:
    defaults = POSD_DEFAULTS if isinstance(reader, AttachedReader) else {}
    posd = {section: _Held(Origin.POSD_DEFAULT, values) for section, values in defaults.items()}
    return posd | _of_stripe(found)


def _of_stripe(found: Sources) -> dict[str, _Held]:
    layers = (
        (Origin.ACCOUNT_DEFAULT, found.account_default),
        (Origin.LOCATION_OVERRIDE, found.override),
    )
    return {
        section: _Held(origin, values, source)
        for origin, source in layers
        if source is not None
        for section, values in source.body.items()
        if isinstance(values, Mapping) and any(_leaves(values))
    }


def _leaves(values: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Any]]:
    """Each value under its dotted name; null is how Stripe says that nothing is set."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{within}{name}.")
        elif value is not None:
            yield f"{within}{name}", value


def _standing(section: str, name: str, reader: ConfiguredReader, *, age_ms: int) -> Standing:
    match reader:
        case AttachedReader(currency):
            return _standing_attached(section, name, currency)
        case CloudReader(device_type):
            if not _is_meant_for(section, device_type):
                return Standing.NOT_APPLICABLE
            due = age_ms >= REACHES_READERS_MS
            return Standing.PRESUMED_APPLIED if due else Standing.ASKED
        case _:
            assert_never(reader)


def _standing_attached(section: str, name: str, currency: str) -> Standing:
    if section in OBEYED:
        return Standing.APPLIED
    if section == "tipping" and name.partition(".")[0] != currency:
        return Standing.NOT_APPLICABLE
    return Standing.NOT_SUPPORTED


def _is_meant_for(section: str, device_type: str) -> bool:
    bare = device_type.removeprefix("simulated_").lower()
    model = SIMULATED_MODELS.get(bare, bare)
    if section in MODELS:
        return section == model
    if section == "cellular":
        return model in CELLULAR
    return section not in NOT_FOR_MOBILE or model not in MOBILE


def _own(setting: OwnSetting) -> Setting:
    origin = Origin.READER if setting.declared else Origin.POSD_DEFAULT
    return Setting(OWN_SECTION, setting.name, setting.value, origin, Standing.APPLIED)
