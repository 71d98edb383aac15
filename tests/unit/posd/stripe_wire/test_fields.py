from collections.abc import Callable

import pytest

from posd.stripe_wire import fields
from posd.stripe_wire.errors import Rejected, StripeError
from posd.stripe_wire.form import Node, parse
from tests.unit.posd.stripe_wire import sdk


def refusal_of(act: Callable[[], object]) -> StripeError:
    with pytest.raises(Rejected) as refusal:
        act()
    return refusal.value.error


def test_the_sdks_values_come_back_typed() -> None:
    sent = parse(
        sdk.encoded({"amount": 1250, "currency": "EUR", "live": True, "test": False, "at": 0})
    )
    assert fields.amount(sent["amount"], "amount") == 1250
    assert fields.currency(sent["currency"], "currency") == "eur"
    assert fields.boolean(sent["live"], "live") is True
    assert fields.boolean(sent["test"], "test") is False
    assert fields.timestamp(sent["at"], "at") == 0
    assert fields.require(sent, "amount") == "1250"


# Codes: Stripe API reference, "Error codes".
@pytest.mark.parametrize("sent", ["12.5", "1e3", "+1", "1_000", " 1", "٣", "0x1", "1" * 19, ["1"]])
def test_only_a_decimal_integer_is_an_integer(sent: Node) -> None:
    error = refusal_of(lambda: fields.integer(sent, "limit"))
    assert (error.code, error.param) == ("parameter_invalid_integer", "limit")


def test_an_integer_keeps_its_bounds() -> None:
    assert fields.integer("-5", "n", minimum=-5, maximum=-5) == -5
    assert refusal_of(lambda: fields.integer("0", "n", minimum=1)).code == (
        "parameter_invalid_integer"
    )
    assert refusal_of(lambda: fields.integer("3", "n", maximum=2)).code == (
        "parameter_invalid_integer"
    )
    assert refusal_of(lambda: fields.integer("", "n")).code == "parameter_invalid_empty"


def test_an_amount_is_positive_and_has_eight_digits() -> None:
    assert fields.amount("99999999", "amount") == 99_999_999
    assert refusal_of(lambda: fields.amount("100000000", "amount")).code == "amount_too_large"
    for sent in ("0", "-1"):
        error = refusal_of(lambda sent=sent: fields.amount(sent, "amount"))  # type: ignore[misc]
        assert error.code == "parameter_invalid_integer"


@pytest.mark.parametrize("sent", ["eu", "euro", "12€", "€uro", "", ["eur"]])
def test_a_currency_has_three_letters(sent: Node) -> None:
    assert refusal_of(lambda: fields.currency(sent, "currency")).param == "currency"


@pytest.mark.parametrize("sent", ["1", "True", "", {"a": "b"}])
def test_a_boolean_is_true_or_false(sent: Node) -> None:
    assert refusal_of(lambda: fields.boolean(sent, "flag")).param == "flag"


def test_text_is_neither_empty_nor_blank_nor_too_long() -> None:
    assert fields.text("x" * 10, "label", 10) == "x" * 10
    assert refusal_of(lambda: fields.text("", "label")).code == "parameter_invalid_empty"
    assert refusal_of(lambda: fields.text(" \t", "label")).code == "parameter_invalid_string_blank"
    assert refusal_of(lambda: fields.text("x" * 11, "label", 10)).param == "label"
    assert refusal_of(lambda: fields.text({"a": "b"}, "label")).param == "label"


def test_shapes_are_checked() -> None:
    assert fields.hash_of({"a": "b"}, "p") == {"a": "b"}
    assert refusal_of(lambda: fields.hash_of("", "p")).param == "p"
    assert fields.array_of_text(["a"], "p") == ["a"]
    assert refusal_of(lambda: fields.array_of_text("a", "p")).param == "p"
    assert refusal_of(lambda: fields.array_of_text(["a", ""], "p")).param == "p[1]"


def test_a_choice_is_one_of_the_words() -> None:
    assert fields.choice("failed", "outcome", ("guaranteed", "failed")) == "failed"
    for sent in ("lost", ["failed"]):
        error = refusal_of(
            lambda sent=sent: fields.choice(sent, "outcome", ("guaranteed", "failed"))  # type: ignore[misc]
        )
        assert error.param == "outcome"
        assert "guaranteed, failed" in error.message


def test_missing_and_unknown_parameters_are_named_as_written() -> None:
    missing = refusal_of(lambda: fields.require({}, "value", "amount_requested[value]"))
    assert (missing.code, missing.param) == ("parameter_missing", "amount_requested[value]")
    fields.reject_unknown({"amount": "1"}, {"amount"})
    unknown = refusal_of(lambda: fields.reject_unknown({"amuont": "1"}, {"amount"}))
    assert (unknown.code, unknown.param) == ("parameter_unknown", "amuont")
    nested = refusal_of(lambda: fields.reject_unknown({"b": "1"}, {"c"}, "a"))
    assert nested.param == "a[b]"


# Stripe API reference, "Metadata": merge, '' unsets one, '' for the hash unsets all; 50, 40, 500.
def test_metadata_merges_and_unsets() -> None:
    current = {"order_id": "6735", "note": "x"}
    one = parse(sdk.encoded({"metadata": {"note": "", "till": "2"}}))["metadata"]
    assert fields.merge_metadata(current, fields.metadata(one)) == {"order_id": "6735", "till": "2"}
    everything = parse(sdk.encoded({"metadata": ""}))["metadata"]
    assert fields.merge_metadata(current, fields.metadata(everything)) == {}


def test_metadata_keeps_its_limits() -> None:
    assert fields.metadata({"k" * 40: "v" * 500}) == {"k" * 40: "v" * 500}
    assert refusal_of(lambda: fields.metadata({"k" * 41: "v"})).param == "metadata"
    assert refusal_of(lambda: fields.metadata({"k": "v" * 501})).param == "metadata[k]"
    assert refusal_of(lambda: fields.metadata({"k": ["v"]})).param == "metadata[k]"
    assert refusal_of(lambda: fields.metadata(["v"])).param == "metadata"
    fifty = {str(n): "v" for n in range(50)}
    assert fields.merge_metadata(fifty, {"0": "", "fifty": "v"})
    assert refusal_of(lambda: fields.merge_metadata(fifty, {"fifty": "v"})).param == "metadata"
