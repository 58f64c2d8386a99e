"""Accounts are decoded to the classes that declare them, and nothing else is taken for one."""

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from quatrain.client.accounts import RawAccount, declaration_of, decode_account, fetch, fetch_all, find
from quatrain.client.addresses import parse_address, to_lang
from quatrain.client.books import read_books
from quatrain.client.deployment import DEFAULT_PROGRAM
from quatrain.client.errors import NotFoundError, UsageError, WrongAccountError
from quatrain.client.tokens import token_balance
from quatrain.cluster.local import Keys, give_usdc
from quatrain.cluster.session import Session
from quatrain.program.state import Market, Protocol, Trader, Verse


def test_an_account_comes_with_its_circumstances(session: Session) -> None:
    """Address, rent and size beside the decoded state."""
    found = fetch(session.chain, Protocol, session.deployment.protocol, DEFAULT_PROGRAM)

    assert found.address == session.deployment.protocol
    assert found.lamports == session.chain.rent_minimum(found.size)
    assert found.state.token_vault == to_lang(session.deployment.token_vault)
    assert found.state.share_mint == to_lang(session.deployment.share_mint)


def test_nothing_is_not_an_account(session: Session) -> None:
    """`find` says None, `fetch` raises."""
    address = Keypair().pubkey()

    assert find(session.chain, Market, address, DEFAULT_PROGRAM) is None
    with pytest.raises(NotFoundError, match="no Market"):
        fetch(session.chain, Market, address, DEFAULT_PROGRAM)


def test_another_class_is_refused(session: Session) -> None:
    """The discriminator decides, and the owner before it."""
    with pytest.raises(WrongAccountError, match="no Market"):
        fetch(session.chain, Market, session.deployment.protocol, DEFAULT_PROGRAM)
    with pytest.raises(WrongAccountError, match="owned by"):
        fetch(session.chain, Market, session.deployment.token_vault, DEFAULT_PROGRAM)
    with pytest.raises(WrongAccountError, match="no token account"):
        token_balance(session.chain, session.deployment.protocol)


def test_a_short_account_is_refused() -> None:
    """Bytes that end early are not guessed at."""
    short = RawAccount(1, declaration_of(Verse).discriminator + b"\0", DEFAULT_PROGRAM)
    with pytest.raises(WrongAccountError, match="needs"):
        decode_account(Verse, Keypair().pubkey(), short, DEFAULT_PROGRAM)


def test_accounts_are_found_by_their_fields(session: Session, keys: Keys) -> None:
    """All of a class, or those whose fields have the values asked for."""
    traders = [Keypair() for _ in range(3)]
    for key in traders:
        session.chain.airdrop(key.pubkey(), 10**9)
        session.send(key, session.instructions.open_trader(authority=key.pubkey()))

    everyone = fetch_all(session.chain, Trader, DEFAULT_PROGRAM)
    one = fetch_all(session.chain, Trader, DEFAULT_PROGRAM, authority=traders[1].pubkey())

    assert {bytes(found.state.authority) for found in everyone} >= {bytes(key.pubkey()) for key in traders}
    assert everyone == sorted(everyone, key=lambda found: bytes(found.address))
    assert [found.state.authority for found in one] == [to_lang(traders[1].pubkey())]
    with pytest.raises(TypeError, match="no field"):
        fetch_all(session.chain, Trader, DEFAULT_PROGRAM, colour=1)


def test_the_books_notice_a_gift(session: Session, keys: Keys) -> None:
    """Money has one owner each; tokens that somebody sent unasked show as a difference."""
    before = read_books(session.chain, session.deployment)
    give_usdc(session, keys, session.deployment.protocol, 7)
    after = read_books(session.chain, session.deployment)

    assert before.balanced
    assert before.owed == before.tokens
    assert after.difference == before.difference


def test_addresses_are_read() -> None:
    """Base58 or an error that says so."""
    address = Keypair().pubkey()

    assert parse_address(str(address)) == address
    for text in ("", "abc", "0" * 40, str(address) * 2):
        with pytest.raises(UsageError, match="is not an address"):
            parse_address(text)
    assert isinstance(Pubkey.default(), Pubkey)
