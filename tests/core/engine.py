"""The pm-AMM's and the normal distribution's functions compiled for this machine: fast, and every range is checked.

With `--in-cpython` each call is made in CPython as well, and must return the same: that is what `bin/coverage` measures.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from hognose.back.native import Native
from quatrain.core import (
    distribution,
    distribution_quote,
    distribution_trade,
    normal,
    pmamm,
    pmamm_bundle,
    pmamm_many,
    pmamm_solve,
    pmamm_value,
    root,
)
from quatrain.program import decay
from tests.core.model import as_array

FUNCTIONS: tuple[Callable[..., Any], ...] = (
    normal.cumulative, normal.density, normal.quantile, normal.loss_and_tail, normal.mills,
    pmamm.cost_ceil, pmamm.proceeds_floor, pmamm.shares_for_spend_floor, pmamm.shares_for_proceeds_ceil, pmamm.price,
    pmamm.reserves_for_price_ceil, pmamm.surplus_floor,
    pmamm_many.cost_ceil, pmamm_many.proceeds_floor, pmamm_many.probability, pmamm_many.price, pmamm_many.margin,
    pmamm_solve.shares_for_spend_floor, pmamm_solve.shares_for_proceeds_ceil,
    pmamm_value.surplus_floor, pmamm_value.is_solvent, pmamm_value.even_reserve_ceil, pmamm_bundle.bundle_cost_ceil,
    decay.liquidity_at, root.inverse_root,
    distribution.peak_floor, distribution.peak_ceil, distribution.is_backed, distribution.is_supported,
    distribution.deviation_minimum_ceil, distribution.value_floor, distribution.value_ceil, distribution.payout_floor,
    distribution_trade.collateral_ceil, distribution_trade.minimising_point,
    distribution_quote.norm_of, distribution_quote.range_price, distribution_quote.expected_value,
)  # fmt: skip


in_cpython = False


@cache
def _engine() -> Native:
    return Native(FUNCTIONS)


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call compiled code; lists become arrays."""
    result = _engine().call(function, *_taken(arguments))
    if in_cpython:
        assert function(*_taken(arguments)) == result, f"{function.__name__}{arguments} differs in CPython"
    return result


def _taken(arguments: tuple[Any, ...]) -> list[Any]:
    return [as_array(one) if isinstance(one, list) else one for one in arguments]


def mapped(function: Callable[..., Any], *arguments: Any) -> list[Any]:
    """Call compiled code over arrays; the results' arrays. Every element must have worked."""
    results, codes = _engine().map(function, *arguments)
    assert not codes.any()
    return results
