"""Accounts: alone, several, by program."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from attrs import field, frozen
from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount
from quatrain.cluster.localnet.accounts_shown import DataSlice, Encoding, show_account
from quatrain.cluster.localnet.codes import INVALID_REQUEST, invalid
from quatrain.cluster.localnet.filters import FilterValue, narrowing, require_few
from quatrain.cluster.localnet.kinds import U64, Address, Commitment, Flag
from quatrain.cluster.localnet.method import method
from quatrain.cluster.localnet.methods.options import Context, Settled, framed
from quatrain.cluster.localnet.node import Node
from quatrain.cluster.localnet.view import View

MOST_ACCOUNTS: Final = 100
MOST_LARGEST: Final = 20
SHOWN_AT_ONCE: Final = 256
"""Accounts of a program that are written before others get their turn."""


@frozen
class AccountOptions:
    """How accounts are shown."""

    encoding: Encoding | None = None
    data_slice: DataSlice | None = None
    commitment: Commitment | None = None
    min_context_slot: U64 | None = None


@frozen
class ProgramOptions:
    """Which of a program's accounts, and how they are shown."""

    filters: list[FilterValue] | None = None
    encoding: Encoding | None = None
    data_slice: DataSlice | None = None
    commitment: Commitment | None = None
    min_context_slot: U64 | None = None
    with_context: Flag = False
    sort_results: Flag = field(default=True)


def show(view: View, address: Pubkey, options: AccountOptions | ProgramOptions) -> dict[str, Any] | None:
    """An account as the options want it."""
    account = view.get_account(address)
    if account is None:
        return None
    return show_account(address, account, options.encoding or Encoding.BINARY, options.data_slice, view.get_account)


@method(INVALID_REQUEST)
def get_account_info(node: Node, address: Address, options: AccountOptions = AccountOptions()) -> Any:
    """One account, or null where nothing lies."""
    view = node.view(options.commitment, options.min_context_slot)
    return framed(view, show(view, address, options))


@method(INVALID_REQUEST)
def get_multiple_accounts(node: Node, addresses: list[Address], options: AccountOptions = AccountOptions()) -> Any:
    """At most 100 accounts, all as of one slot."""
    if len(addresses) > MOST_ACCOUNTS:
        raise invalid(f"Too many inputs provided; max {MOST_ACCOUNTS}")
    view = node.view(options.commitment, options.min_context_slot)
    return framed(view, [show(view, address, options) for address in addresses])


@method(INVALID_REQUEST)
async def get_program_accounts(node: Node, program: Address, options: ProgramOptions = ProgramOptions()) -> Any:
    """Every account that a program owns and that passes at most 4 filters, by address."""
    filters = options.filters or []
    require_few(filters)
    async with node.listing:
        view = node.view(options.commitment, options.min_context_slot)
        found = view.select(program, lambda data: all(one.passes(data) for one in filters), *narrowing(filters))
        if options.sort_results:
            found.sort(key=lambda one: bytes(one[0]))
        shown = await _listed(view, found, options)
    return framed(view, shown) if options.with_context else shown


async def _listed(view: View, found: list[tuple[Pubkey, RawAccount]], options: ProgramOptions) -> list[msgspec.Raw]:
    """Accounts, in JSON already. Others have turns between them, unless parsing reads further accounts, all as of one slot."""
    encoding = options.encoding or Encoding.BINARY
    shown = list[msgspec.Raw]()
    for address, account in found:
        if shown and len(shown) % SHOWN_AT_ONCE == 0 and encoding is not Encoding.PARSED:
            await asyncio.sleep(0)
        one = show_account(address, account, encoding, options.data_slice, view.get_account)
        shown.append(msgspec.Raw(msgspec.json.encode({"pubkey": str(address), "account": one})))
    return shown


@method()
def get_balance(node: Node, address: Address, options: Context = Context()) -> Any:
    """The lamports of an address."""
    view = node.view(options.commitment, options.min_context_slot)
    account = view.get_account(address)
    return framed(view, 0 if account is None else account.lamports)


@method()
def get_minimum_balance_for_rent_exemption(node: Node, size: U64, options: Settled = Settled()) -> int:
    """The lamports that exempt an account of so many bytes from rent."""
    return node.chain.rent_minimum(min(size, 2**32))


@method()
def get_largest_accounts(node: Node, options: Settled = Settled()) -> Any:
    """The 20 accounts with the most lamports."""
    rows = node.store.largest_accounts(MOST_LARGEST)
    shown = [{"address": str(address), "lamports": lamports} for address, lamports in rows]
    return framed(node.view(options.commitment), shown)


@method()
def get_supply(node: Node, options: Settled = Settled()) -> Any:
    """The lamports of all accounts; all of them circulate."""
    total = node.store.total_lamports()
    value: dict[str, Any] = {"total": total, "circulating": total, "nonCirculating": 0, "nonCirculatingAccounts": []}
    return framed(node.view(options.commitment), value)


__all__ = ["AccountOptions", "ProgramOptions", "show"]
