"""What a command works with: settings, a session on the chain, the questions known, the signer, the output."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from quatrain.cli.options import Common
from quatrain.cli.output import Output
from quatrain.cli.settings import DEFAULT_KEY, PROGRAM_KEY, Settings, key_path, resolve
from quatrain.client.accounts import find
from quatrain.client.addresses import parse_address
from quatrain.client.amounts import USDC
from quatrain.client.deployment import DEFAULT_PROGRAM, Deployment
from quatrain.client.errors import NotFoundError, UsageError
from quatrain.client.failures import Explainer
from quatrain.client.keypairs import read_keypair
from quatrain.client.tokens import token_balance
from quatrain.cluster.chain import Chain
from quatrain.cluster.local import Keys, open_local
from quatrain.cluster.session import Session
from quatrain.keepers.ingest.catalogue import Catalogue
from quatrain.keepers.ingest.question import Question
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.state import Market, Protocol

if TYPE_CHECKING:
    from quatrain.cluster.rpc import RpcChain


@frozen
class Workspace:
    """Open while a command runs."""

    settings: Settings
    session: Session
    catalogue: Catalogue
    output: Output

    @property
    def signer(self) -> Keypair:
        """Who signs; read when it is first needed, so that looking needs no key."""
        return read_keypair(self.settings.keypair)

    @property
    def local_keys(self) -> Keys:
        """The local chain's own keys, also where `quatrain localnet` serves it; UsageError on another cluster."""
        if not self.owns_mint:
            raise UsageError(f"this works on the local chain only, not on {self.session.chain.name}", code="local_only")
        return Keys(self.settings.keys)

    @property
    def owns_mint(self) -> bool:
        """Whether the keys of this home can make the cluster's USDC: those of a local chain can."""
        keys = Keys(self.settings.keys)
        if self.settings.is_local:
            return True
        if not (keys.path("usdc-mint").exists() and keys.path("faucet").exists()):
            return False
        return keys.mint.pubkey() == self.session.deployment.usdc_mint

    def owner(self, text: str | None) -> Pubkey:
        """An address, the name of a key, or the signer."""
        if text is None:
            return self.signer.pubkey()
        return address_of(text, self.settings)

    def require_wallet(self, amount: int, purpose: str) -> None:
        """UsageError unless the signer's wallet holds so much USDC; on a local chain it says where more comes from."""
        owner = self.signer.pubkey()
        held = token_balance(self.session.chain, self.session.deployment.usdc_account(owner)) or 0
        if held >= amount:
            return
        key = self.settings.keypair
        name = "" if key.stem == DEFAULT_KEY else f" {key.stem if key.parent == self.settings.keys else owner}"
        raise UsageError(
            f"the wallet holds {USDC.show(held)} USDC, and {USDC.show(amount)} are to be {purpose}",
            code="wallet_short",
            advice=f"Get free test USDC first: quatrain keys airdrop{name}"
            if self.owns_mint
            else f"Send USDC to {owner} first, or ask for less.",
        )

    def question(self, market: Market) -> Question:
        """What the market asks; with numbered outcomes where the question is not known here."""
        found = self.catalogue.find(market.question)
        if found is not None and len(found.outcomes) == market.outcome_count:
            return found
        titles = tuple(f"outcome {i}" for i in range(market.outcome_count))
        return Question(f"question {bytes(market.question).hex()[:12]}…", titles)

    def outcome(self, market: Market, text: str) -> int:
        """An outcome by its number or, whatever the case, by its title: all of it, its beginning, or any part."""
        if text.isdecimal():
            number = int(text)
            if number < market.outcome_count:
                return number
            raise UsageError(
                f"the market has no outcome {number}; it has 0 to {market.outcome_count - 1}", code="outcome_unknown"
            )
        titles, wanted = [title.casefold() for title in self.question(market).outcomes], text.casefold()
        for fits in (str.__eq__, str.startswith, str.__contains__):
            matches = [i for i, title in enumerate(titles) if fits(title, wanted)]
            if len(matches) == 1:
                return matches[0]
        known = ", ".join(f"{i} {title}" for i, title in enumerate(self.question(market).outcomes[:8]))
        raise UsageError(f"{text!r} names no single outcome of this market: {known}", code="outcome_unknown")


@contextmanager
def open_workspace(options: Common) -> Generator[Workspace]:
    """Open what the options name; everything is closed in the end."""
    settings = resolve(options)
    output = Output(json=settings.json)
    if settings.is_local:
        session = open_local(settings.home, now=int(time.time()), say=output.note)
    else:
        session = _connect(settings)
    try:
        catalogue = Catalogue(settings.home)
        try:
            yield Workspace(settings, session, catalogue, output)
        finally:
            catalogue.close()
    finally:
        session.chain.close()


@contextmanager
def open_chain(options: Common) -> Generator[tuple[Settings, Chain, Output]]:
    """Open the cluster alone, which need not have the protocol on it; it is closed in the end."""
    settings = resolve(options)
    output = Output(json=settings.json)
    if settings.is_local:
        chain: Chain = open_local(settings.home, now=int(time.time()), say=output.note).chain
    else:
        chain = _chain(settings)
    try:
        yield settings, chain, output
    finally:
        chain.close()


def key_or_address(text: str, settings: Settings) -> Keypair | Pubkey:
    """A key that is at hand, by its name or file; else an address."""
    path = key_path(text, settings.keys)
    return read_keypair(path) if path.exists() else parse_address(text)


def address_of(text: str, settings: Settings) -> Pubkey:
    """An address, or that of a key by its name or file."""
    found = key_or_address(text, settings)
    return found.pubkey() if isinstance(found, Keypair) else found


def program_addresses(settings: Settings) -> list[Pubkey]:
    """Where the program may lie: as told, else where this home deployed one, else where local chains have it."""
    if settings.program is not None:
        return [address_of(settings.program, settings)]
    path = key_path(PROGRAM_KEY, settings.keys)
    own = [read_keypair(path).pubkey()] if path.exists() and not settings.is_local else []
    return [*own, DEFAULT_PROGRAM]


def _chain(settings: Settings) -> RpcChain:
    from solana.rpc.commitment import Commitment

    from quatrain.cluster.rpc import RpcChain

    explainer = Explainer(str(program_addresses(settings)[0]), PROGRAM.errors)
    return RpcChain(settings.urls, explainer, commitment=Commitment(settings.commitment))


def _connect(settings: Settings) -> Session:
    chain = _chain(settings)
    try:
        deployment = _deployment(chain, program_addresses(settings))
        chain.use_explainer(Explainer(str(deployment.program), PROGRAM.errors))
        return Session(chain, deployment)
    except BaseException:
        chain.close()
        raise


def _deployment(chain: Chain, programs: Sequence[Pubkey]) -> Deployment:
    """The first of these programs that the protocol is with."""
    for program in programs:
        protocol = find(chain, Protocol, Deployment(Pubkey.default(), program).protocol, program)
        if protocol is not None:
            return Deployment(Pubkey.from_bytes(protocol.state.usdc_mint), program)
    raise NotFoundError(
        f"the protocol is not on {chain.name} at {' or '.join(map(str, programs))}",
        code="protocol_missing",
        advice="Check --url and --program; without --url, commands use a local chain.",
    )


def home_keys(options: Common) -> tuple[Settings, Path]:
    """Settings and the folder of named keys, without opening a chain."""
    settings = resolve(options)
    return settings, settings.keys


__all__ = [
    "Workspace",
    "address_of",
    "home_keys",
    "key_or_address",
    "open_chain",
    "open_workspace",
    "program_addresses",
]
