"""`terminal.connection_token`, `terminal.location`, `terminal.reader`, `terminal.configuration`."""

from posd_simulator.cloud.ledger import Account
from posd_simulator.cloud.objects import Json
from posd_simulator.cloud.rules.configurations import Configuration
from posd_simulator.cloud.rules.connection_tokens import ConnectionToken
from posd_simulator.cloud.rules.locations import Location
from posd_simulator.cloud.rules.readers import Reader, last_seen_ms, status

SOFTWARE_VERSION = "2.37.2.0"
SIMULATED_IP_ADDRESS = "0.0.0.0"  # noqa: S104 (what Stripe says of a simulated reader)
IP_ADDRESS = "192.0.2.1"


def connection_token_object(token: ConnectionToken) -> Json:
    """`terminal.connection_token`: `location` is there only if the token is limited to one."""
    scope: Json = {} if token.location is None else {"location": token.location}
    return {"object": "terminal.connection_token", **scope, "secret": token.secret}


def location_object(location: Location, account: Account) -> Json:
    """`terminal.location`, or its stub: what is not set is not there."""
    if location.deleted:
        return {"id": location.id, "object": "terminal.location", "deleted": True}
    optional: Json = {
        "address_kana": location.address_kana,
        "address_kanji": location.address_kanji,
        "configuration_overrides": location.configuration_overrides,
        "display_name_kana": location.display_name_kana,
        "display_name_kanji": location.display_name_kanji,
        "phone": location.phone,
    }
    return {
        "id": location.id,
        "object": "terminal.location",
        "address": location.address,
        "display_name": location.display_name,
        "livemode": account.livemode,
        "metadata": location.metadata,
        **{name: value for name, value in optional.items() if value is not None},
    }


def reader_object(reader: Reader, account: Account, now_ms: int) -> Json:
    """`terminal.reader`, or its stub. Nothing drives it here: its action is null."""
    if reader.deleted:
        return {
            "id": reader.id,
            "object": "terminal.reader",
            "deleted": True,
            "device_type": reader.device_type,
            "serial_number": reader.serial_number,
        }
    simulated = reader.device_type.startswith("simulated_")
    return {
        "id": reader.id,
        "object": "terminal.reader",
        "action": None,
        "device_sw_version": SOFTWARE_VERSION,
        "device_type": reader.device_type,
        "ip_address": SIMULATED_IP_ADDRESS if simulated else IP_ADDRESS,
        "label": reader.label,
        "last_seen_at": last_seen_ms(reader, now_ms),
        "livemode": account.livemode,
        "location": reader.location,
        "metadata": reader.metadata,
        "serial_number": reader.serial_number,
        "status": status(reader, now_ms),
    }


def configuration_object(configuration: Configuration, account: Account) -> Json:
    """`terminal.configuration`, or its stub: a section that is not set is not there."""
    if configuration.deleted:
        return {"id": configuration.id, "object": "terminal.configuration", "deleted": True}
    return {
        "id": configuration.id,
        "object": "terminal.configuration",
        "is_account_default": configuration.is_account_default,
        "livemode": account.livemode,
        "name": configuration.name,
        **configuration.sections,
    }
