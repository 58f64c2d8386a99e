"""The protocol on both kinds of chain: the same instructions, accounts, events and errors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from solders.keypair import Keypair

from hognose.lang import Hash
from hognose.lang.layout import decode
from quatrain.client.books import read_books
from quatrain.client.deployment import DEFAULT_PROGRAM, Deployment
from quatrain.client.errors import (
    AccountCheckError,
    NotFoundError,
    ProgramError,
    TransactionError,
    UsageError,
)
from quatrain.client.transactions import build_transaction
from quatrain.cluster.builds import compile_program
from quatrain.cluster.chain import Chain, Receipt
from quatrain.cluster.embedded import EmbeddedChain
from quatrain.cluster.local import ROOT_VERSE, Keys, give_usdc, prepare
from quatrain.cluster.session import Session
from quatrain.program.events import MarketCreated, Traded
from quatrain.program.state import Order
from quatrain.program.state import Quote as Terms
from tests.cluster.rpc_server import RpcServer

USDC = 1_000_000


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Admin, faucet and mint."""
    return Keys(tmp_path)


@pytest.fixture
def session(chain: Chain, keys: Keys, request: pytest.FixtureRequest) -> Session:
    """The protocol, founded on the chain beneath and used through each backend."""
    if isinstance(chain, EmbeddedChain):
        beneath: EmbeddedChain = chain
    else:
        server: RpcServer = request.getfixturevalue("server")
        beneath = server.methods.chain
    beneath.install(DEFAULT_PROGRAM, compile_program().elf, {})
    founded = prepare(beneath, keys, lambda _text: None)
    return Session(chain, founded.deployment)


def open_market(session: Session, admin: Keypair) -> None:
    """Market 1, even, for a long time."""
    now = session.chain.clock().unix_timestamp
    create = session.instructions.create_market(
        admin=admin.pubkey(), verse_id=ROOT_VERSE, id=1, liquidity=1_000 * USDC, opens_at=now,
        closes_at=now + 10**6, question=Hash(bytes(32)), opening=[500_000_000, 500_000_000],
    )  # fmt: skip
    (event,) = session.events(session.send(admin, create))
    assert isinstance(event, MarketCreated)
    assert event.id == 1


def test_a_trade(session: Session, keys: Keys) -> None:
    """Quoted, made, seen in the event, the position and the books; and refused with the program's reason."""
    admin, build = keys.admin, session.instructions
    owner, market = admin.pubkey(), session.deployment.market(1)
    open_market(session, admin)
    give_usdc(session, keys, owner, 1_000 * USDC)
    session.send(admin, build.open_trader(authority=owner), build.deposit(authority=owner, amount=1_000 * USDC))
    session.send(admin, build.open_position(authority=owner, market_address=market, outcome=1))
    quote = session.quoter(session.market(1).state).buy(1, 100 * USDC)
    terms = {"authority": owner, "market_address": market, "outcome": 1, "shares": 100 * USDC}

    with pytest.raises(ProgramError) as caught:
        session.send(admin, build.buy(maximum_cost=quote.total - 1, **terms))  # pyright: ignore[reportArgumentType]
    receipt = session.send(admin, build.buy(maximum_cost=quote.total, **terms))  # pyright: ignore[reportArgumentType]

    assert (caught.value.code, caught.value.number) == ("slippage_exceeded", 6200)
    (event,) = session.events(receipt)
    assert isinstance(event, Traded)
    assert (event.shares, event.amount, event.fee) == (quote.shares, quote.amount, quote.fee)
    found, trader = session.position(owner, market, 1), session.trader(owner)
    assert found is not None
    assert trader is not None
    assert found.state.shares == 100 * USDC
    assert trader.state.free == 1_000 * USDC - quote.total
    assert [one.address for one in session.positions(market=market, outcome=1)] == [found.address]
    assert [one.state.id for one in session.markets()] == [1]
    assert session.traders() == [trader]
    assert read_books(session.chain, session.deployment).balanced


