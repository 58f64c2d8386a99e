"""The value function of the pm-AMM for 3 to 64 outcomes: opening reserves, and the surplus of a pool.

C(−r) = L·e(r) − min r, where e(r) ≥ 0 is how much the largest of the noises adds:

    e = E max_j (min r − r_j + L·ε_j)/L = −7/√2 + (∫ from −7 of (1 − Π_j Φ(s + a_j)) ds)/√2.

A pool is solvent while C(−r) ≤ 0. Several trades at once cost its difference, whatever their order (`pmamm_bundle`).
"""

from hognose.lang import Array, array, mul_shift_ceil, shared, u64
from quatrain.core.pmamm_grid import AREA_BITS, NODES, Grid, choose_complement, excess_area, fill_weights, prepare
from quatrain.core.pmamm_many import UNREACHABLE, margin


def _smallest(reserves: Array[u64], count: u64) -> u64:
    """min r."""
    smallest = UNREACHABLE
    for j in range(count):
        smallest = min(smallest, reserves[j])
    return smallest


@shared
def excess(scale: u64, reserves: Array[u64], count: u64, smallest: u64, segments: u64) -> u64:
    """e(r) in Q.56, within `margin(count, segments)`."""
    grid = Grid()
    weights = array(u64, NODES)
    prepare(grid, scale, segments)
    choose_complement(grid, 0)
    fill_weights(grid, weights, scale, reserves, count, count, smallest)
    return excess_area(grid, weights)


def surplus_floor(scale: u64, reserves: Array[u64], count: u64, segments: u64) -> u64:
    """Complete sets that the reserves hold beyond the invariant, −C(−r), rounded down; 0 where the pool is short."""
    smallest = _smallest(reserves, count)
    needed = mul_shift_ceil(
        scale, excess(scale, reserves, count, smallest, segments) + margin(count, segments), AREA_BITS
    )
    return smallest - min(needed, smallest)


def is_solvent(scale: u64, reserves: Array[u64], count: u64, segments: u64) -> bool:
    """Whether C(−r) ≤ 0 for certain: what opening reserves must satisfy."""
    smallest = _smallest(reserves, count)
    total = excess(scale, reserves, count, smallest, segments) + margin(count, segments)
    return mul_shift_ceil(scale, total, AREA_BITS) <= smallest


def even_reserve_ceil(scale: u64, count: u64) -> u64:
    """The reserve c_N·L that opens every outcome at 1/N, rounded up: the subsidy, and the most the pool can lose."""
    reserves = array(u64, 64)
    return mul_shift_ceil(scale, excess(scale, reserves, count, 0, 100) + margin(count, 100), AREA_BITS)
