"""What the store should know at one moment, as values that JSON can carry.

Amounts are minor units, times wall milliseconds. No card data, not even four digits.
"""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct, field

from posd.model.backlog import NO_LIMITS, OfflineLimits
from posd.model.closing_time import TimeOf, by_hand
from posd.model.facts import AttemptKind
from posd.model.hardware import Next
from posd.snapshot.blame_views import BlameView, TrendView
from posd.snapshot.certificate_view import CertificateView
from posd.snapshot.concern_views import NeedsView
from posd.snapshot.day_views import DayView
from posd.snapshot.money_views import MoneyView
from posd.snapshot.plot_views import PlotView
from posd.snapshot.said import Said


class Level(Enum):
    """How urgent something is, from best to worst. RESTING: nothing is wrong, it will be back."""

    OK = "ok"
    RESTING = "resting"
    ATTENTION = "attention"
    STOP = "stop"


class ReaderStatus(Enum):
    """What a reader can do for a lane right now."""

    ONLINE = "online"
    BUSY = "busy"
    RESOLVING = "resolving"
    OFFLINE = "offline"
    NEEDS_A_PERSON = "needs_a_person"
    QUARANTINED = "quarantined"
    NOT_READY = "not_ready"
    AWAY = "away"


class PaymentStatus(Enum):
    """How a payment stands, in the words of the shop floor."""

    NEW = "new"
    AT_READER = "at_reader"
    APPROVED = "approved"
    REFUNDING = "refunding"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    NOT_CHARGED = "not_charged"
    UNPROVEN = "unproven"
    NEEDS_A_PERSON = "needs_a_person"
    SET_ASIDE = "set_aside"
    CONTRADICTED = "contradicted"
    UNHEARD = "unheard"
    HELD = "held"
    UNCAPTURED = "uncaptured"
    OUT_OF_REACH = "out_of_reach"


class ReportStatus(Enum):
    """Whether Stripe has the payment's report."""

    NOT_OWED = "not_owed"
    WAITING = "waiting"
    REPORTED = "reported"


class UpstreamState(Enum):
    """How posd stands with Stripe. NONE: nothing is reported there."""

    NONE = "none"
    UNTRIED = "untried"
    OK = "ok"
    OFFLINE = "offline"
    PAUSED = "paused"


class Lane(Struct, frozen=True):
    """A till position: its name, the id of its reader, and of the one to fall back on."""

    name: str
    reader: str
    fallback: str | None = None


class Place(Struct, frozen=True):
    """What does not change while posd runs.

    `location` is the store's own at Stripe, or None; `closing_time` when each reader's day ends;
    `limits` how much Stripe may not have been told of. Only `certificate`, which other machines are
    shown if they may call, is as it stands now.
    """

    store: str
    time_zone: str
    locale: str
    livemode: bool
    version: str
    lanes: tuple[Lane, ...] = ()
    location: str | None = None
    closing_time: TimeOf = by_hand
    limits: OfflineLimits = NO_LIMITS
    certificate: CertificateView | None = None


class Upstream(Struct, frozen=True):
    """What is owed to Stripe, and why it is still owed.

    Attributes:
        since_ms: Since when it is in that state.
        problem: Why it is offline or paused, for support.
        waiting: Number of reports on their way.
        oldest_ms: Since when the oldest of them waits, or None.
        parked: Number of reports that wait for a person, Stripe having refused them for good.
        parked_amounts: What they tell of, by currency; nothing if there are hundreds.
        at_risk: Whether payments are reported that may still come back unpaid.
        payments: Number of payments that Stripe does not know, those in hand included.
        amounts: Their sums, by currency.
        alarm_h: Hours that the oldest report has passed, as alarms are given, or None.
        limits_reached: Keys of `[offline]` that leave no room for one more payment.
        refuses: Whether the store refuses such a payment.
    """

    state: UpstreamState
    since_ms: int | None = None
    problem: str | None = None
    waiting: int = 0
    oldest_ms: int | None = None
    parked: int = 0
    parked_amounts: Mapping[str, int] = field(default_factory=dict)
    at_risk: bool = False
    payments: int = 0
    amounts: Mapping[str, int] = field(default_factory=dict)
    alarm_h: int | None = None
    limits_reached: tuple[str, ...] = ()
    refuses: bool = False


class MirrorView(Struct, frozen=True):
    """How old is what posd knows of Stripe's side of the fleet, and what is missing in it.

    Attributes:
        heard_ms: When Stripe last told everything, or None if it never did.
        down_since_ms: Since when callers are told at once that Stripe is away, or None.
        refused: Why Stripe does not tell something, by its word for the thing
            (`terminal.reader`; `account` where it does not take the credential at all).
    """

    heard_ms: int | None = None
    down_since_ms: int | None = None
    refused: Mapping[str, str] = field(default_factory=dict)


class Verdict(Struct, frozen=True):
    """Can every lane take cards now, and is all money accounted for?

    `sentence` and `details` say it in English; `said` and `more` say the same by keys of the page's
    catalogue.
    """

    level: Level
    sentence: str
    details: tuple[str, ...] = ()
    said: Said = Said("verdict.every_lane")
    more: tuple[Said, ...] = ()


class SaleView(Struct, frozen=True):
    """The latest payment that came to an end at a reader.

    Attributes:
        took_ms: From the order to the terminal to its last word, in milliseconds.
    """

    payment_intent: str
    status: PaymentStatus
    amount: int
    currency: str
    at_ms: int
    took_ms: int


