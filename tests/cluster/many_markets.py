"""A platform of many markets through its whole life: created, traded, quoted, settled, pruned, on a chain with a file.

Every step measures what each hundredth or thousand markets take; `check` compares the money with a ledger of the trades.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from math import lcm
from pathlib import Path
from typing import Any

from attrs import frozen
from solders.instruction import Instruction
from solders.keypair import Keypair

from hognose.lang import Hash
from hognose.lang.layout import decode
from quatrain.client.books import read_books
from quatrain.client.transactions import Budget, build_transaction
from quatrain.cluster.chain import Receipt
from quatrain.cluster.local import (
    ROOT_VERSE,
    TRADER_LAMPORTS,
    Keys,
    deploy_if_changed,
    fund_vault,
    give_usdc,
    prepare,
)
from quatrain.cluster.localnet.pace import Pace
from quatrain.program.events import Traded
from quatrain.program.state import Order
from quatrain.program.state import Quote as Terms
from tests.cluster.localnet.conftest import Localnet

USDC = 1_000_000
LIQUIDITY = 100 * USDC
SHARES = 2 * USDC
STAKE = 20_000 * USDC
BLOCK = 100
PAYOUTS = [1_000_000_000, 0]
"""Outcome 0 wins."""
SETTLED_AT_ONCE = 4
LIMITS = Budget(compute_units=400_000)


@frozen
class Measure:
    """What one part of the markets took in one step."""

    step: str
    part: int
    seconds: float
    cpu_seconds: float
    """Of this process, which neighbours do not change much."""
    resident_mib: float
    file_mib: float


class Platform:
    """`markets` markets and `positions` positions, spread evenly over `traders` traders and two outcomes."""

    def __init__(
        self,
        folder: Path,
        *,
        markets: int,
        positions: int,
        traders: int,
        part: int,
        liquidity: int = LIQUIDITY,
        ledger: bool = False,
    ):
        self.localnet = Localnet(folder, pace=Pace.STEPPED)
        self.chain = self.localnet.chain
        self.keys = Keys(folder / "keys")
        deploy_if_changed(self.chain, self.keys, lambda _text: None)
        self.session = prepare(self.chain, self.keys, lambda _text: None)
        self.markets, self.part, self._liquidity, self._ledger = range(1, markets + 1), part, liquidity, ledger
        self.traders = [Keypair() for _ in range(traders)]
        self.positions = [
            (1 + number % markets, self.traders[(number // lcm(markets, traders) + number) % traders], number % 2)
            for number in range(positions)
        ]
        assert len({(market, bytes(key.pubkey()), outcome) for market, key, outcome in self.positions}) == positions
        self.spent = {key.pubkey(): 0 for key in self.traders}
        self.measures: list[Measure] = []

    # -- steps ----------------------------------------------------------------------------------------------------

    def furnish(self) -> None:
        """Money for the vault and for each trader."""
        admin, build = self.keys.admin, self.session.instructions
        give_usdc(self.session, self.keys, admin.pubkey(), 20_000_000 * USDC)
        fund_vault(self.session, self.keys, 20_000_000 * USDC)
        for key in self.traders:
            self.chain.airdrop(key.pubkey(), TRADER_LAMPORTS)
            give_usdc(self.session, self.keys, key.pubkey(), STAKE)
        self._blocks(
            [
                (key, [build.open_trader(authority=key.pubkey()), build.deposit(authority=key.pubkey(), amount=STAKE)])
                for key in self.traders
            ]
        )

    def create(self) -> None:
        """Every market."""
        admin, now = self.keys.admin, self.chain.clock().unix_timestamp

        def one(number: int) -> Iterator[tuple[Keypair, list[Instruction]]]:
            yield admin, [
                self.session.instructions.create_market(
                    admin=admin.pubkey(), verse_id=ROOT_VERSE, id=number, liquidity=self._liquidity, opens_at=now,
                    closes_at=now + 10**9, question=Hash(number.to_bytes(32, "big")), opening=[500_000_000, 500_000_000],
                )
            ]  # fmt: skip

        self._each("created", one)

    def trade(self) -> None:
        """Every position, opened and bought into by one transaction."""

        def one(number: int) -> Iterator[tuple[Keypair, list[Instruction]]]:
            build, market = self.session.instructions, self.session.deployment.market(number)
            for at, key, outcome in self.positions[number - 1 :: len(self.markets)]:
                assert at == number
                terms: dict[str, Any] = {"authority": key.pubkey(), "market_address": market, "outcome": outcome}
                yield key, [build.open_position(**terms), build.buy(shares=SHARES, maximum_cost=SHARES, **terms)]

        self._each("traded", one)

    def quote(self) -> None:
        """Every market, by a simulation of the program's own instruction."""
        for part, numbers in enumerate(self._parts()):
            began = _clocks()
            for number in numbers:
                assert self.terms(number).shares == SHARES
            self._measure("quoted", part, began)

    def terms(self, number: int) -> Any:
        """What a purchase of outcome 0 would cost now."""
        market = self.session.deployment.market(number)
        ask = self.session.instructions.quote(market_address=market, outcome=0, order=Order.BUY, amount=SHARES)
        trial = build_transaction([ask], self.keys.admin, self.chain.latest_blockhash(), budget=LIMITS)
        layout = vars(Terms)["__layout__"]
        return decode(layout, self.chain.simulate(trial).return_data)

    def settle(self) -> None:
        """Close and resolve every market, and pay every position out."""
        admin = self.keys.admin

        def one(number: int) -> Iterator[tuple[Keypair, list[Instruction]]]:
            build, market = self.session.instructions, self.session.deployment.market(number)
            end: dict[str, Any] = {"authority": admin.pubkey(), "market_address": market}
            yield admin, [build.close_market(**end), build.resolve_market(verse_id=ROOT_VERSE, payouts=PAYOUTS, **end)]
            due = [
                build.settle_position(authority=key.pubkey(), market_address=market, outcome=outcome)
                for _, key, outcome in self.positions[number - 1 :: len(self.markets)]
            ]
            for start in range(0, len(due), SETTLED_AT_ONCE):
                yield admin, due[start : start + SETTLED_AT_ONCE]

        self._each("settled", one)

    def prune(self) -> None:
        """Remove every market, once its delay is over."""
        admin = self.keys.admin
        delay = self.session.protocol().parameters.prune_delay_slots
        self.chain.warp(slot=self.chain.clock().slot + delay + 1)

        def one(number: int) -> Iterator[tuple[Keypair, list[Instruction]]]:
            yield (
                admin,
                [
                    self.session.instructions.prune_market(
                        market_address=self.session.deployment.market(number),
                        verse_id=ROOT_VERSE,
                        creator=admin.pubkey(),
                    )
                ],
            )

        self._each("pruned", one)

    # -- looking --------------------------------------------------------------------------------------------------

    def program_accounts(self, *filters: dict[str, Any]) -> tuple[list[Any], float]:
        """What the interface answers, and after how many seconds of work."""
        options = {"encoding": "base64", "filters": list(filters)}
        began = time.process_time()
        found = self.localnet.ask("getProgramAccounts", str(self.session.deployment.program), options)
        return found, time.process_time() - began

    def check_money(self) -> None:
        """Every µUSDC has an owner; with a ledger, every trader has what the trades say."""
        assert read_books(self.chain, self.session.deployment).balanced
        if not self._ledger:
            return
        won = {key.pubkey(): 0 for key in self.traders}
        for _, key, outcome in self.positions:
            won[key.pubkey()] += SHARES if outcome == 0 else 0
        for address, spent in self.spent.items():
            trader = self.session.trader(address)
            assert trader is not None
            assert trader.state.free == STAKE - spent + won[address]

    def close(self) -> None:
        """Close the chain."""
        self.localnet.close()

    # -- inside ---------------------------------------------------------------------------------------------------

    def _parts(self) -> list[Sequence[int]]:
        return [self.markets[start : start + self.part] for start in range(0, len(self.markets), self.part)]

    def _each(self, step: str, make: Callable[[int], Iterator[tuple[Keypair, list[Instruction]]]]) -> None:
        """Have every market's transactions processed, a block at a time."""
        for part, numbers in enumerate(self._parts()):
            began = _clocks()
            self._blocks([one for number in numbers for one in make(number)])
            self._measure(step, part, began)

    def _blocks(self, wanted: Sequence[tuple[Keypair, list[Instruction]]]) -> None:
        for start in range(0, len(wanted), BLOCK):
            self._block(wanted[start : start + BLOCK])

    def _block(self, wanted: Sequence[tuple[Keypair, list[Instruction]]]) -> None:
        blockhash = self.chain.latest_blockhash()
        signed = [build_transaction(one, key, blockhash, budget=LIMITS) for key, one in wanted]
        for (key, _), receipt in zip(wanted, self.chain.send_all(signed), strict=True):
            assert isinstance(receipt, Receipt), receipt
            if self._ledger:
                trades = [one for one in self.session.events(receipt) if isinstance(one, Traded)]
                if trades:
                    self.spent[key.pubkey()] += sum(one.amount + one.fee for one in trades)

    def _measure(self, step: str, part: int, began: tuple[float, float]) -> None:
        seconds, cpu_seconds = (now - then for now, then in zip(_clocks(), began, strict=True))
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        store = self.chain.store
        assert store is not None
        file_mib = sum(one.stat().st_size for one in store.directory.glob("chain.sqlite*")) / 2**20
        resident_mib = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        self.measures.append(Measure(step, part, seconds, cpu_seconds, resident_mib, file_mib))


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()
