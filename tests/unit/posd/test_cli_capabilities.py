"""What a reader can do, in the one line that a manager reads."""

from msgspec.structs import replace

from posd.cli_capabilities import NAMES, PROOFS, in_a_line
from posd.render.capabilities import capabilities
from posd_drivers.ability import Operation
from posd_drivers.card_reader import OutcomeProof
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
