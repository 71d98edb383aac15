"""Each case finds whether the terminal did what the standard says, and says what it saw."""

import pytest
from msgspec.structs import replace

from posd.certify import cases, visit
from posd.certify.cases import CASES, Case, Desk, Finding, Verdict, run, take_back
from posd_drivers.card_reader import (
    AbortCause,
    Aborted,
    Answer,
    Approved,
    Declined,
    Step,
    Totals,
    Transaction,
)
from posd_drivers.errors import DriverError, NoAnswer, NotSent, OutcomeUnknown, Refused, Unsupported
from tests.unit.posd.certify.desk import Ended, Person, Terminal, approved, desk_at, sold

CASE = {case.name: case for case in CASES}
STOPPED = Aborted(0x6C, AbortCause.CUSTOMER)
ABORTED = Aborted(0x6C, AbortCause.TILL)
LOST = OutcomeUnknown("link_lost")


def found(name: str, *answers: Answer | DriverError, steps: tuple[Step, ...] = ()) -> Finding:
    return run(CASE[name], desk_at(Terminal(list(answers), steps=steps)))


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("approved, contactless", approved(17, read_method="contactless_emv"), "contactless_emv"),
        ("approved, contactless", approved(17), "what it does not tell"),
        ("approved, chip and PIN", approved(17, read_method="contact_emv"), "contact_emv"),
        (
            "approved, chip and PIN",
            approved(17, read_method="contact_emv", cardholder_verification_method="offline_pin"),
            "contact_emv",
        ),
        ("wrong PIN, then right", approved(17), "no wrong PIN was told"),
        ("declined", Declined(5), "declined 05"),
        ("customer stops", STOPPED, "aborted 6C customer"),
        ("till aborts", ABORTED, "aborted 6C till"),
        ("nobody comes", STOPPED, "aborted 6C customer"),
        ("refund", approved(17), "approved receipt=17"),
    ],
)
def test_what_the_standard_says_passes(name: str, answer: Answer, told: str) -> None:
    finding = found(name, answer)
    assert finding.verdict is Verdict.PASSED
    assert told in finding.told


@pytest.mark.parametrize(
    ("name", "answer", "told"),
    [
        ("approved, contactless", approved(17, read_method="contact_emv"), "contact_emv"),
        ("approved, contactless", Declined(5), "declined 05"),
        ("approved, chip and PIN", approved(17, read_method="contactless_emv"), "contactless_emv"),
        (
            "approved, chip and PIN",
            approved(17, read_method="contact_emv", cardholder_verification_method="signature"),
            "verified by signature",
        ),
        ("wrong PIN, then right", Declined(0x37), "declined 37"),
        ("declined", approved(17), "approved receipt=17"),
        ("customer stops", ABORTED, "aborted 6C till"),
        ("till aborts", approved(17), "approved receipt=17"),
        ("nobody comes", Declined(5), "declined 05"),
        ("refund", Declined(5), "declined 05"),
        ("end of day", Declined(0x77), "declined 77"),
        ("cable pulled", approved(17), "not pulled in time"),
        ("declined", LOST, "unknown link_lost"),
        ("declined", NotSent("gone"), "not sent"),
        ("declined", NoAnswer("T3"), "T3"),
    ],
)
def test_what_it_does_not_say_differs(name: str, answer: Answer | DriverError, told: str) -> None:
    finding = found(name, answer)
    assert finding.verdict is Verdict.DIFFERS
    assert told in finding.told


def test_a_wrong_pin_that_is_told_is_seen() -> None:
    finding = found("wrong PIN, then right", approved(17), steps=(Step.WRONG_PIN,))
    assert finding.told.endswith(", the wrong PIN was told")


def test_a_terminal_that_is_not_ready_is_told_with_its_status() -> None:
    terminal = Terminal([], busy_for=1)
    finding = run(CASE["registration"], desk_at(terminal))
    assert finding == Finding(Verdict.DIFFERS, "logged on, but not ready: status 9C")
    assert run(CASE["registration"], desk_at(terminal)).verdict is Verdict.PASSED
    assert terminal.asked == ["register", "close"] * 2


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_terminal_does_not_do_is_no_fault_of_it(case: Case) -> None:
    desk = desk_at(Terminal([], unmet=Unsupported("anything")))
    desk.taken.append(sold(17))
    assert run(case, desk) == Finding(Verdict.SKIPPED, "not done: anything")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_terminal_that_cannot_be_met_is_a_finding(case: Case) -> None:
    desk = desk_at(Terminal([], unmet=NotSent("no such device")))
    desk.taken.append(sold(17))
    assert run(case, desk) == Finding(Verdict.DIFFERS, "NotSent: no such device")


def test_everything_that_was_taken_goes_back_the_latest_first() -> None:
    terminal = Terminal([approved(17), approved(18), approved(19), approved(20)])
    desk = desk_at(terminal)
    assert run(CASE["reversal"], desk).verdict is Verdict.SKIPPED
    desk.sell()
    desk.sell()
    finding = run(CASE["reversal"], desk)
    assert finding == Finding(Verdict.PASSED, "approved receipt=19, approved receipt=20")
    assert [word for word in terminal.asked if "reverse" in word] == ["reverse 18", "reverse 17"]
    assert desk.taken == []


