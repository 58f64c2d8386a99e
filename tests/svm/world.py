"""The program on the real virtual machine, with real SPL tokens, driven through its declarations.

Every successful instruction is followed by `World.check`: conservation of USDC and of shares, and escrow.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from solders.account import Account as ChainAccount
from solders.clock import Clock
from solders.compute_budget import ComputeBudget
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey as Address
from solders.token import ID as TOKEN_ID
from solders.token.state import Mint as TokenMint
from solders.token.state import TokenAccount, TokenAccountState
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata
from solders.transaction_status import InstructionErrorCustom, TransactionErrorInstructionError

from hognose.lang import AccountDeclaration, InstructionDeclaration, Pubkey
from hognose.lang.declare import AccountSlot
from hognose.lang.layout import decode
from quatrain.core import lmsr, pmamm
from quatrain.core.water_line import KEEPER_BPS, PENALTY_BPS, RATE_ONE
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.events import EVENTS
from quatrain.program.loan_state import Book, Feed, Ladder
from quatrain.program.state import (
    PRICE_ONE,
    Maker,
    Market,
    MarketStatus,
    Position,
    Protocol,
    Samples,
    Trader,
    Verse,
    Withdrawal,
)

PROGRAM_ID = Address(bytes(PROGRAM.address))
SYSTEM_ID = Address.default()
CLASSES: tuple[type[Any], ...] = (
    Protocol, Withdrawal, Verse, Market, Samples, Trader, Position, DistributionMarket, DistributionPosition, Book, Ladder,
    Feed,
)  # fmt: skip
START = 1_767_225_600
"""2026-01-01, when a world begins."""
START_SLOT = 1_000
USDC = 1_000_000
DAY = 86_400
EVENT_BY_TAG: dict[bytes, Any] = {event.__discriminator__: event for event in EVENTS}  # type: ignore[attr-defined]
NOBODY = Pubkey(bytes(32))
BUDGET = ComputeBudget(simd_0268_active=False)
BUDGET.compute_unit_limit = 1_400_000
"""Of every transaction, as if it asked for the most."""

Instructed = Callable[..., None]


def declaration_of(function: Instructed) -> InstructionDeclaration:
    """What @instruction recorded."""
    return function.__instruction__  # type: ignore[attr-defined]


def account_of(cls: type[Any]) -> AccountDeclaration:
    """What @account recorded."""
    return cls.__account__


def address_of(cls: type[Any], **values: Any) -> Address:
    """The canonical address of a state account."""
    raw = {name: Pubkey(bytes(v)) if isinstance(v, Address) else v for name, v in values.items()}
    return Address.find_program_address(account_of(cls).seed_bytes(**raw), PROGRAM_ID)[0]


PROTOCOL = address_of(Protocol)
TOKEN_VAULT = Address.find_program_address([b"vault"], PROGRAM_ID)[0]
SHARE_MINT = Address.find_program_address([b"shares"], PROGRAM_ID)[0]


class Refused(AssertionError):
    """A transaction failed; `code` is the program's error code, or the runtime's error as text."""

    def __init__(self, code: int | str, logs: list[str]):
        super().__init__(f"{code}\n" + "\n".join(logs))
        self.code = code
        self.logs = logs


@dataclass
class Receipt:
    """What a transaction did."""

    compute_units: int
    logs: list[str]
    returned: bytes = b""

    @property
    def events(self) -> list[Any]:
        """The events, decoded, in order."""
        return [
            decode(EVENT_BY_TAG[data[:8]].__layout__, data[8:])
            for line in self.logs
            if line.startswith("Program data: ")
            for data in [base64.b64decode(line.removeprefix("Program data: "))]
        ]

    @property
    def event(self) -> Any:
        """The only event."""
        (only,) = self.events
        return only


def error_code(result: FailedTransactionMetadata) -> int | str:
    """The custom code of a failed transaction, or its error as text."""
    error = result.err()
    if isinstance(error, TransactionErrorInstructionError) and isinstance(error.err, InstructionErrorCustom):
        return error.err.code
    return str(error)


def default_metas(declaration: InstructionDeclaration, addresses: dict[str, Any]) -> list[AccountMeta]:
    """The accounts of an instruction, repeated ones last, with the flags that their roles demand."""
    metas = [AccountMeta(addresses[s.name], s.role.signer, s.role.writable) for s in declaration.accounts]
    if (rest := declaration.rest) is not None:
        metas += [AccountMeta(address, False, rest.role.writable) for address in addresses[rest.name]]
    return metas


@dataclass
class Ticket:
    """An instruction ready to be sent, or to be tampered with first."""

    declaration: InstructionDeclaration
    metas: list[AccountMeta]
    data: bytes

    @property
    def slots(self) -> list[AccountSlot]:
        """What each account stands for: the last slot for each of the repeated ones."""
        named, rest = self.declaration.accounts, self.declaration.rest
        return [*named, *([rest] * (len(self.metas) - len(named)) if rest is not None else [])]

    @property
    def instruction(self) -> Instruction:
        """As the runtime takes it."""
        return Instruction(PROGRAM_ID, self.data, self.metas)


class World:
    """A fresh chain with the program, a USDC mint and people who hold SOL."""

    def __init__(self, elf: bytes):
        self.svm = (
            LiteSVM()
            .with_compute_budget(BUDGET)
            .with_mainnet_features()
            .with_blockhash_check(False)
            .with_transaction_history(0)
        )
        self.svm.add_program(PROGRAM_ID, elf)
        self.keys: dict[Address, Keypair] = {}
        self.payer = self.person("payer")
        self.admin = self.person("admin")
        self.guardian = self.person("guardian")
        self.oracle = self.person("oracle")
        self.provider = self.person("provider")
        self.usdc_mint = self.make_mint("usdc")
        self.donated = 0
        self.checks = 0
        self.set_time(START, START_SLOT)

    # -- people, time, tokens -----------------------------------------------------------------------------------------

    def person(self, name: str, lamports: int = 10**12) -> Keypair:
        """A key pair that is the same in every run, with SOL."""
        pair = Keypair.from_seed(hashlib.sha256(name.encode()).digest())
        if pair.pubkey() not in self.keys:
            self.keys[pair.pubkey()] = pair
            self.svm.airdrop(pair.pubkey(), lamports)
        return pair

    def set_time(self, unix: int, slot: int) -> None:
        """Set the clock."""
        self.svm.set_clock(Clock(slot, START, slot // 432_000, 0, unix))
        self.now, self.slot = unix, slot

    def advance(self, seconds: int = 0, slots: int = 1) -> None:
        """Move time forward."""
        self.set_time(self.now + seconds, self.slot + slots)

    def place(self, address: Address, data: bytes, owner: Address, lamports: int | None = None) -> None:
        """Put an account where none is, or replace one."""
        rent = self.svm.minimum_balance_for_rent_exemption(len(data))
        self.svm.set_account(address, ChainAccount(rent if lamports is None else lamports, data, owner))

    def fresh_address(self, name: str) -> Address:
        """An address where nothing lies, the same in every run."""
        return Address(hashlib.sha256(b"address:" + name.encode()).digest())

    def make_mint(self, name: str, decimals: int = 6, owner: Address = TOKEN_ID) -> Address:
        """An SPL mint."""
        address = self.fresh_address(f"mint:{name}")
        mint = TokenMint(self.payer.pubkey(), 0, decimals, is_initialized=True)
        self.place(address, bytes(mint), owner)
        return address

    def make_token_account(
        self, owner: Address, mint: Address | None = None, amount: int = 0, name: str = ""
    ) -> Address:
        """An SPL token account of `mint` (USDC unless named) that holds `amount`."""
        mint = mint or self.usdc_mint
        address = self.fresh_address(f"token:{owner}:{mint}:{name}")
        if (existing := self.svm.get_account(address)) is not None:
            amount += TokenAccount.from_bytes(existing.data).amount
        self.place(
            address, bytes(TokenAccount(mint, owner, amount, None, TokenAccountState.Initialized, None, 0)), TOKEN_ID
        )
        return address

    def tokens(self, address: Address) -> int:
        """A token account's balance."""
        account = self.svm.get_account(address)
        assert account is not None
        return TokenAccount.from_bytes(account.data).amount

    def share_supply(self) -> int:
        """LP shares in token accounts."""
        account = self.svm.get_account(SHARE_MINT)
        assert account is not None
        return TokenMint.from_bytes(account.data).supply

    # -- reading ----------------------------------------------------------------------------------------------------

    def read(self, cls: type[Any], address: Address) -> Any:
        """A decoded state account."""
        account = self.svm.get_account(address)
        assert account is not None, f"nothing at {address}"
        assert account.owner == PROGRAM_ID, f"no {cls.__name__} at {address}"
        return account_of(cls).decode(bytes(account.data))

    def exists(self, address: Address) -> bool:
        """Whether anything lies at the address."""
        account = self.svm.get_account(address)
        return account is not None and account.lamports > 0

    def lamports(self, address: Address) -> int:
        """The balance, 0 where nothing lies."""
        return self.svm.get_balance(address) or 0

    @property
    def protocol(self) -> Protocol:
        """The protocol account."""
        return self.read(Protocol, PROTOCOL)

    def all(self, cls: type[Any]) -> dict[Address, Any]:
        """Every account of a class that lies at its canonical address."""
        tag = account_of(cls).discriminator
        return {
            address: account_of(cls).decode(bytes(account.data))
            for address, account in self.svm.get_program_accounts(PROGRAM_ID)
            if account.lamports > 0 and bytes(account.data[:8]) == tag
        }

    def snapshot(self) -> dict[Address, bytes]:
        """Every account of the program, as bytes."""
        return {address: bytes(account.data) for address, account in self.svm.get_program_accounts(PROGRAM_ID)}

    # -- sending ------------------------------------------------------------------------------------------------------

    def ticket(self, function: Instructed, **values: Any) -> Ticket:
        """An instruction from account addresses (or key pairs) and arguments, all by name.

        The accounts that are the same for all instructions may be left out.
        """
        declaration = declaration_of(function)
        arguments = {name: values[name] for name, _ in declaration.arguments}
        addresses: dict[str, Any] = {
            "protocol": PROTOCOL, "token_vault": TOKEN_VAULT, "share_mint": SHARE_MINT, "usdc_mint": self.usdc_mint,
            "token_program": TOKEN_ID, "system_program": SYSTEM_ID,
        }  # fmt: skip
        names = {slot.name for slot in (*declaration.accounts, declaration.rest) if slot is not None}
        assert set(values) <= names | set(arguments), set(values) - names - set(arguments)
        for name in names & set(values):
            value = values[name]
            addresses[name] = value.pubkey() if isinstance(value, Keypair) else value
        metas = default_metas(declaration, addresses)
        encoded = {name: Pubkey(bytes(v)) if isinstance(v, Address) else v for name, v in arguments.items()}
        return Ticket(declaration, metas, declaration.encode_arguments(**encoded))

    def transaction(self, instructions: Sequence[Instruction]) -> Transaction:
        """A transaction that `payer` pays for, signed by whoever must."""
        signing = [meta.pubkey for one in instructions for meta in one.accounts if meta.is_signer]
        pairs = [self.keys[address] for address in dict.fromkeys([self.payer.pubkey(), *signing])]
        message = Message.new_with_blockhash(list(instructions), self.payer.pubkey(), self.svm.latest_blockhash())
        return Transaction(pairs, message, self.svm.latest_blockhash())

    def execute(
        self, transaction: Transaction, *, commit: bool = True
    ) -> TransactionMetadata | FailedTransactionMetadata:
        """Run a transaction, or only try it out."""
        if commit:
            return self.svm.send_transaction(transaction)
        result = self.svm.simulate_transaction(transaction)
        return result if isinstance(result, FailedTransactionMetadata) else result.meta()

    def send(self, *tickets: Ticket, check: bool = True) -> Receipt:
        """Run tickets in one transaction; Refused when it fails, and then the books are as before."""
        return self.send_instructions([ticket.instruction for ticket in tickets], check=check)

    def send_instructions(self, instructions: Sequence[Instruction], *, check: bool = True) -> Receipt:
        """Run any instructions in one transaction."""
        self.svm.expire_blockhash()
        result = self.execute(self.transaction(instructions))
        if isinstance(result, FailedTransactionMetadata):
            raise Refused(error_code(result), result.meta().logs())
        if check:
            self.check()
        return Receipt(result.compute_units_consumed(), result.logs(), bytes(result.return_data().data))

    def call(self, function: Instructed, **values: Any) -> Receipt:
        """Run one instruction and check the books."""
        return self.send(self.ticket(function, **values))

    def simulate(self, ticket: Ticket) -> tuple[int | str | None, list[str]]:
        """The code with which a ticket would be refused, or None; and the logs."""
        result = self.execute(self.transaction([ticket.instruction]), commit=False)
        if isinstance(result, FailedTransactionMetadata):
            return error_code(result), result.meta().logs()
        return None, result.logs()

    # -- invariants ---------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Conservation of USDC and shares, and escrow; after every instruction."""
        if not self.exists(PROTOCOL):
            return
        self.checks += 1
        protocol = self.protocol
        markets, traders, positions = self.all(Market), self.all(Trader), self.all(Position)
        curves, moves = self.all(DistributionMarket), self.all(DistributionPosition)
        self._check_money(protocol, markets, traders, curves)
        self._check_shares(markets, positions)
        self._check_vault(protocol, markets, curves)
        self._check_interest(protocol, markets | curves, positions, moves)
        check_loans(self)
        assert protocol.markets == len(markets) + len(curves)
        for market in markets.values():
            check_escrow(market)
        for address, market in curves.items():
            check_curves(market, [p for p in moves.values() if bytes(p.market) == bytes(address)])
        every = [*positions.values(), *moves.values()]
        for address, market in (markets | curves).items():
            assert market.positions == sum(bytes(p.market) == bytes(address) for p in every)
        for address, trader in traders.items():
            assert trader.positions == sum(bytes(p.trader) == bytes(address) for p in every)

    def _check_money(
        self,
        protocol: Protocol,
        markets: dict[Address, Market],
        traders: dict[Address, Trader],
        curves: dict[Address, DistributionMarket],
    ) -> None:
        owed = sum(trader.free for trader in traders.values())
        owed += sum(market.sets + market.fees_due for market in markets.values())
        owed += sum(market.escrow + market.fees_due for market in curves.values())
        owed += sum(book.cash + book.interest + book.earned + book.penalties for book in self.all(Book).values())
        owed += protocol.lp_cash + protocol.insurance + protocol.staker_pool + protocol.treasury
        assert self.tokens(TOKEN_VAULT) == owed + self.donated

    def _check_vault(
        self, protocol: Protocol, markets: dict[Address, Market], curves: dict[Address, DistributionMarket]
    ) -> None:
        """Subsidies, their floors, and the shares of open requests add up."""
        lent = [(m.subsidy, m) for m in markets.values()] + [(m.backing, m) for m in curves.values()]
        lent = [(subsidy, m) for subsidy, m in lent if m.status != MarketStatus.RESOLVED]
        assert protocol.subsidies_out == sum(subsidy for subsidy, _ in lent)
        assert protocol.floors_out == sum(m.floor for _, m in lent)
        assert all(m.floor <= subsidy for subsidy, m in lent)
        for verse in self.all(Verse).values():
            assert verse.subsidies == sum(subsidy for subsidy, m in lent if m.verse == verse.id)
            inside = {bytes(a) for a, m in self.all(Market).items() if m.verse == verse.id}
            assert verse.loans == sum(b.cash + b.debt for b in self.all(Book).values() if bytes(b.market) in inside)
        requests = self.all(Withdrawal).values()
        assert protocol.pending_shares == sum(request.shares for request in requests)

    def _check_interest(
        self,
        protocol: Protocol,
        markets: dict[Address, Any],
        positions: dict[Address, Position],
        moves: dict[Address, DistributionPosition],
    ) -> None:
        """Open interest is what positions cost or lock: what a verse was told, and what its markets have yet to tell."""
        stakes = [(bytes(p.market), p.cost) for p in positions.values()]
        stakes += [(bytes(p.market), p.collateral) for p in moves.values()]
        verses = self.all(Verse).values()
        for verse in verses:
            inside = {bytes(a): m for a, m in markets.items() if m.verse == verse.id}
            cost = sum(stake for market, stake in stakes if market in inside)
            assert verse.open_interest + sum(m.unsynced for m in inside.values()) == cost
            assert verse.tail_interest <= verse.open_interest
        assert protocol.open_interest == sum(verse.open_interest for verse in verses)
        assert protocol.tail_interest == sum(verse.tail_interest for verse in verses)

    def _check_shares(self, markets: dict[Address, Market], positions: dict[Address, Position]) -> None:
        sold: dict[tuple[bytes, int], int] = {}
        for position in positions.values():
            where = bytes(position.market), position.outcome
            sold[where] = sold.get(where, 0) + position.shares
        for address, market in markets.items():
            for i, outcome in enumerate(market.outcomes):
                assert outcome.sold == sold.get((bytes(address), i), 0)


