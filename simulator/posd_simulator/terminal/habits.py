"""In what makes of terminals differ where the standard leaves room, or they leave the standard."""

from dataclasses import dataclass
from enum import Enum

CONFIG_LOGGED_OFF = 0x86
"""The configuration byte before registration and after log-off (A 2.2, 2.22)."""
LAST_LINE = 0x81
RECEIPT_COLUMNS = 24


class Repeats(Enum):
    """What Repeat Receipt (06 20) tells."""

    LAST = "last"
    """The last transaction in the store, whether or not the day was closed since."""
    IF_LOCKED = "if_locked"
    """It, if registration reserved payment or administration for the till; else nothing at all."""
    PERIOD = "period"
    """It, unless the day was closed since: then the store is empty."""
    CLOSING = "closing"
    """It, or the closing if that came after it."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What a make does its own way; the defaults are those of no make in particular.

    Attributes:
        refuses_containers: A registration with a container (BMP 06) is answered 84 9A.
        sends_containers: Containers without the permission to send them.
        takes_any_currency: A registration with a foreign currency is answered 80 00.
        currency_refusal: The data of 84 1E, which refuses one.
        refuses_sale_currency: A command that names a currency (BMP 49) is answered 84 9A.
        config_logged_off: The configuration byte after log-off.
        says_status_byte: BMP 19 in the completion of a registration.
        enquiry_needs_password: A status enquiry without password is answered 84 37.
        describes_itself: Version and container in the completion of a status enquiry, unasked.
        password_digits: How many digits of the password are compared.
        intermediate_always: 04 FF even if nobody asked for it.
        intermediate_minutes: The new length of T4 in "insert card"; None: that of its time-out.
        goods_again_at_once: 84 9C is answered by the next 04 0F at once, unless BMP 01 was given.
        refuses_abort: 06 B0 is answered 84 83 while a command runs.
        deaf_after_abort_s: For how many seconds it answers nothing once a command was aborted.
        repeats: What Repeat Receipt tells.
        reverses_last_only: Only the last transaction can be reversed.
        prints_blocks_only: No 06 D1: a till that cannot take 06 D3 gets no receipts.
        columns: The width of a receipt.
        charset: Of receipts and texts.
        last_line: The attribute that ends a receipt.
        hides_expiry: BMP 0E is 9999.
        long_trace: BMP 0B is 000000 and the trace number stands in tag 1F2B.
        host_result: BMP A0 of an approval.
        explains_aborts: The 06 1E of an aborted command has a code and words of the vendor's.
        silent_after_error: Nothing follows the 04 0F of a decline.
        errors_as_texts: A decline is a 04 0F with 27 00 and the code in tag 1F16.
        refuses_empty_closing: An end of day with nothing to settle ends in 06 1E 77.
        closing_result: BMP 27 of a closing's completion: E0 (an update follows), FC (a reboot).
        tells_time: A diagnosis sets the till's clock (04 01).
        update_aborts: A software update ends in 06 1E E0 and then begins.
        idle_close_s: Closes a TCP connection on which nothing happens for so many seconds.
        no_payments: 06 01 is answered 84 83, as after an update that switched ZVT off.
    """

    refuses_containers: bool = False
    sends_containers: bool = False
    takes_any_currency: bool = False
    currency_refusal: bytes = b"\x6f"
    refuses_sale_currency: bool = False
    config_logged_off: int = CONFIG_LOGGED_OFF
    says_status_byte: bool = True
    enquiry_needs_password: bool = False
    describes_itself: bool = False
    password_digits: int = 6
    intermediate_always: bool = False
    intermediate_minutes: int | None = None
    goods_again_at_once: bool = False
    refuses_abort: bool = False
    deaf_after_abort_s: float = 0.0
    repeats: Repeats = Repeats.LAST
    reverses_last_only: bool = False
    prints_blocks_only: bool = False
    columns: int = RECEIPT_COLUMNS
    charset: str = "cp437"
    last_line: int = LAST_LINE
    hides_expiry: bool = False
    long_trace: bool = False
    host_result: int | None = None
    explains_aborts: bool = False
    silent_after_error: bool = False
    errors_as_texts: bool = False
    refuses_empty_closing: bool = False
    closing_result: int | None = None
    tells_time: bool = False
    update_aborts: bool = False
    idle_close_s: float | None = None
    no_payments: bool = False


NO_HABITS = Habits()