def test_a_budget_is_measured(session: Session, keys: Keys) -> None:
    """What is sent may use little more than it does, and load little more than the program's code."""
    admin, build = keys.admin, session.instructions
    opening = build.open_trader(authority=admin.pubkey())

    budget = session.measure(admin, opening)
    code = len(compile_program().elf)
    receipt = session.send(admin, opening, budget=budget)

    assert receipt.units + 1_000 <= budget.compute_units <= 1.3 * receipt.units + 1_000
    assert code < budget.loaded_bytes < code + 4 * 32_768


def test_what_would_fail_costs_nothing(session: Session, keys: Keys) -> None:
    """The simulation finds it: no transaction, no fee; and among several the others go on."""
    admin, build = keys.admin, session.instructions
    owner = admin.pubkey()
    account = session.chain.get_account(owner)
    with pytest.raises(TransactionError) as caught:
        session.send(admin, build.withdraw(authority=owner, amount=1))
    assert session.chain.get_account(owner) == account
    assert caught.value.signature == ""

    results = session.send_each(admin, [build.close_trader(authority=owner), build.open_trader(authority=owner)])

    assert isinstance(results[0], TransactionError)
    assert isinstance(results[1], Receipt)
    assert session.trader(owner) is not None


def test_the_program_quotes_as_the_client_does(session: Session, keys: Keys) -> None:
    """Simulated, its `quote` returns the terms and the room that ours computes."""
    open_market(session, keys.admin)
    quoter = session.quoter(session.market(1).state)
    quote = quoter.buy_for(0, 30 * USDC)

    ask = session.instructions.quote(
        market_address=session.deployment.market(1), outcome=0, order=Order.BUY_FOR, amount=30 * USDC
    )
    trial = build_transaction([ask], keys.admin, session.chain.latest_blockhash())
    terms: Any = decode(vars(Terms)["__layout__"], session.chain.simulate(trial).return_data)

    assert (terms.shares, terms.amount, terms.fee, terms.price_before, terms.price_after) == (
        quote.shares, quote.amount, quote.fee, quote.price_before, quote.price_after,
    )  # fmt: skip
    assert terms.room == quoter.room(quote.side)


def test_the_wrong_admin(session: Session) -> None:
    """An account check of the declarations arrives by Anchor's name."""
    stranger = Keypair()
    session.chain.airdrop(stranger.pubkey(), 10**10)

    with pytest.raises(AccountCheckError) as caught:
        session.send(
            stranger,
            session.instructions.create_verse(admin=stranger.pubkey(), id=9, title=Hash(bytes(32))),
        )

    assert caught.value.code == "constraint_has_one"
    assert caught.value.program == str(DEFAULT_PROGRAM)


def test_what_is_not_there(session: Session) -> None:
    """A market, verse, trader or position that does not exist."""
    stranger = Keypair().pubkey()

    with pytest.raises(NotFoundError, match="no Market"):
        session.market(5)
    assert session.verse(5) is None
    assert session.trader(stranger) is None
    assert session.position(stranger, session.deployment.market(5), 0) is None
    assert session.positions(trader=session.deployment.trader(stranger)) == []


def test_only_an_embedded_chain_is_embedded(session: Session) -> None:
    """What needs one says so elsewhere."""
    if isinstance(session.chain, EmbeddedChain):
        assert session.embedded is session.chain
        return
    with pytest.raises(UsageError) as caught:
        _ = session.embedded
    assert caught.value.code == "local_only"


def test_a_protocol_that_is_elsewhere(chain: Chain) -> None:
    """Where the program is not deployed there is no protocol to read."""
    with pytest.raises(NotFoundError, match="no Protocol"):
        Session(chain, Deployment(Keypair().pubkey())).protocol()


def test_remainders_are_right_after_a_transaction(session: Session, keys: Keys) -> None:
    """The virtual machine's native code does not leave the processor's floating-point registers in a bad state."""
    for _ in range(4):
        give_usdc(session, keys, Keypair().pubkey(), USDC)
        assert np.float64(-181.0) // np.float64(25.0) == -8.0
