"""One payment, taken as a till takes it and told by the records of everybody who had a part in it.

The till's lines are this module's own; posd's come from its journal, the terminal's from its
messages and its book, Stripe's from its request log. Nobody's word is taken for another's.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx2
from msgspec import Struct

from posd.clock import Clock
from posd.demo.parts import wait_until
from posd.journal.connection import open_reader
from posd.journal.queries import Queries
from posd.model.attempt import AttemptState
from posd.model.facts import (
    AttemptApproved,
    AttemptStarted,
    EffectDone,
    Fact,
    PaymentIntentCreated,
    StatusReported,
)

AMOUNT: Final = 1250
CURRENCY: Final = "eur"
ORDER: Final = "demo-1"
PAYMENT_S: Final = 30.0
REPORT_S: Final = 20.0
REQUEST_S: Final = 15.0
SALE: Final = ["ECR", "06", "01"]
INTERMEDIATE_STATUS: Final = "04 ff"
SAID: Final = {
    "ECR 06 01": "takes the command 06 01",
    "PT 04 ff 0a": "asks for the card, 04 FF",
    "PT 04 ff 04": "has the card and asks its acquirer, 04 FF",
    "PT 04 0f": "reports the result, 04 0F, which is not final",
    "PT 06 0f": "completes, 06 0F",
    "PT 06 1e": "ends without a payment, 06 1E",
}
"""What a terminal's message means, by speaker, control field and code of an intermediate status."""


class Line(Struct, frozen=True):
    """Who did what, when: wall time in milliseconds."""

    at_ms: int
    who: str
    what: str


class Scene(Struct, frozen=True):
    """Where everybody is.

    Attributes:
        stripe: Where Stripe is, or None where nothing is reported upstream.
        presents: Whether the till has to present the card, for the customer waits for a script.
    """

    base_url: str
    key: str
    reader: str
    journal: Path
    terminal: str
    stripe: str | None
    presents: bool = False


class Ending(Struct, frozen=True):
    """What became of the payment, by the records of three parties.

    Attributes:
        approved: The till was told `succeeded`.
        journaled: posd's journal holds the approval.
        booked: The terminal's own book holds the sale, once.
        reported: Stripe holds one record of it, guaranteed to the amount; None without Stripe.
        owed: How many reports to Stripe the journal has ever owed.
    """

    payment_intent: str
    approved: bool
    journaled: bool
    booked: bool
    reported: bool | None
    owed: int
    lines: tuple[Line, ...]

    @property
    def good(self) -> bool:
        """Whether everybody says the same, and nothing is owed to a Stripe that is not there."""
        taken = self.approved and self.journaled and self.booked
        return taken and (self.owed == 0 if self.reported is None else self.reported)


def take_payment(scene: Scene, clock: Clock) -> Ending:
    """Take one payment through posd's HTTP API and gather what everybody wrote down."""
    lines: list[Line] = []
    with httpx2.Client(
        base_url=scene.base_url,
        headers={"Authorization": f"Bearer {scene.key}"},
        timeout=REQUEST_S,
        trust_env=False,
    ) as till:
        intent = _asked(till, lines, clock)
        _handed_over(till, scene.reader, intent, lines, clock)
        if scene.presents:
            _presented(till, scene.reader, lines, clock)

        def paid() -> bool:
            status: str = till.get(f"/v1/payment_intents/{intent}").json()["status"]
            return status == "succeeded"

        approved = wait_until(paid, PAYMENT_S)
    lines.append(Line(clock.wall_ms(), "till", "reads succeeded" if approved else "gives up"))
    reported = None
    if scene.stripe is not None:
        stripe = scene.stripe
        reported = approved and wait_until(lambda: _has_record(stripe, intent), REPORT_S)
        lines += _of_stripe(stripe)
    state = _get(scene.terminal, "/state")
    lines += [*_of_journal(scene.journal, intent), *_of_terminal(state)]
    return Ending(
        payment_intent=intent,
        approved=approved,
        journaled=_is_journaled(scene.journal, intent),
        booked=[row["amount"] for row in state["ledger"]] == [AMOUNT],
        reported=reported,
        owed=_owed(scene.journal),
        lines=tuple(sorted(lines, key=lambda line: line.at_ms)),
    )


