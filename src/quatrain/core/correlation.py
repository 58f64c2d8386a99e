"""The mean positive correlation of any number of return series, from above, out of two sums that do not grow with it.

A window holds 28 returns of each market. Centred, and scaled to the length √(n/28) where n are known, they are a vector u. Of
the vectors of all markets only A = Σ u and G = Σ u·uᵀ are kept, 28 and 28 × 28 numbers, and exactly these identities hold:

    Σ_i≠j u_i·u_j = |A|² − Σ|u|²,      Σ_i≠j (u_i·u_j)² = |G|² − Σ|u|⁴,      Σ|u|² = trace G.

With full windows u_i·u_j is Pearson's correlation. Since max(ρ, 0) = (ρ + |ρ|)/2 and the mean of |ρ| is at most the root of the
mean of ρ², the mean positive correlation of P pairs is at most (Σρ + √(P·Σρ²))/2P: with equality where all |ρ| are equal, so
for two markets always. What is not known counts as a correlation of 1: windows that are not full, and markets without samples.

Vectors are in 2^-20, their products in 2^-40, correlations have nine decimals. Everything errs upwards.
"""

from hognose.lang import Array, i64, i128, u32, u64, u128
from quatrain.core.coverage import CORRELATION_ONE
from quatrain.core.root import root_floor

WINDOW = 28
"""Returns in a window: 7 days of 6 hours."""
PAIRS = WINDOW * (WINDOW + 1) // 2
"""Products of two returns, each pair once: of s ≥ t at s(s + 1)/2 + t."""
UNKNOWN = 0
"""Stands for a return that was not taken."""
NOTHING = 1 << 31
"""Stands for a return of zero; others are above or below it by their 2^-16."""
RETURN_MAXIMUM = 8 << 16
"""No return of log-odds counts as more."""
MARKETS_MAXIMUM = 1 << 16
"""A verse of so many markets counts as fully correlated."""
BITS = 20
_ROOT_BITS = 62


def stored(change: i64) -> u32:
    """A return as it is kept."""
    return u32(NOTHING + min(max(change, -RETURN_MAXIMUM), RETURN_MAXIMUM))


def normalise(returns: Array[u32], unit: Array[i64]) -> None:
    """Fill in the vector of a window, rounded towards zero: its square is at most n/28, and 0 where nothing moved."""
    count: i64 = 0
    total: i64 = 0
    for c in range(WINDOW):
        if returns[c] != UNKNOWN:
            count += 1
            total += i64(returns[c]) - NOTHING
    square: u64 = 0
    for c in range(WINDOW):
        unit[c] = 0
        if returns[c] != UNKNOWN:
            unit[c] = count * (i64(returns[c]) - NOTHING) - total
            square += u64(unit[c] * unit[c])
    if square == 0:
        return
    scaled = WINDOW * square // u64(count)
    shift = (_ROOT_BITS - scaled.bit_length()) >> 1
    length = root_floor(scaled << (2 * shift)) + 1
    for c in range(WINDOW):
        size = i64((u64(abs(unit[c])) << (BITS + shift)) // length)
        unit[c] = size if unit[c] >= 0 else -size


def exchange(sums: Array[i64], products: Array[i64], old: Array[i64], new: Array[i64]) -> None:
    """Take a market's old vector out of A and G, and put its new one in: exactly."""
    k: u64 = 0
    for s in range(WINDOW):
        sums[s] += new[s] - old[s]
        if new[s] == 0 and old[s] == 0:
            k += s + 1
            continue
        for t in range(s + 1):
            products[k] += new[s] * new[t] - old[s] * old[t]
            k += 1


def clear(sums: Array[i64], products: Array[i64], column: u64) -> None:
    """Forget one epoch of all markets."""
    sums[column] = 0
    for t in range(column + 1):
        products[column * (column + 1) // 2 + t] = 0
    for s in range(column + 1, WINDOW):
        products[s * (s + 1) // 2 + column] = 0


def root_ceil(square: u128) -> u64:
    """√square below 2^126, rounded up: above by less than 2 and 2^-30 of it."""
    shift: u64 = 0
    while square >> shift >= 1 << _ROOT_BITS:
        shift += 2
    return (root_floor(u64(square >> shift)) + 1) << (shift >> 1)


def mean_positive_ceil(sums: Array[i64], products: Array[i64], markets: u64) -> u64:
    """ρ̄ of a verse's markets, rounded up; 0 where there are no two."""
    if markets < 2:
        return 0
    if markets >= MARKETS_MAXIMUM:
        return CORRELATION_ONE
    whole: i128 = 0
    trace: u64 = 0
    norm: u128 = 0
    k: u64 = 0
    for s in range(WINDOW):
        whole += i128(sums[s]) * sums[s]
        for t in range(s + 1):
            square = u128(i128(products[k]) * products[k])
            norm += square if s == t else 2 * square
            k += 1
        trace += u64(products[k - 1])
    squares = u128(trace) * trace
    pairs = markets * (markets - 1)
    others = norm - min(norm, squares // markets)
    root = u128(root_ceil(((others >> BITS) + 1) * pairs)) << (BITS // 2)
    bound = (whole - trace + i128(root) + 1) >> 1
    evidence = i128(squares >> (2 * BITS)) - trace
    all_pairs = i128(pairs) << (2 * BITS)
    found = u128(max(all_pairs - max(evidence, 0) + bound, 0))
    parts = u128(all_pairs)
    return u64(min((found * CORRELATION_ONE + parts - 1) // parts, CORRELATION_ONE))


def with_newcomer_ceil(correlation: u64, markets: u64) -> u64:
    """ρ̄ when another market joins so many, about whose correlation nothing is known: its pairs count as 1."""
    if markets == 0:
        return 0
    return (correlation * (markets - 1) + 2 * CORRELATION_ONE + markets) // (markets + 1)
