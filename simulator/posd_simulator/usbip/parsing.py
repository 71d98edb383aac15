"""A configuration descriptor taken apart, under the names that PyUSB asks for. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace

from posd_drivers.errors import Malformed
from posd_simulator.usbip.descriptors import CONFIGURATION, DEVICE, ENDPOINT, INTERFACE, Kind


@dataclass(frozen=True, slots=True)
class Setting:
    """One alternate setting of an interface."""

    interface: SimpleNamespace
    endpoints: list[SimpleNamespace]

    @property
    def addresses(self) -> set[int]:
        """Of its endpoints."""
        return {endpoint.bEndpointAddress for endpoint in self.endpoints}


@dataclass(frozen=True, slots=True)
class Configuration:
    """All of it. `settings`: of each interface, in the order in which they come."""

    own: SimpleNamespace
    settings: dict[int, list[Setting]]

    @property
    def classes(self) -> dict[int, int]:
        """The class of each interface, by its number."""
        return {
            number: settings[0].interface.bInterfaceClass
            for number, settings in self.settings.items()
        }

    def setting(self, index: int, alternate_index: int) -> Setting:
        """By the place of the interface and of its setting. Raises IndexError."""
        return list(self.settings.values())[index][alternate_index]

    def addresses(self, interface: int) -> set[int]:
        """The endpoints of an interface, in any of its settings."""
        return set().union(*(it.addresses for it in self.settings.get(interface, [])))


def parse_device(octets: bytes) -> SimpleNamespace:
    """A device descriptor. Raises Malformed."""
    if len(octets) != DEVICE.size:
        raise Malformed("device descriptor", 0)
    return SimpleNamespace(**DEVICE.unpack(octets))


def parse_configuration(octets: bytes) -> Configuration:
    """A configuration descriptor, with all that belongs to it. Raises Malformed."""
    own: SimpleNamespace | None = None
    settings: dict[int, list[Setting]] = {}
    setting: Setting | None = None
    latest: SimpleNamespace | None = None
    for offset, descriptor in _descriptors(octets):
        match descriptor[1]:
            case Kind.CONFIGURATION if len(descriptor) == CONFIGURATION.size and own is None:
                latest = own = _named(CONFIGURATION.unpack(descriptor))
            case Kind.INTERFACE if len(descriptor) == INTERFACE.size:
                latest = _named(INTERFACE.unpack(descriptor))
                setting = Setting(latest, [])
                settings.setdefault(latest.bInterfaceNumber, []).append(setting)
            case Kind.ENDPOINT if len(descriptor) == ENDPOINT.size and setting is not None:
                latest = _named(ENDPOINT.unpack(descriptor), bRefresh=0, bSynchAddress=0)
                setting.endpoints.append(latest)
            case _ if latest is not None:
                latest.extra_descriptors += list(descriptor)
            case _:
                raise Malformed("configuration descriptor", offset)
    if own is None:
        raise Malformed("configuration descriptor", 0)
    return Configuration(own, settings)


def _descriptors(octets: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset < len(octets):
        length = octets[offset]
        if length < 2 or offset + length > len(octets):
            raise Malformed("descriptor length", offset)
        yield offset, octets[offset : offset + length]
        offset += length


def _named(fields: dict[str, int], **more: int) -> SimpleNamespace:
    return SimpleNamespace(**fields, **more, extra_descriptors=[])
