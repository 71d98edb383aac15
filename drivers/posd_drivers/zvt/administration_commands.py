"""What the till (ECR) says to log on and off, to stop, and to keep a terminal in order."""

from dataclasses import dataclass, field
from typing import ClassVar

from msgspec import Struct

from posd_drivers.errors import Malformed
from posd_drivers.zvt.bmp import encode_currency
from posd_drivers.zvt.codes import LANGUAGES
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, take_fields
from posd_drivers.zvt.tlv import Objects
from posd_drivers.zvt.untagged import (
    PasswordAndContainer,
    encode_container,
    encode_tail,
    take_container,
    take_currency,
    take_password,
    take_tail,
)

_NOTHING = Fields()
_LANGUAGE_NUMBERS = {language: number for number, language in LANGUAGES.items()}


@dataclass(frozen=True, slots=True)
class Registration:
    """06 00, ECR: log on, say who prints and what the till understands.

    Attributes:
        password: Six digits; a credential, never printed.
        config: The configuration byte.
        currency: Lower-case ISO 4217 code. Must be there if `service` or `objects` is.
        service: BMP 03.
        objects: What BMP 06 holds; empty still permits the terminal to send containers.
    """

    control: ClassVar[int] = 0x0600
    password: str = field(repr=False)
    config: int
    currency: str | None = None
    service: int | None = None
    objects: Objects | None = None

    def encode_body(self) -> bytes:
        """Password, config byte, currency untagged, then bitmaps."""
        currency = b"" if self.currency is None else encode_currency(self.currency)
        tail = encode_tail(self.service, self.objects)
        assert currency or not tail, "the currency must stand in front of bitmaps"
        return bytes.fromhex(self.password) + bytes([self.config]) + currency + tail

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "Registration":
        """Raises Malformed."""
        password = take_password(cursor)
        config = cursor.expect(1, "config byte")[0]
        currency = take_currency(cursor) if cursor.left else None
        return cls(password, config, currency, *take_tail(cursor))


class LogOff(Struct, frozen=True):
    """06 02, ECR: log off. Configuration and the permission to send containers are gone."""

    control: ClassVar[int] = 0x0602

    def encode_body(self) -> bytes:
        """Nothing."""
        return b""

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "LogOff":
        """Raises Malformed if there is a body."""
        if cursor.left:
            raise Malformed("log-off", cursor.offset)
        return cls()


class Abort(Struct, frozen=True):
    """06 B0, ECR: end the running command if you still can. The command's own end decides."""

    control: ClassVar[int] = 0x06B0
    others: Fields = _NOTHING

    def encode_body(self) -> bytes:
        """Usually nothing."""
        return self.others.encode()

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "Abort":
        """Raises Malformed."""
        return cls(take_fields(cursor))


class Reset(Struct, frozen=True):
    """06 18, ECR: restart. The terminal completes, and then the link drops."""

    control: ClassVar[int] = 0x0618

    def encode_body(self) -> bytes:
        """Nothing."""
        return b""

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "Reset":
        """Raises Malformed if there is a body."""
        if cursor.left:
            raise Malformed("reset", cursor.offset)
        return cls()


@dataclass(frozen=True, slots=True)
class EndOfDay(PasswordAndContainer):
    """06 50, ECR: close the period and submit it. Its status information has the totals (60).

    Its container may say how (tag 1F26): 00 as usual, 01 forced, 02 on a schedule.
    """

    control: ClassVar[int] = 0x0650


@dataclass(frozen=True, slots=True)
class SendOfflineTransactions(PasswordAndContainer):
    """06 51, ECR: submit what was approved offline, without closing the day."""

    control: ClassVar[int] = 0x0651


class Diagnosis(Struct, frozen=True):
    """06 70, ECR: check the line to the host. The terminal may set the till's clock meanwhile.

    Attributes:
        objects: Tag 1B: 01 line, 02 extended (where it is left out), 03 configuration, 04 EMV
            configuration, 05 ep2.
    """

    control: ClassVar[int] = 0x0670
    objects: Objects | None = None

    def encode_body(self) -> bytes:
        """The container."""
        return encode_container(self.objects)

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "Diagnosis":
        """Raises Malformed."""
        return cls(take_container(cursor))


@dataclass(frozen=True, slots=True)
class Initialisation(PasswordAndContainer):
    """06 93, ECR: fetch your settings anew; cures the terminal status 51."""

    control: ClassVar[int] = 0x0693


@dataclass(frozen=True, slots=True)
class SetDateAndTime:
    """06 91, ECR: set your clock.

    Attributes:
        password: Six digits; a credential, never printed.
        day: YYMMDD, local.
        time: HHMMSS, local.
    """

    control: ClassVar[int] = 0x0691
    password: str = field(repr=False)
    day: str
    time: str

    def encode_body(self) -> bytes:
        """The password untagged, date, time."""
        return bytes.fromhex(self.password) + Fields.of(day=self.day, time=self.time).encode()

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "SetDateAndTime":
        """Raises Malformed if one is missing or not made of digits."""
        password = take_password(cursor)
        offset = cursor.offset
        fields = take_fields(cursor)
        if fields.day is None or fields.time is None:
            raise Malformed("date and time", offset)
        return cls(password, fields.day, fields.time)


class SoftwareUpdate(Struct, frozen=True):
    """08 10, ECR: fetch new software. The terminal may be silent, restart or be gone meanwhile."""

    control: ClassVar[int] = 0x0810
    objects: Objects | None = None

    def encode_body(self) -> bytes:
        """The container."""
        return encode_container(self.objects)

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "SoftwareUpdate":
        """Raises Malformed."""
        return cls(take_container(cursor))


class SetLanguage(Struct, frozen=True):
    """08 30, ECR: speak this language from now on.

    Attributes:
        language: ISO 639-1 code of one in `codes.LANGUAGES`.
    """

    control: ClassVar[int] = 0x0830
    language: str

    def encode_body(self) -> bytes:
        """Its number, untagged."""
        return bytes([_LANGUAGE_NUMBERS[self.language]])

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "SetLanguage":
        """Raises Malformed."""
        offset = cursor.offset
        language = LANGUAGES.get(cursor.expect(1, "language")[0])
        if language is None or cursor.left:
            raise Malformed("language", offset)
        return cls(language)


class DisplayText(Struct, frozen=True):
    """06 E0, ECR: show this. The answer ends it. It disturbs a payment that runs.

    Attributes:
        fields: Seconds (F0, 00 for ever), lines (F1 to F8), beeps (F9), which display (FD).
    """

    control: ClassVar[int] = 0x06E0
    fields: Fields = _NOTHING

    @property
    def lines(self) -> tuple[bytes, ...]:
        """The texts in the order of their lines."""
        texts = (self.fields.get(f"text_1_line_{number}") for number in range(1, 9))
        return tuple(text for text in texts if text is not None)

    def encode_body(self) -> bytes:
        """Bitmaps."""
        return self.fields.encode()

    @classmethod
    def decode_body(cls, cursor: Cursor) -> "DisplayText":
        """Raises Malformed."""
        return cls(take_fields(cursor))
