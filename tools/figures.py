"""The figures and tables of docs/concepts.

`python -m tools.figures` writes the pictures to docs/concepts/figures; with `quadrature` or `fees` it prints a table.
Everything is computed by the program's own functions, or by floats where the truth is wanted.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtr

from hognose.back.native import Native
from hognose.lang import array, u64
from quatrain.core import coverage, fee, lmsr, pmamm, pmamm_many, pmamm_value
from tools.score import simulate

DIRECTORY = Path(__file__).parent.parent / "docs" / "concepts" / "figures"
SCALE = 10**12


def _figure(title: str, x_label: str, y_label: str) -> Any:
    from matplotlib.figure import Figure

    axes: Any = Figure(figsize=(6.4, 4.0), layout="constrained").subplots()
    axes.set(title=title, xlabel=x_label, ylabel=y_label)
    axes.grid(alpha=0.3)
    return axes


def _save(axes: Any, name: str) -> None:
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    axes.legend(frameon=False)
    axes.figure.savefig(DIRECTORY / f"{name}.png", dpi=110, metadata={"Software": None})


def price_curves() -> None:
    """Prices as one outcome of two is bought, LMSR and pm-AMM of the same subsidy."""
    engine = Native([lmsr.price, pmamm.price])
    axes = _figure("One subsidy, two noises: the price as YES is bought", "net YES shares, subsidies", "price of YES")
    sold = np.linspace(-6, 6, 241)
    subsidy = SCALE
    b, scale = int(subsidy / np.log(2)), int(subsidy / 0.3989422804)
    z = sold * subsidy / scale
    (normal,), _ = engine.map(
        pmamm.price, scale, np.full(sold.size, 9 * scale), (9 * scale + z * scale).astype(np.uint64)
    )
    logit = np.log1p(np.exp(-sold * subsidy / b)) * b
    (gumbel,), _ = engine.map(lmsr.price, b, logit.astype(np.uint64))
    axes.plot(sold, gumbel / 1e9, label="LMSR (Gumbel noise)")
    axes.plot(sold, normal / 1e9, label="pm-AMM (Gaussian noise)")
    _save(axes, "price-curves")


def worst_losses() -> None:
    """c_N, the worst loss from even prices over L, beside the LMSR's ln N over b."""
    engine = Native([pmamm_value.even_reserve_ceil])
    counts = list(range(3, 65))
    ours = [0.3989422804] + [engine.call(pmamm_value.even_reserve_ceil, SCALE, n) / SCALE for n in counts]
    axes = _figure("Worst loss from even prices", "outcomes", "worst loss, scales")
    axes.plot([2, *counts], ours, label="pm-AMM: $c_N$")
    axes.plot([2, *counts], np.sqrt(np.log([2, *counts])), "--", label=r"its bound $\sqrt{\ln N}$")
    axes.plot([2, *counts], np.log([2, *counts]), label=r"LMSR: $\ln N$")
    _save(axes, "worst-losses")


def uniform_loss() -> None:
    """E V_t of the dynamic pool, simulated trade by trade, beside the paper's straight line."""
    found = simulate(paths=4000, steps=200)
    axes = _figure("The dynamic pm-AMM loses at a constant rate", "time, t/T", "mean value of the pool, $V_0$")
    axes.errorbar(
        found.times, found.values, yerr=2 * found.value_errors, fmt=".", ms=3, label="4,000 simulated markets, ±2 s.e."
    )
    axes.plot([0, 1], [1, 0], label="$V_0(1 - t/T)$ (Moallemi & Robinson)")
    axes.annotate(
        f"vault at T: {found.wealth:.4f} ± {found.wealth_error:.4f} of $V_0$", (0.03, 0.06), xycoords="axes fraction"
    )
    _save(axes, "uniform-loss")


def depth() -> None:
    """How far a purchase of a given size moves the price of an outcome at even prices, by number of outcomes."""
    axes = _figure(
        "Impact of a purchase on an outcome at even prices",
        "spend over the subsidy",
        "price after, over the price before",
    )
    spends = np.logspace(-3, 0, 25)
    for count in (3, 8, 64):
        reserve = pmamm_value.even_reserve_ceil(SCALE, count)
        reserves = array(u64, count)
        for j in range(count):
            reserves[j] = reserve
        segments = pmamm_many.segments_for(count)
        ratios = list[float]()
        for part in spends:
            _, before, after = pmamm_many.cost_ceil(SCALE, reserves, count, 0, int(part * reserve), segments)
            ratios.append(after / before)
        axes.semilogx(spends, ratios, label=f"{count} outcomes")
    _save(axes, "impact")


