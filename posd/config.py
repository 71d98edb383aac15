"""The configuration file: TOML in, frozen dataclasses out, every mistake told at once.

`docs/configuration.md` documents each key. The file holds no secret of a live store: the Stripe key
and the readers' passwords are credentials (`posd.service.credentials`), till keys are hashes.
Only `daemon.py` and the operator's commands read it.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from typing_extensions import override

from posd.errors import ConfigError
from posd.model.access_key import Role
from posd.model.money import AGREED_DIGITS
from posd_drivers import catalogue
from posd_drivers.errors import Unsupported

DEFAULT_PATH: Final = Path("/etc/posd/posd.toml")
CONFIG_BYTES_MAX: Final = 1 << 20
FOUND_CHARACTERS_MAX: Final = 60
_SECRET_KEYS: Final = frozenset({"password", "sha256", "credential", "password_credential"})
_SECRET_VALUE: Final = re.compile(r"(sk|rk|pk|whsec|posd)_\w|password|://[^/]*@", re.IGNORECASE)
_STRICT: Final = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _unexpected(expected: str) -> PydanticCustomError:
    return PydanticCustomError("posd", "{expected}", {"expected": expected})


def _matching(pattern: str, expected: str) -> AfterValidator:
    def check(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise _unexpected(expected)
        return text

    return AfterValidator(check)


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


def _openable(url: str) -> str:
    try:
        catalogue.parse_url(url)
    except (ValueError, Unsupported) as error:
        part = error.part if isinstance(error, catalogue.BadAddress) else "scheme or host"
        raise _unexpected(
            "a URL like zvt+serial:///dev/posd/reader-1?baud=9600 or zvt+tcp://10.0.0.7:20007; "
            f"look at its {part}"
        ) from error
    return url


def _known_charset(name: str) -> str:
    try:
        catalogue.ReaderSettings(currency="eur", charset=name)
    except catalogue.BadSettings as error:
        raise _unexpected("a character set of ZVT, e.g. 'cp437' or 'iso8859_15'") from error
    return name


Name: TypeAlias = Annotated[str, _matching(r"[^\x00-\x1f\x7f]{1,100}", "1 to 100 characters")]
Slug: TypeAlias = Annotated[
    str, _matching("[A-Za-z0-9_-]{1,40}", "1 to 40 letters, digits, '_' and '-'")
]
Currency: TypeAlias = Annotated[
    str, _matching("|".join(AGREED_DIGITS), f"one of {', '.join(AGREED_DIGITS)}")
]
TimeZone: TypeAlias = Annotated[str, AfterValidator(_known_time_zone)]
Locale: TypeAlias = Annotated[
    str,
    _matching("[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", "a language and country, e.g. 'de-DE'"),
]
UpstreamUrl: TypeAlias = Annotated[
    str,
    _matching(
        r"(https://[a-z0-9.-]+|http://(127\.0\.0\.1|\[::1\]|localhost))(:[0-9]{1,5})?",
        "https://HOST, or http://127.0.0.1:PORT for a simulator on this machine",
    ),
]
ReaderUrl: TypeAlias = Annotated[str, AfterValidator(_openable)]
CharsetName: TypeAlias = Annotated[str, AfterValidator(_known_charset)]
AbsolutePath: TypeAlias = Annotated[Path, AfterValidator(_absolute)]
LocationId: TypeAlias = Annotated[
    str, _matching(r"tml_\w{1,64}", "the id of a Stripe location, 'tml_…'")
]
CredentialName: TypeAlias = Annotated[
    str,
    _matching(
        r"(?!(sk|rk|pk)_)[A-Za-z0-9][\w.-]{0,99}", "the name of a credential, e.g. 'stripe.key'"
    ),
]
OrderKey: TypeAlias = Annotated[
    str, _matching(r"[\w.-]{1,40}", "a metadata key of 1 to 40 letters, digits, '_', '.', '-'")
]
HostName: TypeAlias = Annotated[
    str, _matching(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?", "a host name without scheme and port")
]
PaymentMethodType: TypeAlias = Annotated[
    str, _matching(r"cpmt_\w{1,64}", "the id of a custom payment method type, 'cpmt_…'")
]
Password: TypeAlias = Annotated[str, _matching("[0-9]{6}", "six digits")]
Sha256: TypeAlias = Annotated[
    str, _matching("[0-9a-f]{64}", "64 lower-case hex digits, as 'posd keys create --declare' says")
]


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """`[store]`: who this is, where it keeps its journal, and how its days end."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: Name
    time_zone: TimeZone
    currency: Currency
    locale: Locale = "en"
    location: LocationId | None = None
    day_ends_at: time = time(4)
    state_dir: AbsolutePath = Path("/var/lib/posd")
    order_key: OrderKey = "order_id"


