"""The correlation of a verse: sampled on chain every six hours by anybody, and equal to NumPy's on the raw prices."""

from __future__ import annotations

import random
from math import log

import numpy as np
import pytest
from solders.pubkey import Pubkey as Address

from quatrain.core.correlation import WINDOW
from quatrain.program import sampling, verse
from quatrain.program.errors import QuatrainError
from quatrain.program.events import MarketSampled
from quatrain.program.state import Samples, Verse
from tests.svm.refusals import refused
from tests.svm.stage import QUESTION, Actor, Stage
from tests.svm.world import DAY, USDC, address_of, reserves

ONE = 10**9


def group(stage: Stage) -> Verse:
    """Verse 1."""
    return stage.read(Verse, address_of(Verse, id=1))


def level(stage: Stage, address: Address) -> float:
    """The log-odds of a binary market's first outcome now."""
    state = stage.market(address)
    first, second = reserves(state)
    return (second - first) / state.liquidity


def push(actor: Actor, address: Address, move: float) -> None:
    """Move the log-odds of a binary market up or down, by buying one of its outcomes."""
    shares = round(abs(move) * actor.world.market(address).liquidity)
    if shares > 10 * USDC:
        actor.buy(address, shares, 0 if move > 0 else 1)


def bounded(returns: list[list[float]]) -> float:
    """(ρ̄ + √mean ρ²)/2 of the pairs, by NumPy, and at least the mean positive correlation."""
    matrix = np.corrcoef(np.array(returns))
    pairs = matrix[np.triu_indices(len(matrix), 1)]
    found = float(pairs.mean() + np.sqrt((pairs**2).mean())) / 2
    assert found >= float(np.maximum(pairs, 0).mean()) - 1e-12
    return found


def test_the_correlation_is_that_of_the_raw_prices(stage: Stage) -> None:
    """Three markets on one random factor, 30 epochs: recomputed from the prices that traders saw, slot by slot."""
    chance = random.Random(7)
    markets = [stage.create_market() for _ in range(3)]
    loadings, trader = (0.9, 0.8, -0.5), stage.trader("mover", 900_000 * USDC)
    sums, means = [0.0] * 3, [list[float]() for _ in range(3)]
    for address in markets:
        stage.open_samples(address)
    assert group(stage).correlation == ONE
    sampled = stage.slot
    for epoch in range(WINDOW + 2):
        factor = chance.gauss(0, 1)
        for _ in range(3):
            for number, address in enumerate(markets):
                own = (1 - loadings[number] ** 2) ** 0.5 * chance.gauss(0, 1)
                push(trader, address, 0.1 * (loadings[number] * factor + own))
            slots = chance.randrange(100, 3_000)
            sums = [total + slots * level(stage, address) for total, address in zip(sums, markets, strict=True)]
            stage.advance(slots=slots)
        seconds = sampling.EPOCH_SECONDS - stage.now % sampling.EPOCH_SECONDS + chance.randrange(3_600)
        sums = [total + 1_000 * level(stage, address) for total, address in zip(sums, markets, strict=True)]
        stage.advance(seconds, 1_000)
        for number, address in enumerate(markets):
            means[number].append(sums[number] / (stage.slot - sampled))
            event = stage.send(stage.sampling(address)).event
            assert isinstance(event, MarketSampled)
            assert event.log_odds / 65_536 == pytest.approx(means[number][-1], abs=1e-4)
        sums, sampled = [0.0] * 3, stage.slot
        assert epoch > 0 or group(stage).correlation == ONE
    returns = [[float(x) for x in np.diff(series)][-WINDOW:] for series in means]
    assert group(stage).correlation / ONE == pytest.approx(bounded(returns), abs=1e-3)


