"""The local chain, ready to use: opened, brought to the present, with the program, test USDC and a funded vault.

Every step looks first whether it is done already, so that an interrupted start is finished by the next one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from attrs import frozen
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from hognose.lang import Hash
from quatrain.client.accounts import fetch, find
from quatrain.client.deployment import DEFAULT_PROGRAM, Deployment
from quatrain.client.failures import Explainer
from quatrain.client.keypairs import ensure_keypair
from quatrain.client.tokens import MINT_SIZE, create_mint, create_token_account, mint_supply, mint_to, token_balance
from quatrain.cluster.builds import Build, compile_program, decode_sites, encode_sites, source_digest
from quatrain.cluster.deployer import find_program
from quatrain.cluster.embedded import GENESIS_TIME, EmbeddedChain
from quatrain.cluster.session import Session
from quatrain.cluster.store import Store
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.protocol import USDC_DECIMALS
from quatrain.program.state import Protocol

Say = Callable[[str], None]

ROOT_VERSE: Final = 1
ADMIN_LAMPORTS: Final = 10_000 * 10**9
TRADER_LAMPORTS: Final = 10 * 10**9
VAULT_DEPOSIT: Final = 10_000_000 * 10**6
"""Test USDC that a new local chain's vault begins with: it bears the subsidies of tens of thousands of markets."""
OWNER_USDC: Final = 10_000 * 10**6
"""Test USDC that its owner begins with, in the wallet."""

_SOURCE = "program.source"
_DIGEST = "program.digest"
_SITES = "program.sites"


@frozen
class Keys:
    """The local chain's own key files: its admin, who is also the default signer, and the faucet of test USDC."""

    folder: Path

    def path(self, name: str) -> Path:
        """Where the key of this name lies."""
        return self.folder / f"{name}.json"

    @property
    def admin(self) -> Keypair:
        """Admin, oracle, guardian and first liquidity provider."""
        return ensure_keypair(self.path("id"))

    @property
    def faucet(self) -> Keypair:
        """Mints test USDC."""
        return ensure_keypair(self.path("faucet"))

    @property
    def mint(self) -> Keypair:
        """The address of the test USDC's mint."""
        return ensure_keypair(self.path("usdc-mint"))


def open_local(home: Path, *, now: int, say: Say, patience_seconds: float = 10.0) -> Session:
    """The local chain of a home directory at the time `now`, created on first use."""
    store = Store(home, patience_seconds=patience_seconds)
    try:
        chain = EmbeddedChain(Explainer(str(DEFAULT_PROGRAM), PROGRAM.errors), store=store, start=now)
        found = find_program(chain, DEFAULT_PROGRAM)
        if found is not None and found.digest == store.setting(_DIGEST):
            chain.use_sites(decode_sites(store.setting(_SITES)))  # an upgrade's traps lie elsewhere
        chain.catch_up(now * 1_000)
        if chain.clock().unix_timestamp < now:
            chain.warp(unix_timestamp=now)
        keys = Keys(home / "keys")
        deploy_if_changed(chain, keys, say)
        return prepare(chain, keys, say)
    except BaseException:
        store.close()
        raise


def open_in_memory(build: Build, *, start: int = GENESIS_TIME) -> EmbeddedChain:
    """A chain that ends with the process, with the program on it."""
    explainer = Explainer(str(DEFAULT_PROGRAM), PROGRAM.errors, build.site)
    chain = EmbeddedChain(explainer, start=start)
    chain.install(DEFAULT_PROGRAM, build.elf, {})
    return chain


def deploy_if_changed(chain: EmbeddedChain, keys: Keys, say: Say) -> None:
    """Deploy the program when the sources have changed since this did so last; the admin may upgrade it otherwise."""
    store = chain.store
    assert store is not None
    wanted = source_digest()
    if store.setting(_SOURCE) == wanted:
        return
    build = compile_program()
    previous = store.setting(_DIGEST)
    if previous == build.digest:
        store.set_setting(_SOURCE, wanted)
        return
    notes = {_SOURCE: wanted, _DIGEST: build.digest, _SITES: encode_sites(build.sites)}
    chain.install(DEFAULT_PROGRAM, build.elf, notes, keys.admin.pubkey())
    chain.use_sites(build.site)
    replaced = f", replacing {previous[:12]}" if previous else ""
    say(f"Deployed the program, build {build.digest[:12]}, {len(build.elf):,} bytes{replaced}.")


