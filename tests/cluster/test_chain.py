"""The contract of a chain, the same for the embedded one and for one behind an RPC server."""

import pytest
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer

from quatrain.client.accounts import Filter
from quatrain.client.addresses import TOKEN_PROGRAM, associated_token_address
from quatrain.client.errors import ForeignProgramError, RuntimeFailure, TransactionError
from quatrain.client.tokens import (
    MINT_SIZE,
    create_mint,
    create_token_account,
    mint_supply,
    mint_to,
    token_balance,
)
from quatrain.client.transactions import build_transaction
from quatrain.cluster.chain import Chain


def pay(chain: Chain, payer: Keypair, to: Pubkey, lamports: int, blockhash: Hash | None = None):
    """A signed transfer."""
    params = TransferParams(from_pubkey=payer.pubkey(), to_pubkey=to, lamports=lamports)
    return build_transaction([transfer(params)], payer, blockhash or chain.latest_blockhash())


def make_mint(chain: Chain, payer: Keypair) -> Pubkey:
    """A fresh mint of the payer's."""
    mint = Keypair()
    made = create_mint(
        payer=payer.pubkey(), mint=mint.pubkey(), authority=payer.pubkey(), decimals=6,
        rent=chain.rent_minimum(MINT_SIZE),
    )  # fmt: skip
    chain.send(build_transaction(made, payer, chain.latest_blockhash(), signers=[mint]))
    return mint.pubkey()


def test_backends_fulfil_the_contract(chain: Chain) -> None:
    """Each backend has everything that the contract names."""
    assert isinstance(chain, Chain)


def test_a_transfer_moves_lamports(chain: Chain, payer: Keypair) -> None:
    """A confirmed transaction has happened, and its receipt says what it used."""
    to = Keypair().pubkey()

    receipt = chain.send(pay(chain, payer, to, 1_000_000_000))

    account = chain.get_account(to)
    assert account is not None
    assert account.lamports == 1_000_000_000
    assert receipt.fee_lamports == 5_000
    assert receipt.units > 0
    assert receipt.logs[0].startswith("Program ")
    assert receipt.slot > 0


def test_nothing_lies_at_a_fresh_address(chain: Chain) -> None:
    """An address that was never used has no account."""
    assert chain.get_account(Keypair().pubkey()) is None


def test_several_accounts_come_in_the_order_asked(chain: Chain, payer: Keypair) -> None:
    """Also when there are more than a server gives at once, with gaps where nothing lies."""
    asked = [payer.pubkey(), *(Keypair().pubkey() for _ in range(150)), TOKEN_PROGRAM]

    found = chain.get_accounts(asked)

    assert len(found) == len(asked)
    assert found[0] is not None
    assert found[0].lamports == 10 * 10**9
    assert found[-1] is not None
    assert found[-1].executable
    assert not any(found[1:-1])


def test_program_accounts_are_filtered(chain: Chain, payer: Keypair) -> None:
    """Only accounts whose data holds the bytes asked for come back."""
    mints = [make_mint(chain, payer) for _ in range(2)]
    owner = Keypair().pubkey()
    for mint in mints:
        made = create_token_account(payer=payer.pubkey(), owner=owner, mint=mint)
        chain.send(build_transaction([made], payer, chain.latest_blockhash()))

    found = chain.get_program_accounts(TOKEN_PROGRAM, [Filter(0, bytes(mints[0])), Filter(32, bytes(owner))])

    assert [address for address, _ in found] == [associated_token_address(owner, mints[0])]
    assert len(chain.get_program_accounts(TOKEN_PROGRAM)) == 4


def test_tokens_are_minted(chain: Chain, payer: Keypair) -> None:
    """The real token program runs: balances and supply are what was minted."""
    mint = make_mint(chain, payer)
    account = associated_token_address(payer.pubkey(), mint)
    made = create_token_account(payer=payer.pubkey(), owner=payer.pubkey(), mint=mint)
    minted = mint_to(mint=mint, destination=account, authority=payer.pubkey(), amount=55)

    chain.send(build_transaction([made, minted], payer, chain.latest_blockhash()))

    assert token_balance(chain, account) == 55
    assert mint_supply(chain, mint) == 55
    assert token_balance(chain, Keypair().pubkey()) is None


def test_a_refusal_of_a_program_has_its_code(chain: Chain, payer: Keypair) -> None:
    """What the system program refuses arrives as its error, with logs and the failing program."""
    with pytest.raises(ForeignProgramError) as caught:
        chain.send(pay(chain, payer, Keypair().pubkey(), 10**12))

    assert caught.value.code == "system_insufficient_lamports"
    assert caught.value.number == 1
    assert caught.value.instruction_index == 2
    assert any("insufficient lamports" in line for line in caught.value.logs)


def test_a_simulation_changes_nothing(chain: Chain, payer: Keypair) -> None:
    """It says what would be used, or how it would fail, and leaves every account alone."""
    to = Keypair().pubkey()

    done = chain.simulate(pay(chain, payer, to, 1_000_000_000))
    with pytest.raises(TransactionError) as caught:
        chain.simulate(pay(chain, payer, to, 10**12))

    assert done.units > 0
    assert caught.value.code == "system_insufficient_lamports"
    assert chain.get_account(to) is None


def test_an_unknown_blockhash_is_refused(chain: Chain, payer: Keypair) -> None:
    """A transaction must name a blockhash of this chain."""
    with pytest.raises(RuntimeFailure) as caught:
        chain.send(pay(chain, payer, Keypair().pubkey(), 1_000_000_000, Hash.new_unique()))

    assert caught.value.code == "blockhash_not_found"
    assert caught.value.advice


def test_a_missing_program_is_named(chain: Chain, payer: Keypair) -> None:
    """Calling an address where no program lies says so."""
    call = Instruction(Keypair().pubkey(), b"", [])

    with pytest.raises(TransactionError) as caught:
        chain.send(build_transaction([call], payer, chain.latest_blockhash()))

    assert caught.value.code in {"program_account_not_found", "unsupported_program_id", "invalid_program_for_execution"}


def test_the_clock_goes_on(chain: Chain, payer: Keypair) -> None:
    """Every block takes time, and never gives it back."""
    before = chain.clock()

    chain.send(pay(chain, payer, Keypair().pubkey(), 1_000_000_000))

    after = chain.clock()
    assert after.slot > before.slot
    assert after.unix_timestamp >= before.unix_timestamp


def test_rent_is_that_of_the_cluster(chain: Chain) -> None:
    """520 bytes are exempt from rent at 4,510,080 lamports."""
    assert chain.rent_minimum(520) == 4_510_080
