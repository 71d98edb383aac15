"""What becomes of a hardware order, and of each reader it delivers; part of the union of facts.

An order is money: what is asked for is on disk before Stripe is asked, and is asked for again in
the same octets under the same key, or not at all (M13).
"""

from msgspec import Struct


class HardwareOrderRequested(Struct, frozen=True):
    """A manager orders hardware; on disk before the request leaves.

    `body` is the whole form, `key` its idempotency key and `api_version` its Stripe-Version.
    """

    order: str
    body: str
    key: str
    api_version: str


class HardwareOrderPlaced(Struct, frozen=True):
    """Stripe has the order, and knows it as `upstream` (`thor_…`)."""

    order: str
    upstream: str


class HardwareOrderRefused(Struct, frozen=True):
    """Nothing was ordered, certainly, and nothing will be.

    `status` is the HTTP status of Stripe's refusal, or 0 where Stripe never had the order.
    """

    order: str
    status: int
    code: str
    message: str


class ReaderReceived(Struct, frozen=True):
    """A reader out of the order's parcel is registered. `order` is Stripe's id."""

    received: str
    order: str
    reader: str


class ReceivedReaderBound(Struct, frozen=True):
    """The reader serves this lane from here on, in place of `over`, which the file names there."""

    received: str
    lane: str
    over: str


class ReceivedReaderTested(Struct, frozen=True):
    """The reader was asked for and was on the line."""

    received: str


class OldReaderRetired(Struct, frozen=True):
    """The reader that the received one replaces takes no payment from here on."""

    received: str
    reader: str
