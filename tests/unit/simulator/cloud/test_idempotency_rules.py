from collections.abc import Callable

import pytest

from posd.stripe_wire.errors import ErrorType, Rejected, StripeError, status_of
from posd_simulator.cloud.rules.idempotency import KEPT_MS, Kept, Keys

ANSWER = Kept("K", "print", 1000, 200, "{}")


def refusal_of(act: Callable[[], object]) -> StripeError:
    with pytest.raises(Rejected) as refusal:
        act()
    return refusal.value.error


def test_the_first_answer_is_the_answer() -> None:
    keys = Keys()
    assert keys.claim("K", "print", 1000) is None
    keys.keep(ANSWER)
    assert keys.claim("K", "print", 1001) == ANSWER
    assert keys.claim("other", "print", 1001) is None


def test_a_running_key_is_in_use() -> None:
    keys = Keys()
    keys.claim("K", "print", 1000)
    error = refusal_of(lambda: keys.claim("K", "print", 1001))
    assert (error.code, status_of(error)) == ("idempotency_key_in_use", 409)


def test_a_key_stands_for_one_request() -> None:
    keys = Keys()
    keys.claim("K", "print", 1000)
    running = refusal_of(lambda: keys.claim("K", "another", 1001))
    keys.keep(ANSWER)
    kept = refusal_of(lambda: keys.claim("K", "another", 1001))
    for error in (running, kept):
        assert (error.type, status_of(error)) == (ErrorType.IDEMPOTENCY_ERROR, 400)
        assert "same parameters" in error.message


def test_what_never_executed_leaves_the_key_free() -> None:
    keys = Keys()
    keys.claim("K", "print", 1000)
    keys.release("K")
    assert keys.claim("K", "another", 1001) is None


def test_a_key_is_forgotten_after_a_day() -> None:
    keys = Keys()
    keys.keep(ANSWER)
    assert keys.claim("K", "print", 1000 + KEPT_MS - 1) == ANSWER
    assert keys.claim("K", "another", 1000 + KEPT_MS) is None


def test_a_running_key_is_never_forgotten() -> None:
    keys = Keys()
    keys.claim("K", "print", 1000)
    assert refusal_of(lambda: keys.claim("K", "print", 1000 + 2 * KEPT_MS)).code == (
        "idempotency_key_in_use"
    )


def test_a_key_has_up_to_255_characters() -> None:
    keys = Keys()
    assert keys.claim("k" * 255, "print", 1000) is None
    for key in ("k" * 256, ""):
        with pytest.raises(Rejected):
            keys.claim(key, "print", 1000)
