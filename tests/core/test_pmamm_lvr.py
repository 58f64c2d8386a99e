"""Uniform LVR of the dynamic pm-AMM, by simulation of arbitrage against the program's own functions."""

from tools.score import simulate


def test_loss_is_uniform_over_time() -> None:
    """E V_t falls in a straight line to nothing and the vault ends with half its subsidy, within Monte-Carlo error."""
    # With a finite number of steps the arbitrageur takes less than in the limit; at 100 steps by less than 1 %.
    found = simulate(paths=3000, steps=100, seed=7)
    for time, value, error in zip(found.times[::10], found.values[::10], found.value_errors[::10], strict=True):
        assert abs(value - (1 - time)) <= 4 * error + 0.002
    assert abs(found.wealth - 0.5) <= 4 * found.wealth_error + 0.01
