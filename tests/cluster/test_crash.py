"""Killed at any moment, a local chain is as it was before a transaction or after it, and no money is lost."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hognose.lang import Hash
from quatrain.client.books import read_books
from quatrain.cluster.local import ROOT_VERSE, Keys, give_usdc, open_local
from quatrain.cluster.session import Session
from tests.cluster.crash_child import NOW

CHILD = Path(__file__).with_name("crash_child.py")
USDC = 1_000_000


def reopen(home: Path) -> Session:
    """The chain of a home directory."""
    return open_local(home, now=NOW, say=lambda _text: None)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a market in which the default key holds a position and money."""
    home = tmp_path_factory.mktemp("crash")
    session, keys = reopen(home), Keys(home / "keys")
    admin, build = keys.admin, session.instructions
    owner, market = admin.pubkey(), session.deployment.market(1)
    give_usdc(session, keys, owner, 100_000 * USDC)
    session.send(
        admin,
        build.create_market(
            admin=owner, verse_id=ROOT_VERSE, id=1, liquidity=1_000 * USDC, opens_at=NOW, closes_at=NOW + 10**6,
            question=Hash(bytes(32)), opening=[500_000_000, 500_000_000],
        ),
    )  # fmt: skip
    session.send(admin, build.open_trader(authority=owner), build.deposit(authority=owner, amount=100_000 * USDC))
    session.send(admin, build.open_position(authority=owner, market_address=market, outcome=0))
    session.chain.close()
    return home


def run_until_killed(home: Path, *, statement: int, confirmations: int) -> int:
    """Let the child trade; kill it after so many confirmed trades, or let it kill itself. How many it confirmed."""
    child = subprocess.Popen([sys.executable, str(CHILD), str(home), str(statement)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    confirmed = 0
    for line in child.stdout:
        confirmed = int(line)
        if statement == 0 and confirmed >= confirmations:
            child.kill()
            break
    confirmed += sum(1 for _ in child.stdout)
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    return confirmed


def check_whole(home: Path, confirmed: int) -> int:
    """Every confirmed trade is there, at most one more, and whatever is there is there completely. How many there are."""
    session = reopen(home)
    chain = session.embedded
    assert chain.store is not None
    chain.store.check()
    books = read_books(chain, session.deployment)
    assert books.balanced
    market = session.market(1).state
    trades = market.sequence - 2
    assert confirmed <= trades <= confirmed + 1
    recorded = [
        one
        for one in chain.store.transactions()
        if any("Instruction: Buy" in line or "Instruction: Sell" in line for line in one.processed.logs)
    ]
    assert len(recorded) == trades
    position = session.position(Keys(home / "keys").admin.pubkey(), session.deployment.market(1), 0)
    assert position is not None
    assert position.state.shares == market.outcomes[0].sold
    chain.close()
    return trades


@pytest.mark.parametrize("confirmations", [1, 2, 5, 9, 14])
def test_killed_from_outside(prepared: Path, tmp_path: Path, confirmations: int) -> None:
    """A kill -9 while it trades leaves every confirmed trade and no half of another."""
    home = Path(shutil.copytree(prepared, tmp_path / "home"))

    confirmed = run_until_killed(home, statement=0, confirmations=confirmations)

    check_whole(home, confirmed)


@pytest.mark.parametrize("statement", [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 20])
def test_killed_while_writing_a_block(prepared: Path, tmp_path: Path, statement: int) -> None:
    """A kill -9 between any two SQL statements of a block leaves the state before the block."""
    home = Path(shutil.copytree(prepared, tmp_path / "home"))

    confirmed = run_until_killed(home, statement=statement, confirmations=0)

    check_whole(home, confirmed)


@pytest.mark.nightly
@pytest.mark.timeout(3_600)
def test_killed_hundreds_of_times(prepared: Path, tmp_path: Path) -> None:
    """One chain that is killed and reopened 300 times, at every statement of a block and from outside, loses nothing."""
    home, trades = Path(shutil.copytree(prepared, tmp_path / "home")), 0

    for attempt in range(300):
        before = trades
        statement = 0 if attempt % 3 == 0 else attempt % 97 + 1
        confirmed = run_until_killed(home, statement=statement, confirmations=attempt % 7 + 1)
        trades = check_whole(home, before + confirmed)

    assert trades >= 300
