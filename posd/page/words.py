"""The snapshot in words: plain English, amounts and times as the store's locale writes them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from posd.clock import utc
from posd.live import Trouble
from posd.model.facts import AttemptKind
from posd.model.upstream_facts import MirrorKind
from posd.render.locale import Writer, known_locale
from posd.snapshot.views import (
    CloudReaderView,
    Errand,
    LaneView,
    Level,
    LocationView,
    MirrorView,
    OrderView,
    PaymentStatus,
    PaymentView,
    ReaderStatus,
    ReaderView,
    ReportStatus,
    Snapshot,
    Upstream,
    UpstreamState,
)
from posd_drivers.ability import Need
from posd_drivers.card_reader import Step

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
STEPS: Final[Mapping[str, str]] = {
    Step.CONNECTING.value: "connecting",
    Step.PRESENT_CARD.value: "waiting for the card",
    Step.ENTER_PIN.value: "waiting for the PIN",
    Step.WRONG_PIN.value: "wrong PIN, waiting for another",
    Step.AUTHORISING.value: "asking the bank",
    Step.REMOVE_CARD.value: "waiting until the card is removed",
    Step.CONFIRM_AMOUNT.value: "waiting for the amount to be confirmed",
    Step.CARD_NOT_ACCEPTED.value: "card not accepted",
    Step.CARD_UNREADABLE.value: "card not readable",
    Step.REVERSING.value: "reversing",
    Step.APPROVED.value: "approved, finishing",
    Step.DECLINED.value: "declined, finishing",
    Step.FOLLOW_READER.value: "waiting for the customer, as its display says",
    Step.WAITS_FOR_CASHIER.value: "waiting for the cashier, as its display says",
    Step.MAINTENANCE.value: "looking after itself",
    Step.READER_TROUBLE.value: "reporting a problem",
    Step.PLEASE_WAIT.value: "working",
}
TROUBLES: Final[Mapping[str, str]] = {
    Trouble.ABSENT.value: "not connected. Check its power and its cable.",
    Trouble.CABLE.value: "unplugged, or without power. Check its cable.",
    Trouble.POWER.value: "not on the network. Check its power and its network cable.",
    Trouble.RESTARTING.value: "restarting. It comes back by itself, within a quarter of an hour.",
    Trouble.UPDATING.value: "updating itself. Leave it switched on, for up to half an hour.",
    Trouble.BUSY_ELSEWHERE.value: "held by another program on this machine.",
    Trouble.NO_PERMISSION.value: "there, and posd may not open it. Is its udev rule installed?",
    Trouble.AMBIGUOUS.value: "one of several devices of that name. posd opens none of them.",
    Trouble.OTHER_CURRENCY.value: "takes another currency than it is set up for.",
    Trouble.OTHER_TERMINAL.value: "another terminal than before. Was it exchanged?",
    Trouble.OTHER_DEVICE.value: "another device is plugged in there. posd sends it nothing.",
    Trouble.SAME_TERMINAL.value: "its terminal's number is that of another reader in use.",
    Trouble.NO_ANSWER.value: "connected, but does not answer. Switch it off and on.",
    Trouble.REFUSED.value: "refuses to work with posd. Check its password.",
    Trouble.RESOLVING.value: "being asked what became of a payment.",
    Trouble.QUARANTINED.value: (
        "posd failed twice in a row with it in hand, and takes no payment there. Look at its last "
        "receipt, switch it off and on."
    ),
}
STRANGERS: Final = frozenset({Trouble.OTHER_TERMINAL.value, Trouble.OTHER_DEVICE.value})
"""Where what was found may be the reader's from now on."""
READERS: Final[Mapping[ReaderStatus, str]] = {
    ReaderStatus.ONLINE: "Ready",
    ReaderStatus.BUSY: "Taking a payment",
    ReaderStatus.RESOLVING: "Clearing up a payment",
    ReaderStatus.OFFLINE: "Offline",
    ReaderStatus.NEEDS_A_PERSON: "Blocked",
    ReaderStatus.QUARANTINED: "Quarantined",
    ReaderStatus.NOT_READY: "Takes no card",
    ReaderStatus.AWAY: "Back soon",
}
NEEDS: Final[Mapping[str, str]] = {
    Need.END_OF_DAY.value: (
        "The terminal demands its end of day first. Have a manager run: posd readers end-of-day {}"
    ),
    Need.INITIALISATION.value: "The terminal must be initialised first, from its own menu.",
    Need.DIAGNOSIS.value: "The terminal must run its diagnosis first, from its own menu.",
    Need.CLOCK.value: "The terminal's clock must be set first, from its own menu.",
    Need.UPDATE.value: "The terminal wants its update first. Leave it switched on.",
    Need.TECHNICIAN.value: "The terminal is out of order. Call its service.",
}
"""What an idle terminal wants before it takes a card, with the id of its reader."""
PAYMENTS: Final[Mapping[PaymentStatus, str]] = {
    PaymentStatus.NEW: "Not at a reader yet",
    PaymentStatus.AT_READER: "At the reader",
    PaymentStatus.APPROVED: "Paid",
    PaymentStatus.REFUNDING: "Refund at the reader",
    PaymentStatus.PARTLY_REFUNDED: "Paid, refunded in part",
    PaymentStatus.REFUNDED: "Refunded",
    PaymentStatus.DECLINED: "Declined",
    PaymentStatus.CANCELLED: "Cancelled",
    PaymentStatus.NOT_CHARGED: "Not charged",
    PaymentStatus.UNPROVEN: "Unproven, asking the terminal",
    PaymentStatus.NEEDS_A_PERSON: "Unproven, needs a person",
    PaymentStatus.SET_ASIDE: "Unproven, set aside",
    PaymentStatus.CONTRADICTED: "Decided by a person, the terminal proves the opposite",
    PaymentStatus.UNHEARD: "Paid, and the till has not asked",
    PaymentStatus.HELD: "Held, to be captured or cancelled",
    PaymentStatus.UNCAPTURED: "Held past the end of day, not captured",
    PaymentStatus.OUT_OF_REACH: "Held by a terminal that has been replaced",
}
GIVES_BACK: Final = frozenset({AttemptKind.RELEASE, AttemptKind.REVERSAL, AttemptKind.REFUND})
"""What a person must find out of these is whether money went back."""
DOING: Final[Mapping[AttemptKind, str]] = {
    **dict.fromkeys(GIVES_BACK, "Giving money back"),
    AttemptKind.END_OF_DAY: "Closing its day",
}
"""What a reader does that takes no payment."""
REPORTS: Final[Mapping[ReportStatus, str]] = {
    ReportStatus.NOT_OWED: "",
    ReportStatus.WAITING: "Waiting",
    ReportStatus.REPORTED: "Sent",
}
UNTOLD: Final[Mapping[str, str]] = {
    MirrorKind.LOCATION.value: "its locations",
    MirrorKind.READER.value: "its readers",
    MirrorKind.CONFIGURATION.value: "its configurations",
    MirrorKind.HARDWARE_ORDER.value: "its hardware orders",
    "account": "whose account this is",
}
"""What Stripe may refuse to tell."""
ORDERS: Final[Mapping[str, str]] = {
    "undecided": (
        "Stripe has not said whether it is placed. posd is asking, and never orders twice."
    ),
    "never_placed": "Stripe never had it: nothing was ordered. Order again.",
    "pending": "Ordered. It can still be cancelled.",
    "ready_to_ship": "Packed. It can no longer be cancelled.",
    "shipped": "On its way.",
    "delivered": "Delivered.",
    "undeliverable": "The carrier could not deliver it. Ask Stripe.",
}
TONES: Final[Mapping[ReaderStatus | PaymentStatus, Level]] = {
    ReaderStatus.ONLINE: Level.OK,
    ReaderStatus.BUSY: Level.OK,
    ReaderStatus.RESOLVING: Level.ATTENTION,
    ReaderStatus.OFFLINE: Level.STOP,
    ReaderStatus.NEEDS_A_PERSON: Level.STOP,
    ReaderStatus.QUARANTINED: Level.STOP,
    ReaderStatus.NOT_READY: Level.STOP,
    ReaderStatus.AWAY: Level.RESTING,
    PaymentStatus.APPROVED: Level.OK,
    PaymentStatus.PARTLY_REFUNDED: Level.OK,
    PaymentStatus.REFUNDED: Level.OK,
    PaymentStatus.UNPROVEN: Level.ATTENTION,
    PaymentStatus.SET_ASIDE: Level.ATTENTION,
    PaymentStatus.NEEDS_A_PERSON: Level.STOP,
    PaymentStatus.CONTRADICTED: Level.STOP,
    PaymentStatus.UNHEARD: Level.STOP,
    PaymentStatus.UNCAPTURED: Level.STOP,
}
"""How each word is marked; what is not here is neither good nor bad news."""