def check_loans(world: World) -> None:
    """Books add up, ladders hold what positions owe, and every loan can be repaid now by selling to the pool, riskiest first."""
    books, ladders, positions = world.all(Book), world.all(Ladder), world.all(Position)
    assert world.protocol.loans_out == sum(book.cash + book.debt for book in books.values())
    assert world.protocol.debt_out == sum(book.synced_debt for book in books.values())
    for address, market in world.all(Market).items():
        mine = [p for p in positions.values() if bytes(p.market) == bytes(address) and p.debt > 0]
        book = next((b for b in books.values() if bytes(b.market) == bytes(address)), None)
        assert market.indebted == bool(mine)
        if book is None:
            assert not mine
            continue
        assert book.debt == sum(p.debt for p in mine)
        assert book.interest == sum(p.interest for p in mine)
        assert book.loans == len(mine)
        for ladder in ladders.values():
            if bytes(ladder.market) == bytes(address):
                here = [p for p in mine if p.outcome == ladder.outcome]
                assert list(ladder.rungs) == [sum(p.shares for p in here if p.rung == k) for k in range(256)]
                check_repayable(market, here)


def check_repayable(market: Market, positions: list[Position]) -> None:
    """The water line, by doing it: sell all leveraged shares of an outcome, riskiest first; nobody is left with a debt."""
    held = reserves(market)
    for position in sorted(positions, key=lambda p: -p.rung):
        i, shares = position.outcome, position.shares
        if market.maker == Maker.LMSR:
            proceeds = lmsr.proceeds_floor(market.liquidity, held[i], shares)[0]
        else:
            proceeds = pmamm.proceeds_floor(market.liquidity, held[i], held[1 - i], shares)[0]
        due = proceeds * (KEEPER_BPS + PENALTY_BPS) // RATE_ONE
        assert proceeds - due >= position.debt, (
            f"{position.debt - proceeds + due} of {position.debt} µUSDC would be lost"
        )
        held = [r - proceeds + (shares if j == i else 0) for j, r in enumerate(held)]