def test_what_does_not_go_back_stays_among_what_was_taken() -> None:
    desk = desk_at(Terminal([approved(17), Declined(0xB5)]))
    desk.sell()
    assert run(CASE["reversal"], desk) == Finding(Verdict.DIFFERS, "declined B5")
    assert desk.taken == [sold(17)]


def test_a_sale_without_a_receipt_number_is_a_finding_and_stands() -> None:
    nameless = replace(sold(17), receipt=None)
    desk = desk_at(Terminal([Approved(nameless)]))
    desk.sell()
    told = "it told no receipt number to take the sale back by"
    assert run(CASE["reversal"], desk) == Finding(Verdict.DIFFERS, told)
    assert desk.taken == [nameless]


def test_a_closed_day_tells_its_sum() -> None:
    closing = replace(sold(18), totals=Totals(1250))
    assert found("end of day", Approved(closing)).told == "closed, sum 1250"
    assert found("end of day", approved(18)).told == "closed, no totals told"


class TestTheCable:
    @pytest.fixture(autouse=True)
    def _at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(visit, "IDLE_PROBE_S", 0.0)

    def pulled(self, terminal: Terminal, *, charged: bool) -> tuple[Finding, Person, Desk]:
        person = Person(yes=charged)
        desk = desk_at(terminal, person)
        return run(CASE["cable pulled"], desk), person, desk

    def test_nothing_new_in_its_book_is_not_charged(self) -> None:
        finding, person, _ = self.pulled(Terminal([LOST], busy_for=2), charged=False)
        assert finding == Finding(Verdict.PASSED, "unknown link_lost; resolved: not charged")
        assert person.told[0].startswith("Plug the cable in again")

    def test_the_next_number_is_charged_and_taken_back(self) -> None:
        terminal = Terminal([LOST, approved(18)], unheard=sold(17))
        finding, _, desk = self.pulled(terminal, charged=True)
        assert finding.verdict is Verdict.PASSED
        assert finding.told == (
            "unknown link_lost; resolved: charged; taken back: approved receipt=18"
        )
        assert desk.taken == []
        assert "reverse 17" in terminal.asked

    def test_a_sale_from_before_is_not_taken_back_for_it(self) -> None:
        terminal = Terminal([approved(17), LOST])
        desk = desk_at(terminal, Person(yes=False))
        desk.sell()
        assert run(CASE["cable pulled"], desk).verdict is Verdict.PASSED
        assert desk.taken == [sold(17)]

    def test_a_person_who_sees_something_else_is_believed(self) -> None:
        finding, _, _ = self.pulled(Terminal([LOST]), charged=True)
        assert finding.verdict is Verdict.DIFFERS
        assert finding.told.endswith("but the terminal shows else")

    @pytest.mark.parametrize("error", [Refused(0x66), NoAnswer("T3")])
    def test_a_terminal_that_cannot_tell_needs_a_person(self, error: DriverError) -> None:
        terminal = Terminal([LOST], store_error=error)
        finding, _, _ = self.pulled(terminal, charged=False)
        assert finding.verdict is Verdict.DIFFERS
        assert finding.told == f"unknown link_lost; then {type(error).__name__}"

    @pytest.mark.parametrize(("before", "after"), [(sold(16), sold(18)), (None, sold(17))])
    def test_a_book_that_proves_nothing_needs_a_person(
        self, before: Transaction | None, after: Transaction
    ) -> None:
        finding, _, _ = self.pulled(Terminal([LOST], stored=before, unheard=after), charged=True)
        assert finding.verdict is Verdict.DIFFERS
        assert "a person has to look" in finding.told

    def test_one_that_does_not_become_idle_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(visit, "IDLE_WITHIN_S", 0.01)
        finding, _, _ = self.pulled(Terminal([LOST], busy_for=10**9), charged=False)
        assert finding.verdict is Verdict.DIFFERS
        assert "NoAnswer" in finding.told


def test_no_amount_is_agreed_to_but_the_one_that_was_asked_for() -> None:
    terminal = Terminal([approved(17), approved(18)])
    desk = desk_at(terminal)
    desk.sell()
    terminal.reports = replace(sold(18), amount=101)
    desk.sell()
    assert terminal.agreed == [True, False]


def test_what_was_printed_and_how_it_ended_is_recorded() -> None:
    recording = Ended()
    desk = desk_at(Terminal([approved(17), LOST]), recording=recording)
    desk.sell()
    desk.sell()
    assert recording.outcomes == [("approved receipt=17", 2), ("unknown link_lost", 0)]
    assert recording.openings == 2


def test_the_till_asks_to_stop_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "ABORT_AFTER_S", 0.0)
    terminal = Terminal([ABORTED], until_stopped=True)
    assert run(CASE["till aborts"], desk_at(terminal)).verdict is Verdict.PASSED


def test_taking_back_names_the_sale_by_its_receipt() -> None:
    terminal = Terminal([approved(18)])
    desk = desk_at(terminal)
    desk.taken.append(sold(17))
    assert isinstance(take_back(desk, sold(17)).answer, Approved)
    assert terminal.asked[1] == "reverse 17"