# --- the table of segments -------------------------------------------------------------------------------------------


def _states(count: int) -> list[Any]:
    """Offsets of the others: all even, some of them near and the rest at 1 to 3 σ, and random ones."""
    generator = np.random.default_rng(3)
    found = [np.zeros(count - 1)]
    for near in (max(1, (count - 1) // 2), max(1, (count - 1) // 4)):
        found += [np.where(np.arange(count - 1) < near, 0.0, far) for far in (0.3, 1.0, 2.0, 3.0)]
    for draw in (generator.exponential(0.5, (6, count - 1)), generator.uniform(0, 3, (3, count - 1))):
        found += list(draw - draw.min(axis=1, keepdims=True))
    return found


def quadrature_error(count: int, cells: int) -> tuple[float, float]:
    """The spread of both rules over four phases of the nodes, in L: Simpson's in one placement, and the placements' mean."""
    step, mean_error, single_error = cells / 64, 0.0, 0.0
    for offsets in _states(count):
        for high in (-1.5, -0.5, 0.0, 1.0, 3.0):
            for width in (0.1, 1.0, 5.0):
                means, singles = list[float](), list[float]()
                for phase in (0, 0.25, 0.5, 0.75):
                    s = -11 + phase * step + step * np.arange(int(34 / step) + 1)
                    values = (ndtr(s + high) - ndtr(s + high - width)) * np.prod(ndtr(s[:, None] + offsets), axis=1)
                    means.append(step * float(values.sum()))
                    weights = np.where(np.arange(s.size) % 2 == 1, 4 / 3, 2 / 3)
                    singles.append(step * float((weights * values).sum()))
                mean_error = max(mean_error, max(means) - min(means))
                single_error = max(single_error, max(singles) - min(singles))
    return single_error / 2**0.5, mean_error / 2**0.5


def quadrature() -> None:
    """Print the errors of Simpson's rule for the table's segments and the reference's hundred."""
    print("| outcomes | segments | one placement | mean of both | 100: one placement | mean of both |")
    print("|---:|---:|---:|---:|---:|---:|")
    for count, segments in pmamm_many.SEGMENTS.items():
        own = quadrature_error(count, -(-896 // segments))
        reference = quadrature_error(count, 9)
        cells = [f"{max(x, 5e-16):.0e}" for x in (*own, *reference)]
        print(f"| {count} | {segments} | " + " | ".join(cells) + " |")


def fee_of(covered: int) -> list[str]:
    """A coverage (1e-9), the taker rate, a buy's rate in the recovery that it begins, and what is left of limits."""
    level = coverage.recovery_level(0, covered)
    rate = fee.taker_rate_ceil(covered)
    kept = coverage.limited_floor(100, level)
    buy = fee.trade_rate(rate, 0, True, level)
    return [f"{covered / 10**9:g}", f"{rate / 10**4:.4f}", f"{buy / 10**4:.4f}", f"{kept} %"]


def fees() -> None:
    """Print the table of coverage and fees."""
    print("| coverage | taker fee, bp | on a buy, bp | limits |")
    print("|---:|---:|---:|---:|")
    for covered in FEE_COVERAGES:
        print("| " + " | ".join(fee_of(covered)) + " |")


FEE_COVERAGES = [10**8 * tenths for tenths in (0, 1, 3, 5, 7, 10, 12, 20, 40)]
TABLES: dict[str, Callable[[], None]] = {"quadrature": quadrature, "fees": fees}
PICTURES: dict[str, Callable[[], None]] = {
    "price-curves": price_curves, "worst-losses": worst_losses, "uniform-loss": uniform_loss, "impact": depth,
}  # fmt: skip


def main() -> None:
    """Draw what is named, or every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*PICTURES, *TABLES], help="all pictures where none is named")
    names = parser.parse_args().names or list(PICTURES)
    for name in names:
        (PICTURES | TABLES)[name]()


if __name__ == "__main__":
    main()
