"""What Stripe tells of a payment that the journal has lost, and what else it may say (M18)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from posd.errors import CredentialRefused, PosdError, UpstreamRefused, UpstreamUnavailable
from posd.ids import chance
from posd.model.restore_facts import PaymentImported
from posd.upstream.limiter import Limiter
from posd.upstream.lost_records import RecordList, told
from posd.upstream.uplink import Uplink, UpstreamCall
from tests.unit.posd.virtual import virtual

EUROS = {"currency": "eur", "value": 1250}
NONE = {"currency": "eur", "value": 0}
RECORD: dict[str, Any] = {
    "id": "pr_1",
    "object": "payment_record",
    "created": 1_790_000_009,
    "amount_requested": EUROS,
    "amount_guaranteed": EUROS,
    "amount_refunded": NONE,
    "metadata": {
        "posd_payment_intent": "pi_posd_9",
        "posd_attempt": "att_posd_9",
        "posd_reader": "tmr_posd_front",
        "order_id": "A-17",
        "order_part": "1 of 2",
        "posd_business_day": "2026-11-01",
        "terminal_id": "52523535",
        "receipt_number": "17",
        "posd_epoch": "ep_1",
        "posd_boot": "7",
        "posd_seq": "1001",
    },
}
IMPORTED = PaymentImported(
    payment_record="pr_1",
    restore="rst_1",
    payment_intent="pi_posd_9",
    attempt="att_posd_9",
    reader="tmr_posd_front",
    amount=1250,
    currency="eur",
    amount_guaranteed=1250,
    amount_refunded=0,
    created_ms=1_790_000_009_000,
    order="A-17",
    order_part="1 of 2",
    business_day="2026-11-01",
    terminal_id="52523535",
    receipt=17,
    epoch="ep_1",
    boot=7,
    seq=1001,
)


def test_all_that_a_report_tells_is_imported() -> None:
    assert told(RECORD, "rst_1") == IMPORTED


def test_a_report_of_an_older_posd_tells_less() -> None:
    known = ("posd_payment_intent", "posd_attempt")
    metadata = {name: RECORD["metadata"][name] for name in known}
    older = told({**RECORD, "metadata": metadata}, "rst_1")
    assert older is not None
    assert (older.epoch, older.seq, older.business_day, older.order) == ("", None, "", None)


@pytest.mark.parametrize("metadata", [None, [], {}, {"posd_attempt": "att_1"}, {"posd_attempt": 7}])
def test_what_no_posd_reported_is_none_of_its_business(metadata: object) -> None:
    assert told({**RECORD, "metadata": metadata}, "rst_1") is None


@pytest.mark.parametrize(
    "field", ["amount_requested", "amount_guaranteed", "amount_refunded", "created"]
)
@pytest.mark.parametrize("value", [None, "1250", {"value": 1250}, {"currency": "eur"}])
def test_a_report_without_its_amounts_or_time_is_not_stripes(field: str, value: object) -> None:
    with pytest.raises(UpstreamUnavailable, match="not Stripe"):
        told({**RECORD, field: value}, "rst_1")


@given(
    st.dictionaries(
        st.sampled_from(sorted(RECORD["metadata"])),
        st.one_of(st.text(max_size=30), st.none(), st.integers(), st.just("9" * 40)),
    )
)
def test_no_metadata_can_crash_the_import(changed: dict[str, object]) -> None:
    found = told({**RECORD, "metadata": {**RECORD["metadata"], **changed}}, "rst_1")
    if found is not None:
        assert found.seq is None or 0 <= found.seq < 10**18


class Refusing(Uplink):
    """A line behind which Stripe refuses."""

    def __init__(self, status: int) -> None:
        self._status = status

    @override
    async def call(self, asked: UpstreamCall) -> dict[str, Any]:
        assert asked.path.startswith("/v1/payment_records?created_after=0&")
        raise UpstreamRefused(self._status, {"type": "api_error"})


@pytest.mark.parametrize(
    ("status", "means"),
    [
        (401, CredentialRefused),
        (403, CredentialRefused),
        (429, UpstreamUnavailable),
        (500, UpstreamUnavailable),
        (400, UpstreamRefused),
    ],
)
@virtual
async def test_a_list_that_is_refused_is_asked_for_again_unless_it_is_refused_for_good(
    status: int, means: type[PosdError]
) -> None:
    records = RecordList(Refusing(status), Limiter(chance=chance(1)))
    with pytest.raises(PosdError) as refused:
        await anext(records.since(-7))
    assert type(refused.value) is means