def prepare(chain: EmbeddedChain, keys: Keys, say: Say) -> Session:
    """Make sure of test USDC, the protocol, its root verse and a funded vault."""
    address = Deployment(keys.mint.pubkey()).protocol
    protocol = find(chain, Protocol, address, DEFAULT_PROGRAM)
    if protocol is not None:
        session = Session(chain, Deployment(Pubkey.from_bytes(protocol.state.usdc_mint)))
    else:
        session = Session(chain, Deployment(keys.mint.pubkey()))
        _begin(session, keys)
        say(
            f"Created a local chain in {keys.folder.parent}: the protocol, you as its admin, and 10,000 test USDC in your wallet."
        )
    ensure_root_verse(session, keys.admin)
    if mint_supply(chain, session.deployment.share_mint) == 0:
        _fill_wallet(session, keys, OWNER_USDC + VAULT_DEPOSIT)
        fund_vault(session, keys, VAULT_DEPOSIT)
    return session


def ensure_root_verse(session: Session, admin: Keypair) -> None:
    """The verse that every market belongs to in the end."""
    if session.verse(ROOT_VERSE) is None:
        title = Hash(hashlib.sha256(b"All markets").digest())
        session.send(admin, session.instructions.create_verse(admin=admin.pubkey(), id=ROOT_VERSE, title=title))


def _begin(session: Session, keys: Keys) -> None:
    """The mint of test USDC and the protocol."""
    chain, admin, mint = session.chain, keys.admin, keys.mint
    chain.airdrop(admin.pubkey(), ADMIN_LAMPORTS)
    if chain.get_account(mint.pubkey()) is None:
        instructions = create_mint(
            payer=admin.pubkey(),
            mint=mint.pubkey(),
            authority=keys.faucet.pubkey(),
            decimals=USDC_DECIMALS,
            rent=chain.rent_minimum(MINT_SIZE),
        )
        session.send(admin, *instructions, signers=[mint])
    initialize = session.instructions.initialize(admin=admin.pubkey(), guardian=admin.pubkey(), oracle=admin.pubkey())
    session.send(admin, initialize)


def give_usdc(session: Session, keys: Keys, owner: Pubkey, amount: int) -> None:
    """Mint test USDC into a wallet's usual account."""
    admin, faucet, mint = keys.admin, keys.faucet, session.deployment.usdc_mint
    session.send(
        admin,
        create_token_account(payer=admin.pubkey(), owner=owner, mint=mint),
        mint_to(
            mint=mint,
            destination=session.deployment.usdc_account(owner),
            authority=faucet.pubkey(),
            amount=amount,
        ),
        signers=[faucet],
    )


def _fill_wallet(session: Session, keys: Keys, amount: int) -> None:
    """Give the admin what is missing of `amount` in test USDC."""
    owner = keys.admin.pubkey()
    missing = amount - (token_balance(session.chain, session.deployment.usdc_account(owner)) or 0)
    if missing > 0:
        give_usdc(session, keys, owner, missing)


def fund_vault(session: Session, keys: Keys, amount: int) -> None:
    """Have the admin provide liquidity out of its wallet."""
    admin = keys.admin
    session.send(
        admin,
        create_token_account(payer=admin.pubkey(), owner=admin.pubkey(), mint=session.deployment.share_mint),
        session.instructions.deposit_liquidity(provider=admin.pubkey(), amount=amount, minimum_shares=1),
    )


def connect(chain: EmbeddedChain, program: Pubkey = DEFAULT_PROGRAM) -> Deployment:
    """The deployment that a chain's Protocol account describes."""
    address = Deployment(Pubkey.default(), program).protocol
    protocol = fetch(chain, Protocol, address, program).state
    return Deployment(Pubkey.from_bytes(protocol.usdc_mint), program)


__all__ = [
    "ADMIN_LAMPORTS", "OWNER_USDC", "ROOT_VERSE", "TRADER_LAMPORTS", "VAULT_DEPOSIT", "Keys", "connect", "deploy_if_changed", "ensure_root_verse",
    "fund_vault", "give_usdc", "open_in_memory", "open_local", "prepare",
]  # fmt: skip
