from pathlib import Path

from posd_simulator.cloud.ledger import Changed, Granted, Ledger, account_id_of
from posd_simulator.cloud.rules.configurations import Configuration
from posd_simulator.cloud.rules.connection_tokens import ConnectionToken
from posd_simulator.cloud.rules.events import Event
from posd_simulator.cloud.rules.hardware_orders import HardwareOrder, Item, OrderStatus, Shipping
from posd_simulator.cloud.rules.idempotency import Kept
from posd_simulator.cloud.rules.locations import Address, Location
from posd_simulator.cloud.rules.payment_records import Attempt, Outcome, PaymentRecord, Refund
from posd_simulator.cloud.rules.permissions import Level, Resource
from posd_simulator.cloud.rules.readers import Device, Reader

RECORD = PaymentRecord(
    id="pr_1",
    created=100,
    currency="eur",
    value=1250,
    attempts=(Attempt("par_1", 100, 99, {"type": "custom"}, Outcome.GUARANTEED, 101),),
    refunds=(Refund("R1", 50, 102, metadata={"why": "cold"}),),
    metadata={"order_id": "6735"},
)
CHANGED = Changed("acct_1", livemode=True, payment_record=RECORD)
KEPT = Changed("acct_1", livemode=True, kept=Kept("K", "print", 1000, 500, "{}"))
TOKEN = Changed("acct_2", livemode=False, connection_token=ConnectionToken("pst_1", "tml_1"))


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "cloud.jsonl"
    for change in (CHANGED, KEPT, TOKEN):
        ledger = Ledger(file)
        ledger.apply(change)
        ledger.close()
    again = Ledger(file)
    account = again.account("acct_1", livemode=True)
    assert account.payment_records == {"pr_1": RECORD}
    assert account.refund_references() == {"R1"}
    assert account.keys.claim("K", "print", 1001) == KEPT.kept
    assert again.account("acct_2", livemode=False).connection_tokens == {
        "pst_1": TOKEN.connection_token
    }
    again.close()


def test_the_fleet_and_its_orders_survive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "cloud.jsonl"
    address: Address = {"country": "DE", "line1": "Weg 1"}
    whole = Changed(
        "acct_1",
        livemode=False,
        location=Location("tml_1", address, "Shop", phone="+4940", metadata={"a": "b"}),
        reader=Reader("tmr_1", 5, "stripe_s700", "S1", "c", "Lane 1", "tml_1", silent_since_ms=7),
        configuration=Configuration("tmc_1", "Shop", sections={"offline": {"enabled": True}}),
        hardware_order=HardwareOrder(
            "thor_1",
            created=100,
            items=(Item("thsku_1", 2),),
            shipping=Shipping(address, "a@example.com", "Ada L", "+4940"),
            shipping_method="thsm_1",
            status=OrderStatus.SHIPPED,
            updated=101,
            tracking=(("dhl", "1Z"),),
        ),
        event=Event("evt_1", "t.shipped", 101, {"id": "thor_1"}, "2026", "req_1", None),
        devices=(Device("S1", "stripe_s700", None),),
    )
    ledger = Ledger(file)
    ledger.apply(whole)
    ledger.close()
    again = Ledger(file)
    account = again.account("acct_1", livemode=False)
    assert account.locations == {"tml_1": whole.location}
    assert account.readers == {"tmr_1": whole.reader}
    assert account.configurations["tmc_1"] == whole.configuration
    assert account.hardware_orders == {"thor_1": whole.hardware_order}
    assert account.events == {"evt_1": whole.event}
    assert again.devices == {"S1": whole.devices[0]}
    again.close()


def test_what_the_director_did_survives_a_restart_but_no_reset(tmp_path: Path) -> None:
    file = tmp_path / "cloud.jsonl"
    device = Device("S1", "stripe_s700", "calm-red-fox")
    ledger = Ledger(file)
    ledger.place(device)
    ledger.grant(Granted("acct_1", {Resource.READER: Level.READ}))
    ledger.grant(Granted("acct_2", {}))
    ledger.grant(Granted("acct_2", None))
    ledger.move_clock(60_000)
    ledger.apply(CHANGED)
    ledger.close()
    again = Ledger(file)
    assert again.devices == {"S1": device}
    assert again.granted == {"acct_1": {Resource.READER: Level.READ}}
    assert again.ahead_ms == 60_000
    again.clear()
    again.apply(KEPT)
    again.close()
    third = Ledger(file)
    assert (third.devices, third.granted, third.ahead_ms, third.start) == ({}, {}, 0, 2)
    assert third.account("acct_1", livemode=True).payment_records == {}
    assert third.account("acct_1", livemode=True).keys.claim("K", "print", 1) is not None
    third.close()


def test_a_torn_last_line_never_happened(tmp_path: Path) -> None:
    file = tmp_path / "cloud.jsonl"
    ledger = Ledger(file)
    ledger.apply(TOKEN)
    before = file.stat().st_size
    ledger.apply(CHANGED)
    ledger.close()
    torn = file.read_bytes()[:-1]
    file.write_bytes(torn)
    again = Ledger(file)
    assert again.account("acct_1", livemode=True).payment_records == {}
    again.apply(KEPT)
    again.close()
    assert file.read_bytes()[before:].count(b"\n") == 2
    assert file.read_bytes().endswith(b"\n")
    third = Ledger(file)
    assert third.account("acct_1", livemode=True).keys.claim("K", "print", 1) is not None
    third.close()


def test_each_start_is_counted(tmp_path: Path) -> None:
    file = tmp_path / "cloud.jsonl"
    for start in range(3):
        ledger = Ledger(file)
        assert ledger.start == start
        ledger.close()
    assert Ledger().start == 0


def test_modes_of_an_account_are_apart() -> None:
    ledger = Ledger()
    ledger.apply(CHANGED)
    assert not ledger.account("acct_1", livemode=False).payment_records


def test_a_key_opens_its_own_account() -> None:
    assert account_id_of("sk_test_a") == account_id_of("sk_test_a")
    assert account_id_of("sk_test_a") != account_id_of("sk_test_b")
    assert account_id_of("sk_test_a").startswith("acct_")
