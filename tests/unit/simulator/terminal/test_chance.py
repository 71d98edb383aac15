"""Chance by seed, and the faults it draws."""

from posd_simulator.terminal.chance import Chance
from posd_simulator.terminal.faults import Faults


def test_the_same_seed_draws_the_same() -> None:
    assert [Chance(7).share() for _ in range(3)] == [Chance(7).share()] * 3
    one, other = Chance(7), Chance(8)
    drawn = [one.share() for _ in range(1000)]
    assert drawn != [other.share() for _ in range(1000)]
    assert 0 <= min(drawn) < 0.05
    assert 0.95 < max(drawn) < 1
    assert {one.number(4) for _ in range(100)} == {0, 1, 2, 3}


def test_a_share_of_messages_meets_something() -> None:
    def met(rate: float, seed: int) -> list[str]:
        faults = Faults(rate=rate, seed=seed)
        return [str(faults.next_message(0x0601)) for _ in range(200)]

    assert met(0.2, 1) == met(0.2, 1)
    assert met(0.2, 1) != met(0.2, 2)
    assert 20 < sum(it != "{}" for it in met(0.2, 1)) < 60
    assert {*met(0.0, 1)} == {"{}"}


def test_chance_is_called_off_too() -> None:
    faults = Faults(rate=1.0)
    faults.disarm()
    assert faults.next_message(0x0601) == {}
