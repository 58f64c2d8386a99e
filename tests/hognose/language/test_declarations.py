"""Declarations that cannot mean what they say are refused when the module is imported."""

import pytest

from hognose.lang import account, struct, u8, u64


def test_a_field_has_no_default_but_zero() -> None:
    """A value that the compiler would not honour is refused; zero, which it does, is not."""
    with pytest.raises(TypeError, match="is zero; the default 5 is not"):

        @struct
        class Refused:
            amount: u64 = 5

    @struct
    class Accepted:
        amount: u64 = 0

    assert Accepted().amount == 0


def test_an_account_with_seeds_stores_its_bump() -> None:
    """Its address is checked from what it stores."""
    with pytest.raises(TypeError, match="stores its bump"):

        @account(seeds=(b"a", "id"))
        class Refused:
            id: u8
