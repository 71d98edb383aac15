import pytest

from posd_simulator.cloud.faults import FAULTS_MAX, Fault, FaultKind, Faults


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
