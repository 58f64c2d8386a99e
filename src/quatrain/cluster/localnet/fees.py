"""What transactions pay: the base fee, and what they add to be preferred."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from attrs import define, field
from solders.pubkey import Pubkey

LAMPORTS_PER_SIGNATURE: Final = 5_000
COMPUTE_BUDGET: Final = Pubkey.from_string("ComputeBudget111111111111111111111111111111")
PRECOMPILES: Final = frozenset(
    map(
        Pubkey.from_string,
        ("Ed25519SigVerify111111111111111111111111111", "KeccakSecp256k11111111111111111111111111111", "Secp256r1SigVerify1111111111111111111111111"),
    )
)  # fmt: skip
BUILTINS: Final = frozenset(
    map(
        Pubkey.from_string,
        (
            "11111111111111111111111111111111", "ComputeBudget111111111111111111111111111111",
            "BPFLoaderUpgradeab1e11111111111111111111111", "BPFLoader2111111111111111111111111111111111",
            "BPFLoader1111111111111111111111111111111111", "Vote111111111111111111111111111111111111111",
            "LoaderV411111111111111111111111111111111111",
        ),
    )
)  # fmt: skip
MOST_UNITS: Final = 1_400_000
_UNITS_PER_INSTRUCTION: Final = 200_000
_UNITS_PER_BUILTIN: Final = 3_000
_MICRO: Final = 10**6


def fee_of(message: Any) -> int:
    """The lamports that a message's transaction pays."""
    keys, signatures = message.account_keys, message.header.num_required_signatures
    for one in message.instructions:
        data = bytes(one.data)
        if keys[one.program_id_index] in PRECOMPILES and data:
            signatures += data[0]
    price, limit = budget_of(message)
    return signatures * LAMPORTS_PER_SIGNATURE + -(-price * limit // _MICRO)


def budget_of(message: Any) -> tuple[int, int]:
    """The price of a compute unit in micro-lamports, and how many units are paid for."""
    price, limit, usual = 0, None, 0
    for one in message.instructions:
        program, data = message.account_keys[one.program_id_index], bytes(one.data)
        if program == COMPUTE_BUDGET and len(data) >= 5 and data[0] == 2:
            limit = int.from_bytes(data[1:5], "little")
        elif program == COMPUTE_BUDGET and len(data) >= 9 and data[0] == 3:
            price = int.from_bytes(data[1:9], "little")
        usual += _UNITS_PER_BUILTIN if program in BUILTINS or program in PRECOMPILES else _UNITS_PER_INSTRUCTION
    return price, min(usual if limit is None else limit, MOST_UNITS)


@define
class SlotFees:
    """The lowest price per unit that landed in a slot, over all and by account."""

    slot: int
    lowest: int | None = None
    by_account: dict[Pubkey, int] = field(factory=dict[Pubkey, int])

    def note(self, message: Any, writable: Iterable[Pubkey]) -> None:
        """Count a transaction."""
        price = budget_of(message)[0]
        self.lowest = price if self.lowest is None else min(self.lowest, price)
        for address in writable:
            self.by_account[address] = min(price, self.by_account.get(address, price))

    def price(self, addresses: Iterable[Pubkey]) -> int:
        """What it took to write all of these accounts."""
        return max([self.lowest or 0, *(self.by_account.get(address, 0) for address in addresses)])


__all__ = ["LAMPORTS_PER_SIGNATURE", "SlotFees", "budget_of", "fee_of"]
