"""The sections of the file as frozen dataclasses, in the order of `docs/configuration.md`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import ConfigDict, Field

from posd.config.fields import (
    WILDCARDS,
    AbsolutePath,
    AlarmUrl,
    CharsetName,
    ClosingTime,
    ControlUrl,
    CredentialName,
    Currency,
    HostName,
    IpAddress,
    Locale,
    LocationId,
    Name,
    OrderKey,
    Password,
    PaymentMethodType,
    ProfileName,
    ReaderUrl,
    Sha256,
    Slug,
    TimeZone,
    UpstreamUrl,
)
from posd.model.access_key import Role

_STRICT: Final = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreConfig:
    """`[store]`: who this is, where it keeps its journal, and how its days end.

    Attributes:
        name: None where a manager names the store at its page.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: Name | None = None
    time_zone: TimeZone
    currency: Currency
    locale: Locale = "en"
    location: LocationId | None = None
    day_ends_at: time = time(4)
    state_dir: AbsolutePath = Path("/var/lib/posd")
    order_key: OrderKey = "order_id"
    end_of_day: ClosingTime = "off"
    texts: AbsolutePath | None = None


@dataclass(frozen=True, slots=True)
class UpstreamConfig:
    """`[upstream]`: what is reported where, and how fast at most."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    kind: Literal["stripe", "none"] = "none"
    base_url: UpstreamUrl = "https://api.stripe.com"
    credential: CredentialName = "stripe.key"
    credential_file: AbsolutePath | None = None
    report: Literal["payment_records", "off"] = "payment_records"
    report_at_risk: bool = False
    custom_payment_method: PaymentMethodType | None = None
    allow_test_upstream: bool = False
    requests_per_s: Annotated[float, Field(gt=0, le=100)] = 2
    connections: Annotated[int, Field(ge=1, le=16)] = 4


@dataclass(frozen=True, slots=True)
class OfflineConfig:
    """`[offline]`: how much Stripe may not have been told of, and what happens beyond that.

    Attributes:
        amount_max: Minor units, of each currency by itself.
        age_max_h: Hours that the oldest report may wait.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    amount_max: Annotated[int, Field(gt=0)] | None = None
    count_max: Annotated[int, Field(gt=0)] | None = None
    age_max_h: Annotated[int, Field(gt=0, le=8760)] | None = None
    beyond: Literal["warn", "refuse"] = "warn"


@dataclass(frozen=True, slots=True)
class ListenConfig:
    """`[listen]`: where tills reach posd: loopback and a unix socket, nothing else."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    port: Annotated[int, Field(ge=0, le=65535)] = 8719
    socket: AbsolutePath = Path("/run/posd/posd.sock")
    hosts: tuple[HostName, ...] = ()


@dataclass(frozen=True, slots=True)
class LanConfig:
    """`[lan]`: where other machines of the store reach posd, by TLS only; nowhere without it.

    Attributes:
        hosts: The names and addresses that they call it by, besides `address`.
        key_credential: The certificate's key, as systemd hands it over; else `key_file`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    address: IpAddress
    port: Annotated[int, Field(ge=0, le=65535)] = 8720
    hosts: tuple[HostName, ...] = ()
    certificate: AbsolutePath = Path("/etc/posd/tls/server.crt")
    key_credential: CredentialName = "lan.key"
    key_file: AbsolutePath = Path("/etc/posd/tls/server.key")

    @property
    def names(self) -> tuple[str, ...]:
        """What other machines may call this one by."""
        own = () if self.address in WILDCARDS else (self.address,)
        return tuple(dict.fromkeys((*self.hosts, *own)))


