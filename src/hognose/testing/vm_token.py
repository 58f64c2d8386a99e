"""SPL Token in Python: what initialises, moves, makes and destroys tokens, at the cost of mainnet's p-token.

Costs were measured on Agave 4.1; they hold where the instruction succeeds. Multisig authorities and native SOL
accounts are not emulated, and whether a new account is exempt from rent is not looked at.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from solders.pubkey import Pubkey

from hognose.testing.vm_callee import (
    CalleeAccount,
    Handler,
    custom,
    refuse,
    require_accounts,
    require_signer,
    require_writable,
)

SPL_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
TOKEN_ID = bytes(Pubkey.from_string(SPL_PROGRAM))
U64_MAXIMUM = (1 << 64) - 1

# Who spends: the owner, the owner of an account that has a delegate, the delegate, the delegate its last allowance.
OWNER, OWNER_BESIDE_DELEGATE, DELEGATE, LAST_OF_DELEGATE = range(4)

# By who spends: the units for an amount above zero, and for zero (which checks what writing would have checked).
TRANSFER_COST = ((76, 94), (81, 99), (83, 101), (84, 101))
CHECKED_COST = ((105, 122), (110, 127), (113, 130), (114, 130))
BURN_COST = ((123, 144), (125, 146), (128, 149), (130, 149))
MINT_TO_COST = (119, 129)
INITIALIZE_ACCOUNT_COST, INITIALIZE_MINT_COST = 235, 201
TO_ITSELF_COST = ((124, 123), (129, 128), (124, 124), (124, 124))
CHECKED_TO_ITSELF_COST = ((158, 157), (163, 162), (159, 159), (159, 159))

# Offsets in a token account: mint 0, owner 32, amount 64, delegate 72 (tag) and 76, state 108, delegated amount 121.
# In a mint: authority 0 (tag) and 4, supply 36, decimals 44.
_AMOUNT, _DELEGATE, _STATE, _DELEGATED, _SUPPLY, _DECIMALS = 64, 72, 108, 121, 36, 44
_TOKEN_BYTES, _FROZEN = 165, 2
_MINT_BYTES, _MINT_INITIALIZED = 82, 45


def _number(account: CalleeAccount, offset: int) -> int:
    return int.from_bytes(account.data[offset : offset + 8], "little")


def _set_number(account: CalleeAccount, offset: int, value: int) -> None:
    account.data[offset : offset + 8] = value.to_bytes(8, "little")


def _key(account: CalleeAccount, offset: int) -> bytes:
    return bytes(account.data[offset : offset + 32])


def _require_token(*accounts: CalleeAccount) -> None:
    for account in accounts:
        if len(account.data) != _TOKEN_BYTES:
            raise refuse("invalid account data for instruction", "InvalidAccountData")
        if account.data[_STATE] == 0:
            raise refuse("instruction requires an initialized account", "UninitializedAccount")
        if account.data[_STATE] == _FROZEN:
            raise custom(17)


def _require_funds(account: CalleeAccount, amount: int) -> None:
    if _number(account, _AMOUNT) < amount:
        raise custom(1)


def _spender(account: CalleeAccount, authority: CalleeAccount) -> int:
    """Who asks to spend from the account; anyone else is refused."""
    has_delegate = account.data[_DELEGATE] == 1
    if has_delegate and _key(account, _DELEGATE + 4) == authority.key:
        require_signer(authority)
        return DELEGATE
    if _key(account, 32) != authority.key:
        raise custom(4)
    require_signer(authority)
    return OWNER_BESIDE_DELEGATE if has_delegate else OWNER


def _use_allowance(account: CalleeAccount, amount: int) -> int:
    """Take from what the delegate may spend; the last of it ends the delegation."""
    left = _number(account, _DELEGATED) - amount
    _set_number(account, _DELEGATED, left)
    if left:
        return DELEGATE
    account.data[_DELEGATE : _DELEGATE + 4] = bytes(4)
    return LAST_OF_DELEGATE


def _require_allowance(account: CalleeAccount, amount: int) -> None:
    if _number(account, _DELEGATED) < amount:
        raise custom(1)


def _move(source: CalleeAccount, destination: CalleeAccount, authority: CalleeAccount, amount: int) -> int:
    """Move tokens; says who spent them."""
    _require_token(source, destination)
    _require_funds(source, amount)
    if source.data[:32] != destination.data[:32]:
        raise custom(3)
    spender = _spender(source, authority)
    if spender == DELEGATE:
        _require_allowance(source, amount)
    if source is destination or amount == 0:
        return spender
    require_writable(source, destination)
    _set_number(source, _AMOUNT, _number(source, _AMOUNT) - amount)
    _set_number(destination, _AMOUNT, _number(destination, _AMOUNT) + amount)
    return _use_allowance(source, amount) if spender == DELEGATE else spender


def _transfer(accounts: Sequence[CalleeAccount], data: bytes) -> int:
    require_accounts(accounts, 3)
    source, destination, authority = accounts[:3]
    (amount,) = struct.unpack("<Q", data)
    spender = _move(source, destination, authority, amount)
    costs = TO_ITSELF_COST if source is destination else TRANSFER_COST
    return costs[spender][amount == 0]


def _transfer_checked(accounts: Sequence[CalleeAccount], data: bytes) -> int:
    require_accounts(accounts, 4)
    source, mint, destination, authority = accounts[:4]
    amount, decimals = struct.unpack("<QB", data)
    if _key(source, 0) != mint.key:
        raise custom(3)
    if mint.data[_DECIMALS] != decimals:
        raise custom(18)
    spender = _move(source, destination, authority, amount)
    costs = CHECKED_TO_ITSELF_COST if source is destination else CHECKED_COST
    return costs[spender][amount == 0]


def _mint_to(accounts: Sequence[CalleeAccount], data: bytes) -> int:
    require_accounts(accounts, 3)
    mint, destination, authority = accounts[:3]
    (amount,) = struct.unpack("<Q", data)
    _require_token(destination)
    if _key(destination, 0) != mint.key:
        raise custom(3)
    if mint.data[0] != 1:
        raise custom(5)
    if _key(mint, 4) != authority.key:
        raise custom(4)
    require_signer(authority)
    if _number(mint, _SUPPLY) + amount > U64_MAXIMUM:
        raise custom(14)
    if amount:
        require_writable(mint, destination)
    _set_number(mint, _SUPPLY, _number(mint, _SUPPLY) + amount)
    _set_number(destination, _AMOUNT, _number(destination, _AMOUNT) + amount)
    return MINT_TO_COST[amount == 0]


def _burn(accounts: Sequence[CalleeAccount], data: bytes) -> int:
    require_accounts(accounts, 3)
    account, mint, authority = accounts[:3]
    (amount,) = struct.unpack("<Q", data)
    _require_token(account)
    _require_funds(account, amount)
    if _key(account, 0) != mint.key:
        raise custom(3)
    spender = _spender(account, authority)
    if spender == DELEGATE:
        _require_allowance(account, amount)
    if amount:
        require_writable(account, mint)
        spender = _use_allowance(account, amount) if spender == DELEGATE else spender
    _set_number(account, _AMOUNT, _number(account, _AMOUNT) - amount)
    _set_number(mint, _SUPPLY, _number(mint, _SUPPLY) - amount)
    return BURN_COST[spender][amount == 0]


def _require_new(account: CalleeAccount, size: int, initialized: int) -> None:
    if len(account.data) != size:
        raise refuse("invalid account data for instruction", "InvalidAccountData")
    if account.data[initialized] != 0:
        raise custom(6)
    require_writable(account)


def _initialize_account(accounts: Sequence[CalleeAccount], data: bytes) -> int:
    require_accounts(accounts, 2)
    account, mint = accounts[:2]
    _require_new(account, _TOKEN_BYTES, _STATE)
    if mint.owner != TOKEN_ID:
        raise refuse("incorrect program id for instruction", "IncorrectProgramId")
    if len(mint.data) != _MINT_BYTES or mint.data[_MINT_INITIALIZED] == 0:
        raise custom(2)
    account.data[:64] = mint.key + data[:32]
    account.data[_STATE] = 1
    return INITIALIZE_ACCOUNT_COST


def _initialize_mint(accounts: Sequence[CalleeAccount], data: bytes) -> int:
    require_accounts(accounts, 1)
    decimals, authority, freezable = data[0], data[1:33], data[33]
    _require_new(accounts[0], _MINT_BYTES, _MINT_INITIALIZED)
    if freezable:
        raise refuse("mints that can be frozen are not emulated", "InvalidInstructionData")
    accounts[0].data[:] = b"\1\0\0\0" + authority + bytes(8) + bytes([decimals, 1]) + bytes(36)
    return INITIALIZE_MINT_COST


_TOKEN: dict[int, Handler] = {18: _initialize_account, 20: _initialize_mint}
_TOKEN |= {3: _transfer, 7: _mint_to, 8: _burn, 12: _transfer_checked}


def run_token(accounts: Sequence[CalleeAccount], data: bytes) -> int:
    """One instruction; a one-byte tag comes first. Returns its compute units."""
    if not data or data[0] not in _TOKEN:
        raise refuse(f"token instruction {data[:1].hex()} is not emulated", "InvalidInstructionData")
    return _TOKEN[data[0]](accounts, data[1:])
