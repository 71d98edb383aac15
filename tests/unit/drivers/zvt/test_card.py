"""What a status information says, in the port's words (zvt.md 8.1, 12 and 13)."""

import pytest

from posd_drivers.card_reader import BrandTotals, Kind, Step
from posd_drivers.zvt.apdu import decode_apdu
from posd_drivers.zvt.card import DECLINE_CODES, decline_code, step_of, transaction
from posd_drivers.zvt.charset import Charset
from posd_drivers.zvt.messages import IntermediateStatus, StatusInformation, decode
from posd_drivers.zvt.outcome import DECLINE_RESULTS


def status(body: str) -> StatusInformation:
    octets = bytes.fromhex(body)
    message = decode(decode_apdu(bytes([0x04, 0x0F, len(octets)]) + octets))
    assert isinstance(message, StatusInformation)
    return message


# The status information of zvt.md 14.2, filled with the fields of 8.1.
FULL = status(
    "27 00 04 00 00 00 00 12 50 0B 00 01 23 0C 14 30 12 0D 05 14 0E 29 12 17 00 01 19 60"
    "22 F0 F8 EE EE EE EE EE EE 45 67 29 12 34 56 78 3B 31 32 33 34 35 36 00 00 49 09 78"
    "87 00 12 88 00 01 17 8A 06 2A 31 32 33 34 35 36 37 38 39 20 20 20 20 20 20"
    "8B F1 F1 4D 61 73 74 65 72 63 61 72 64 00 3C F0 F0 F5 61 0D 62 0D 63"
    "06 26 2F 0C 1F 10 01 03 1F 11 01 01 1F 12 01 02"
    "60 16 43 07 A0 00 00 00 04 10 10 44 0B 44 65 62 69 74 20 43 61 72 64 31"
)


def test_the_transaction() -> None:
    told = transaction(FULL, Charset.CP437)
    assert (told.kind, told.terminal_id, told.result_code) == (Kind.SALE, "12345678", 0)
    assert (told.amount, told.currency, told.tip) == (1250, "eur", None)
    assert (told.receipt, told.trace, told.turnover) == (12, 123, 117)
    assert (told.date, told.time) == ("0514", "143012")
    assert told.text == "a\nb\nc"


def test_the_card() -> None:
    card = transaction(FULL, Charset.CP437).card
    assert (card.brand, card.brand_product, card.last4) == ("mastercard", "Mastercard", "4567")
    assert (card.exp_month, card.exp_year) == (12, 2029)
    assert card.read_method == "contactless_emv"
    assert card.cardholder_verification_method == "offline_pin"
    assert card.dedicated_file_name == "A0000000041010"
    assert card.application_preferred_name == "Debit Card1"
    assert (card.authorization_code, card.acquirer_contract) == ("123456", "123456789")


def test_what_the_terminal_does_not_say_is_not_made_up() -> None:
    told = transaction(status("87 00 12"), Charset.CP437)
    assert (told.amount, told.currency, told.terminal_id, told.text) == (None, None, None, None)
    assert told.result_code == 0xFF  # no result is no approval
    assert told.card.brand == "unknown"
    assert told.card.last4 is None
    assert told.card.read_method is None


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("27 00 87 00 12 A0 01", 0x00),
        ("27 00 87 00 12 A0 A5", 0xA5),
        ("27 00 87 00 12 06 08 1F 16 05 00 00 00 00 00", 0x00),
        ("27 00 87 00 12 06 08 1F 16 05 FF 00 00 14 41", 0xFF),
        ("27 05 87 00 12 06 08 1F 16 05 FF 00 00 14 41", 0x05),
    ],
)
def test_a_result_that_the_terminal_contradicts_is_no_approval(body: str, result: int) -> None:
    """zvt.md 8.1: a repeated receipt has no completion of its own that would tell."""
    assert transaction(status(body), Charset.CP437).result_code == result


def test_a_reversal_names_the_trace_it_reverses() -> None:
    told = transaction(status("27 00 37 00 01 23"), Charset.CP437)
    assert (told.kind, told.original_trace) == (Kind.REVERSAL, 123)


# zvt.md 8.1: receipts 1 to 12, three girocards of 37.50 in all, and nothing else.
TOTALS = (
    "60 F0 F5 F3 00 01 00 12 03 00 00 00 00 37 50"
    " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
    " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
)


class TestEndOfDay:
    def test_totals_make_it_one(self) -> None:
        told = transaction(status("27 00 04 00 00 00 00 37 50" + TOTALS), Charset.CP437)
        assert told.kind is Kind.END_OF_DAY
        assert told.totals is not None
        assert (told.totals.amount, told.totals.brands[0]) == (
            3750,
            BrandTotals("girocard", 3, 3750),
        )

    def test_the_sum_is_the_terminals_own_word(self) -> None:
        of = transaction(status("27 00 04 00 00 00 00 36 00" + TOTALS), Charset.CP437)
        assert of.totals is not None
        assert of.totals.amount == 3600

    def test_without_its_word_it_is_added_up(self) -> None:
        of = transaction(status("27 00" + TOTALS), Charset.CP437)
        assert of.totals is not None
        assert of.totals.amount == 3750

    def test_what_it_is_may_be_known_although_it_tells_nothing(self) -> None:
        told = transaction(status("27 00"), Charset.CP437, Kind.END_OF_DAY)
        assert (told.kind, told.totals) == (Kind.END_OF_DAY, None)


