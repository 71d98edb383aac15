"""`posd status -w`: a line when something changes, through a restart of posd too."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from typing_extensions import override

from posd import cli_status
from posd.__main__ import carry_out
from posd.snapshot.views import Verdict
from tests.unit.posd.at_socket import PosdAtSocket, serving
from tests.unit.posd.snapshots import busy_shop


class Enough(Exception):
    """The test has seen what it wants."""


class Changing(PosdAtSocket):
    """Says `first` twice, at two times, then nothing, then `second`, and then the test is over."""

    @override
    def answer(self, method: str, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        shop = busy_shop().snapshot()
        match len(self.asked):
            case 1 | 2 as look:
                shop = replace(shop, at_ms=shop.at_ms + look, verdict=verdict(shop.verdict, "One."))
            case 3:
                return 500, b""
            case _:
                shop = replace(shop, verdict=verdict(shop.verdict, "Two."))
        return 200, msgspec.json.encode(shop)


def verdict(known: Verdict, sentence: str) -> Verdict:
    return replace(known, sentence=sentence, details=())


@pytest.fixture
def posd(tmp_path: Path) -> Iterator[Changing]:
    with serving(Changing(tmp_path / "posd.sock")) as running:
        yield running


@pytest.mark.parametrize(("more", "lines"), [([], 3), (["--json"], 3)])
def test_a_change_is_a_line_and_the_time_alone_is_none(
    posd: Changing,
    more: list[str],
    lines: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = iter(range(3))

    def pause(_seconds: float) -> None:
        if next(looks, None) is None:
            raise Enough

    monkeypatch.setattr(cli_status, "pause", pause)
    with pytest.raises(Enough):
        carry_out(["status", "-w", *more, "--socket", str(posd.path)])
    told = capsys.readouterr().out.splitlines()
    assert len(told) == lines
    assert "One." in told[0]
    assert "HTTP status 500" in told[1]
    assert "Two." in told[2]
