"""Transactions: version 0, with explicit budgets, signed.

The cluster charges the block for what a transaction *may* use, so both limits are always set: compute units, and
bytes of loaded accounts (64 MiB when unset, which alone costs 16,384 compute units of block space). What a transaction
uses depends on the market's maker and on its state, so the limits come from a simulation (`Budget.measured`), not from
a table that would have to follow every build of the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from attrs import frozen
from solders.compute_budget import (
    set_compute_unit_limit,
    set_compute_unit_price,
    set_loaded_accounts_data_size_limit,
)
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from quatrain.client.errors import UsageError

PACKET_SIZE: Final = 1_232
"""The most bytes of a serialised transaction."""


MAXIMUM_UNITS: Final = 1_400_000
"""The most compute units that the network lets a transaction use."""
MAXIMUM_LOADED_BYTES: Final = 64 << 20
"""The most bytes of accounts and programs that it lets one load."""
_PAGE: Final = 32 << 10
"""The block is charged for loaded bytes by the page."""


@frozen
class Budget:
    """What a transaction may use, and what it pays per unit."""

    compute_units: int = MAXIMUM_UNITS
    loaded_bytes: int = MAXIMUM_LOADED_BYTES
    micro_lamports_per_unit: int = 0

    @classmethod
    def measured(cls, units: int, loaded_bytes: int, micro_lamports_per_unit: int = 0) -> Budget:
        """A quarter and 1,000 units above a simulation, for others may trade in between and solvers then take another
        step; a page above its bytes. The network's own limit where the simulation did not tell the bytes (0)."""
        pages = -(-loaded_bytes // _PAGE) + 1
        return cls(
            compute_units=min(units + units // 4 + 1_000, MAXIMUM_UNITS),
            loaded_bytes=min(pages * _PAGE, MAXIMUM_LOADED_BYTES) if loaded_bytes else MAXIMUM_LOADED_BYTES,
            micro_lamports_per_unit=micro_lamports_per_unit,
        )

    def instructions(self) -> list[Instruction]:
        """The instructions that state this budget."""
        stated = [
            set_compute_unit_limit(self.compute_units),
            set_loaded_accounts_data_size_limit(self.loaded_bytes),
        ]
        if self.micro_lamports_per_unit:
            stated.append(set_compute_unit_price(self.micro_lamports_per_unit))
        return stated


MAXIMUM_BUDGET: Final = Budget()
"""All that the network allows: for what is only simulated."""


def compile_message(
    instructions: Sequence[Instruction],
    payer: Pubkey,
    blockhash: Hash,
    budget: Budget = MAXIMUM_BUDGET,
) -> MessageV0:
    """The message to sign: budget first, then the instructions, paid for by `payer`."""
    return MessageV0.try_compile(payer, [*budget.instructions(), *instructions], [], blockhash)


def build_transaction(
    instructions: Sequence[Instruction],
    payer: Keypair,
    blockhash: Hash,
    *,
    signers: Sequence[Keypair] = (),
    budget: Budget = MAXIMUM_BUDGET,
) -> VersionedTransaction:
    """A signed transaction; UsageError when a signer is missing or it is larger than the network carries."""
    keys = {key.pubkey(): key for key in (payer, *signers)}
    message = compile_message(instructions, next(iter(keys)), blockhash, budget)
    required = message.account_keys[: message.header.num_required_signatures]
    if missing := [str(address) for address in required if address not in keys]:
        raise UsageError(f"the transaction also needs the signature of {', '.join(missing)}", code="signer_missing")
    transaction = VersionedTransaction(message, [keys[address] for address in required])
    size = len(bytes(transaction))
    if size > PACKET_SIZE:
        raise UsageError(
            f"the transaction has {size:,} bytes, the network carries {PACKET_SIZE:,}",
            code="transaction_too_large",
            advice="Split it into several.",
        )
    return transaction


__all__ = [
    "MAXIMUM_BUDGET", "MAXIMUM_LOADED_BYTES", "MAXIMUM_UNITS", "PACKET_SIZE", "Budget", "build_transaction", "compile_message",
]  # fmt: skip