@dataclass(frozen=True, slots=True)
class AlarmConfig:
    """`[alarm]`: one address that is told when somebody must come; nobody is told without it.

    Attributes:
        url: Where the JSON is sent.
        credential: The bearer token that it is sent with, as systemd hands it over, or
            `credential_file`; none is sent where neither is named.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    url: AlarmUrl
    credential: CredentialName | None = None
    credential_file: AbsolutePath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttConfig:
    """`[mqtt]`: the broker that is told what happens; none is without it.

    Attributes:
        store: What the store is called in topics.
        node: What this posd is called there; None: the machine's name.
        ca_file: Whose certificates are believed; None: those that the system believes.
        certificate: posd's own, with the key of `key_credential` or else `key_file`, or None.
        username: Whose password is `credential` or else `credential_file`; None: nobody's.
        period_s: Seconds between two tellings of its health.
        amounts: Whether sums of money are told too.
        store_view: Whether posd listens to the other lanes of the store and shows them.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    host: HostName
    port: Annotated[int, Field(gt=0, le=65535)] = 8883
    tls: bool = True
    ca_file: AbsolutePath | None = None
    certificate: AbsolutePath | None = None
    key_credential: CredentialName = "mqtt.key"
    key_file: AbsolutePath | None = None
    username: Name | None = None
    credential: CredentialName = "mqtt.password"
    credential_file: AbsolutePath | None = None
    store: Slug
    node: Slug | None = None
    period_s: Annotated[int, Field(ge=1, le=3600)] = 30
    amounts: bool = False
    store_view: bool = False


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
        control: Where its simulated terminal takes cards from tests.
        receipts: Who prints its receipts.
        end_of_day: When its day is closed; the store's time where the file names none.
        manual_capture: How it holds what a till wants to capture later.
        tips: Whether its terminal lets the cardholder add a tip.
        profile: The make of its terminal, by the names of `posd_drivers.makes`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: Slug
    url: ReaderUrl
    currency: Currency
    simulated: bool = False
    control: ControlUrl | None = None
    label: Name | None = None
    location: LocationId | None = None
    password_credential: CredentialName | None = None
    password: Password | None = field(default=None, repr=False)
    receipts: Literal["terminal", "till"] = "terminal"
    manual_capture: Literal["refuse", "preauth", "sale_then_reverse"] = "refuse"
    tips: bool = False
    end_of_day: ClosingTime = "off"
    profile: ProfileName | None = None
    charset: CharsetName = "cp437"


@dataclass(frozen=True, slots=True)
class KeyConfig:
    """`[[key]]`: a key that opens the API, as its hash only.

    `refund_max` is what it may give back of one payment in all, in minor units.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: Name
    role: Role
    sha256: Sha256
    lane: Name | None = None
    refund_max: Annotated[int, Field(ge=0)] | None = None


@dataclass(frozen=True, slots=True)
class LogConfig:
    """`[log]`: how the log is written, and how much, once the file has been read."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


@dataclass(frozen=True, slots=True)
class Config:
    """The whole file. `mode` says whether money is meant, for the life of a state directory."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    store: StoreConfig
    mode: Literal["live", "test"] = "live"
    upstream: UpstreamConfig = UpstreamConfig()
    offline: OfflineConfig = OfflineConfig()
    listen: ListenConfig = ListenConfig()
    lan: LanConfig | None = None
    alarm: AlarmConfig | None = None
    mqtt: MqttConfig | None = None
    log: LogConfig = LogConfig()
    lane: tuple[LaneConfig, ...] = ()
    reader: tuple[ReaderConfig, ...] = ()
    key: tuple[KeyConfig, ...] = ()


SECTIONS: Final[Mapping[str, type[Any]]] = {
    "": Config,
    "store": StoreConfig,
    "upstream": UpstreamConfig,
    "offline": OfflineConfig,
    "listen": ListenConfig,
    "lan": LanConfig,
    "alarm": AlarmConfig,
    "mqtt": MqttConfig,
    "log": LogConfig,
    "lane": LaneConfig,
    "reader": ReaderConfig,
    "key": KeyConfig,
}
"""Every section of the file by its name in TOML; "" is the top of the file."""
