"""Those who trade in the story."""

from __future__ import annotations

from attrs import define
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from quatrain.cli.demo.stage import Stage
from quatrain.client.accounts import Fetched
from quatrain.client.amounts import USDC
from quatrain.client.beside_loans import trade_instruction
from quatrain.client.quotes import Quote
from quatrain.client.tokens import token_balance
from quatrain.cluster.local import TRADER_LAMPORTS, give_usdc
from quatrain.program.state import Market, Order

STARTING_USDC = 1_000 * USDC.one
SLIPPAGE_BPS = 100


@define
class Person:
    """A trader with a wallet of test USDC and a trading account."""

    name: str
    stage: Stage
    key: Keypair

    @classmethod
    def arrive(cls, name: str, stage: Stage) -> Person:
        """Come with 1,000 test USDC, open a trading account and move all of it there."""
        person = cls(name, stage, Keypair())
        stage.chain.airdrop(person.address, TRADER_LAMPORTS)
        give_usdc(stage.session, stage.keys, person.address, STARTING_USDC)
        build = stage.session.instructions
        stage.send("open a trading account", person.key, build.open_trader(authority=person.address))
        stage.send("deposit", person.key, build.deposit(authority=person.address, amount=STARTING_USDC))
        return person

    @property
    def address(self) -> Pubkey:
        """The wallet."""
        return self.key.pubkey()

    @property
    def wallet(self) -> int:
        """µUSDC in the wallet."""
        chain, deployment = self.stage.chain, self.stage.session.deployment
        return token_balance(chain, deployment.usdc_account(self.address)) or 0

    @property
    def free(self) -> int:
        """µUSDC in the trading account and in no position."""
        found = self.stage.session.trader(self.address)
        return found.state.free if found else 0

    def shares(self, market: int, outcome: int) -> int:
        """µshares held of an outcome."""
        address = self.stage.session.deployment.market(market)
        found = self.stage.session.position(self.address, address, outcome)
        return found.state.shares if found else 0

    def buy(self, market: int, outcome: int, spend: int) -> Quote:
        """Open the position if need be, and spend exactly so much; the quote that was kept."""
        session = self.stage.session
        found, build = session.market(market), session.instructions
        if session.position(self.address, found.address, outcome) is None:
            opening = build.open_position(authority=self.address, market_address=found.address, outcome=outcome)
            self.stage.send("open a position", self.key, opening)
            found = session.market(market)
        quote = session.quoter(found.state).buy_for(outcome, spend)
        self._trade(found, quote, Order.BUY_FOR, spend, quote.shares_with_slippage(SLIPPAGE_BPS))
        return quote

    def sell(self, market: int, outcome: int, shares: int) -> Quote:
        """Sell so many shares; the quote that was kept."""
        session = self.stage.session
        found = session.market(market)
        quote = session.quoter(found.state).sell(outcome, shares)
        self._trade(found, quote, Order.SELL, shares, quote.with_slippage(SLIPPAGE_BPS))
        return quote

    def _trade(self, found: Fetched[Market], quote: Quote, order: Order, amount: int, limit: int) -> None:
        instruction = trade_instruction(
            self.stage.session.instructions, found, authority=self.address, outcome=quote.outcome, order=order,
            amount=amount, limit=limit,
        )  # fmt: skip
        beside = " beside loans" if found.state.indebted else ""
        self.stage.send(f"{quote.side} ({found.state.outcome_count} outcomes){beside}", self.key, instruction)

    def leave(self) -> int:
        """Withdraw everything and close the trading account; µUSDC in the wallet."""
        build = self.stage.session.instructions
        if self.free:
            self.stage.send("withdraw", self.key, build.withdraw(authority=self.address, amount=self.free))
        self.stage.send("close the trading account", self.key, build.close_trader(authority=self.address))
        return self.wallet


__all__ = ["STARTING_USDC", "Person"]