@dataclass(frozen=True, slots=True)
class UpstreamConfig:
    """`[upstream]`: what is reported where, and how fast at most."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    kind: Literal["stripe", "none"] = "none"
    base_url: UpstreamUrl = "https://api.stripe.com"
    credential: CredentialName = "stripe.key"
    credential_file: AbsolutePath | None = None
    report: Literal["payment_records", "off"] = "payment_records"
    custom_payment_method: PaymentMethodType | None = None
    allow_test_upstream: bool = False
    requests_per_s: Annotated[float, Field(gt=0, le=100)] = 2


@dataclass(frozen=True, slots=True)
class ListenConfig:
    """`[listen]`: where tills reach posd: loopback and a unix socket, nothing else."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    port: Annotated[int, Field(ge=0, le=65535)] = 8719
    socket: AbsolutePath = Path("/run/posd/posd.sock")
    hosts: tuple[HostName, ...] = ()


@dataclass(frozen=True, slots=True)
class LaneConfig:
    """`[[lane]]`: a till position and the readers it may use."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: Name
    reader: Slug
    fallback: Slug | None = None


@dataclass(frozen=True, slots=True)
class ReaderConfig:
    """`[[reader]]`: an attached reader.

    Attributes:
        name: Part of its id in the API for ever, `tmr_posd_NAME`.
        currency: The one it takes (M10); the store's where the file names none.
        prints: Who prints its receipts.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: Slug
    url: ReaderUrl
    currency: Currency
    simulated: bool = False
    label: Name | None = None
    location: LocationId | None = None
    password_credential: CredentialName | None = None
    password: Password | None = field(default=None, repr=False)
    prints: Literal["terminal", "till"] = "terminal"
    charset: CharsetName = "cp437"


@dataclass(frozen=True, slots=True)
class KeyConfig:
    """`[[key]]`: a key that opens the API, as its hash only."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: Name
    role: Role
    sha256: Sha256
    lane: Name | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file. `mode` says whether money is meant, for the life of a state directory."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    store: StoreConfig
    mode: Literal["live", "test"] = "live"
    upstream: UpstreamConfig = UpstreamConfig()
    listen: ListenConfig = ListenConfig()
    lane: tuple[LaneConfig, ...] = ()
    reader: tuple[ReaderConfig, ...] = ()
    key: tuple[KeyConfig, ...] = ()


SECTIONS: Final[Mapping[str, type[Any]]] = {
    "": Config,
    "store": StoreConfig,
    "upstream": UpstreamConfig,
    "listen": ListenConfig,
    "lane": LaneConfig,
    "reader": ReaderConfig,
    "key": KeyConfig,
}
"""Every section of the file by its name in TOML; "" is the top of the file."""
_CONFIG: Final = TypeAdapter(Config)


def load(path: Path) -> Config:
    """The configuration in `path`. Raises ConfigError with every mistake in it."""
    try:
        with path.open("rb") as file:
            raw = file.read(CONFIG_BYTES_MAX + 1)
        if len(raw) > CONFIG_BYTES_MAX:
            raise ConfigError(f"{path}: larger than {CONFIG_BYTES_MAX} bytes")
        return parse(raw.decode(), path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: expected UTF-8, found byte {error.start} that is not"
        ) from error


def parse(text: str, source: Path) -> Config:
    """The configuration in `text`; `source` names it in a ConfigError, which tells all mistakes."""
    problems: list[_Problem] = []
    try:
        document = tomllib.loads(text)
        _inherit_currency(document)
        problems += _relations(document)
        # Through JSON, so that strict types still let a list be a tuple and a text a path.
        config = _CONFIG.validate_json(json.dumps(document, default=str))
    except ValidationError as error:
        problems = [_problem(detail) for detail in error.errors(include_url=False)] + problems
        raise _config_error(source, problems) from error
    except RecursionError as error:
        raise ConfigError(f"{source}: nested too deeply") from error
    except ValueError as error:  # TOMLDecodeError, and integers of thousands of digits
        raise ConfigError(f"{source}: not TOML: {error}") from error
    if problems:
        raise _config_error(source, problems)
    return config


@dataclass(frozen=True, slots=True)
class _Problem:
    path: str
    found: str
    expected: str

    @override
    def __str__(self) -> str:
        return f"{self.path}: found {self.found}, expected {self.expected}"


def _config_error(source: Path, problems: Iterable[_Problem]) -> ConfigError:
    return ConfigError("\n".join(f"{source}: {problem}" for problem in problems))


def _problem(detail: ErrorDetails) -> _Problem:
    path = _key_path(detail["loc"])
    match detail["type"]:
        case "missing":
            return _Problem(path, "nothing", "this key")
        case "unexpected_keyword_argument":
            section = str(detail["loc"][0]) if len(detail["loc"]) > 1 else ""
            names = ", ".join(field.name for field in fields(SECTIONS[section]))
            return _Problem(path, "a key that posd does not know", f"one of {names}")
        case _:
            expected = detail["msg"].removeprefix("Input should be ")
            return _Problem(path, _shown(str(detail["loc"][-1]), detail["input"]), expected)


def _key_path(loc: tuple[int | str, ...]) -> str:
    """`reader[0].url` for ("reader", 0, "url"); anything but a bare TOML key is quoted."""
    path = ""
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            key = part if re.fullmatch(r"[\w-]{1,64}", part, re.ASCII) else ascii(part[:64])
            path += f".{key}" if path else key
    return path


def _shown(key: str, found: object) -> str:
    """What was found, fit for a terminal and a log; never a secret, or what may be one."""
    match found:
        case dict():
            return "a table"
        case list():
            return "a list"
        case str() if key in _SECRET_KEYS or _SECRET_VALUE.search(found):
            return f"a text of {len(found)} characters that is not shown"
        case _:
            shown = ascii(found) if isinstance(found, str) else json.dumps(found)
            return shown if len(shown) <= FOUND_CHARACTERS_MAX else shown[:57] + "..."


def _inherit_currency(document: dict[str, Any]) -> None:
    """Readers take the store's currency. Where that is wrong, it is told once: any stands in."""
    store = document.get("store")
    currency = store.get("currency") if isinstance(store, dict) else None
    known = currency if currency in tuple(AGREED_DIGITS) else next(iter(AGREED_DIGITS))
    for _, row in _rows(document, "reader"):
        row.setdefault("currency", known)


