"""Signed buys a second through the embedded chain, end to end from the client, beside a bare virtual machine.

`python -m pytest tests/bench/bench_throughput.py -s` prints the table. Both figures come of the same run on the same
machine, so that their ratio says what ours costs: building and signing, checks, the program, the books, the file.
"""

import time
from collections.abc import Callable
from pathlib import Path

from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from hognose.lang import Hash
from quatrain.client.transactions import build_transaction
from quatrain.cluster.builds import compile_program
from quatrain.cluster.chain import Receipt
from quatrain.cluster.embedded import EmbeddedChain
from quatrain.cluster.local import ROOT_VERSE, Keys, deploy_if_changed, give_usdc, open_in_memory, prepare
from quatrain.cluster.session import Session
from quatrain.cluster.store import Store
from tests.cluster.conftest import EXPLAINER

TRADES = 3_000
BLOCK = 100
USDC = 1_000_000
NOOP_ASSEMBLY = bytes.fromhex("b700000000000000" + "9500000000000000")
"""r0 = 0; exit."""


def noop_elf() -> bytes:
    """A program of two instructions, in the smallest executable."""
    header = b"\x7fELF" + bytes([2, 1, 1, 0]) + bytes(8)
    header += (3).to_bytes(2, "little") + (247).to_bytes(2, "little") + (1).to_bytes(4, "little")
    header += (1 << 32).to_bytes(8, "little") + (64).to_bytes(8, "little") + bytes(8)
    header += (3).to_bytes(4, "little") + (64).to_bytes(2, "little") + (56).to_bytes(2, "little")
    header += (1).to_bytes(2, "little") + (64).to_bytes(2, "little") + bytes(4)
    size = len(NOOP_ASSEMBLY).to_bytes(8, "little")
    segment = (1).to_bytes(4, "little") + (1).to_bytes(4, "little") + (120).to_bytes(8, "little")
    segment += (1 << 32).to_bytes(8, "little") * 2 + size * 2 + bytes(8)
    return header + segment + NOOP_ASSEMBLY


def rate(work: Callable[[], int]) -> float:
    """Transactions a second."""
    began = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - began)


def bare_noop() -> int:
    """Signed calls of the no-op, straight to the virtual machine."""
    machine = LiteSVM().with_mainnet_features().with_blockhash_check(False).with_transaction_history(0)
    payer, program = Keypair(), Keypair().pubkey()
    machine.airdrop(payer.pubkey(), 10**12)
    machine.add_program(program, noop_elf())
    blockhash = machine.latest_blockhash()
    for number in range(TRADES):
        call = Instruction(program, number.to_bytes(4, "little"), [])
        result = machine.send_transaction(build_transaction([call], payer, blockhash))
        assert hasattr(result, "logs"), result
    return TRADES


def furnished(chain: EmbeddedChain, folder: Path) -> tuple[Session, Keypair, Pubkey]:
    """A protocol with a market and a trader who may buy for long."""
    keys = Keys(folder / "keys")
    session = prepare(chain, keys, lambda _text: None)
    admin, build, now = keys.admin, session.instructions, chain.clock().unix_timestamp
    owner = admin.pubkey()
    give_usdc(session, keys, owner, 10**6 * USDC)
    create = build.create_market(
        admin=owner, verse_id=ROOT_VERSE, id=1, liquidity=100_000 * USDC, opens_at=now, closes_at=now + 10**7,
        question=Hash(bytes(32)), opening=[500_000_000, 500_000_000],
    )  # fmt: skip
    market = session.deployment.market(1)
    session.send(admin, create)
    session.send(admin, build.open_trader(authority=owner), build.deposit(authority=owner, amount=10**6 * USDC))
    session.send(admin, build.open_position(authority=owner, market_address=market, outcome=0))
    return session, admin, market


def buys(session: Session, trader: Keypair, market: Pubkey) -> int:
    """Build, sign and process buys, a block at a time."""
    chain, owner = session.embedded, trader.pubkey()
    number = 0
    while number < TRADES:
        blockhash = chain.latest_blockhash()
        block = []
        for size in range(number, number + BLOCK):
            trade = session.instructions.buy(
                authority=owner, market_address=market, outcome=0, shares=USDC + size, maximum_cost=2 * USDC
            )
            block.append(build_transaction([trade], trader, blockhash))
        number += BLOCK
        assert all(isinstance(one, Receipt) for one in chain.send_all(block))
    return number


def test_throughput(tmp_path: Path) -> None:
    """Print trades a second and their ratio to the bare virtual machine."""
    bare = rate(bare_noop)
    memory = furnished(open_in_memory(compile_program()), tmp_path / "memory")
    in_memory = rate(lambda: buys(*memory))
    chain = EmbeddedChain(EXPLAINER, store=Store(tmp_path / "disk"))
    deploy_if_changed(chain, Keys(tmp_path / "disk" / "keys"), lambda _text: None)
    disk = furnished(chain, tmp_path / "disk")
    on_disk = rate(lambda: buys(*disk))
    chain.close()
    rows = [
        ("bare LiteSVM, no-op program", bare),
        ("buys, embedded chain in memory", in_memory),
        (f"buys, embedded chain on disk, {BLOCK} a block", on_disk),
    ]
    print()
    for name, value in rows:
        print(f"{name:<46}{value:>9,.0f} a second{value / bare:>7.2f}")
    assert in_memory > 0
