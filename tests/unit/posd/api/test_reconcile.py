"""What the journal has lost, as it is asked for and decided over HTTP."""

from msgspec.structs import replace

from tests.unit.posd.api.fakes import MANAGER, OBSERVER, TILL, Bench
from tests.unit.posd.api.restore_fakes import AT_MS, GAP, LOST

RECONCILE = "/posd/v1/reconcile"
PAYMENTS = "/posd/v1/payments"
WHY = {"reason": "Receipts compared with the terminal."}


async def test_without_a_gap_there_is_nothing_to_decide() -> None:
    bench = Bench()
    async with bench.client(MANAGER) as client:
        told = (await client.get(RECONCILE)).json()
        assert told == {
            "object": "posd.reconcile",
            "open": False,
            "sells": True,
            "restore": None,
            "imported": [],
        }
        assert (await client.post(f"{RECONCILE}/accept", data=WHY)).status_code == 404


async def test_a_gap_is_told_with_all_that_a_person_compares() -> None:
    bench = Bench()
    bench.restores.restore = GAP
    async with bench.client(OBSERVER) as client:
        told = (await client.get(RECONCILE)).json()
    assert (told["open"], told["sells"]) == (True, False)
    restore = told["restore"]
    assert (restore["cause"], restore["last_fact"], restore["lost_fact"]) == ("behind", 980, 1043)
    assert restore["terminals"] == [
        {
            "reader": "tmr_posd_1",
            "agreement": "equal",
            "terminal_amount": 3750,
            "journal_amount": 1250,
            "journal_count": 1,
            "imported_amount": 2500,
            "imported_count": 2,
            "receipt": 19,
            "asked": AT_MS // 1000,
        }
    ]
    (lost,) = told["imported"]
    assert (lost["payment_record"], lost["order"], lost["receipt"]) == ("pr_1", "A-17", 17)


async def test_a_manager_accepts_the_gap_or_lets_tills_sell_with_a_reason() -> None:
    bench = Bench()
    bench.restores.restore = GAP
    async with bench.client(MANAGER) as client:
        selling = (await client.post(f"{RECONCILE}/sales", data=WHY)).json()
        assert (selling["open"], selling["sells"]) == (True, True)
        assert selling["restore"]["sales_allowed"] == {
            "by": "key_manager",
            "at": AT_MS // 1000,
            "reason": WHY["reason"],
        }
        again = {"Idempotency-Key": "again"}
        answer = await client.post(f"{RECONCILE}/accept", data=WHY, headers=again)
        assert answer.json()["open"] is False
        assert answer.headers["idempotent-replayed"] == "true"
        assert (await client.post(f"{RECONCILE}/accept", data={"reason": "x"})).status_code == 400


async def test_no_till_decides_on_a_gap() -> None:
    bench = Bench()
    bench.restores.restore = GAP
    async with bench.client(TILL) as client:
        assert (await client.post(f"{RECONCILE}/accept", data=WHY)).status_code == 403
        assert (await client.post(f"{RECONCILE}/sales", data=WHY)).status_code == 403


async def test_a_restarted_till_is_told_what_the_journal_has_lost_of_its_order() -> None:
    bench = Bench()
    bench.restores.restore = replace(GAP, listed_ms=AT_MS)
    async with bench.client(TILL) as client:
        (paid,) = (await client.get(PAYMENTS, params={"order": "A-17"})).json()["data"]
        other = {"order": "A-18"}
        assert (await client.get(PAYMENTS, params=other)).json()["data"] == []
    assert (paid["payment_intent"], paid["status"], paid["amount"]) == (
        "pi_posd_9",
        "succeeded",
        1250,
    )


async def test_no_till_hears_of_no_payment_while_nobody_knows() -> None:
    bench = Bench()
    bench.restores.restore = GAP
    async with bench.client(TILL) as client:
        answer = await client.get(PAYMENTS, params={"order": "A-18"})
    assert answer.status_code == 409
    assert answer.headers["stripe-should-retry"] == "false"
    assert answer.json()["error"]["code"] == "journal_restored"


async def test_a_payment_that_is_lost_is_never_told_as_one_that_was_not_made() -> None:
    bench = Bench()
    bench.store.restore = GAP
    bench.store.lost[LOST.payment_intent] = LOST
    paths = [f"/v1/payment_intents/{LOST.payment_intent}", "/posd/v1/payment_intents/pi_posd_8"]
    async with bench.client(TILL) as client:
        for path in paths:
            assert (await client.get(path)).json()["error"]["code"] == "journal_restored"
        bench.store.restore = replace(GAP, listed_ms=AT_MS)
        paid = (await client.get(paths[0])).json()["error"]
        assert (paid["code"], "paid, 1250 eur" in paid["message"]) == (
            "payment_intent_unexpected_state",
            True,
        )
        assert (await client.get(paths[1])).status_code == 404