class Words:
    """How one snapshot is told."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._locale = known_locale(snapshot.locale)
        self._zone = ZoneInfo(snapshot.time_zone)
        self._writer = Writer(snapshot.locale, snapshot.time_zone)
        self._now_ms = snapshot.at_ms

    def money(self, amount: int, currency: str) -> str:
        """`amount`, in minor units, as the locale writes it, e.g. `1.234,50 €`."""
        return self._writer.money(amount, currency)

    def at(self, wall_ms: int) -> str:
        """The time of day in the store, with the date where it is not today's."""
        local, now = self._local(wall_ms), self._local(self._now_ms)
        time = format_time(local, "short", locale=self._locale)
        if local.date() == now.date():
            return time
        return f"{format_date(local, 'short', locale=self._locale)} {time}"

    def iso(self, wall_ms: int) -> str:
        """The moment in ISO 8601, for machines."""
        return self._local(wall_ms).isoformat(timespec="seconds")

    def age(self, since_ms: int) -> str:
        """How long ago, in one unit."""
        passed_ms = max(self._now_ms - since_ms, 0)
        if passed_ms < MINUTE_MS:
            return f"{passed_ms // 1000} s"
        if passed_ms < HOUR_MS:
            return f"{passed_ms // MINUTE_MS} min"
        return f"{passed_ms // HOUR_MS} h" if passed_ms < 2 * DAY_MS else f"{passed_ms // DAY_MS} d"

    def payment(self, payment: PaymentView) -> str:
        """How a payment stands, and whether it may still come back unpaid."""
        risk = ", may still come back unpaid" if payment.at_risk else ""
        return PAYMENTS[payment.status] + risk

    def status(self, reader: ReaderView) -> str:
        """What a reader can do for its lane, or what it is doing."""
        if reader.status is ReaderStatus.BUSY and reader.kind is not None:
            return DOING.get(reader.kind, READERS[ReaderStatus.BUSY])
        if reader.need == Need.WAIT.value:
            return "Busy with itself"
        return READERS[reader.status]

    def reader(self, reader: ReaderView) -> str:
        """What a reader does, or why it does nothing and what helps."""
        match reader.status:
            case ReaderStatus.ONLINE | ReaderStatus.NOT_READY:
                return NEEDS.get(reader.need or "", "").format(reader.id)
            case ReaderStatus.BUSY:
                return self._doing(reader)
            case ReaderStatus.RESOLVING:
                return f"{self._taken(reader)}: asking the terminal what became of it"
            case ReaderStatus.OFFLINE | ReaderStatus.AWAY:
                seen = reader.last_seen_ms
                last = f" Its last answer came at {self.at(seen)}." if seen is not None else ""
                trouble = TROUBLES.get(reader.trouble or "", TROUBLES[Trouble.ABSENT.value])
                return trouble[0].upper() + trouble[1:] + last + self._accepts(reader)
            case ReaderStatus.NEEDS_A_PERSON:
                return f"{self._taken(reader)}: must be checked by a person first"
            case ReaderStatus.QUARANTINED:
                since = f"Since {self.at(reader.since_ms)}: " if reader.since_ms is not None else ""
                accept = f"Then have a manager run: posd readers accept {reader.id} --reason …"
                return f"{since}{TROUBLES[Trouble.QUARANTINED.value]} {accept}"

    def has_locations(self, locations: Sequence[LocationView]) -> bool:
        """Whether where the readers are says more than the lanes do."""
        return any(location.id or location.cloud_readers for location in locations)

    def lane(self, lane: LaneView) -> str:
        """What the lane should do where its own reader cannot."""
        if lane.reader is None:
            return "Its reader is not set up."
        if lane.level is Level.ATTENTION and lane.fallback is not None:
            return f"Use {lane.fallback.label} instead."
        return ""

    def order(self, order: OrderView) -> str:
        """Where the hardware is, and what to do."""
        match order.status:
            case "shipped" if order.tracking:
                return f"{ORDERS['shipped']} {', '.join(order.tracking)}."
            case "delivered":
                left = f"{order.open_pieces} of {order.pieces} pieces are not in use yet."
                return f"{ORDERS['delivered']} {left} posd orders receive {order.id}"
            case _:
                return ORDERS.get(order.status, f"Stripe says '{order.status}'.")

    def upstream(self, upstream: Upstream) -> str:
        """How posd stands with Stripe, in one sentence."""
        since = f" since {self.at(upstream.since_ms)}" if upstream.since_ms is not None else ""
        match upstream.state:
            case UpstreamState.NONE:
                return "Payments are not reported to Stripe."
            case UpstreamState.UNTRIED:
                return "Stripe has not been asked yet."
            case UpstreamState.OK:
                return "Stripe is connected."
            case UpstreamState.OFFLINE:
                return f"Stripe cannot be reached{since}. Cards are taken all the same."
            case UpstreamState.PAUSED:
                return f"Reports to Stripe are paused{since}. Cards are taken all the same."

    def mirror(self, mirror: MirrorView) -> str:
        """How old posd's copy of Stripe's side of the fleet is, and whether it can be changed."""
        if mirror.heard_ms is None:
            told = "Stripe has not told its locations and readers yet."
        else:
            age = f"{self.at(mirror.heard_ms)} ({self.age(mirror.heard_ms)} ago)"
            told = f"Locations and Stripe's readers are as Stripe told them at {age}."
        if mirror.down_since_ms is None:
            return told
        down = f"There is no line to Stripe since {self.at(mirror.down_since_ms)}"
        return f"{told} {down}: what only Stripe can change must wait."

    def untold(self, mirror: MirrorView) -> list[str]:
        """What Stripe does not tell posd, and why."""
        return [
            f"Stripe does not tell {UNTOLD[kind]}: {reason}"
            for kind, reason in mirror.refused.items()
        ]

    def cloud_reader(self, reader: CloudReaderView) -> str:
        """What one of Stripe's own readers does, as Stripe last told it."""
        status = reader.status or "not heard of yet"
        if reader.action is None:
            return status
        doing = f"{reader.action} {reader.action_status or ''}".replace("_", " ").strip()
        return f"{status}, {doing}"

    def owed(self, upstream: Upstream) -> str:
        """What waits to be sent, and for how long."""
        if upstream.state is UpstreamState.NONE:
            return ""
        if not upstream.waiting:
            return "Nothing waits to be sent."
        reports = "1 report waits" if upstream.waiting == 1 else f"{upstream.waiting} reports wait"
        if upstream.oldest_ms is None:
            return f"{reports} to be sent."
        return f"{reports} to be sent, the oldest since {self.at(upstream.oldest_ms)}."

    def refused(self, upstream: Upstream) -> str:
        """What Stripe refused for good, and what of."""
        if not upstream.parked:
            return ""
        told = [self.money(sum_, name) for name, sum_ in sorted(upstream.parked_amounts.items())]
        amounts = f" ({', '.join(told)})" if told else ""
        return f"Stripe refused {upstream.parked} for good{amounts}: tell support."

    def advice(self, errand: Errand) -> str:
        """What the person should do first."""
        if errand.status is PaymentStatus.CONTRADICTED:
            return (
                "Look at the terminal's journal. If money must go back or is missing, settle it "
                "with the customer; then close this with a reason."
            )
        if errand.status is PaymentStatus.UNHEARD:
            return "Tell the till's cashier that this is paid: it must not be charged again."
        if errand.status is PaymentStatus.UNCAPTURED:
            return (
                "The terminal has closed its day with this sale in it: the money is taken. Capture "
                "it at the till, or capture it and refund it: it can no longer be reversed."
            )
        if errand.status is PaymentStatus.OUT_OF_REACH:
            return (
                "Only the terminal that holds it can take it or give it back: do that there by "
                "hand, or attach it again. Else the hold ends by itself, and nothing is taken."
            )
        moved = "given back" if errand.kind in GIVES_BACK else "taken"
        return (
            f"Look at the terminal's last receipt: was this amount {moved}? Do not charge this "
            "order again before that is known."
        )

    def about(self, errand: Errand) -> str:
        """How what waits stands, and that it is money to go back, where it is."""
        word = PAYMENTS[errand.status]
        return f"Refund: {word[0].lower()}{word[1:]}" if errand.kind in GIVES_BACK else word

    def reason(self, errand: Errand) -> str:
        """Why it is a person's."""
        return (errand.reason or "not proven").replace("_", " ")

    def _accepts(self, reader: ReaderView) -> str:
        """How a manager accepts what was found at the reader's place, if anything was."""
        if reader.stranger is None or reader.trouble not in STRANGERS:
            return ""
        return (
            f" Found there: {reader.stranger}. If it replaces the old one, have a manager run: "
            f"posd readers accept {reader.id} --as replacement --reason …"
        )

    def _doing(self, reader: ReaderView) -> str:
        if reader.need == Need.WAIT.value:
            return "The terminal is at work for itself, and will be free soon."
        step = STEPS.get(reader.step or "", STEPS[Step.CONNECTING.value])
        return f"{self._taken(reader)}, {step}"

    def _taken(self, reader: ReaderView) -> str:
        if reader.amount is None or reader.currency is None:
            return "a payment"
        if reader.kind is AttemptKind.END_OF_DAY:
            return "end of day"
        amount = self.money(reader.amount, reader.currency)
        return f"{amount} back" if reader.kind in GIVES_BACK else amount

    def _local(self, wall_ms: int) -> datetime:
        return utc(wall_ms).astimezone(self._zone)
