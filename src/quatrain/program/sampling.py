"""Samples of markets' prices, from which the correlation of a verse is estimated (`core/correlation.py`).

In each epoch of six hours anybody may take one sample of a market: the mean of its level since the last one, as log-odds, and
the change from the mean before. Only the first hour of an epoch counts, so that the means of different markets are of the same
time: whoever sampled one early and the other late would make them look less correlated than they are.
A sample writes the verse and the market's own samples, never the protocol: the next sync of a market of the verse takes the new
correlation into account.
"""

from __future__ import annotations

from hognose.lang import (
    SYSTEM_PROGRAM,
    Account,
    Clock,
    accounts,
    array,
    clock,
    close,
    create,
    emit,
    i64,
    instruction,
    key,
    program,
    raw,
    require,
    shared,
    signer,
    state,
    u32,
    u64,
)
from quatrain.core import odds
from quatrain.core.correlation import UNKNOWN, WINDOW, clear, exchange, mean_positive_ceil, normalise, stored
from quatrain.program.errors import QuatrainError
from quatrain.program.events import MarketSampled
from quatrain.program.exposure import require_verse
from quatrain.program.state import Maker, Market, MarketStatus, Samples, Verse
from quatrain.program.tape import level_sum_at

EPOCH_SECONDS = 21_600
"""6 hours."""
SAMPLING_SECONDS = 3_600
"""From the beginning of an epoch."""


def epoch_of(now: Clock) -> u64:
    """The number of the epoch."""
    return u64(now.unix_timestamp) // EPOCH_SECONDS


def log_odds_of(market: Market, level: i64) -> i64:
    """A mean level as log-odds. In a pm-AMM of more than two outcomes, whose prices take a quadrature, −r₀/L stands for it."""
    if market.maker == Maker.LMSR:
        return level if market.outcome_count == 2 else odds.of_logarithm(level)
    return odds.of_quantile(level) if market.outcome_count == 2 else level


def advance(verse: Verse, epoch: u64) -> None:
    """Let the verse's window end with the epoch: what is older drops out of its sums."""
    for k in range(min(epoch - verse.window_epoch, WINDOW)):
        clear(verse.sums, verse.products, (epoch - k) % WINDOW)
    verse.window_epoch = epoch


@shared
def take_in(verse: Verse, samples: Samples, epoch: u64, change: u32) -> None:
    """Put a return into both windows, and estimate the correlation anew."""
    advance(verse, epoch)
    old = array(i64, WINDOW)
    new = array(i64, WINDOW)
    normalise(samples.returns, old)
    for k in range(min(epoch - samples.epoch, WINDOW)):
        column = (epoch - k) % WINDOW
        old[column] = 0
        samples.returns[column] = UNKNOWN
    samples.epoch = epoch
    if change != UNKNOWN:
        samples.returns[epoch % WINDOW] = change
    normalise(samples.returns, new)
    exchange(verse.sums, verse.products, old, new)
    verse.correlation = mean_positive_ceil(verse.sums, verse.products, verse.markets)


@accounts
class OpenSamples:
    """Anybody pays the rent, and gets it back when the samples are closed."""

    payer: Account = signer(writable=True)
    system_program: Account = program(SYSTEM_PROGRAM)
    market: Market = state()
    samples: Samples = create(payer="payer", market="market")


@instruction
def open_samples(accounts: OpenSamples) -> None:
    """Begin to sample a market that has not closed (anybody)."""
    market = accounts.market
    samples = accounts.samples
    require(market.status == MarketStatus.OPEN, QuatrainError.MARKET_NOT_OPEN)
    now = clock()
    samples.payer = accounts.payer.key
    samples.verse = market.verse
    samples.epoch = epoch_of(now)
    samples.slot = now.slot
    samples.level_sum = level_sum_at(market, now.slot)


@accounts
class SampleMarket:
    """Nobody signs."""

    market: Market = state()
    verse: Verse = state(writable=True)
    samples: Samples = state(writable=True, market="market")


@instruction
def sample_market(accounts: SampleMarket) -> None:
    """Take the sample of an epoch, in its first hour, and estimate the verse's correlation anew (anybody)."""
    market = accounts.market
    samples = accounts.samples
    require_verse(accounts.verse, market)
    require(market.status == MarketStatus.OPEN, QuatrainError.MARKET_NOT_OPEN)
    now = clock()
    epoch = epoch_of(now)
    early = u64(now.unix_timestamp) % EPOCH_SECONDS < SAMPLING_SECONDS
    require(epoch > samples.epoch and now.slot > samples.slot and early, QuatrainError.SAMPLE_NOT_DUE)
    level_sum = level_sum_at(market, now.slot)
    log_odds = log_odds_of(market, (level_sum - samples.level_sum) // i64(now.slot - samples.slot))
    change = stored(log_odds - samples.log_odds) if samples.started else u32(UNKNOWN)
    take_in(accounts.verse, samples, epoch, change)
    samples.started = True
    samples.slot = now.slot
    samples.level_sum = level_sum
    samples.log_odds = log_odds
    emit(
        MarketSampled(
            slot=now.slot,
            verse=key(accounts.verse),
            market=key(market),
            epoch=epoch,
            log_odds=log_odds,
            correlation=accounts.verse.correlation,
        )
    )


@accounts
class CloseSamples:
    """Nobody signs; the rent goes to whoever paid it."""

    verse: Verse = state(writable=True)
    samples: Samples = close(to="payer")
    market: Account = raw(address="samples.market")
    payer: Account = raw(writable=True, address="samples.payer")


@instruction
def close_samples(accounts: CloseSamples) -> None:
    """Take the samples of a pruned market, or of one not sampled for 7 days, out of its verse's window (anybody)."""
    verse = accounts.verse
    samples = accounts.samples
    require(verse.id == samples.verse, QuatrainError.WRONG_VERSE)
    epoch = epoch_of(clock())
    stale = epoch >= samples.epoch + WINDOW
    require(stale or accounts.market.data_length == 0, QuatrainError.SAMPLES_IN_USE)
    advance(verse, epoch)
    old = array(i64, WINDOW)
    nothing = array(i64, WINDOW)
    normalise(samples.returns, old)
    for k in range(min(epoch - samples.epoch, WINDOW)):
        old[(epoch - k) % WINDOW] = 0
    exchange(verse.sums, verse.products, old, nothing)
    verse.correlation = mean_positive_ceil(verse.sums, verse.products, verse.markets)