def check_escrow(market: Market) -> None:
    """Every outcome is covered: reserves are not negative, or every claim can be paid."""
    assert market.positions > 0 or all(o.sold == 0 for o in market.outcomes)
    if market.status == MarketStatus.RESOLVED:
        owed = sum(o.sold * o.held for o in market.outcomes)
        assert market.sets * PRICE_ONE >= owed
        return
    for outcome in market.outcomes[: market.outcome_count]:
        assert market.sets - outcome.sold - outcome.held >= 0
    assert market.sets >= max(outcome.sold for outcome in market.outcomes)
    assert all(outcome.sold == 0 and outcome.held == 0 for outcome in market.outcomes[market.outcome_count :])


def check_curves(market: DistributionMarket, positions: list[DistributionPosition]) -> None:
    """Escrow is backing and collateral; positions lead from the first curve to the present one; every claim can be paid."""
    if market.status == MarketStatus.RESOLVED:
        outcome = None if market.void else market.outcome
        assert market.escrow >= sum(exact_claim(market.norm, p, outcome) for p in positions)
        return
    assert market.escrow == market.backing + sum(p.collateral for p in positions)
    steps = Counter({(market.opening_mean, market.opening_deviation): 1})
    steps.update((p.mean, p.deviation) for p in positions if p.deviation)
    steps.subtract((p.from_mean, p.from_deviation) for p in positions if p.deviation)
    assert +steps == Counter({(market.mean, market.deviation): 1})
    assert not -steps
    assert all(p.collateral == 0 for p in positions if not p.deviation)
    assert all(p.collateral > 0 for p in positions if p.deviation)
    assert height(market.norm, market.mean, market.deviation, market.mean) <= market.backing


