"""What each direction does: the bodies that `/_sim` takes, and their effects."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from posd_simulator.cloud.cloud import Cloud, Logged
from posd_simulator.cloud.faults import Fault
from posd_simulator.cloud.ledger import Account, Changed, Granted, account_id_of
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.objects.terminal import location_object, reader_object
from posd_simulator.cloud.params import ADDRESS_FIELDS
from posd_simulator.cloud.rules.configurations import effective
from posd_simulator.cloud.rules.locations import Location
from posd_simulator.cloud.rules.permissions import Level, Resource
from posd_simulator.cloud.rules.rate_limits import RateLimits
from posd_simulator.cloud.rules.readers import SMART_READERS, Device, Reader

Ids = Mapping[str, str]


class Misdirected(Exception):
    """A direction that cannot be followed. Nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveClock:
    """Either is given: a wall time in milliseconds since 1970 UTC, or seconds to go on."""

    at_ms: int | None = None
    advance_s: float | None = None


@dataclass(frozen=True, slots=True)
class FaultRate:
    """The share of requests that meet a fault by chance, 0 to 1."""

    rate: float


@dataclass(frozen=True, slots=True)
class RestrictKey:
    """An API key and what it may do; a resource that is not named is not granted. None: all."""

    key: str
    permissions: dict[Resource, Level] | None = None


@dataclass(frozen=True, slots=True)
class PlaceLocation:
    """A location in the account that the key opens, in the key's mode."""

    key: str
    id: str
    country: str
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class PlaceDevice:
    """A smart reader that shows a pairing code."""

    serial_number: str
    device_type: str
    registration_code: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Whether the reader gives no signal from now on; two minutes later it counts as offline."""

    silent: bool


def state(cloud: Cloud, _ids: Ids, _body: None) -> Json:
    """GET /_sim/state."""
    return cloud.snapshot()


def reset(cloud: Cloud, _ids: Ids, _body: None) -> Json:
    """POST /_sim/reset."""
    cloud.reset()
    return {}


def clock(cloud: Cloud, _ids: Ids, _body: None) -> Json:
    """GET /_sim/clock."""
    return {"now_ms": cloud.now_ms(), "ahead_ms": cloud.ledger.ahead_ms}


def move_clock(cloud: Cloud, ids: Ids, body: MoveClock) -> Json:
    """POST /_sim/clock. Raises Misdirected unless exactly one way is given."""
    match body.at_ms, body.advance_s:
        case (int(at_ms), None):
            ahead_ms = at_ms - cloud.now_ms()
        case (None, float(advance_s)):
            ahead_ms = round(advance_s * 1000)
        case _:
            raise Misdirected("either at_ms or advance_s")
    cloud.ledger.move_clock(cloud.ledger.ahead_ms + ahead_ms)
    return clock(cloud, ids, None)


def script(cloud: Cloud, _ids: Ids, _body: None) -> tuple[Fault, ...]:
    """GET /_sim/faults."""
    return cloud.faults.script


def add_fault(cloud: Cloud, _ids: Ids, body: Fault) -> tuple[Fault, ...]:
    """POST /_sim/faults. Raises Misdirected if the script is full."""
    try:
        cloud.faults.add(body)
    except OverflowError as error:
        raise Misdirected(str(error)) from error
    return cloud.faults.script


def clear_faults(cloud: Cloud, _ids: Ids, _body: None) -> tuple[Fault, ...]:
    """DELETE /_sim/faults."""
    cloud.faults.clear()
    return cloud.faults.script


def set_fault_rate(cloud: Cloud, _ids: Ids, body: FaultRate) -> FaultRate:
    """POST /_sim/fault_rate. Raises Misdirected if it is no share."""
    if not 0 <= body.rate <= 1:
        raise Misdirected("a rate is between 0 and 1")
    cloud.faults.rate = body.rate
    return body


def limits(cloud: Cloud, _ids: Ids, _body: None) -> RateLimits | None:
    """GET /_sim/rate_limits."""
    return cloud.rate_limits


def set_limits(cloud: Cloud, _ids: Ids, body: RateLimits) -> RateLimits:
    """POST /_sim/rate_limits. Raises Misdirected if one lets nothing through."""
    if min(body.live_per_s, body.test_per_s) < 1:
        raise Misdirected("a limit is at least 1")
    cloud.rate_limits = body
    return body


def lift_limits(cloud: Cloud, _ids: Ids, _body: None) -> None:
    """DELETE /_sim/rate_limits."""
    cloud.rate_limits = None


def requests(cloud: Cloud, _ids: Ids, _body: None) -> list[Logged]:
    """GET /_sim/requests."""
    return list(cloud.requests)


def clear_requests(cloud: Cloud, _ids: Ids, _body: None) -> list[Logged]:
    """DELETE /_sim/requests."""
    cloud.requests.clear()
    return []


def restrict_key(cloud: Cloud, _ids: Ids, body: RestrictKey) -> Json:
    """POST /_sim/keys: the account that the key opens."""
    account = account_id_of(body.key)
    cloud.ledger.grant(Granted(account, body.permissions))
    return {"account": account}


def place_location(cloud: Cloud, _ids: Ids, body: PlaceLocation) -> Json:
    """POST /_sim/locations."""
    address = {**dict.fromkeys(ADDRESS_FIELDS), "country": body.country}
    location = Location(body.id, address, body.display_name)
    account = cloud.ledger.account(account_id_of(body.key), livemode="_live_" in body.key)
    cloud.ledger.apply(replace(_change(account), location=location))
    return location_object(location, account)


def readers(cloud: Cloud, _ids: Ids, _body: None) -> Json:
    """GET /_sim/readers."""
    registered = [
        _registered(cloud, account, reader)
        for account in cloud.ledger.accounts.values()
        for reader in account.readers.values()
        if not reader.deleted
    ]
    return {"devices": list(cloud.ledger.devices.values()), "readers": registered}


def place_device(cloud: Cloud, _ids: Ids, body: PlaceDevice) -> Device:
    """POST /_sim/readers. Raises Misdirected for what shows no pairing code."""
    if body.device_type not in SMART_READERS:
        raise Misdirected(f"device_type is one of {', '.join(sorted(SMART_READERS))}")
    device = Device(body.serial_number, body.device_type, body.registration_code)
    cloud.ledger.place(device)
    return device


def silence(cloud: Cloud, ids: Ids, body: Silence) -> Json:
    """POST /_sim/readers/{id}. Raises Misdirected if no account has such a reader."""
    for account in cloud.ledger.accounts.values():
        reader = account.readers.get(ids["id"])
        if reader is not None:
            since_ms = cloud.now_ms() if body.silent else None
            changed = replace(reader, silent_since_ms=since_ms)
            cloud.ledger.apply(replace(_change(account), reader=changed))
            return reader_object(changed, account, cloud.now_ms())
    raise Misdirected(f"no reader {ids['id']}")


def _change(account: Account) -> Changed:
    return Changed(account.id, account.livemode)


def _registered(cloud: Cloud, account: Account, reader: Reader) -> Json:
    """A reader, whose it is, and the configuration that it obeys, with each section's origin."""
    overrides = account.locations[reader.location].configuration_overrides
    obeyed = effective(
        account.configurations[account.default_configuration_id],
        None if overrides is None else account.configurations[overrides],
    )
    return {
        "account": account.id,
        "reader": reader_object(reader, account, cloud.now_ms()),
        "effective_configuration": msgspec.to_builtins(obeyed),
    }
