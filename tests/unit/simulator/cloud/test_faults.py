import pytest

from posd_simulator.cloud.faults import BY_CHANCE, FAULTS_MAX, Fault, FaultKind, Faults


def test_faults_are_met_in_order_and_as_often_as_written() -> None:
    faults = Faults()
    twice = Fault(FaultKind.LOST, path="/v1/payment_records/*", times=2)
    faults.add(twice)
    faults.add(Fault(FaultKind.HTML))
    assert faults.take("GET", "/v1/payment_records/pr_1") is None
    assert faults.take("POST", "/v1/account") == Fault(FaultKind.HTML)
    for _ in range(2):
        met = faults.take("POST", "/v1/payment_records/pr_1/report_refund")
        assert met is not None
        assert met.kind is FaultKind.LOST
    assert faults.take("POST", "/v1/payment_records/pr_1/report_refund") is None


def test_the_script_can_be_cleared_and_has_an_end() -> None:
    faults = Faults()
    for _ in range(FAULTS_MAX):
        faults.add(Fault(FaultKind.HANG))
    with pytest.raises(OverflowError):
        faults.add(Fault(FaultKind.HANG))
    faults.clear()
    assert faults.script == ()


def test_chance_is_drawn_by_the_seed_and_meets_its_rate() -> None:
    drawn = []
    for seed in ("7", "7", "8"):
        faults = Faults(seed)
        faults.rate = 0.2
        drawn.append([faults.take("GET", "/v1/account") for _ in range(1_000)])
    assert drawn[0] == drawn[1] != drawn[2]
    met = [fault for fault in drawn[0] if fault is not None]
    assert 150 < len(met) < 250
    assert set(met) == set(BY_CHANCE)


def test_chance_begins_anew_once_it_is_cleared() -> None:
    faults = Faults("7")
    drawn = []
    for _ in range(2):
        faults.rate = 0.2
        drawn.append([faults.take("GET", "/v1/account") for _ in range(100)])
        faults.clear()
    assert drawn[0] == drawn[1]


def test_a_rate_of_one_spares_nobody_and_of_none_all() -> None:
    faults = Faults("7")
    assert not any(faults.take("GET", "/") for _ in range(100))
    faults.rate = 1.0
    assert all(faults.take("GET", "/") for _ in range(100))
    faults.add(Fault(FaultKind.HANG, method="GET"))
    assert faults.take("GET", "/") == Fault(FaultKind.HANG, method="GET")
    faults.clear()
    assert faults.take("GET", "/") is None


def test_a_star_stands_for_any_method_and_path() -> None:
    faults = Faults()
    away = Fault(FaultKind.RESET, method="*", times=2)
    faults.add(away)
    met = [faults.take(method, "/v1/account") for method in ("GET", "DELETE", "POST")]
    assert [fault is not None for fault in met] == [True, True, False]