class Ability(Enum):
    """What a reader can do for a lane, in the words of the shop floor.

    OFFLINE: it takes payments while posd has no internet; its own line is another matter.
    """

    CARDS = "cards"
    TIPS = "tips"
    REFUNDS = "refunds"
    REVERSALS = "reversals"
    HOLDS = "holds"
    END_OF_DAY = "end_of_day"
    OFFLINE = "offline"


class ReaderView(Struct, frozen=True):
    """One reader that posd holds. `step` and `trouble` are the fixed words of Step and Trouble.

    `need` is the word for what its terminal wants first, of a reader that is not ready.
    `stranger` is the id of the terminal, or of the device, that was found in its place, or None.
    `used_elsewhere_ms` is when posd noticed that somebody else uses its terminal, in the last day.
    `since_ms` is when it took in hand what it does now, `kind`, or when it was quarantined.
    `last_seen_ms` is when it last answered; `back_by_ms` until when one that went away by itself is
    waited for; `abilities` what is not known to fail there, whether or not it can do it now.
    """

    id: str
    label: str
    status: ReaderStatus
    simulated: bool
    terminal_id: str | None
    last_seen_ms: int | None
    since_ms: int | None
    step: str | None = None
    trouble: str | None = None
    amount: int | None = None
    currency: str | None = None
    location: str | None = None
    kind: AttemptKind | None = None
    need: str | None = None
    used_elsewhere_ms: int | None = None
    stranger: str | None = None
    back_by_ms: int | None = None
    last_sale: SaleView | None = None
    abilities: tuple[Ability, ...] = ()


class CloudReaderView(Struct, frozen=True):
    """One of Stripe's own readers, in Stripe's words: posd lists it and does not drive it.

    `status` is None until Stripe has told it since posd started. `action` is the type of its
    latest action, `action_status` how that went.
    """

    id: str
    label: str
    device_type: str
    status: str | None = None
    action: str | None = None
    action_status: str | None = None
    last_seen_ms: int | None = None


class LocationView(Struct, frozen=True):
    """The readers at one location: those that posd holds, and Stripe's own.

    Attributes:
        id: Its id at Stripe; None for readers that are at no location.
        name: What Stripe displays, or the id where Stripe has not told it.
        unlisted: Number of Stripe's readers there that are left out.
    """

    id: str | None
    name: str
    readers: tuple[ReaderView, ...] = ()
    cloud_readers: tuple[CloudReaderView, ...] = ()
    unlisted: int = 0


class LaneView(Struct, frozen=True):
    """One lane: whether it can take a card, and at which reader. A free reader is its own lane."""

    name: str
    level: Level
    reader: ReaderView | None
    fallback: ReaderView | None = None


class PaymentView(Struct, frozen=True):
    """One payment as a line of the page.

    `at_risk`: it is paid, and may still come back unpaid.
    """

    id: str
    amount: int
    currency: str
    status: PaymentStatus
    at_ms: int
    reader: str | None
    order: str | None
    report: ReportStatus
    at_risk: bool = False


class Errand(Struct, frozen=True):
    """A payment that waits for a person, with what the person must know first (M6).

    `kind` is what was tried.
    """

    payment_intent: str
    kind: AttemptKind
    status: PaymentStatus
    amount: int
    currency: str
    order: str | None
    reader: str
    since_ms: int
    reason: str | None


class OrderView(Struct, frozen=True):
    """Hardware that somebody still waits for, or has to unpack.

    Attributes:
        id: Stripe's id of the order; posd's own while Stripe has not told one.
        status: Stripe's word, or `undecided` or `never_placed`.
        pieces: Number of pieces ordered.
        open_pieces: Those that are not readers in use yet.
        tracking: Carrier and number of each parcel.
    """

    id: str
    status: str
    next: Next
    since_ms: int
    pieces: int = 0
    open_pieces: int = 0
    tracking: tuple[str, ...] = ()


class GapView(Struct, frozen=True):
    """Facts that the journal has lost and that no person has accepted.

    Attributes:
        sells: Whether tills may sell meanwhile.
        differs: Readers whose terminal has not what journal and imports have, by id.
    """

    id: str
    cause: str
    since_ms: int
    sells: bool
    differs: tuple[str, ...] = ()


class Snapshot(Struct, frozen=True):
    """Everything the store should know, at one moment.

    Attributes:
        mirror: None in a store without a Stripe account.
        gap: None where no facts are missing.
        refund_drafts: Number of charges that seem to be one too many.
        revision: Greater than that of any snapshot before that says something else than the time.
        help_code: Names this machine and this moment to support; says nothing else.
        certificate: What other machines are shown; None where none may call.
        alarm_unheard_ms: Since when the address for alarms does not hear them, or None.
    """

    at_ms: int
    store: str
    time_zone: str
    locale: str
    livemode: bool
    version: str
    verdict: Verdict
    lanes: tuple[LaneView, ...]
    errands: tuple[Errand, ...]
    payments: tuple[PaymentView, ...]
    upstream: Upstream
    mirror: MirrorView | None = None
    locations: tuple[LocationView, ...] = ()
    orders: tuple[OrderView, ...] = ()
    days: tuple[DayView, ...] = ()
    gap: GapView | None = None
    refund_drafts: int = 0
    revision: int = 0
    help_code: str = ""
    needs: NeedsView = NeedsView()
    money: MoneyView = MoneyView()
    blame: BlameView = BlameView()
    trend: TrendView = TrendView()
    plot: PlotView = PlotView()
    certificate: CertificateView | None = None
    alarm_unheard_ms: int | None = None