def _asked(till: httpx2.Client, lines: list[Line], clock: Clock) -> str:
    lines.append(Line(clock.wall_ms(), "till", f"POST /v1/payment_intents {AMOUNT} {CURRENCY}"))
    body = {"amount": AMOUNT, "currency": CURRENCY, "metadata[order_id]": ORDER}
    answer = till.post(
        "/v1/payment_intents", data=body | {"payment_method_types[]": "card_present"}
    )
    intent: str = answer.raise_for_status().json()["id"]
    return intent


def _handed_over(
    till: httpx2.Client, reader: str, intent: str, lines: list[Line], clock: Clock
) -> None:
    path = f"/v1/terminal/readers/{reader}/process_payment_intent"
    lines.append(Line(clock.wall_ms(), "till", "POST …/process_payment_intent"))
    answer = till.post(path, data={"payment_intent": intent}).raise_for_status()
    status = answer.json()["action"]["status"]
    lines.append(Line(clock.wall_ms(), "till", f"reads action: {status}"))


def _presented(till: httpx2.Client, reader: str, lines: list[Line], clock: Clock) -> None:
    lines.append(Line(clock.wall_ms(), "till", "POST …/present_payment_method"))
    path = f"/v1/test_helpers/terminal/readers/{reader}/present_payment_method"
    answer = till.post(path).raise_for_status()
    status = answer.json()["action"]["status"]
    lines.append(Line(clock.wall_ms(), "till", f"reads action: {status}"))


def _of_journal(journal: Path, intent: str) -> Iterator[Line]:
    with closing(open_reader(journal, None)) as connection:
        queries = Queries(connection)
        attempt = queries.latest_attempt(intent)
        objects = [intent] if attempt is None else [intent, attempt.id]
        for entry in [entry for id_ in objects for entry in queries.entries(id_)]:
            if entry.fact is not None:
                yield Line(entry.wall_ms, "journal", f"#{entry.seq} {_told(entry.fact)}")


def _told(fact: Fact) -> str:
    match fact:
        case PaymentIntentCreated():
            return "PaymentIntentCreated"
        case AttemptStarted():
            return "AttemptStarted, before the first byte to the terminal"
        case StatusReported():
            return "StatusReported, before it is acknowledged"
        case AttemptApproved():
            return "AttemptApproved, at the terminal's completion"
        case EffectDone(effect):
            return f"EffectDone {effect.rpartition('-')[2]}"
        case _:
            return type(fact).__name__


def _is_journaled(journal: Path, intent: str) -> bool:
    with closing(open_reader(journal, None)) as connection:
        attempt = Queries(connection).latest_attempt(intent)
    return attempt is not None and attempt.state is AttemptState.APPROVED


def _owed(journal: Path) -> int:
    with closing(open_reader(journal, None)) as connection:
        owed: int = connection.execute("SELECT count(*) FROM outbox").get
    return owed


def _of_terminal(state: Mapping[str, Any]) -> Iterator[Line]:
    """The terminal's side of the sale, from the command 06 01 on, by its own clock."""
    messages = [(message["at_ms"], message["line"].split()) for message in state["messages"]]
    commanded = [position for position, (_, words) in enumerate(messages) if words[:3] == SALE]
    for at_ms, words in messages[commanded[-1] :] if commanded else ():
        if (told := _in_words(*words)) is not None:
            yield Line(at_ms, "terminal", told)


def _in_words(speaker: str, *octets: str) -> str | None:
    """A message of a sale's dialogue; None for answers, which say nothing of their own."""
    control = " ".join(octets[:2])
    if control == INTERMEDIATE_STATUS:
        control += f" {octets[3]}"
    return SAID.get(f"{speaker} {control}")


def _of_stripe(stripe: str) -> Iterator[Line]:
    for request in _get(stripe, "/_sim/state")["requests"]:
        what = f"{request['method']} {request['path']} → {request['status']}"
        yield Line(request["at_ms"], "Stripe", what)


def _has_record(stripe: str, intent: str) -> bool:
    accounts = _get(stripe, "/_sim/state")["accounts"]
    guaranteed = [
        record["amount_guaranteed"]
        for account in accounts
        for record in account["payment_records"]
        if record["metadata"].get("posd_payment_intent") == intent
    ]
    return guaranteed == [{"currency": CURRENCY, "value": AMOUNT}]


def _get(base_url: str, path: str) -> dict[str, Any]:
    answer = httpx2.get(base_url + path, timeout=REQUEST_S, trust_env=False)
    said: dict[str, Any] = json.loads(answer.raise_for_status().content)
    return said
