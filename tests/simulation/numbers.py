"""I1 to I24: what must always be true of a store, and by what each is checked.

The numbers are those of the reference the money rules were made from. A check is a function of a
module beside this one, run after every step, on a round, or once it is quiet; a test is one that a
whole store in virtual time is not needed for, or cannot be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must be true.

    Attributes:
        says: In one line.
        checks: Functions, as `module.name`.
        tests: As `path::name`, the path from `tests`.
    """

    says: str
    checks: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


INVARIANTS: Final[Mapping[int, Invariant]] = {
    1: Invariant(
        "one approved payment an order, one certain record at Stripe for each",
        (
            "invariants.i1_one_sale_an_order",
            "invariants.i1_one_open_payment_an_order",
            "invariants.i1_guaranteed_once",
            "oracle.violations",
        ),
    ),
    2: Invariant(
        "what a terminal has booked is approved or not proven yet, never denied",
        (
            "invariants.i2_booked_is_not_denied",
            "invariants.i2_denied_is_not_booked",
            "oracle.violations",
        ),
    ),
    3: Invariant(
        "nothing goes to a terminal or to Stripe that is not on disk before",
        (
            "invariants.i3_a_command_has_its_fact",
            "invariants.i3_a_report_is_kept_before_it_is_accepted",
            "invariants.i3_a_report_has_its_fact",
            "moves.i3_what_is_only_held_is_not_told",
        ),
    ),
    4: Invariant(
        "a till learns only what is durable, and paid stays paid",
        (
            "invariants.i4_told_is_on_disk",
            "invariants.i4_unproven_is_not_free",
            "invariants.i4_paid_stays_paid",
        ),
    ),
    5: Invariant(
        "what comes twice has one effect",
        (
            "invariants.i5_a_command_is_repeated_on_nak_only",
            "invariants.i5_a_key_starts_one_attempt",
        ),
    ),
    6: Invariant(
        "nothing begins at a reader over what is not ended there",
        ("invariants.i6_one_sale_at_a_reader", "moves.i6_no_day_ends_over_what_is_open"),
    ),
    7: Invariant(
        "an attempt moves along declared edges, and facts are chained",
        ("invariants.i7_declared_edges_only", "invariants.i7_facts_are_chained"),
    ),
    8: Invariant(
        "the amount at the terminal is the amount that was asked for",
        (
            "invariants.i8_the_amount_that_was_asked_for",
            "invariants.i8_the_amount_that_is_approved",
        ),
    ),
    9: Invariant(
        "a key gives the same payment, and in the end the same answer",
        ("invariants.i9_a_key_makes_one_payment", "quiet.i9_the_same_answer"),
    ),
    10: Invariant(
        "one key, one body for one effect at Stripe, for ever",
        ("invariants.i10_one_key_one_body", "invariants.i10_an_old_key_looks_first"),
    ),
    11: Invariant(
        "the tills, the terminals' books and Stripe come to the same",
        (
            "moves.i11_what_is_held_ends_once",
            "moves.i11_a_terminal_ends_what_was_asked_for",
            "quiet.i11_days_end_as_told",
            "quiet.i11_equal_is_equal",
            "quiet.i11_audits_are_right",
            "oracle.violations",
        ),
    ),
    12: Invariant(
        "no fact is ever changed or deleted",
        ("quiet.i12_every_fact_stands",),
        ("unit/posd/journal/test_verify.py::test_the_tables_refuse_to_forget",),
    ),
    13: Invariant(
        "after any death the journal opens, is sound and has all that anybody was told",
        ("watch.opened", "quiet.i13_and_i20_once_more", "quiet.i13_replay_gives_the_records"),
        ("crash/test_power_cut.py::test_what_was_acknowledged_survives_every_power_cut",),
    ),
    14: Invariant(
        "no card number and no secret is anywhere at rest",
        tests=(
            "unit/posd/test_receipt_canary.py::test_no_card_number_is_ever_in_the_journals_files",
            "unit/posd/test_token_canary.py::test_a_token_is_found_nowhere_but_in_its_own_answer",
        ),
    ),
    15: Invariant(
        "no payment begins beyond the store's limits to what Stripe does not know",
        ("limits.i15_no_limit_is_passed",),
    ),
    16: Invariant(
        "what was paid goes back once, and never more of it",
        (
            "invariants.i16_what_was_paid_goes_back_once",
            "invariants.i16_a_terminal_gives_what_was_asked_for",
            "quiet.i16_the_books_agree_on_what_went_back",
        ),
    ),
    17: Invariant(
        "no two own a reader or the journal, and a terminal proves its own payments only",
        ("host.sole_lock", "wiring.open", "invariants.i17_its_own_terminal_proves_it"),
    ),
    18: Invariant(
        "what begins ends or is a person's in time, and what is owed is tried",
        (
            "watchman.i18_a_person_in_five_minutes",
            "watchman.i18_no_endless_dialogue",
            "watchman.i18_reports_are_tried",
        ),
    ),
    19: Invariant(
        "what is in order again is soon used",
        ("watchman.i19_a_reader_comes_back", "watchman.i19_the_line_is_used"),
    ),
    20: Invariant(
        "nothing leaks, and who is told to end does so in order and in time",
        ("invariants.i20_an_end_in_order", "quiet.i13_and_i20_once_more", "host.bury"),
    ),
    21: Invariant(
        "no foreign page or unknown caller changes or reads anything",
        tests=(
            "unit/posd/api/test_origin.py::test_hosts",
            "unit/posd/api/test_origin.py::test_origins",
        ),
    ),
    22: Invariant(
        "looking changes nothing and keeps nobody waiting",
        ("watchman.i22_looking_changes_nothing", "visitors.look"),
    ),
    23: Invariant("every fault and every edge is met", ("sometimes.never",)),
    24: Invariant(
        "one seed is one history",
        tests=("simulation/test_shop.py::test_one_seed_is_one_history_in_any_process",),
    ),
}
"""By number. Private functions are named without their underscore."""
