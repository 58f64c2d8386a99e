"""Instructions are what the declarations say, and every declaration has a typed function."""

import inspect
from collections.abc import Sequence
from typing import Any

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from hognose.lang import Account, Hash, InstructionDeclaration, accounts, instruction, repeated, signer, u64
from quatrain.client.accounts import blank
from quatrain.client.addresses import SYSTEM_PROGRAM, TOKEN_PROGRAM, account_address, associated_token_address
from quatrain.client.deployment import DEFAULT_PROGRAM, Deployment, declaration_of
from quatrain.client.distributions import Curve, Points
from quatrain.client.errors import UnresolvedAccountError
from quatrain.client.instructions import Instructions
from quatrain.client.resolve import build
from quatrain.program import position, trade, trader
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.state import Leg, Market, Order, Parameters, Position, Trader

WALLET = Keypair().pubkey()
DEPLOYMENT = Deployment(usdc_mint=Keypair().pubkey())
BUILDERS = Instructions(DEPLOYMENT)
NAMES = [declaration.name for declaration in PROGRAM.declarations]


def some(name: str, annotation: str) -> Any:
    """A value for a parameter."""
    known = {
        "opening": [500_000_000] * 2,
        "payouts": [0, 10**9],
        "parameters": blank(Parameters),
        "outcome": 1,
        "legs": [],
        "order": Order.BUY,
        "reporters": [WALLET],
        "outcome_count": 2,
    }
    if name in known:
        return known[name]
    if "Curve" in annotation:
        return Curve(5, 6)
    if "Points" in annotation:
        return Points(7, 8)
    if "Address" in annotation:
        return WALLET
    return Hash(bytes(range(32))) if "Hash" in annotation else 7


def built(name: str) -> tuple[InstructionDeclaration, Any, dict[str, Any]]:
    """The instruction that the typed function makes of such values."""
    function = getattr(BUILDERS, name)
    parameters = inspect.signature(function).parameters
    values = {
        key: some(key, str(p.annotation)) for key, p in parameters.items() if p.default is inspect.Parameter.empty
    }
    declaration = next(one for one in PROGRAM.declarations if one.name == name)
    return declaration, function(**values), values


def test_every_instruction_has_a_function() -> None:
    """The typed functions are exactly the program's instructions."""
    public = [name for name, _ in inspect.getmembers(Instructions, inspect.isfunction) if not name.startswith("_")]
    assert set(NAMES) == set(public)


@pytest.mark.parametrize("name", NAMES)
def test_accounts_have_their_roles(name: str) -> None:
    """Order, signer and writable flags, program and discriminator are the declaration's."""
    declaration, instruction, _ = built(name)

    assert instruction.program_id == DEFAULT_PROGRAM
    assert instruction.data.startswith(declaration.discriminator)
    flags = [(meta.is_signer, meta.is_writable) for meta in instruction.accounts]
    named = len(declaration.accounts)
    assert flags[:named] == [(slot.role.signer, slot.role.writable) for slot in declaration.accounts]
    rest = declaration.rest
    assert all(flag == (False, rest is not None and rest.role.writable) for flag in flags[named:])
    assert all(
        p.kind is inspect.Parameter.KEYWORD_ONLY for p in inspect.signature(getattr(BUILDERS, name)).parameters.values()
    )


@pytest.mark.parametrize("name", NAMES)
def test_known_programs_are_filled_in(name: str) -> None:
    """Nobody has to name the system program or the token program."""
    declaration, instruction, _ = built(name)
    programs = {"system_program": SYSTEM_PROGRAM, "token_program": TOKEN_PROGRAM}
    for slot, meta in zip(declaration.accounts, instruction.accounts, strict=False):
        assert meta.pubkey == programs.get(slot.name, meta.pubkey)


def test_a_trade_finds_its_accounts() -> None:
    """Trader and position follow from the wallet, the market and the outcome."""
    market = DEPLOYMENT.market(3)
    instruction = BUILDERS.buy(authority=WALLET, market_address=market, outcome=1, shares=5, maximum_cost=9)

    trader_address = account_address(Trader, DEFAULT_PROGRAM, authority=WALLET)
    position_address = account_address(Position, DEFAULT_PROGRAM, trader=trader_address, market=market, outcome=1)
    expected = [WALLET, DEPLOYMENT.protocol, trader_address, market, position_address]
    assert [meta.pubkey for meta in instruction.accounts] == expected
    assert instruction.data[8:] == (5).to_bytes(8, "little") + (9).to_bytes(8, "little")


