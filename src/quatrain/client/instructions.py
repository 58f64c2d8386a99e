"""One typed function for each instruction, so that an editor completes them and a type checker reads them.

They hold no layout, no discriminator and no account list: `resolve.build` takes all of these from the declarations.
What stands here is only what a caller chooses. `tests/client/test_instructions.py` compares them with the program.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from solders.instruction import Instruction
from solders.pubkey import Pubkey

from hognose.lang import Hash
from quatrain.client.addresses import Address
from quatrain.client.distribution_instructions import DistributionInstructions
from quatrain.client.loan_instructions import LoanInstructions
from quatrain.program import batch, liquidity, market, pause, position, protocol, sampling, trade, trader, verse
from quatrain.program.state import Leg, Order, Parameters


@frozen
class Instructions(DistributionInstructions, LoanInstructions):
    """Builds the instructions of one deployment. Accounts that follow from others need not be named."""

    # -- protocol -------------------------------------------------------------------------------------------------

    def initialize(self, *, admin: Address, guardian: Address, oracle: Address) -> Instruction:
        """Create the protocol; `admin` signs and pays."""
        accounts = {"admin": admin, "usdc_mint": self.deployment.usdc_mint}
        return self._build(protocol.initialize, accounts, guardian=guardian, oracle=oracle)

    def propose_admin(self, *, admin: Address, pending_admin: Address) -> Instruction:
        """Name a successor; `admin` signs."""
        return self._build(protocol.propose_admin, {"admin": admin}, pending_admin=pending_admin)

    def accept_admin(self, *, pending_admin: Address) -> Instruction:
        """Take over; `pending_admin` signs."""
        return self._build(protocol.accept_admin, {"pending_admin": pending_admin})

    def set_roles(self, *, admin: Address, guardian: Address, oracle: Address) -> Instruction:
        """Name guardian and oracle; `admin` signs."""
        return self._build(protocol.set_roles, {"admin": admin}, guardian=guardian, oracle=oracle)

    def set_parameters(self, *, admin: Address, parameters: Parameters) -> Instruction:
        """Tune the parameters; `admin` signs."""
        return self._build(protocol.set_parameters, {"admin": admin}, parameters=parameters)

    def pause(self, *, guardian: Address, scope: int) -> Instruction:
        """Pause for a short while; `guardian` signs."""
        return self._build(pause.pause, {"guardian": guardian}, scope=scope)

    def set_pause(self, *, admin: Address, scope: int, until: int) -> Instruction:
        """Pause until a unix second, or resume; `admin` signs."""
        return self._build(pause.set_pause, {"admin": admin}, scope=scope, until=until)

    def attest_congestion(self, *, guardian: Address) -> Instruction:
        """Let trades pay for congestion for a short while; `guardian` signs."""
        return self._build(pause.attest_congestion, {"guardian": guardian})

    # -- liquidity providers --------------------------------------------------------------------------------------

    def deposit_liquidity(
        self,
        *,
        provider: Address,
        amount: int,
        minimum_shares: int,
        source: Address | None = None,
        share_account: Address | None = None,
    ) -> Instruction:
        """Pay `amount` µUSDC into the vault for at least `minimum_shares`; `provider` signs."""
        accounts = {
            "provider": provider,
            "source": source,
            "share_account": share_account or self.deployment.share_account(provider),
        }
        return self._build(liquidity.deposit_liquidity, accounts, amount=amount, minimum_shares=minimum_shares)

    def request_withdrawal(
        self, *, provider: Address, shares: int, share_account: Address | None = None
    ) -> Instruction:
        """Ask to redeem `shares` after the delay; `provider` signs and pays the request's rent."""
        accounts = self._withdrawal(provider, share_account)
        return self._build(liquidity.request_withdrawal, accounts, shares=shares)

    def execute_withdrawal(
        self,
        *,
        provider: Address,
        shares: int,
        minimum_amount: int,
        share_account: Address | None = None,
        destination: Address | None = None,
    ) -> Instruction:
        """Redeem `shares` of the request for at least `minimum_amount` µUSDC, the others come back; `provider` signs."""
        accounts = self._withdrawal(provider, share_account)
        accounts["destination"] = destination or self.deployment.usdc_account(provider)
        return self._build(liquidity.execute_withdrawal, accounts, shares=shares, minimum_amount=minimum_amount)

    def cancel_withdrawal(self, *, provider: Address, share_account: Address | None = None) -> Instruction:
        """Take a request back; `provider` signs and gets shares and rent."""
        return self._build(liquidity.cancel_withdrawal, self._withdrawal(provider, share_account))

    def _withdrawal(self, provider: Address, share_account: Address | None) -> dict[str, Address | None]:
        return {"provider": provider, "share_account": share_account or self.deployment.share_account(provider)}

    # -- verses and markets ---------------------------------------------------------------------------------------

    def create_verse(self, *, admin: Address, id: int, title: Hash) -> Instruction:
        """Create a root verse; `admin` signs and pays."""
        return self._build(verse.create_verse, {"admin": admin}, id=id, title=title)

    def create_child_verse(self, *, admin: Address, parent_id: int, id: int, title: Hash) -> Instruction:
        """Create a verse below another; `admin` signs and pays."""
        accounts = {"admin": admin, "parent": self.deployment.verse(parent_id)}
        return self._build(verse.create_child_verse, accounts, id=id, title=title)

    def create_market(
        self,
        *,
        admin: Address,
        verse_id: int,
        id: int,
        liquidity: int,
        opens_at: int,
        closes_at: int,
        question: Hash,
        opening: Sequence[int],
        proposition: bool = False,
        maker: int = 0,
        segments: int = 0,
        expires_at: int = 0,
    ) -> Instruction:
        """Create a market of `len(opening)` outcomes at opening prices (1e-9, sum 1); `admin` signs and pays.

        A pm-AMM of three or more outcomes opens with reserves instead (`openings.opening_reserves`). The maker is the rule's
        unless one is named; a proposition is a yes/no question, whose two outcomes are no alternatives.
        """
        return self._build(
            market.create_market,
            {"admin": admin, "verse": self.deployment.verse(verse_id)},
            id=id,
            outcome_count=1 if proposition else len(opening),
            maker=maker,
            segments=segments,
            liquidity=liquidity,
            opens_at=opens_at,
            closes_at=closes_at,
            expires_at=expires_at,
            question=question,
            opening=opening,
        )

    def close_market(self, *, authority: Address, market_address: Address) -> Instruction:
        """End trading; anybody signs from the closing time on, oracle or admin before."""
        return self._build(market.close_market, {"authority": authority, "market": market_address})

    def resolve_market(
        self, *, authority: Address, market_address: Address, verse_id: int, payouts: Sequence[int]
    ) -> Instruction:
        """Fix the payouts (1e-9, sum 1); oracle or admin signs."""
        accounts = {"authority": authority, "market": market_address, "verse": self.deployment.verse(verse_id)}
        return self._build(market.resolve_market, accounts, payouts=payouts)

    def sync_market(self, *, market_address: Address, verse_id: int) -> Instruction:
        """Tell verse and protocol what the market gathered, and share out its fees; nobody signs."""
        accounts = {"market": market_address, "verse": self.deployment.verse(verse_id)}
        return self._build(market.sync_market, accounts)

    def prune_market(self, *, market_address: Address, verse_id: int, creator: Address) -> Instruction:
        """Remove a settled market; its rent goes to `creator`; nobody signs."""
        accounts = {
            "market": market_address,
            "verse": self.deployment.verse(verse_id),
            "creator": creator,
        }
        return self._build(market.prune_market, accounts)

    def open_samples(self, *, payer: Address, market_address: Address) -> Instruction:
        """Begin to sample a market's prices; `payer` signs and pays the rent."""
        return self._build(sampling.open_samples, {"payer": payer, "market": market_address})

    def sample_market(self, *, market_address: Address, verse_id: int) -> Instruction:
        """Take the sample of an epoch, in its first hour; nobody signs."""
        accounts = {"market": market_address, "verse": self.deployment.verse(verse_id)}
        return self._build(sampling.sample_market, accounts)

    def close_samples(self, *, market_address: Address, verse_id: int, payer: Address) -> Instruction:
        """Remove the samples of a pruned or long unsampled market; their rent goes to `payer`; nobody signs."""
        accounts = {
            "market": market_address,
            "verse": self.deployment.verse(verse_id),
            "samples": self.deployment.samples(market_address),
            "payer": payer,
        }
        return self._build(sampling.close_samples, accounts)

    # -- traders --------------------------------------------------------------------------------------------------

    def open_trader(self, *, authority: Address) -> Instruction:
        """Open the trader account of `authority`, who signs and pays its rent."""
        return self._build(trader.open_trader, {"authority": authority})

    def deposit(self, *, authority: Address, amount: int, source: Address | None = None) -> Instruction:
        """Move µUSDC from the wallet into the trader's free money; `authority` signs."""
        return self._build(trader.deposit, {"authority": authority, "source": source}, amount=amount)

    def withdraw(self, *, authority: Address, amount: int, destination: Address | None = None) -> Instruction:
        """Move free money to the wallet; `authority` signs."""
        accounts = {
            "authority": authority,
            "destination": destination or self.deployment.usdc_account(authority),
        }
        return self._build(trader.withdraw, accounts, amount=amount)

    def close_trader(self, *, authority: Address) -> Instruction:
        """Close the empty trader account; `authority` signs and gets the rent."""
        return self._build(trader.close_trader, {"authority": authority})

    # -- positions and trades -------------------------------------------------------------------------------------

    def open_position(self, *, authority: Address, market_address: Address, outcome: int) -> Instruction:
        """Open an empty position; `authority` signs and pays its rent."""
        return self._build(position.open_position, {"authority": authority, "market": market_address}, outcome=outcome)

    def buy(
        self, *, authority: Address, market_address: Address, outcome: int, shares: int, maximum_cost: int
    ) -> Instruction:
        """Buy exactly `shares` µshares for at most `maximum_cost` µUSDC, fee included; `authority` signs."""
        accounts = self._trade(authority, market_address, outcome)
        return self._build(trade.buy, accounts, shares=shares, maximum_cost=maximum_cost)

    def buy_for(
        self, *, authority: Address, market_address: Address, outcome: int, spend: int, minimum_shares: int
    ) -> Instruction:
        """Spend exactly `spend` µUSDC, fee included, on at least `minimum_shares`; `authority` signs."""
        accounts = self._trade(authority, market_address, outcome)
        return self._build(trade.buy_for, accounts, spend=spend, minimum_shares=minimum_shares)

    def sell(
        self, *, authority: Address, market_address: Address, outcome: int, shares: int, minimum_proceeds: int
    ) -> Instruction:
        """Sell exactly `shares` for at least `minimum_proceeds` µUSDC after the fee; `authority` signs."""
        accounts = self._trade(authority, market_address, outcome)
        return self._build(trade.sell, accounts, shares=shares, minimum_proceeds=minimum_proceeds)

    def sell_for(
        self, *, authority: Address, market_address: Address, outcome: int, proceeds: int, maximum_shares: int
    ) -> Instruction:
        """Sell at most `maximum_shares` to receive exactly `proceeds` µUSDC; `authority` signs."""
        accounts = self._trade(authority, market_address, outcome)
        return self._build(trade.sell_for, accounts, proceeds=proceeds, maximum_shares=maximum_shares)

    def batch(
        self, *, authority: Address, market_address: Address, legs: Sequence[tuple[int, Leg]], maximum_spend: int
    ) -> Instruction:
        """Trade several outcomes in order, all or none; on balance at most `maximum_spend` µUSDC, negative for an income.

        Each leg with its outcome, 1 to 8 of them and no outcome twice; `authority` signs.
        """
        trader_address: Pubkey = self.deployment.trader(authority)
        positions = [self.deployment.position(trader_address, market_address, outcome) for outcome, _ in legs]
        accounts: dict[str, Address | None] = {
            "authority": authority,
            "trader": trader_address,
            "market": market_address,
        }
        return self._build(batch.batch, accounts, positions, maximum_spend=maximum_spend, legs=[leg for _, leg in legs])

    def quote(self, *, market_address: Address, outcome: int, order: Order, amount: int) -> Instruction:
        """Return the terms of an order as a `state.Quote`; nobody signs. For simulations and programs that call."""
        return self._build(trade.quote, {"market": market_address}, outcome=outcome, order=order, amount=amount)

    def close_position(self, *, authority: Address, market_address: Address, outcome: int) -> Instruction:
        """Close an empty position; `authority` signs and gets the rent."""
        return self._build(position.close_position, self._trade(authority, market_address, outcome))

    def settle_position(self, *, authority: Address, market_address: Address, outcome: int) -> Instruction:
        """Pay out the position of the trader `authority` in a resolved market; nobody signs."""
        accounts = self._trade(authority, market_address, outcome)
        del accounts["authority"]
        accounts["receiver"] = authority
        return self._build(position.settle_position, accounts)


__all__ = ["Instructions"]
