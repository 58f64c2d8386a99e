"""Token accounts and mints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, TypeAlias, cast

from attrs import frozen
from solders.pubkey import Pubkey

from quatrain.client.accounts import Filter, RawAccount
from quatrain.cluster.effects import TOKEN_PROGRAMS, is_mint, is_token_account
from quatrain.cluster.localnet.accounts_shown import Encoding, show_account
from quatrain.cluster.localnet.codes import INVALID_REQUEST, invalid
from quatrain.cluster.localnet.kinds import Address, Unfit, kind_of, mismatch
from quatrain.cluster.localnet.method import method
from quatrain.cluster.localnet.methods.accounts import AccountOptions
from quatrain.cluster.localnet.methods.options import Settled, framed
from quatrain.cluster.localnet.node import Node
from quatrain.cluster.localnet.tokens import DELEGATE_AT, OWNER_AT, amount, holding, supply
from quatrain.cluster.localnet.view import View

MOST_LARGEST: Final = 20


@frozen
class MintOrProgram:
    """Which token accounts: of a mint, or of a token program."""

    mint: Pubkey | None
    program: Pubkey | None


@frozen
class MintOrProgramKind:
    """`{mint}` or `{programId}`."""

    name: str = "{mint} or {programId}"

    def read(self, value: Any) -> MintOrProgram:
        """The one that is given."""
        if not isinstance(value, Mapping) or len(cast("Mapping[str, Any]", value)) != 1:
            raise mismatch(value, "enum RpcTokenAccountsFilter")
        ((name, text),) = cast("Mapping[str, Any]", value).items()
        if name not in {"mint", "programId"}:
            raise Unfit(f"unknown variant `{name}`, expected `mint` or `programId`")
        address = kind_of(Address).read(text)
        return MintOrProgram(address, None) if name == "mint" else MintOrProgram(None, address)


Which: TypeAlias = Annotated[MintOrProgram, MintOrProgramKind()]


@method(INVALID_REQUEST)
def get_token_accounts_by_owner(
    node: Node, owner: Address, which: Which, options: AccountOptions = AccountOptions()
) -> Any:
    """The token accounts of a wallet, of one mint or of a token program."""
    return _token_accounts(node, which, options, lambda data: data[OWNER_AT : OWNER_AT + 32] == bytes(owner))


@method(INVALID_REQUEST)
def get_token_accounts_by_delegate(
    node: Node, delegate: Address, which: Which, options: AccountOptions = AccountOptions()
) -> Any:
    """The token accounts that somebody may spend from for their owners."""

    def delegated(data: bytes) -> bool:
        return data[DELEGATE_AT - 4] == 1 and data[DELEGATE_AT : DELEGATE_AT + 32] == bytes(delegate)

    return _token_accounts(node, which, options, delegated)


def _token_accounts(node: Node, which: MintOrProgram, options: AccountOptions, wanted: Callable[[bytes], bool]) -> Any:
    view = node.view(options.commitment, options.min_context_slot)
    program = which.program
    if which.mint is not None:
        mint = _mint(view, which.mint, missing="could not find mint", wrong="not a Token mint")
        program = mint.owner
    if program not in TOKEN_PROGRAMS:
        raise invalid("Invalid param: unrecognized Token program id")

    def chosen(data: bytes) -> bool:
        return is_token_account(data) and wanted(data) and (which.mint is None or data[:32] == bytes(which.mint))

    shown = [
        {
            "pubkey": str(address),
            "account": show_account(
                address, account, options.encoding or Encoding.BINARY, options.data_slice, view.get_account
            ),
        }
        for address, account in view.select(
            program, chosen, [] if which.mint is None else [Filter(0, bytes(which.mint))]
        )
    ]
    return framed(view, shown)


def _mint(view: View, address: Pubkey, *, missing: str = "could not find account", wrong: str) -> RawAccount:
    account = view.get_account(address)
    if account is None:
        raise invalid(f"Invalid param: {missing}")
    if account.owner not in TOKEN_PROGRAMS or not is_mint(account.data):
        raise invalid(f"Invalid param: {wrong}")
    return account


@method()
def get_token_account_balance(node: Node, address: Address, options: Settled = Settled()) -> Any:
    """What a token account holds."""
    view = node.view(options.commitment)
    account = view.get_account(address)
    if account is None:
        raise invalid("Invalid param: could not find account")
    if account.owner not in TOKEN_PROGRAMS or not is_token_account(account.data):
        raise invalid("Invalid param: not a Token account")
    mint, _, raw = holding(account.data)
    decimals = _mint(view, mint, wrong="not a Token mint").data[44]
    return framed(view, amount(raw, decimals))


@method()
def get_token_supply(node: Node, mint: Address, options: Settled = Settled()) -> Any:
    """What a mint has issued."""
    view = node.view(options.commitment)
    data = _mint(view, mint, wrong="not a Token mint").data
    return framed(view, amount(supply(data), data[44]))


@method()
def get_token_largest_accounts(node: Node, mint: Address, options: Settled = Settled()) -> Any:
    """The 20 largest holdings of a mint."""
    view = node.view(options.commitment)
    found = _mint(view, mint, wrong="not a Token mint")
    held = [
        (holding(account.data)[2], str(address))
        for address, account in view.select(
            found.owner,
            lambda data: data[:32] == bytes(mint) and is_token_account(data),
            [Filter(0, bytes(mint))],
        )
    ]
    largest = sorted(held, key=lambda one: (-one[0], one[1]))[:MOST_LARGEST]
    return framed(view, [{"address": address, **amount(raw, found.data[44])} for raw, address in largest])


__all__ = ["MintOrProgram"]