def height(norm: int, mean: int, deviation: int, x: int) -> float:
    """f(x) over the reals: k/√(σ√π)·e^(−(x − μ)²/2σ²)."""
    peak = norm / math.sqrt(deviation / USDC * math.sqrt(math.pi))
    return peak * math.exp(-(((x - mean) / deviation) ** 2) / 2)


def exact_claim(norm: int, position: DistributionPosition, outcome: int | None) -> float:
    """What a position is worth at an outcome over the reals, less a µUSDC; None: the market is void."""
    if outcome is None or not position.deviation:
        return position.collateral
    gained = height(norm, position.mean, position.deviation, outcome)
    owed = height(norm, position.from_mean, position.from_deviation, outcome)
    return (position.collateral + gained - owed) * (1 - 1e-12) - 1


def reserves(market: Market) -> list[int]:
    """The pool's shares of each outcome."""
    return [market.sets - o.sold - o.held for o in market.outcomes[: market.outcome_count]]


__all__ = [
    "CLASSES", "DAY", "NOBODY", "PROGRAM_ID", "PROTOCOL", "SHARE_MINT", "START", "START_SLOT", "SYSTEM_ID",
    "TOKEN_ID", "TOKEN_VAULT", "USDC", "Receipt", "Refused", "Ticket", "World",
    "account_of", "address_of", "check_escrow", "declaration_of", "error_code", "exact_claim", "height", "reserves",
]  # fmt: skip