def test_a_sync_takes_the_correlation_into_account(stage: Stage) -> None:
    """A second market that nobody samples makes the verse fully correlated: the tail of open interest is all of it."""
    address, alice = stage.create_market(), stage.trader("alice", 10_000 * USDC)
    alice.buy(address, 2_000 * USDC)
    stage.sync(address)
    before = group(stage)
    assert (before.correlation, before.tail_interest) == (0, -(-before.open_interest // 2))
    other = stage.create_market()
    stage.sync(address)
    assert (group(stage).correlation, group(stage).tail_interest) == (ONE, before.open_interest)
    assert stage.protocol.tail_interest == before.open_interest
    stage.finish(other, 0)
    stage.prune(other)
    assert group(stage).correlation == 0


def test_a_market_is_sampled_once_in_the_first_hour_of_an_epoch(stage: Stage) -> None:
    """Not in the epoch in which its samples began, not late, not twice, not after its end."""
    address = stage.create_market()
    stage.open_samples(address)
    with refused(QuatrainError.SAMPLE_NOT_DUE):
        stage.send(stage.sampling(address))
    stage.next_epoch(3_600)
    with refused(QuatrainError.SAMPLE_NOT_DUE):
        stage.send(stage.sampling(address))
    stage.next_epoch(3_599)
    stage.send(stage.sampling(address))
    with refused(QuatrainError.SAMPLE_NOT_DUE):
        stage.send(stage.sampling(address))
    stage.close(address)
    stage.next_epoch()
    with refused(QuatrainError.MARKET_NOT_OPEN):
        stage.send(stage.sampling(address))
    late = stage.create_market(closes_at=stage.now + 60)
    stage.close(late)
    with refused(QuatrainError.MARKET_NOT_OPEN):
        stage.open_samples(late)


def test_missed_epochs_and_stale_markets_drop_out(stage: Stage) -> None:
    """A market that nobody samples for 7 days counts as unknown again, whoever goes on; its samples can be closed."""
    markets, mover = [stage.create_market() for _ in range(2)], stage.trader("mover", 500_000 * USDC)
    for address in markets:
        stage.open_samples(address)
    for epoch in range(WINDOW + 1):
        for number, address in enumerate(markets):
            push(mover, address, 0.2 if (epoch >> number) % 2 else -0.2)
        stage.next_epoch()
        for address in markets:
            stage.send(stage.sampling(address))
    settled = group(stage).correlation
    assert settled < ONE // 2
    with refused(QuatrainError.SAMPLES_IN_USE):
        stage.send(stage.closing(markets[1]))
    found = [settled]
    for epoch in range(WINDOW):
        push(mover, markets[0], 0.2 if epoch % 2 else -0.2)
        stage.next_epoch()
        stage.send(stage.sampling(markets[0]))
        found.append(group(stage).correlation)
    assert min(found) >= settled
    assert found[WINDOW // 2] > (settled + ONE) // 2
    assert found[-1] == ONE
    lamports = stage.lamports(stage.provider.pubkey())
    rent = stage.lamports(stage.samples(markets[1]))
    stage.send(stage.closing(markets[1]))
    assert stage.lamports(stage.provider.pubkey()) == lamports + rent
    stage.open_samples(markets[1])


def test_a_pruned_market_leaves_nothing_behind(stage: Stage) -> None:
    """Its samples are closed by anybody, their rent goes to who paid it, and the sums are those of the others alone."""
    markets, mover = [stage.create_market() for _ in range(2)], stage.trader("mover", 500_000 * USDC)
    for address in markets:
        stage.open_samples(address)
    for epoch in range(5):
        for address in markets:
            push(mover, address, 0.2 if epoch % 2 else -0.2)
        stage.next_epoch()
        for address in markets:
            stage.send(stage.sampling(address))
    for address in markets:
        stage.close(address)
        stage.resolve(address, [ONE, 0])
        for outcome in (0, 1):
            mover.settle(address, outcome)
        stage.prune(address)
        stage.send(stage.closing(address))
        assert not stage.exists(stage.samples(address))
    state = group(stage)
    assert not any(state.sums)
    assert not any(state.products)
    assert state.correlation == 0


def test_samples_belong_to_one_market_and_one_verse(stage: Stage) -> None:
    """Another verse, another market's samples, another receiver of the rent: refused."""
    first, second = stage.create_market(), stage.create_market()
    stage.call(verse.create_verse, admin=stage.admin, verse=address_of(Verse, id=2), id=2, title=QUESTION)
    for address in (first, second):
        stage.open_samples(address)
    stage.next_epoch()
    other = address_of(Verse, id=2)
    with refused(QuatrainError.WRONG_VERSE):
        stage.call(sampling.sample_market, market=first, verse=other, samples=stage.samples(first))
    with refused(2001):
        stage.call(sampling.sample_market, market=first, verse=stage.verse_of(first), samples=stage.samples(second))
    stage.advance(8 * DAY)
    with refused(QuatrainError.WRONG_VERSE):
        stage.send(stage.closing(first, 2))
    with refused(2012):
        stage.call(
            sampling.close_samples, verse=stage.verse_of(first), samples=stage.samples(first), market=first,
            payer=stage.person("mallory").pubkey(),
        )  # fmt: skip
    assert len(stage.all(Samples)) == 2


@pytest.mark.parametrize(("outcomes", "pmamm"), [(4, False), (2, True), (3, True)])
def test_every_kind_of_market_is_sampled(stage: Stage, outcomes: int, pmamm: bool) -> None:
    """As log-odds of its first outcome's price; in a pm-AMM of three and more its level stands for them."""
    address = (stage.create_pmamm if pmamm else stage.create_market)(outcomes)
    alice = stage.trader("alice", 50_000 * USDC)
    stage.open_samples(address)
    alice.buy(address, 5_000 * USDC, 0)
    price = alice.buy(address, 5 * USDC, 0).event.price / ONE
    stage.next_epoch()
    event = stage.send(stage.sampling(address)).event
    state = stage.market(address)
    if outcomes == 3:
        expected = -reserves(state)[0] / state.liquidity
    else:
        expected = log(price / (1 - price))
    assert event.log_odds / 65_536 == pytest.approx(expected, abs=1e-3)


def test_a_verse_forgets_its_correlation_with_its_last_pair(stage: Stage) -> None:
    """Of three markets one is pruned, and what is taken for the others' correlation stays; one alone has none."""
    markets = [stage.create_market() for _ in range(3)]
    verse = stage.verse_of(markets[0])
    for address in markets[:2]:
        stage.finish(address)
    before = stage.read(Verse, verse).correlation
    stage.prune(markets[0])
    assert stage.read(Verse, verse).correlation == before > 0
    stage.prune(markets[1])
    assert stage.read(Verse, verse).correlation == 0
