"""Amounts are read and written exactly, and nothing ambiguous is accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quatrain.client.amounts import PRICE, SHARES, SOL, U64_MAX, USDC, Unit, show_price
from quatrain.client.errors import AmountError

UNITS = st.sampled_from([USDC, SHARES, PRICE, SOL, Unit("whole", 0)])
VALUES = st.integers(0, U64_MAX)


@given(unit=UNITS, value=VALUES)
def test_what_is_written_is_read_back(unit: Unit, value: int) -> None:
    """Every amount survives being written for machines, and for people once the separators are gone."""
    assert unit.parse(unit.plain(value)) == value
    assert unit.parse(unit.show(value).replace(",", "")) == value if unit.decimals else True


@given(unit=UNITS, value=VALUES)
def test_the_shortest_form_is_written(unit: Unit, value: int) -> None:
    """No zero at the end of a fraction, no bare point."""
    text = unit.plain(value)
    assert not text.endswith(".")
    assert "." not in text or not text.endswith("0")


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("1", 1_000_000), ("12.5", 12_500_000), (".5", 500_000), ("0.000001", 1), (" 3 ", 3_000_000),
     ("1_000", 1_000_000_000), ("1.5000000000", 1_500_000), ("18446744073709.551615", U64_MAX)],
)  # fmt: skip
def test_decimals_are_read(text: str, value: int) -> None:
    """Plain decimals with up to six places, and zeros beyond."""
    assert USDC.parse(text) == value


@pytest.mark.parametrize(
    "text",
    ["", ".", "-1", "+1", "1,5", "1,000.5", "1e3", "0x1", "1.", "nan", "inf", "1.0000001", "one", "1 000", "١",
     "18446744073709.551616", "_1", "1..2"],
)  # fmt: skip
def test_what_could_be_misread_is_refused(text: str) -> None:
    """Signs, exponents, separators, too many places, and what does not fit."""
    with pytest.raises(AmountError) as caught:
        USDC.parse(text)

    assert caught.value.code == "amount_invalid"
    assert caught.value.advice


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00"), (1, "0.000001"), (1_234_567_890_000, "1,234,567.89"), (-2_500_000, "-2.50"), (10**6, "1.00")],
)
def test_people_read_separators_and_two_places(value: int, text: str) -> None:
    """At least two decimals, all of those that count, thousands apart."""
    assert USDC.show(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00%"), (1_000_000_000, "100.00%"), (333_333_333, "33.33%"), (50_000, "0.01%"), (49_999, "0.00%")],
)
def test_prices_are_percentages(value: int, text: str) -> None:
    """Rounded half up to a hundredth of a percent."""
    assert show_price(value) == text
