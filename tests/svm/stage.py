"""A world in which the protocol runs, and the people on it: shortcuts for what they do."""

from __future__ import annotations

import hashlib
from typing import Any

from solders.keypair import Keypair
from solders.pubkey import Pubkey as Address

from hognose.lang import Pubkey
from quatrain.core.fee import surcharges
from quatrain.core.pmamm_many import segments_for
from quatrain.core.pmamm_value import even_reserve_ceil, is_solvent
from quatrain.program import batch, liquidity, market, position, protocol, sampling, trade, trader, verse
from quatrain.program.state import PRICE_ONE, Leg, Market, Order, Position, Protocol, Samples, Trader, Verse, Withdrawal
from quatrain.program.tape import variance_at
from tests.core.model import as_array
from tests.svm.world import DAY, SHARE_MINT, USDC, Receipt, Ticket, World, address_of

HALF = PRICE_ONE // 2
QUESTION = Pubkey(hashlib.sha256(b"Will it rain?").digest())
VAULT = 1_000_000 * USDC
"""What the first provider pays in."""
SCALE = 10_000 * USDC
"""The usual b."""


def even_prices(count: int) -> list[int]:
    """Opening prices that are as even as they can be."""
    prices = [PRICE_ONE // count] * count
    prices[0] += PRICE_ONE - sum(prices)
    return prices


def even_opening(count: int, scale: int) -> list[int]:
    """What a pm-AMM opens with at even prices: two prices, or as many reserves as it has outcomes."""
    if count == 2:
        return even_prices(2)
    reserve = even_reserve_ceil(scale, count)
    while not is_solvent(scale, as_array([reserve] * count), count, segments_for(count)):
        reserve += 1 + (scale >> 40)
    return [reserve] * count


class Stage(World):
    """A world after `initialize`; `furnish` adds money in the vault and a verse."""

    def initialize(self) -> Receipt:
        """Begin the protocol."""
        return self.call(
            protocol.initialize,
            admin=self.admin,
            guardian=self.guardian.pubkey(),
            oracle=self.oracle.pubkey(),
        )

    def furnish(self, vault: int = VAULT) -> Stage:
        """Initialise, fund the vault, create verse 1."""
        self.initialize()
        self.deposit_liquidity(self.provider, vault)
        self.call(verse.create_verse, admin=self.admin, verse=address_of(Verse, id=1), id=1, title=QUESTION)
        return self

    # -- liquidity ----------------------------------------------------------------------------------------------------

    def share_account(self, owner: Keypair) -> Address:
        """The owner's account of LP shares."""
        return self.make_token_account(owner.pubkey(), SHARE_MINT)

    def deposit_liquidity(self, provider: Keypair, amount: int, minimum_shares: int = 0) -> Receipt:
        """Pay in fresh money."""
        return self.call(
            liquidity.deposit_liquidity,
            provider=provider,
            source=self.make_token_account(provider.pubkey(), amount=amount),
            share_account=self.share_account(provider),
            amount=amount,
            minimum_shares=minimum_shares,
        )

    def withdrawal(self, provider: Keypair) -> Address:
        """Where the provider's request lies."""
        return address_of(Withdrawal, provider=provider.pubkey())

    def request_withdrawal(self, provider: Keypair, shares: int) -> Receipt:
        """Ask to redeem shares."""
        return self.call(
            liquidity.request_withdrawal,
            provider=provider,
            share_account=self.share_account(provider),
            withdrawal=self.withdrawal(provider),
            shares=shares,
        )

    def execution(self, provider: Keypair, shares: int, minimum_amount: int = 0) -> Ticket:
        """An execute_withdrawal, not sent."""
        return self.ticket(
            liquidity.execute_withdrawal,
            provider=provider,
            withdrawal=self.withdrawal(provider),
            share_account=self.share_account(provider),
            destination=self.make_token_account(provider.pubkey()),
            shares=shares,
            minimum_amount=minimum_amount,
        )

    def execute_withdrawal(self, provider: Keypair, shares: int | None = None, minimum_amount: int = 0) -> Receipt:
        """Redeem the request's shares, all or so many."""
        if shares is None:
            shares = int(self.read(Withdrawal, self.withdrawal(provider)).shares)
        return self.send(self.execution(provider, shares, minimum_amount))

    def simulated_withdrawal(self, provider: Keypair, shares: int) -> int:
        """What executing the request would pay now."""
        code, logs = self.simulate(self.execution(provider, shares))
        assert code is None, code
        return int(Receipt(0, logs).events[0].amount)

    def cancel_withdrawal(self, provider: Keypair) -> Receipt:
        """Take the request back."""
        return self.call(
            liquidity.cancel_withdrawal,
            provider=provider,
            withdrawal=self.withdrawal(provider),
            share_account=self.share_account(provider),
        )

    def withdraw_liquidity(self, provider: Keypair, shares: int, minimum_amount: int = 0) -> Receipt:
        """Ask, wait, redeem; the last receipt."""
        self.request_withdrawal(provider, shares)
        self.advance(slots=self.protocol.parameters.withdrawal_delay_slots)
        return self.execute_withdrawal(provider, shares, minimum_amount)

    def leave_vault(self, provider: Keypair) -> int:
        """Redeem all shares, as many at once as may be; how much they brought."""
        amount = 0
        while shares := self.tokens(self.share_account(provider)):
            protocol = self.protocol
            total = self.share_supply() + protocol.locked_shares + protocol.pending_shares
            part = max(total * protocol.parameters.withdrawal_bps // 10_000, 10 * USDC)
            amount += self.withdraw_liquidity(provider, min(shares, part)).events[0].amount
        return amount

    def change_parameters(self, **changes: int) -> Receipt:
        """Set some parameters, keep the others."""
        parameters = self.protocol.parameters
        for name, value in changes.items():
            assert hasattr(parameters, name)
            setattr(parameters, name, value)
        return self.call(protocol.set_parameters, admin=self.admin, parameters=parameters)

    # -- markets ------------------------------------------------------------------------------------------------------

    def creation(self, prices: list[int], scale: int = SCALE, id: int | None = None, **changes: Any) -> Ticket:
        """A create_market, not sent."""
        id = id if id is not None else self.protocol.next_market_id
        values: dict[str, Any] = {
            "admin": self.admin,
            "verse": address_of(Verse, id=1),
            "market": address_of(Market, id=id),
            "id": id,
            "outcome_count": len(prices),
            "maker": 0,
            "segments": 0,
            "liquidity": scale,
            "opens_at": self.now,
            "closes_at": self.now + 30 * DAY,
            "expires_at": 0,
            "question": QUESTION,
            "opening": prices,
        }
        return self.ticket(market.create_market, **(values | changes))

    def create_market(self, prices: list[int] | int = 2, scale: int = SCALE, **changes: Any) -> Address:
        """Create a market with the next id; its address."""
        prices = even_prices(prices) if isinstance(prices, int) else prices
        id = self.protocol.next_market_id
        self.send(self.creation(prices, scale, id, **changes))
        return address_of(Market, id=id)

    def create_pmamm(self, opening: list[int] | int = 2, scale: int = SCALE, **changes: Any) -> Address:
        """Create a pm-AMM that closes after 30 days and expires a day later; given a count, at even prices."""
        if isinstance(opening, int):
            opening = even_opening(opening, scale)
        return self.create_market(opening, scale, **({"expires_at": self.now + 31 * DAY} | changes))

    def market(self, address: Address) -> Market:
        """A market, decoded."""
        return self.read(Market, address)

    def verse_of(self, address: Address) -> Address:
        """Where the market's verse lies."""
        return address_of(Verse, id=self.market(address).verse)

    def close(self, address: Address) -> Receipt:
        """Move to the closing time and close."""
        self.set_time(max(self.now, self.market(address).closes_at), self.slot + 1)
        return self.call(market.close_market, authority=self.payer, market=address)

    def resolve(self, address: Address, payouts: list[int]) -> Receipt:
        """Resolve as the oracle."""
        return self.call(
            market.resolve_market,
            authority=self.oracle,
            verse=self.verse_of(address),
            market=address,
            payouts=payouts,
        )

    def resolve_closed(self, addresses: list[Address], winner: int) -> None:
        """Close and resolve several markets for one outcome."""
        for address in addresses:
            self.finish(address, winner)

    def surcharge(self, address: Address) -> float:
        """What a market adds to the fee of a trade in the next slots, in basis points."""
        state = self.market(address)
        return surcharges(variance_at(state, self.slot), state.liquidity, False) / 10_000

    def finish(self, address: Address, winner: int = 0) -> Receipt:
        """Close and resolve for one outcome."""
        self.close(address)
        count = self.market(address).outcome_count
        return self.resolve(address, [PRICE_ONE if i == winner else 0 for i in range(count)])

    def sync(self, address: Address) -> Receipt:
        """Tell verse and protocol what the market gathered."""
        return self.call(market.sync_market, verse=self.verse_of(address), market=address)

    def samples(self, address: Address) -> Address:
        """Where a market's samples lie."""
        return address_of(Samples, market=address)

    def open_samples(self, address: Address) -> Receipt:
        """Begin to sample a market; the provider pays."""
        return self.call(sampling.open_samples, payer=self.provider, market=address, samples=self.samples(address))

    def sampling(self, address: Address) -> Ticket:
        """A sample_market, not sent."""
        verse_address, samples = self.verse_of(address), self.samples(address)
        return self.ticket(sampling.sample_market, market=address, verse=verse_address, samples=samples)

    def next_epoch(self, seconds: int = 0) -> None:
        """Move to so many seconds after the beginning of the next epoch, with as many slots as that takes."""
        ahead = sampling.EPOCH_SECONDS - self.now % sampling.EPOCH_SECONDS + seconds
        self.advance(ahead, ahead * 5 // 2)

    def closing(self, address: Address, verse_id: int = 1) -> Ticket:
        """A close_samples, not sent."""
        return self.ticket(
            sampling.close_samples,
            verse=address_of(Verse, id=verse_id),
            samples=self.samples(address),
            market=address,
            payer=self.provider.pubkey(),
        )

    def prune(self, address: Address) -> Receipt:
        """Wait until a resolved market may be pruned, and prune it."""
        state = self.market(address)
        self.advance(slots=self.protocol.parameters.prune_delay_slots)
        return self.call(
            market.prune_market,
            verse=address_of(Verse, id=state.verse),
            market=address,
            creator=Address(bytes(state.creator)),
        )

    def open_interest(self, address: Address, amount: int, name: str = "whale") -> Actor:
        """Let somebody buy both outcomes of a binary market in turn until they cost so much in all."""
        whale = self.trader(name)
        step = self.market(address).liquidity * 3 // 2
        whale.deposit(min(2 * amount + step, 1_000_000 * USDC))
        free = whale.free
        while free - whale.free < amount:
            for outcome in (0, 1):
                whale.buy(address, step, outcome)
                self.advance(slots=50)
        return whale

    def simulated_trade(self, ticket: Ticket) -> Any:
        """The event that a trade would have."""
        code, logs = self.simulate(ticket)
        assert code is None, code
        return Receipt(0, logs).event

    # -- people -------------------------------------------------------------------------------------------------------

    def trader(self, name: str, deposit: int = 0) -> Actor:
        """Somebody with a trader account and, if asked for, free money."""
        actor = Actor(self, name)
        self.call(trader.open_trader, authority=actor.key, trader=actor.address)
        if deposit:
            actor.deposit(deposit)
        return actor


class Actor:
    """Somebody who trades, with a wallet of a million USDC."""

    def __init__(self, world: Stage, name: str):
        self.world = world
        self.name = name
        self.key = world.person(name)
        self.wallet = world.make_token_account(self.key.pubkey(), amount=1_000_000 * USDC, name="wallet")
        self.address = address_of(Trader, authority=self.key.pubkey())

    # -- reading ------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> Trader:
        """The trader account, decoded."""
        return self.world.read(Trader, self.address)

    @property
    def free(self) -> int:
        """Free money, µUSDC."""
        return self.state.free

    def position(self, market: Address, outcome: int = 0) -> Address:
        """Address of a position."""
        return address_of(Position, trader=self.address, market=market, outcome=outcome)

    def position_state(self, market: Address, outcome: int = 0) -> Position:
        """A position, decoded."""
        return self.world.read(Position, self.position(market, outcome))

    def shares(self, market: Address, outcome: int = 0) -> int:
        """Shares held."""
        where = self.position(market, outcome)
        return self.world.read(Position, where).shares if self.world.exists(where) else 0

    def worth(self) -> int:
        """USDC in the wallet and free."""
        return self.world.tokens(self.wallet) + (self.free if self.world.exists(self.address) else 0)

    # -- doing --------------------------------------------------------------------------------------------------------

    def ticket(self, function: Any, **values: Any) -> Ticket:
        """An instruction of this trader, not sent."""
        return self.world.ticket(function, authority=self.key, trader=self.address, **values)

    def deposit(self, amount: int) -> Receipt:
        """Wallet to free money."""
        return self.world.send(self.ticket(trader.deposit, source=self.wallet, amount=amount))

    def withdraw(self, amount: int) -> Receipt:
        """Free money to wallet."""
        return self.world.send(self.ticket(trader.withdraw, destination=self.wallet, amount=amount))

    def close_trader(self) -> Receipt:
        """Close the trader account."""
        return self.world.send(self.ticket(trader.close_trader))

    def opening(self, market: Address, outcome: int = 0) -> Ticket:
        """An open_position, not sent."""
        where = self.position(market, outcome)
        return self.ticket(position.open_position, market=market, position=where, outcome=outcome)

    def open(self, market: Address, outcome: int = 0) -> Receipt:
        """Open a position."""
        return self.world.send(self.opening(market, outcome))

    def trade(self, function: Any, market: Address, outcome: int = 0, **arguments: Any) -> Ticket:
        """A trade, not sent."""
        return self.ticket(function, market=market, position=self.position(market, outcome), **arguments)

    def buy(self, market: Address, shares: int, outcome: int = 0, maximum_cost: int = 2**63) -> Receipt:
        """Buy exactly so many shares; opens the position if need be."""
        return self._open_and(
            self.trade(trade.buy, market, outcome, shares=shares, maximum_cost=maximum_cost), market, outcome
        )

    def buy_for(self, market: Address, spend: int, outcome: int = 0, minimum_shares: int = 0) -> Receipt:
        """Spend exactly so much; opens the position if need be."""
        ticket = self.trade(trade.buy_for, market, outcome, spend=spend, minimum_shares=minimum_shares)
        return self._open_and(ticket, market, outcome)

    def sell(self, market: Address, shares: int, outcome: int = 0, minimum_proceeds: int = 0) -> Receipt:
        """Sell exactly so many shares."""
        return self.world.send(
            self.trade(trade.sell, market, outcome, shares=shares, minimum_proceeds=minimum_proceeds)
        )

    def sell_for(self, market: Address, proceeds: int, outcome: int = 0, maximum_shares: int = 2**63) -> Receipt:
        """Sell for exactly so much."""
        return self.world.send(
            self.trade(trade.sell_for, market, outcome, proceeds=proceeds, maximum_shares=maximum_shares)
        )

    def batching(self, market: Address, legs: list[tuple[int, Order, int, int]], maximum_spend: int = 2**62) -> Ticket:
        """A batch of (outcome, order, amount, limit), not sent."""
        return self.ticket(
            batch.batch,
            market=market,
            positions=[self.position(market, outcome) for outcome, _, _, _ in legs],
            maximum_spend=maximum_spend,
            legs=[Leg(order=order, amount=amount, limit=limit) for _, order, amount, limit in legs],
        )

    def settlement(self, market: Address, outcome: int = 0) -> Ticket:
        """A settle_position, not sent."""
        return self.world.ticket(
            position.settle_position,
            trader=self.address,
            market=market,
            position=self.position(market, outcome),
            receiver=self.key.pubkey(),
        )

    def settle(self, market: Address, outcome: int = 0) -> Receipt:
        """Settle a position."""
        return self.world.send(self.settlement(market, outcome))

    def close_position(self, market: Address, outcome: int = 0) -> Receipt:
        """Close an empty position."""
        return self.world.send(
            self.ticket(position.close_position, market=market, position=self.position(market, outcome))
        )

    def _open_and(self, ticket: Ticket, market: Address, outcome: int) -> Receipt:
        if not self.world.exists(self.position(market, outcome)):
            self.open(market, outcome)
        return self.world.send(ticket)


__all__ = ["HALF", "QUESTION", "SCALE", "VAULT", "Actor", "Protocol", "Stage", "even_opening", "even_prices"]
