"""Who a terminal is, asked without logging on to it: a till that is logged on stays so."""

from msgspec import Struct

from posd_drivers.transport.base import Transport
from posd_drivers.zvt.charset import Charset, decode_text
from posd_drivers.zvt.conversation import Conversation
from posd_drivers.zvt.ecr import Denied
from posd_drivers.zvt.messages import StatusEnquiry, StatusEnquiryCompletion
from posd_drivers.zvt.settings import Framing, ZvtSettings
from posd_drivers.zvt.tlv import find

PASSWORD_AS_DELIVERED = "0" * 6
DESCRIBE_YOURSELF = 0x04
"""Service byte of a status enquiry: with the container (zvt.md 6.7)."""
_ANY_CURRENCY = "eur"


class Introduction(Struct, frozen=True):
    """What a terminal told of itself; each None where it did not.

    Attributes:
        status: Its status (zvt.md 12.3), 00 if it is ready.
        refusal: The result code with which it refused to tell.
    """

    status: int | None = None
    refusal: int | None = None
    terminal_id: str | None = None
    device_name: str | None = None
    device_serial: str | None = None


async def introduction(link: Transport, framing: Framing) -> Introduction:
    """A status enquiry (05 01) and nothing else. Raises NotSent, DeviceGone, NoAnswer."""
    # The password is the one that most have as delivered; a wrong one is refused, and told.
    settings = ZvtSettings(PASSWORD_AS_DELIVERED, _ANY_CURRENCY, framing)
    answer = await Conversation(link, settings).put(
        StatusEnquiry(PASSWORD_AS_DELIVERED, DESCRIBE_YOURSELF),
        fallback=StatusEnquiry(PASSWORD_AS_DELIVERED),
    )
    if isinstance(answer, Denied):
        return Introduction(refusal=answer.code)
    told = answer.completion
    assert isinstance(told, StatusEnquiryCompletion)
    objects = told.objects or ()
    return Introduction(
        status=told.status,
        terminal_id=_digits(find(objects, 0x1F44)),
        device_name=_text(find(objects, 0xE4, 0x1F40)),
        device_serial=_text(find(objects, 0xE4, 0x1F42)),
    )


def _digits(octets: bytes | None) -> str | None:
    return octets.hex() if octets and octets.hex().isdecimal() else None


def _text(octets: bytes | None) -> str | None:
    text = decode_text(octets, Charset.CP437).strip() if octets else ""
    return text if text.isprintable() and text else None
