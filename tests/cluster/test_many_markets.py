"""Three hundred markets and 1,500 positions through their whole life on a chain with a file."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from quatrain.client.accounts import declaration_of
from quatrain.program.state import Market, Position
from tests.cluster.many_markets import SHARES, Platform


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """A small platform."""
    platform = Platform(tmp_path, markets=300, positions=1_500, traders=12, part=100, ledger=True)
    yield platform
    platform.close()


def test_every_market_lives_and_ends(platform: Platform) -> None:
    """Created, traded, quoted as the client quotes, settled to the last µUSDC, pruned without a trace."""
    platform.furnish()
    platform.create()
    platform.trade()
    session = platform.session
    one = platform.traders[3].pubkey()
    own = [position for position in platform.positions if position[1].pubkey() == one]
    trader = {"memcmp": {"offset": _offset("trader"), "bytes": str(session.deployment.trader(one))}}
    kind = {"memcmp": {"offset": 0, "bytes": _base64(Position), "encoding": "base64"}}

    found, _ = platform.program_accounts(kind, trader)
    platform.quote()
    terms, quote = platform.terms(7), session.quoter(session.market(7).state).buy(0, SHARES)
    platform.settle()
    left, _ = platform.program_accounts(kind)
    platform.check_money()
    platform.prune()
    markets, _ = platform.program_accounts({"memcmp": {"offset": 0, "bytes": _base64(Market), "encoding": "base64"}})

    assert {account["pubkey"] for account in found} == {
        str(session.deployment.position(session.deployment.trader(one), session.deployment.market(number), outcome))
        for number, _, outcome in own
    }
    assert (terms.amount, terms.fee) == (quote.amount, quote.fee)
    assert left == markets == []
    platform.check_money()
    assert [(one.step, one.part) for one in platform.measures] == [
        (step, part) for step in ("created", "traded", "quoted", "settled", "pruned") for part in range(3)
    ]


def _offset(name: str) -> int:
    field = declaration_of(Position).layout.field(name)
    assert field is not None
    return field.offset


def _base64(cls: type) -> str:
    return base64.b64encode(declaration_of(cls).discriminator).decode()
