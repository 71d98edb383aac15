"""What a reader can do, in the one line that a manager reads."""

import threading
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from posd.__main__ import carry_out
from posd.cli_capabilities import NAMES, PROOFS, in_a_line
from posd.render.capabilities import capabilities
from posd_drivers.ability import Operation
from posd_drivers.card_reader import OutcomeProof
from tests.unit.posd.at_socket import RunningPosd
from tests.unit.posd.records import reader


def test_every_proof_and_name_is_one_that_the_api_tells() -> None:
    assert set(PROOFS) == {proof.value for proof in OutcomeProof}
    assert set(NAMES) <= {operation.value for operation in Operation}


def test_it_is_one_line() -> None:
    known = replace(
        reader(),
        outcome_proof=OutcomeProof.LAST_TRANSACTION,
        learned_cannot=(Operation.REFUND, Operation.END_OF_DAY),
    )
    assert in_a_line(capabilities(known)) == (
        "cards ✔, refunds ✖, reversals ✔, pre-authorisations ✔, captures ✔, end of day ✖, "
        "cancel at the terminal ✔, receipts again ✔, proof of outcome: last transaction"
    )


def test_the_command_asks_the_posd_that_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with RunningPosd(tmp_path / "posd.sock") as posd:
        posd.told = (200, msgspec.json.encode(capabilities(reader())))
        thread = threading.Thread(target=posd.handle_request)
        thread.start()
        assert carry_out(["readers", "capabilities", "a/b", "--socket", str(posd.path)]) == 0
        thread.join()
    assert posd.asked == [("GET", "/posd/v1/readers/a%2Fb/capabilities", {})]
    told = capsys.readouterr().out
    assert told.startswith("cards ✔, refunds ")
    assert told.count("\n") == 1
