"""The traders' ledger is held against the chain's file: the smallest difference between them is found."""

import sqlite3
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from attrs import evolve
from solders.hash import Hash

from quatrain.client.accounts import declaration_of
from quatrain.client.addresses import to_solders
from quatrain.cluster.local import connect
from quatrain.cluster.store import FILE_NAME
from quatrain.program import state
from tests.cluster.localnet.running import durable_chain
from tests.cluster.localnet.trading import Ledger

TRADERS = 4
ROUNDS = 3
_COLUMNS = "unix_ms, signature, units, fee_lamports, error, wire, logs, effects"


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Traders who have bought, sold and bought."""
    folder = tmp_path_factory.mktemp("traded")
    ledger, chain = Ledger(folder, TRADERS), durable_chain(folder)
    for _ in range(ROUNDS):
        blockhash = chain.latest_blockhash()
        chain.send_all([one.sign(blockhash) for one in ledger.traders])
    chain.close()
    return ledger


def sql(statement: str) -> Callable[[Ledger], None]:
    """Change the file's history; `last` and `first` are the numbers of the last trade and of the first."""

    def change(ledger: Ledger) -> None:
        connection = sqlite3.connect(ledger.folder / FILE_NAME)
        (last,) = connection.execute("SELECT max(number) FROM transactions").fetchone()
        connection.execute(statement, {"last": last, "first": last + 1 - TRADERS * ROUNDS})
        connection.commit()
        connection.close()

    return change


def account(cls: type, name: str) -> Callable[[Ledger], None]:
    """Add 1 to a field of the first account of a class, as if nothing else had happened."""

    def change(ledger: Ledger) -> None:
        chain = durable_chain(ledger.folder)
        declaration = declaration_of(cls)
        field = declaration.layout.field(name)
        assert field is not None
        address, found = next(
            (address, found)
            for address, found in chain.get_program_accounts(connect(chain).program)
            if found.data.startswith(declaration.discriminator)
        )
        end = field.offset + 8
        number = int.from_bytes(found.data[field.offset : end], "little") + 1
        data = found.data[: field.offset] + number.to_bytes(8, "little") + found.data[end:]
        chain.set_account(to_solders(address), evolve(found, data=data))
        chain.close()

    return change


def entry(change: Callable[[list[Any]], Any]) -> Callable[[Ledger], None]:
    """Change the trades of the first trader in the ledger."""
    return lambda ledger: change(ledger.traders[0].trades)


def never_sent(ledger: Ledger) -> None:
    """Sign a trade and keep it."""
    ledger.traders[0].sign(Hash.new_unique())


def exchanged(ledger: Ledger) -> None:
    """Take two traders' trades for each other's."""
    one, other, *_ = ledger.traders
    one.trades, other.trades = other.trades, one.trades


ALTERED: dict[str, Callable[[Ledger], None]] = {
    "entry missing": entry(list.pop),
    "entry doubled": entry(lambda trades: trades.append(trades[-1])),
    "entry of another number of shares": entry(lambda trades: trades.append(evolve(trades.pop(), shares=5))),
    "entry of the other side": entry(lambda trades: trades.append(evolve(trades.pop(), bought=False))),
    "never sent": never_sent,
    "traders exchanged": exchanged,
    "record missing": sql("DELETE FROM transactions WHERE number = :last"),
    "record doubled": sql(
        f"INSERT INTO transactions (number, slot, position, {_COLUMNS}) "
        f"SELECT number + 1, slot, position + 1, {_COLUMNS} FROM transactions WHERE number = :last"
    ),
    "record of a failure": sql("UPDATE transactions SET error = 'slippage_exceeded' WHERE number = :last"),
    "record of another trade": sql(
        "UPDATE transactions SET logs = (SELECT logs FROM transactions WHERE number = :first) WHERE number = :last"
    ),
    "record without events": sql("UPDATE transactions SET logs = '[]' WHERE number = :last"),
    "money of a trader": account(state.Trader, "free"),
    "shares of a position": account(state.Position, "shares"),
    "volume of a market": account(state.Market, "volume"),
    "fees of a market": account(state.Market, "fees_due"),
    "escrow of a market": account(state.Market, "sets"),
    "events of a market": account(state.Market, "sequence"),
    "money of the vault": account(state.Protocol, "lp_cash"),
}


def test_the_ledger_agrees(traded: Ledger) -> None:
    """Nothing was lost, doubled or refused."""
    assert traded.check() == TRADERS * ROUNDS


@pytest.mark.parametrize("name", ALTERED)
def test_a_difference_is_found(traded: Ledger, tmp_path: Path, name: str) -> None:
    """One entry, record or number that is not as it was."""
    altered = deepcopy(traded)
    altered.folder = copytree(traded.folder, tmp_path / "copy")
    ALTERED[name](altered)

    with pytest.raises(AssertionError):
        altered.check()
