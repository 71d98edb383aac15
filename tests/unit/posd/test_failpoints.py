import os

import pytest

from posd.failpoints import KILLED_STATUS, Failpoint, disarmed, kill_at


class Gone(BaseException):
    """Stands for the end of the process."""


def test_a_process_ends_at_the_armed_point_and_at_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(status: int) -> None:
        raise Gone(status)

    monkeypatch.setattr(os, "_exit", gone)
    reach = kill_at(Failpoint.AFTER_STATUS_REPORTED)
    for point in Failpoint:
        disarmed(point)
        if point is not Failpoint.AFTER_STATUS_REPORTED:
            reach(point)
    with pytest.raises(Gone, match=str(KILLED_STATUS)):
        reach(Failpoint.AFTER_STATUS_REPORTED)
