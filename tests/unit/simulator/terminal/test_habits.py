"""Makes of terminals, from the wire; zvt.md 15."""

import pytest

from posd_simulator.terminal.cardholder import PressStop, Tap
from posd_simulator.terminal.events import Timer
from posd_simulator.terminal.profiles import BY_NAME, PROFILES
from posd_simulator.terminal.settings import Settings
from tests.unit.simulator.terminal.book import entry, stored
from tests.unit.simulator.terminal.till import GOOD, PAY_12_50, REGISTER_PRINTING, VISA, Till

CLOSE = "06 50 03 00 00 00"
DECLINED_12_05 = "06 01 07 04 00 00 00 00 12 05"
REPEAT_STATUS = "06 20 05 00 00 00 03 03"
SALE = entry("sale", 12)


def make(name: str) -> Till:
    return Till(book=stored(SALE), settings=Settings(habits=BY_NAME[name].habits))


def test_every_make_has_a_name_of_its_own_a_source_and_a_habit() -> None:
    assert len(BY_NAME) == len(PROFILES)
    assert all(profile.source for profile in PROFILES)
    plain = Settings().habits
    assert [profile.name for profile in PROFILES if profile.habits == plain] == []


def test_cardcomplete_compares_five_digits_and_wants_them_for_an_enquiry() -> None:
    till = make("cardcomplete")
    assert till.says("05 01 00") == ["84 37 00"]
    assert till.says("05 01 03 00 00 09") == [GOOD, "06 0F 01 00"]


def test_cardcomplete_takes_any_currency_and_logs_off_to_be() -> None:
    till = make("cardcomplete")
    assert till.pt.machine.registration.config == 0xBE
    assert till.says("06 00 06 00 00 00 10 07 56")[0] == GOOD
    till.says(GOOD)
    till.says("06 02 00")
    assert till.pt.machine.registration.config == 0xBE


def test_cardcomplete_always_tells_what_it_waits_for_and_updates_after_the_closing() -> None:
    till = make("cardcomplete").registers()
    assert till.runs(CLOSE)[-1] == "06 0F 02 27 E0"
    assert till.restarts_s == [240.0]
    till.registers()
    assert till.says(PAY_12_50) == [GOOD, "04 FF 02 0A 01"]


def test_valina_repeats_its_question_for_the_goods_at_once() -> None:
    till = make("valina").registers()
    till.says(PAY_12_50)
    till.acts(Tap(VISA))
    till.fires(Timer.STEP)
    assert till.says("84 9C 00") == []
    assert till.timers[Timer.STEP] == 0.0
    till.fires(Timer.STEP)
    till.says(GOOD)
    till.says(GOOD)
    till.says("06 01 09 04 00 00 00 00 12 50 01 3C")
    till.acts(Tap(VISA))
    till.fires(Timer.STEP)
    till.says("84 9C 00")
    assert till.timers[Timer.STEP] == 2.0


def test_hobex_hides_and_lengthens_and_sends_containers_unasked() -> None:
    till = make("hobex").registers()
    status, _ = till.runs(PAY_12_50)
    assert "0B 00 00 00 0C" in status
    assert "0E 99 99" in status
    assert "A0 01" in status
    assert "1F 2B 04 00 00 01 13" in status
    assert {len(line) for line in till.printed[0][1:-1]} == {27}


def test_hobex_prints_no_lines() -> None:
    till = make("hobex").registers("06 00 06 00 00 00 BE 09 78")
    told = till.runs(PAY_12_50)
    assert [message[:5] for message in told] == ["04 FF", "04 FF", "04 0F", "06 0F"]


def test_a80_cannot_be_aborted() -> None:
    till = make("a80").registers()
    till.says(PAY_12_50)
    assert till.says("06 B0 00") == ["84 83 00"]
    assert till.pt.busy


@pytest.mark.parametrize(("config", "told"), [("86", ["06 0F 00"]), ("96", ["04 0F", "06 0F 00"])])
def test_a80_repeats_nothing_unless_payments_are_the_tills(config: str, told: list[str]) -> None:
    till = make("a80").registers(f"06 00 06 00 00 00 {config} 09 78")
    said = till.runs(REPEAT_STATUS)
    assert [message[: len(one)] for message, one in zip(said, told, strict=True)] == told


def test_h5000_declines_with_a_good_result_and_a_text() -> None:
    till = make("h5000").registers()
    status, aborted = till.runs(DECLINED_12_05)
    assert "27 00" in status
    assert "1F 16 04 00 00 00 05 1F 17 08 64 65 63 6C 69 6E 65 64" in status
    assert aborted == "06 1E 01 05"


def test_i5310_hears_nothing_after_an_abort() -> None:
    till = make("i5310").registers()
    till.says(PAY_12_50)
    till.acts(PressStop())
    till.says(GOOD)
    till.says(GOOD)
    assert till.hushed_s == [10.0]


def test_ict220_says_no_status_byte_and_describes_itself_unasked() -> None:
    till = make("ict220")
    assert till.says("06 00 06 00 00 00 18 09 78") == [GOOD, "06 0F 08 29 12 34 56 78 49 09 78"]
    till.says(GOOD)
    _, told = till.says("05 01 03 00 00 00")
    # F0 F1 F2: twelve octets of version, "posd-sim 1.0"; then the status.
    assert told.startswith(
        "06 0F 39 F0 F1 F2 70 6F 73 64 2D 73 69 6D 20 31 2E 30 00 06 27 1F 44 04"
    )
    till.says(GOOD)
    assert till.says(PAY_12_50) == [GOOD, "04 FF 02 0A 03"]


def test_an_enquiry_can_ask_for_a_description_without_version() -> None:
    _, told = Till().says("05 01 05 00 00 00 03 06")
    assert told.startswith("06 0F 2A 00 06 27 1F 44 04 12 34 56 78 E4")


def test_move5000_takes_no_payments() -> None:
    assert make("move5000").registers().says(PAY_12_50) == ["84 83 00"]


def test_im30_refuses_a_currency_its_own_way() -> None:
    assert make("im30").says("06 00 06 00 00 00 BE 07 56") == ["84 1E 01 7D"]


def test_a920_takes_no_containers_and_no_currency() -> None:
    till = make("a920")
    assert till.says(REGISTER_PRINTING) == ["84 9A 00"]
    till.registers()
    assert till.says(PAY_12_50) == ["84 9A 00"]


def test_a920_says_nothing_after_an_error() -> None:
    till = make("a920").registers()
    (status,) = till.runs(DECLINED_12_05)
    assert "27 05" in status
    assert not till.pt.busy


def test_feig_explains_an_abort() -> None:
    till = make("feig").registers(REGISTER_PRINTING)
    till.says(PAY_12_50)
    till.says("06 B0 00")
    till.says(GOOD)
    (aborted,) = till.says(GOOD)
    assert aborted == (
        "06 1E 2E 6C 06 2B 1F 16 05 FF 00 00 14 41 1F 17 20 41 62 62 72 75 63 68 20 64 75 72 63 68 "
        "20 65 78 74 65 72 6E 65 73 20 4B 6F 6D 6D 61 6E 64 6F 21"
    )


def test_feig_ends_a_receipt_with_ff() -> None:
    till = make("feig").registers(REGISTER_PRINTING)
    receipt = till.runs(PAY_12_50)[-2]
    assert receipt.endswith("09 01 FF 1F 07 01 02")