def test_a_batch_has_a_position_for_each_leg() -> None:
    """In the order of the legs, after the named accounts; the limit may be an income."""
    market, trader_address = DEPLOYMENT.market(3), account_address(Trader, DEFAULT_PROGRAM, authority=WALLET)
    legs = [(4, Leg(order=Order.BUY, amount=5, limit=9)), (1, Leg(order=Order.SELL, amount=6, limit=2))]

    instruction = BUILDERS.batch(authority=WALLET, market_address=market, legs=legs, maximum_spend=-7)

    positions = [DEPLOYMENT.position(trader_address, market, outcome) for outcome in (4, 1)]
    assert [meta.pubkey for meta in instruction.accounts[-2:]] == positions
    assert all(meta.is_writable and not meta.is_signer for meta in instruction.accounts[-2:])
    assert instruction.data[8:16] == (-7).to_bytes(8, "little", signed=True)


def test_a_deposit_comes_from_the_usual_account() -> None:
    """The source is the wallet's associated account unless another is named."""
    usual = BUILDERS.deposit(authority=WALLET, amount=1)
    other = Keypair().pubkey()
    named = BUILDERS.deposit(authority=WALLET, amount=1, source=other)

    assert usual.accounts[3].pubkey == associated_token_address(WALLET, DEPLOYMENT.usdc_mint)
    assert named.accounts[3].pubkey == other


def test_a_missing_account_is_named() -> None:
    """What follows from nothing must be given, and the error says what it is."""
    with pytest.raises(UnresolvedAccountError, match="market") as caught:
        build(
            declaration_of(trade.buy),
            program=DEFAULT_PROGRAM,
            accounts={"authority": WALLET},
            arguments={"shares": 1, "maximum_cost": 1},
        )

    assert "position" in caught.value.message


def test_a_decoded_account_tells_its_neighbours() -> None:
    """Given a position, the trader and market that it is bound to need not be named."""
    trader_address, market = DEPLOYMENT.trader(WALLET), DEPLOYMENT.market(1)
    from quatrain.client.addresses import to_lang

    held = blank(Position, trader=to_lang(trader_address), market=to_lang(market), outcome=1)
    owner = blank(Trader, authority=to_lang(WALLET))

    instruction = build(
        declaration_of(position.settle_position), program=DEFAULT_PROGRAM, accounts={},
        states={"position": held, "trader": owner},
    )  # fmt: skip

    expected = [trader_address, market, DEPLOYMENT.position(trader_address, market, 1), WALLET]
    assert [meta.pubkey for meta in instruction.accounts] == expected


@accounts
class Several:
    """A signer and up to two markets."""

    owner: Account = signer()
    markets: Sequence[Market] = repeated(maximum=2, writable=True)


@instruction
def visit(accounts: Several, shares: u64) -> None:
    """An instruction with repeated accounts."""


def test_repeated_accounts_follow_the_named_ones() -> None:
    """With the role that they share, at most as many as declared, and only where they are declared."""
    markets = [DEPLOYMENT.market(1), DEPLOYMENT.market(2)]
    terms: dict[str, Any] = {"program": DEFAULT_PROGRAM, "accounts": {"owner": WALLET}, "arguments": {"shares": 1}}

    built = build(declaration_of(visit), repeated=markets, **terms)

    assert [meta.pubkey for meta in built.accounts] == [WALLET, *markets]
    assert [(meta.is_signer, meta.is_writable) for meta in built.accounts[1:]] == [(False, True)] * 2
    assert len(build(declaration_of(visit), **terms).accounts) == 1
    with pytest.raises(TypeError, match="at most 2 repeated"):
        build(declaration_of(visit), repeated=[*markets, WALLET], **terms)
    with pytest.raises(TypeError, match="at most 0 repeated"):
        build(
            declaration_of(trader.open_trader),
            program=DEFAULT_PROGRAM,
            accounts={"authority": WALLET},
            repeated=markets,
        )


def test_wrong_names_are_refused() -> None:
    """An account or argument that the instruction has not is an error of the caller's program."""
    with pytest.raises(TypeError, match="no account marker"):
        build(declaration_of(trader.open_trader), program=DEFAULT_PROGRAM, accounts={"marker": WALLET})
    with pytest.raises(TypeError, match="takes the arguments"):
        build(
            declaration_of(trader.open_trader),
            program=DEFAULT_PROGRAM,
            accounts={"authority": WALLET},
            arguments={"x": 1},
        )
    with pytest.raises(TypeError, match="takes: authority"):
        account_address(Trader, DEFAULT_PROGRAM, owner=WALLET)


def test_another_deployment_has_other_addresses() -> None:
    """Everything follows from the program's address."""
    elsewhere = Deployment(DEPLOYMENT.usdc_mint, Keypair().pubkey())

    def addresses(where: Deployment) -> set[Pubkey]:
        return {
            where.protocol,
            where.token_vault,
            where.share_mint,
            where.market(1),
            where.verse(1),
            where.trader(WALLET),
        }

    assert not addresses(elsewhere) & addresses(DEPLOYMENT)
    assert len(addresses(elsewhere)) == 6
