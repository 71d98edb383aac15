"""`/posd/v1/readers/discovered`: what is plugged in and not registered."""

from posd.api.auth import Access, authorise
from posd.api.calls import Call, Reply
from posd.api.discovery_params import Discover
from posd.discoveries import Discovered
from posd.fleet import SIMULATED_SUFFIX
from posd.render import Json
from posd.stripe_wire import lists
from posd_drivers.look import Look


async def discover(call: Call[Discover]) -> Reply:
    """What is plugged in and not registered, with its URL; `look` asks each who it is (manager)."""
    discoveries, every_port = call.services.discoveries, bool(call.params.all)
    if call.params.look:
        authorise(call.caller, Access.MANAGER)
        found, hidden = await discoveries.look(every_port=every_port)
    else:
        found, hidden = await discoveries.list(every_port=every_port)
    shown = [_discovered(each, livemode=call.services.livemode) for each in found]
    return Reply(lists.envelope(call.path, shown, has_more=False) | {"not_seen": list(hidden)})


def _discovered(found: Discovered, *, livemode: bool) -> Json:
    plugged, look = found.plugged, found.look
    url = plugged.url if look is None else look.url
    return {
        "object": "posd.discovered_reader",
        "livemode": livemode,
        "registration_code": url if livemode else url + SIMULATED_SUFFIX,
        "identity": plugged.identity,
        "tty": plugged.tty,
        "port_path": plugged.port_path,
        "vendor_id": _hex(plugged.vendor),
        "product_id": _hex(plugged.product),
        "serial_number": plugged.serial,
        "maker": plugged.maker,
        "manufacturer": plugged.manufacturer,
        "product": plugged.product_name,
        "look": None if look is None else _look(look),
    }


def _look(look: Look) -> Json:
    told = look.told
    return {
        "answers": look.answers.value,
        "baud": look.line and look.line.baud,
        "format": look.line and look.line.format,
        "status": told and told.status,
        "refusal": told and told.refusal,
        "terminal_id": told and told.terminal_id,
        "device_name": told and told.device_name,
        "device_serial": told and told.device_serial,
        "trouble": look.trouble,
    }


def _hex(number: int | None) -> str | None:
    return None if number is None else f"{number:04x}"
