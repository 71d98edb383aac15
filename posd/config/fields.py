"""What the value of a key may be: types for pydantic, each with the words for what is expected."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from posd.model.money import AGREED_DIGITS
from posd.model.reader import CONTROL_URL
from posd_drivers import catalogue
from posd_drivers.errors import Unsupported
from posd_drivers.makes import MAKES

WILDCARDS: Final = ("0.0.0.0", "::")  # noqa: S104 (recognised, not bound)
"""Addresses that stand for all of a machine's."""


def _unexpected(expected: str) -> PydanticCustomError:
    return PydanticCustomError("posd", "{expected}", {"expected": expected})


@dataclass(frozen=True, slots=True)
class _Matching:
    """A text of a pattern, by pydantic's protocol for annotations of one's own."""

    pattern: str
    expected: str

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        told = {"pattern": f"^(?:{self.pattern})$", "description": self.expected}
        return {**handler(schema), **told}

    def _check(self, text: str) -> str:
        if re.fullmatch(self.pattern, text) is None:
            raise _unexpected(self.expected)
        return text


def _known_time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise _unexpected("a time zone of the IANA database, e.g. 'Europe/Berlin'") from error
    return name


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise _unexpected("an absolute path")
    return path


def _ip_address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise _unexpected(
            "an IP address of this machine, e.g. '192.168.1.10', or '0.0.0.0' for all of them"
        ) from error


def _openable(url: str) -> str:
    try:
        catalogue.parse_url(url)
    except (catalogue.BadAddress, Unsupported) as error:
        part = error.part if isinstance(error, catalogue.BadAddress) else "scheme"
        raise _unexpected(
            "a URL like zvt+serial:///dev/posd/reader-1?baud=9600, zvt+usb://0b00:0081/SERIAL or "
            f"zvt+tcp://10.0.0.7:20007; look at its {part}"
        ) from error
    return url


def _known_make(name: str) -> str:
    if name not in MAKES:
        raise _unexpected(f"one of {', '.join(sorted(MAKES))}")
    return name


def _known_charset(name: str) -> str:
    try:
        catalogue.ReaderSettings(currency="eur", charset=name)
    except catalogue.BadSettings as error:
        raise _unexpected("a character set of ZVT, e.g. 'cp437' or 'iso8859_15'") from error
    return name


Name: TypeAlias = Annotated[str, _Matching(r"[^\x00-\x1f\x7f]{1,100}", "1 to 100 characters")]
Slug: TypeAlias = Annotated[
    str, _Matching("[A-Za-z0-9_-]{1,40}", "1 to 40 letters, digits, '_' and '-'")
]
Currency: TypeAlias = Annotated[
    str, _Matching("|".join(AGREED_DIGITS), f"one of {', '.join(AGREED_DIGITS)}")
]
TimeZone: TypeAlias = Annotated[str, AfterValidator(_known_time_zone)]
Locale: TypeAlias = Annotated[
    str,
    _Matching("[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", "a language and country, e.g. 'de-DE'"),
]
UpstreamUrl: TypeAlias = Annotated[
    str,
    _Matching(
        r"(https://[a-z0-9.-]+|http://(127\.0\.0\.1|\[::1\]|localhost))(:[0-9]{1,5})?",
        "https://HOST, or http://127.0.0.1:PORT for a simulator on this machine",
    ),
]
AlarmUrl: TypeAlias = Annotated[
    str,
    _Matching(
        r"(https://[a-z0-9.-]+|http://(127\.0\.0\.1|\[::1\]|localhost))(:[0-9]{1,5})?"
        r"(/[\w!$&'()*+,;=:@%./~-]*)?",
        "https://HOST/PATH without a query, or http://127.0.0.1:PORT/PATH on this machine",
    ),
]
"""What it is sent may not be read on the way, and a secret in it would be in the file."""
ControlUrl: TypeAlias = Annotated[
    str,
    _Matching(
        CONTROL_URL.pattern,
        "http://127.0.0.1:PORT, the control port of a simulated terminal on this machine",
    ),
]
ReaderUrl: TypeAlias = Annotated[str, AfterValidator(_openable)]
CharsetName: TypeAlias = Annotated[str, AfterValidator(_known_charset)]
ProfileName: TypeAlias = Annotated[str, AfterValidator(_known_make)]
AbsolutePath: TypeAlias = Annotated[Path, AfterValidator(_absolute)]
LocationId: TypeAlias = Annotated[
    str, _Matching(r"tml_\w{1,64}", "the id of a Stripe location, 'tml_…'")
]
CredentialName: TypeAlias = Annotated[
    str,
    _Matching(
        r"(?!(sk|rk|pk)_)[A-Za-z0-9][\w.-]{0,99}", "the name of a credential, e.g. 'stripe.key'"
    ),
]
OrderKey: TypeAlias = Annotated[
    str, _Matching(r"[\w.-]{1,40}", "a metadata key of 1 to 40 letters, digits, '_', '.', '-'")
]
HOST_NAME: Final = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
HostName: TypeAlias = Annotated[str, _Matching(HOST_NAME, "a host name without scheme and port")]
IpAddress: TypeAlias = Annotated[str, AfterValidator(_ip_address)]
PaymentMethodType: TypeAlias = Annotated[
    str, _Matching(r"cpmt_\w{1,64}", "the id of a custom payment method type, 'cpmt_…'")
]
CLOSING_TIME: Final = "off|([01][0-9]|2[0-3]):[0-5][0-9]"
ClosingTime: TypeAlias = Annotated[
    str, _Matching(CLOSING_TIME, "a time of day between quotes, e.g. '22:00', or 'off'")
]
Password: TypeAlias = Annotated[str, _Matching("[0-9]{6}", "six digits")]
Sha256: TypeAlias = Annotated[
    str, _Matching("[0-9a-f]{64}", "64 lower-case hex digits, as 'posd keys create --declare' says")
]
