"""Whatever a terminal, a till and a clock do to a command: what is approved was decided twice."""

from hypothesis import given
from hypothesis import strategies as st

from posd_drivers.zvt.outcome import Approval, Decline, PositiveStatus, Stopped, Unknown
from tests.unit.drivers.zvt.bench import Bench
from tests.unit.drivers.zvt.payment import (
    COMPLETION,
    GOOD,
    INSERT_CARD,
    LAST_LINE,
    LINE,
    POSITIVE,
    STOPPED,
    TOO_LATE,
    WITHOUT_RESULT,
    WRONG_PIN,
    aborted,
    begun,
)
from tests.unit.drivers.zvt.test_money_commands import COMMANDS

PT_MESSAGES = st.sampled_from(
    [
        *(GOOD, TOO_LATE, "84 9c 00", INSERT_CARD, POSITIVE, WRONG_PIN, WITHOUT_RESULT, STOPPED),
        *(COMPLETION, aborted(0x6C), aborted(0x05), LINE, LAST_LINE, "06 d8 00"),
        *("04 0f 01 fe", "04", "06 0f 02 27 37", "04 01 08 aa 26 11 23 0c 14 30 12"),
    ]
)
MOVES = st.one_of(
    PT_MESSAGES,
    st.binary(max_size=12),
    st.sampled_from(["abort", "accept", "refuse", "lose"]),
    st.floats(min_value=0.1, max_value=200.0),
)


def move(bench: Bench, step: str | bytes | float, accepted: list[object]) -> None:
    match step:
        case "abort":
            bench.abort()
        case "lose":
            bench.lose_link(sent=True)
        case "accept" | "refuse":
            if bench.asked:
                about = bench.decide(accepted=step == "accept")
                accepted += [about] if step == "accept" else []
        case float():
            bench.wait(step)
        case _:
            bench.hear(step)


@given(st.sampled_from(sorted(COMMANDS)), st.lists(MOVES, max_size=25))
def test_whatever_happens_an_approval_was_accepted_twice_and_completed(
    command: str, steps: list[str | bytes | float]
) -> None:
    bench = begun(*COMMANDS[command])
    accepted: list[object] = []
    for step in steps:
        if not bench.finished:
            move(bench, step, accepted)
        assert len(bench.asked) <= 1
    match bench.outcome:
        case Approval(status):
            assert PositiveStatus(status) in accepted
            assert bench.outcome in accepted
            assert COMPLETION in steps
        case Decline() | Stopped():
            ends = ("06 1e", TOO_LATE)
            assert any(isinstance(step, str) and step.startswith(ends) for step in steps)
        case _:
            assert bench.outcome is None or isinstance(bench.outcome, Unknown)
