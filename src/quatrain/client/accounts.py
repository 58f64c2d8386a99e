"""Accounts, fetched and decoded to the classes that declare them.

This layer does no input or output itself: whoever reads accounts (an embedded chain, an RPC server, a recording)
offers the three methods of `AccountReader`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar, cast

from attrs import frozen
from solders.pubkey import Pubkey

from hognose.lang import AccountDeclaration, LayoutError
from hognose.lang import Pubkey as LangPubkey
from hognose.lang.layout import encode
from quatrain.client.addresses import Address, to_lang, to_solders
from quatrain.client.errors import NotFoundError, WrongAccountError

T = TypeVar("T")


@frozen
class RawAccount:
    """An account as the cluster stores it."""

    lamports: int
    data: bytes
    owner: Pubkey
    executable: bool = False


@frozen
class Filter:
    """Only accounts whose data holds `data` at `offset`."""

    offset: int
    data: bytes

    def passes(self, data: bytes) -> bool:
        """Whether an account's does."""
        return data[self.offset : self.offset + len(self.data)] == self.data


class AccountReader(Protocol):
    """What fetching needs of a cluster."""

    def get_account(self, address: Pubkey) -> RawAccount | None:
        """The account, or None where nothing lies."""
        ...

    def get_accounts(self, addresses: Sequence[Pubkey]) -> list[RawAccount | None]:
        """Several accounts as of one slot where the cluster allows it."""
        ...

    def get_program_accounts(self, program: Pubkey, filters: Sequence[Filter] = ()) -> list[tuple[Pubkey, RawAccount]]:
        """Every account that the program owns and that passes every filter."""
        ...


@frozen
class Fetched(Generic[T]):
    """A decoded account with its address, its rent and its size."""

    address: Pubkey
    state: T
    lamports: int
    size: int


def declaration_of(cls: type[Any]) -> AccountDeclaration:
    """The declaration behind an @account class."""
    return cast(AccountDeclaration, cls.__account__)


def blank(cls: type[T], **fields: Any) -> T:
    """A record with these fields and zeros everywhere else."""
    return cls(**fields)


def decode_account(cls: type[T], address: Address, account: RawAccount, program: Address) -> Fetched[T]:
    """Decode; WrongAccountError when owner, discriminator or length is not that of a `cls`."""
    where = to_solders(address)
    if account.owner != to_solders(program):
        raise WrongAccountError(f"{where} is owned by {account.owner}, not by the program {to_solders(program)}")
    try:
        state: T = declaration_of(cls).decode(account.data)
    except LayoutError as error:
        raise WrongAccountError(f"{where} is no {cls.__name__}: {error}") from error
    return Fetched(where, state, account.lamports, len(account.data))


def find(reader: AccountReader, cls: type[T], address: Address, program: Address) -> Fetched[T] | None:
    """The decoded account, or None where nothing lies."""
    account = reader.get_account(to_solders(address))
    return None if account is None else decode_account(cls, address, account, program)


def find_each(
    reader: AccountReader, wanted: Mapping[Pubkey, type[Any]], program: Address
) -> dict[Pubkey, Fetched[Any]]:
    """The decoded accounts at these addresses, each of its class, all read at once; without those where nothing lies."""
    found = reader.get_accounts(list(wanted))
    return {
        address: decode_account(cls, address, account, program)
        for (address, cls), account in zip(wanted.items(), found, strict=True)
        if account is not None
    }


def fetch(reader: AccountReader, cls: type[T], address: Address, program: Address) -> Fetched[T]:
    """The decoded account; NotFoundError where nothing lies."""
    found = find(reader, cls, address, program)
    if found is None:
        raise NotFoundError(f"there is no {cls.__name__} at {to_solders(address)}")
    return found


def fetch_all(reader: AccountReader, cls: type[T], program: Address, **equals: Any) -> list[Fetched[T]]:
    """Every account of the class whose fields equal the values given, in order of address."""
    declaration = declaration_of(cls)
    filters = [Filter(0, declaration.discriminator)]
    for name, value in equals.items():
        field = declaration.layout.field(name)
        if field is None:
            raise TypeError(f"{cls.__name__} has no field {name}")
        wanted = to_lang(value) if isinstance(value, Pubkey | LangPubkey) else value
        filters.append(Filter(field.offset, encode(field.type, wanted)))
    found = reader.get_program_accounts(to_solders(program), filters)
    decoded = [decode_account(cls, address, account, program) for address, account in found]
    return sorted(decoded, key=lambda one: bytes(one.address))


__all__ = [
    "AccountReader", "Fetched", "Filter", "RawAccount", "blank", "declaration_of", "decode_account", "fetch", "fetch_all", "find",
    "find_each",
]  # fmt: skip
