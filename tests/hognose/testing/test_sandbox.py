"""The sample program on the embedded chain, through the sandbox that the tutorial teaches."""

from typing import Any

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey as Address

from hognose.lang import Pubkey
from hognose.lang.layout import LayoutError
from hognose.testing.sandbox import RefusedError, Sandbox
from tests.hognose.samples.built import sandbox as fresh_sandbox
from tests.hognose.samples.escrow import (
    Counted,
    Counter,
    Desk,
    Offer,
    Offered,
    Terms,
    cancel_offer,
    close_counter,
    count,
    make_offer,
    open_counter,
    open_desk,
)

OFFERED: Any = Offered
COUNTED: Any = Counted
TERMS: Any = Terms


@pytest.fixture(name="sandbox")
def program_on_chain() -> Sandbox:
    """A chain with nothing but the program."""
    return fresh_sandbox()


@pytest.fixture(name="maker")
def rich_maker(sandbox: Sandbox) -> Keypair:
    """Somebody with lamports."""
    return sandbox.wallet()


def test_counter_lives_and_dies(sandbox: Sandbox, maker: Keypair) -> None:
    """A counter is created with a tail, counts with an event a step, and gives its lamports back."""
    address = sandbox.address_of(Counter, authority=maker)
    sandbox.call(open_counter, {"authority": maker}, limit=100, length=6)
    receipt = sandbox.call(count, {"authority": maker}, steps=[5, 7])
    authority = Pubkey(bytes(maker.pubkey()))
    assert receipt.events == (
        COUNTED(authority=authority, step=5, total=5),
        COUNTED(authority=authority, step=7, total=12),
    )
    counter = sandbox.fetch(Counter, address)
    assert (counter.total, counter.limit, list(counter.history)) == (12, 100, [5, 7, 0, 0, 0, 0])
    sandbox.call(close_counter, {"authority": maker})
    assert not sandbox.exists(address)


def test_program_error_has_its_name(sandbox: Sandbox, maker: Keypair) -> None:
    """An error of the program is told by name, code and message, and nothing has changed."""
    sandbox.call(open_counter, {"authority": maker}, limit=10, length=4)
    with pytest.raises(RefusedError, match="would pass its limit") as refusal:
        sandbox.call(count, {"authority": maker}, steps=[6, 6])
    assert (refusal.value.name, refusal.value.code) == ("LIMIT_REACHED", 6000)
    assert sandbox.fetch(Counter, sandbox.address_of(Counter, authority=maker)).total == 0


def test_trap_has_its_kind(sandbox: Sandbox, maker: Keypair) -> None:
    """A sum that leaves 64 bits is refused with the kind of the trap and its place in the source."""
    sandbox.call(open_counter, {"authority": maker}, limit=2**128 - 1, length=4)
    with pytest.raises(RefusedError) as refusal:
        sandbox.call(count, {"authority": maker}, steps=[2**64 - 1, 1])
    assert refusal.value.name == "OVERFLOW"
    assert "overflow at tests/hognose/samples/escrow.py:" in str(refusal.value)


def test_missing_signature_is_refused(sandbox: Sandbox, maker: Keypair) -> None:
    """An address in place of a key does not sign, so that the transaction cannot even be made."""
    with pytest.raises(Exception, match="signer"):
        sandbox.call(open_counter, {"authority": maker.pubkey()}, limit=1, length=4)


def test_offer_moves_tokens_there_and_back(sandbox: Sandbox, maker: Keypair) -> None:
    """The desk's vault takes the tokens and the desk signs for their return; the offer is gone afterwards."""
    coin = sandbox.mint()
    source = sandbox.token_account(coin, maker, 1_000)
    sandbox.call(open_desk, {"payer": maker, "mint": coin})
    vault = Address(bytes(sandbox.fetch(Desk, sandbox.address_of(Desk)).vault))
    terms = TERMS(offered=400, wanted_lamports=9)
    receipt = sandbox.call(make_offer, {"maker": maker, "source": source}, number=3, terms=terms)
    offer = sandbox.address_of(Offer, maker=maker, number=3)
    assert (sandbox.token_balance(source), sandbox.token_balance(vault)) == (600, 400)
    assert receipt.events == (OFFERED(offer=Pubkey(bytes(offer)), terms=terms),)
    sandbox.call(cancel_offer, {"maker": maker, "offer": offer, "destination": source})
    assert (sandbox.token_balance(source), sandbox.token_balance(vault)) == (1_000, 0)
    assert not sandbox.exists(offer)


def test_same_calls_cost_the_same() -> None:
    """Addresses repeat from sandbox to sandbox, and so do compute units."""
    costs: set[int] = set()
    for _ in range(2):
        sandbox = fresh_sandbox()
        receipt = sandbox.call(open_counter, {"authority": sandbox.wallet()}, limit=10, length=4)
        costs.add(receipt.compute_units)
    assert len(costs) == 1


def test_reading_the_wrong_account_is_an_error(sandbox: Sandbox, maker: Keypair) -> None:
    """Nothing at an address, or something else, is told and not made up."""
    with pytest.raises(LookupError, match="nothing lies at"):
        sandbox.fetch(Counter, sandbox.address_of(Counter, authority=maker))
    with pytest.raises(LayoutError, match="not a Counter"):
        sandbox.fetch(Counter, sandbox.mint())
    with pytest.raises(ValueError, match="no token account"):
        sandbox.token_balance(sandbox.mint())