class TestAtRisk:
    @pytest.mark.parametrize(
        "body",
        [
            "27 00 19 40",  # offline
            "27 00 19 50",  # only checked
            "27 00 06 04 1F 11 01 00",
            "27 00 06 06 2F 04 1F 11 01 00",
            "27 00 8A 09",  # debit advice
        ],
    )
    def test_an_approval_without_its_issuer_may_come_back_unpaid(self, body: str) -> None:
        assert transaction(status(body), Charset.CP437).at_risk

    @pytest.mark.parametrize(
        "body",
        [
            "27 00 19 60",
            "27 00 19 70 06 04 1F 11 01 01",
            "27 00 8A 05",
            "27 05 19 40",  # no approval
            "27 00 19 40 37 00 01 23",  # what goes back
            "27 00 19 40" + TOTALS,
        ],
    )
    def test_nothing_else_does(self, body: str) -> None:
        assert not transaction(status(body), Charset.CP437).at_risk


@pytest.mark.parametrize(
    ("result", "word"),
    [
        (0x05, "generic_decline"),
        (0x21, "generic_decline"),  # 33: "expired" at one network (zvt.md 12.2), not at all
        (0x37, "incorrect_pin"),
        (0x67, "card_not_supported"),
        (0x71, "insufficient_funds"),
        (0x78, "expired_card"),
        (0x7A, "card_not_supported"),
    ],
)
def test_a_decline_says_why_where_the_manual_does(result: int, word: str) -> None:
    assert decline_code(result) == word


def test_no_state_of_a_device_is_a_decline() -> None:
    assert set(DECLINE_CODES) <= DECLINE_RESULTS


def test_a_tip_is_told() -> None:
    body = "27 00 04 00 00 00 00 13 50 06 09 1F 36 06 00 00 00 00 01 00"
    assert transaction(status(body), Charset.CP437).tip == 100


@pytest.mark.parametrize("expiry", ["99 99", "29 13", "29 00"])
def test_a_hidden_or_impossible_expiry_is_none(expiry: str) -> None:
    card = transaction(status(f"0E {expiry}"), Charset.CP437).card
    assert (card.exp_month, card.exp_year) == (None, None)


@pytest.mark.parametrize(
    ("card_type", "brand", "product"),
    [
        ("05", "unknown", "girocard"),
        ("06", "mastercard", "Mastercard"),
        ("08", "amex", "American Express"),
        ("0A", "visa", "Visa"),
        ("0C", "diners", "Diners"),
        ("0D", "visa", "V PAY"),
        ("0E", "jcb", "JCB"),
        ("2E", "mastercard", "Maestro"),
        ("C6", "unionpay", "UnionPay"),
        ("E8", "discover", "Discover"),
    ],
)
def test_brands_by_card_type(card_type: str, brand: str, product: str) -> None:
    card = transaction(status(f"27 00 8A {card_type}"), Charset.CP437).card
    assert (card.brand, card.brand_product) == (brand, product)


def test_a_debit_mastercard_is_named_by_its_card_name() -> None:
    # zvt.md 12.4: type 46 with 8B "Debit Mastercard"
    body = "8A 2E 8B F1 F7 44 65 62 69 74 20 4D 61 73 74 65 72 63 61 72 64 00"
    card = transaction(status(body), Charset.CP437).card
    assert (card.brand, card.brand_product) == ("mastercard", "Debit Mastercard")


@pytest.mark.parametrize(
    ("names", "product"),
    [
        ("06 0A 44 08 44 65 62 69 74 20 4D 43", "Debit MC"),
        ("06 0A 42 08 44 65 62 69 74 20 4D 43", "Debit MC"),
        ("06 14 4A 08 67 69 72 6F 63 61 72 64 44 08 44 65 62 69 74 20 4D 43", "girocard"),
    ],
)
def test_a_name_it_tells_counts_more_than_the_number(names: str, product: str) -> None:
    card = transaction(status(f"8A 2E {names}"), Charset.CP437).card
    assert card.brand_product == product


def test_without_a_card_type_the_application_tells_the_brand() -> None:
    card = transaction(status("06 09 43 07 A0 00 00 00 03 10 10"), Charset.CP437).card
    assert card.brand == "visa"


def test_texts_for_the_display_stand_in_for_additional_text() -> None:
    body = "27 05 06 08 24 06 07 04 4E 65 69 6E"
    assert transaction(status(body), Charset.CP437).text == "Nein"


def test_the_makes_own_words_for_an_error_stand_in_for_both() -> None:
    """zvt.md 8.1: H5000 tells an error in 1F16 and 1F17."""
    body = "27 6C 06 0F 1F 16 02 14 41 1F 17 07 41 62 62 72 75 63 68"
    assert transaction(status(body), Charset.CP437).text == "Abbruch"


def test_a_character_set_that_the_message_names_beats_the_terminals() -> None:
    """zvt.md 5.4: tag 14 FE is UTF-8."""
    body = "27 05 3C F0 F0 F2 C3 A4 06 03 14 01 FE"
    assert transaction(status(body), Charset.CP437).text == "ä"
    assert transaction(status("27 05 3C F0 F0 F1 84"), Charset.CP437).text == "ä"


@pytest.mark.parametrize(
    ("code", "step"),
    [
        (0x0A, Step.PRESENT_CARD),
        (0x4A, Step.PLEASE_WAIT),  # not "insert and remove the card": 4A is unused
        (0x04, Step.AUTHORISING),
        (0x44, Step.REMOVE_CARD),
        (0x15, Step.WRONG_PIN),
        (0x4B, Step.REMOVE_CARD),
        (0x6B, Step.ENTER_PIN),
        (0x1C, Step.PLEASE_WAIT),  # "approved" is not approved
        (0x1D, Step.PLEASE_WAIT),
        (0xD2, Step.CONNECTING),
        (0xFF, Step.PLEASE_WAIT),
        (0x99, Step.PLEASE_WAIT),
    ],
)
def test_steps(code: int, step: Step) -> None:
    assert step_of(IntermediateStatus(code)) is step
