"""Options that every command takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from attrs import frozen
from cyclopts import Group, Parameter

GLOBAL = Group("Everywhere", sort_key=100)


@Parameter(name="*", group=GLOBAL)
@frozen(kw_only=True)
class Common:
    """Where to act, as whom, and how to answer."""

    url: Annotated[str | None, Parameter(name=("--url", "-u"))] = None
    """Cluster: `local` (the default), an RPC address, or a moniker: localhost, devnet, testnet, mainnet-beta.
    Several, separated by commas, stand in for each other; the first is preferred."""
    keypair: Annotated[str | None, Parameter(name=("--keypair", "-k"))] = None
    """Who signs: a key file in Solana's format, or the name of one of `quatrain keys`."""
    home: Annotated[Path | None, Parameter(name="--home")] = None
    """Directory of the local chain, its keys and the questions known."""
    config: Annotated[Path | None, Parameter(name=("--config", "-C"))] = None
    """Settings file to read instead of the usual one."""
    program: Annotated[str | None, Parameter(name="--program")] = None
    """The program on the cluster: an address, or the key that it was deployed with, a file or a name."""
    commitment: Annotated[Literal["processed", "confirmed", "finalized"] | None, Parameter(name="--commitment")] = None
    """How settled an RPC server's answers must be."""
    output: Annotated[Literal["text", "json"] | None, Parameter(name="--output")] = None
    """Print for people, or one JSON value for scripts."""


DEFAULTS = Common()

__all__ = ["DEFAULTS", "Common"]
