"""Traders on a platform, each with a ledger of what it has signed, and the chain's file held against all of them.

The ledger knows signatures, sides and numbers of shares; what they cost, the program says, and the books must say so too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import frozen
from solders.hash import Hash
from solders.keypair import Keypair
from solders.transaction import VersionedTransaction

from hognose.lang import Pubkey
from quatrain.client.addresses import to_lang
from quatrain.client.books import read_books
from quatrain.client.deployment import Deployment
from quatrain.client.events import decode_events
from quatrain.client.instructions import Instructions
from quatrain.client.transactions import Budget, build_transaction
from quatrain.cluster.local import connect
from quatrain.cluster.session import Session
from quatrain.cluster.store import Recorded, Store
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.events import Traded
from tests.cluster.localnet.running import durable_chain
from tests.cluster.many_markets import SHARES, STAKE, USDC, Platform

MARKETS = 9
"""Odd, so that each has positions in both of its outcomes."""
LIQUIDITY = 10_000 * USDC
"""A trade moves a price by 0.00003: a thousand at once stay within its room."""
LIMITS = Budget(compute_units=10_000)


@frozen
class Trade:
    """What a trader has signed."""

    signature: bytes
    bought: bool
    shares: int


class Trader:
    """A key with a position, and its trades."""

    def __init__(self, key: Keypair, deployment: Deployment, market: int, outcome: int):
        self.key, self.market, self.outcome = key, to_lang(deployment.market(market)), outcome
        self.address = to_lang(deployment.trader(key.pubkey()))
        self.trades: list[Trade] = []
        self._build = Instructions(deployment)

    @property
    def shares(self) -> int:
        """What the position must hold."""
        return SHARES + sum(one.shares if one.bought else -one.shares for one in self.trades)

    def sign(self, blockhash: Hash) -> VersionedTransaction:
        """A purchase and a sale by turns, each of one µshare more than the trade before, so that none is like another."""
        bought, shares = len(self.trades) % 2 == 0, USDC + len(self.trades)
        terms: dict[str, Any] = {
            "authority": self.key.pubkey(), "market_address": self.market, "outcome": self.outcome, "shares": shares,
        }  # fmt: skip
        buy, sell = self._build.buy, self._build.sell
        wanted = buy(maximum_cost=shares, **terms) if bought else sell(minimum_proceeds=1, **terms)
        signed: VersionedTransaction = build_transaction([wanted], self.key, blockhash, budget=LIMITS)
        self.trades.append(Trade(bytes(signed.signatures[0]), bought, shares))
        return signed


class Ledger:
    """Traders with one position each, on a platform that is made for them in an empty folder."""

    def __init__(self, folder: Path, traders: int):
        self.folder = folder
        platform = Platform(
            folder, markets=MARKETS, positions=traders, traders=traders, part=MARKETS, liquidity=LIQUIDITY
        )
        platform.furnish()
        platform.create()
        platform.trade()
        deployment = platform.session.deployment
        self.traders = [Trader(key, deployment, market, outcome) for market, key, outcome in platform.positions]
        self._before = _store(platform.session).transaction_count()
        platform.close()

    def check(self) -> int:
        """Compare the chain's file, which nobody else has open, with what was signed; how many trades both have."""
        chain = durable_chain(self.folder)
        session = Session(chain, connect(chain))
        try:
            return self._check(session)
        finally:
            chain.close()

    def _check(self, session: Session) -> int:
        store = _store(session)
        store.check()
        records = list(store.transactions())
        self._check_records([one for one in records if one.number > self._before])
        events = [event for one in records for event in _events(one)]
        self._check_traders(session, [one for one in events if isinstance(one, Traded)])
        _check_markets(session, events)
        assert read_books(session.chain, session.deployment).balanced
        return sum(len(one.trades) for one in self.traders)

    def _check_records(self, records: list[Recorded]) -> None:
        """Each trade has one record, which did not fail and tells of this trade and no other; nothing else happened."""
        assert [one.processed.text for one in records if one.processed.error is not None] == []
        signed = Counter(trade.signature for trader in self.traders for trade in trader.trades)
        landed = Counter(one.processed.signature for one in records)
        lost, doubled = (signed - landed).total(), (landed - signed).total()
        assert (lost, doubled) == (0, 0)
        told = {
            one.processed.signature: [(e.trader, e.market, e.outcome, e.bought, e.shares) for e in _events(one)]
            for one in records
        }
        assert told == {
            trade.signature: [(trader.address, trader.market, trader.outcome, trade.bought, trade.shares)]
            for trader in self.traders
            for trade in trader.trades
        }

    def _check_traders(self, session: Session, fills: list[Traded]) -> None:
        """Each holds the shares that the ledger says and the money that the fills leave of the deposit."""
        free = dict.fromkeys((one.address for one in self.traders), STAKE)
        for one in fills:
            free[one.trader] -= one.fee + (one.amount if one.bought else -one.amount)
        assert {to_lang(one.address): one.state.free for one in session.traders()} == free
        assert {one.state.trader: one.state.shares for one in session.positions()} == {
            one.address: one.shares for one in self.traders
        }


def _check_markets(session: Session, events: list[Any]) -> None:
    """Each has given out the shares that its positions hold, has its fills' volume and fees, and has counted its events."""
    shares: dict[Pubkey, list[int]] = defaultdict(lambda: [0, 0])
    for position in session.positions():
        shares[position.state.market][position.state.outcome] += position.state.shares
    told: dict[Pubkey, list[Any]] = defaultdict(list)
    for one in events:
        if hasattr(one, "market"):
            told[one.market].append(one)
    for market in session.markets():
        state, address = market.state, to_lang(market.address)
        own = told[address]
        fills = [one for one in own if isinstance(one, Traded)]
        assert [one.sold for one in state.outcomes[: state.outcome_count]] == shares[address]
        assert (state.volume, state.fees_due) == (sum(one.amount for one in fills), sum(one.fee for one in fills))
        assert [one.sequence for one in own] == list(range(state.sequence))


def _events(record: Recorded) -> Iterator[Any]:
    yield from decode_events(PROGRAM, record.processed.logs).events


def _store(session: Session) -> Store:
    store = session.embedded.store
    assert store is not None
    return store
