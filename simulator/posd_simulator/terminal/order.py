"""What the till asks for in a command that moves money (A 2.2 ff.)."""

from dataclasses import dataclass

from posd_drivers.errors import Malformed
from posd_drivers.zvt.apdu import Apdu
from posd_drivers.zvt.bmp import encode_currency
from posd_drivers.zvt.codes import RESULT_WRONG_CURRENCY
from posd_drivers.zvt.cursor import Cursor
from posd_drivers.zvt.fields import Fields, take_fields
from posd_simulator.terminal import status
from posd_simulator.terminal.machine import Machine
from posd_simulator.terminal.script import PARSE_ERROR, WRONG_PASSWORD, Failed, Refused

GOODS_TIMEOUT_S = 30
"""How long the till may answer 84 9C, unless BMP 01 says otherwise."""
GOODS_ASK_AGAIN_S = 2.0
TOO_SMALL = 0xC8
NO_RECEIPT = b"\xff\xff"
"""BMP 87 where there is no receipt number; in 06 23 a question (zvt.md 14.10)."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the till asks for.

    Attributes:
        amount: In minor units, or None.
        currency: The one it named, or None.
        receipt: The receipt number of what it refers to, or None.
        asks_for_list: Whether BMP 87 is FF FF.
        tip: What of the amount is a tip (1F36), in minor units.
        not_ready_max: How often it may answer 84 9C to 04 0F.
        goods_again_s: How soon 04 0F comes again then.
    """

    amount: int | None
    currency: str | None
    receipt: int | None
    asks_for_list: bool
    tip: int
    not_ready_max: int
    goods_again_s: float

    @property
    def whole_amount(self) -> int:
        """The amount. Raises Failed if it is 0."""
        assert self.amount is not None, "read_order saw to it"
        if not self.amount:
            raise Failed(status.aborted(TOO_SMALL))
        return self.amount


NO_ORDER = Order(None, None, None, False, 0, 0, GOODS_ASK_AGAIN_S)  # noqa: FBT003 (all its fields)
"""Of a command that orders nothing but itself."""


def take_password(cursor: Cursor, machine: Machine) -> None:
    """The till password at the head of a command. Raises Malformed, Refused."""
    if not machine.knows(cursor.expect(3, "password").hex()):
        raise Refused(WRONG_PASSWORD)


def read_order(
    command: Apdu, machine: Machine, *, password: bool = False, amount: bool = True
) -> Order:
    """The bitmaps, with a password in front of them or not, with an amount or perhaps not.

    Raises Malformed, also if the amount is missing, and Refused.
    """
    cursor = Cursor(command.body)
    if password:
        take_password(cursor, machine)
    fields = take_fields(cursor)
    if amount and fields.amount is None:
        raise Malformed("amount", 0)
    if fields.currency is not None and machine.settings.habits.refuses_sale_currency:
        raise Refused(PARSE_ERROR)
    return Order(
        amount=fields.amount,
        currency=fields.currency,
        receipt=fields.receipt,
        asks_for_list=fields.get("receipt") == NO_RECEIPT,
        tip=fields.tip or 0,
        not_ready_max=_rounds(fields),
        goods_again_s=_goods_again_s(fields, machine),
    )


def check_currency(order: Order, machine: Machine) -> None:
    """Raises Failed, 06 1E 6F with the terminal's own, if the till named another one."""
    if order.currency not in (None, machine.settings.currency):
        own = encode_currency(machine.settings.currency)
        raise Failed(Apdu(status.ABORTED, bytes([RESULT_WRONG_CURRENCY]) + own))


def _rounds(fields: Fields) -> int:
    timeout, status_infos = fields.get("timeout_s"), fields.get("status_infos_max")
    seconds = timeout[0] if timeout else GOODS_TIMEOUT_S
    rounds = seconds // int(GOODS_ASK_AGAIN_S)
    return min(rounds, status_infos[0]) if status_infos else rounds


def _goods_again_s(fields: Fields, machine: Machine) -> float:
    at_once = machine.settings.habits.goods_again_at_once and fields.get("timeout_s") is None
    return 0.0 if at_once else GOODS_ASK_AGAIN_S