def _rows(document: Mapping[str, Any], table: str) -> list[tuple[int, dict[str, Any]]]:
    rows = document.get(table)
    numbered = enumerate(rows) if isinstance(rows, list) else ()
    return [(index, row) for index, row in numbered if isinstance(row, dict)]


def _column(document: Mapping[str, Any], table: str, key: str) -> list[tuple[str, str]]:
    """The texts of one key of a table of tables, each with its key path."""
    cells = [(f"{table}[{index}].{key}", row.get(key)) for index, row in _rows(document, table)]
    return [(path, text) for path, text in cells if isinstance(text, str)]


def _relations(document: Mapping[str, Any]) -> Iterator[_Problem]:
    """What is wrong between keys. Looks at the raw document, so that it sees past other errors."""
    for table, key in (
        ("lane", "name"),
        ("reader", "name"),
        ("reader", "url"),
        ("key", "name"),
        ("key", "sha256"),
    ):
        yield from _repeated(key, _column(document, table, key))
    for table, key, target in (
        ("lane", "reader", "reader"),
        ("lane", "fallback", "reader"),
        ("key", "lane", "lane"),
    ):
        names = {name for _, name in _column(document, target, "name")}
        for path, name in _column(document, table, key):
            if name not in names:
                yield _Problem(path, _shown(key, name), f"the name of a [[{target}]] of this file")
    yield from _modes(document)


def _repeated(key: str, cells: Iterable[tuple[str, str]]) -> Iterator[_Problem]:
    first: dict[str, str] = {}
    for path, text in cells:
        if text in first:
            expected = f"another {key} than that of {first[text].rpartition('.')[0]}"
            yield _Problem(path, _shown(key, text), expected)
        first.setdefault(text, path)


def _modes(document: Mapping[str, Any]) -> Iterator[_Problem]:
    """Test mode takes simulated readers only, live mode none, and no password in the file."""
    live = document.get("mode", "live") == "live"
    test = document.get("mode") == "test"
    for index, row in _rows(document, "reader"):
        path = f"reader[{index}]"
        simulated = row.get("simulated", False)
        if live and simulated is True:
            yield _Problem(f"{path}.simulated", "true", "a real reader in live mode")
        if test and simulated is False:
            expected = 'true: mode = "test" takes simulated readers only'
            yield _Problem(f"{path}.simulated", "false", expected)
        if "password" in row and (live or "password_credential" in row):
            found = _shown("password", row["password"])
            yield _Problem(f"{path}.password", found, "password_credential instead")
