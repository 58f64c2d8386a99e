"""`quatrain keys …`: named keys in Solana's file format, and free SOL and test USDC for them on the local chain."""

from __future__ import annotations

from quatrain.cli.options import DEFAULTS, Common

_SERVICE = ("faucet", "program", "usdc-mint")


def new(name: str, /, *, common: Common = DEFAULTS) -> None:
    """Make a new key.

    Parameters
    ----------
    name
        Its name, or a path that ends in .json.
    """
    from solders.keypair import Keypair

    from quatrain.cli.output import Output
    from quatrain.cli.settings import key_path, resolve
    from quatrain.client.keypairs import write_keypair

    settings = resolve(common)
    path = key_path(name, settings.keys)
    keypair = Keypair()
    write_keypair(path, keypair)
    value = {"name": name, "address": str(keypair.pubkey()), "path": str(path)}
    Output(json=settings.json).result(
        value,
        f"{name}  {keypair.pubkey()}",
        f"  in {path}, readable by you alone; whoever has it has its money",
        f"  On a local chain, fund it: quatrain keys airdrop {name}",
    )


def list_(*, common: Common = DEFAULTS) -> None:
    """List the named keys."""
    from quatrain.cli.output import Output, table
    from quatrain.cli.settings import resolve
    from quatrain.client.errors import KeypairError
    from quatrain.client.keypairs import read_keypair

    settings = resolve(common)
    records: list[dict[str, str]] = []
    for path in sorted(settings.keys.glob("*.json")):
        if path.stem in _SERVICE:
            continue
        try:
            address = str(read_keypair(path).pubkey())
        except KeypairError as error:
            address = error.message
        records.append({"name": path.stem, "address": address})
    shown = table("", ("name", "address"), [[one["name"], one["address"]] for one in records])
    Output(json=settings.json).result(records, shown if records else "There are no keys yet: quatrain keys new alice")


def show(name: str | None = None, /, *, common: Common = DEFAULTS) -> None:
    """Show a key's address.

    Parameters
    ----------
    name
        Its name or path; the signer's when left out.
    """
    from quatrain.cli.output import Output
    from quatrain.cli.settings import key_path, resolve
    from quatrain.client.keypairs import read_keypair

    settings = resolve(common)
    path = settings.keypair if name is None else key_path(name, settings.keys)
    address = str(read_keypair(path).pubkey())
    Output(json=settings.json).result({"address": address, "path": str(path)}, address)


def airdrop(name: str | None = None, /, *, usdc: str = "10000", sol: str = "10", common: Common = DEFAULTS) -> None:
    """Give free SOL and test USDC to a wallet on the local chain.

    Parameters
    ----------
    name
        An address or the name of a key; the signer when left out.
    usdc
        Test USDC.
    sol
        SOL, for fees and rent.
    """
    from quatrain.cli.workspace import open_workspace
    from quatrain.client.amounts import SOL, USDC
    from quatrain.cluster.local import give_usdc

    with open_workspace(common) as workspace:
        keys, owner = workspace.local_keys, workspace.owner(name)
        lamports, micro = SOL.parse(sol), USDC.parse(usdc)
        if lamports:
            workspace.session.chain.airdrop(owner, lamports)
        if micro:
            give_usdc(workspace.session, keys, owner, micro)
        value = {"address": str(owner), "usdc": USDC.plain(micro), "sol": SOL.plain(lamports)}
        workspace.output.result(value, f"Gave {USDC.show(micro)} test USDC and {SOL.show(lamports)} SOL to {owner}.")


__all__ = ["airdrop", "list_", "new", "show"]
