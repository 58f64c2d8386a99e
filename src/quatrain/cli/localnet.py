"""`quatrain localnet …`: the local chain as a Solana cluster for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from quatrain.cli.output import Output
    from quatrain.cli.settings import Settings
    from quatrain.cluster.localnet.server import RunningServer, ServerSettings
    from quatrain.cluster.session import Session


def start(
    *,
    port: int = 8899,
    host: str = "127.0.0.1",
    slots: Literal["realtime", "instant", "stepped"] = "realtime",
    finality: int = 0,
    history: int | None = None,
    rate_limit: float = 0.0,
    time_travel: Annotated[bool, Parameter(negative="")] = False,
    common: Common = DEFAULTS,
) -> None:
    """Serve the local chain to wallets, web3.js, kit, Anchor and solana-py, until interrupted.

    Parameters
    ----------
    port
        The RPC port; PubSub is served there and on the next one. 0 takes free ones.
    host
        The address to listen on. Other machines reach it if it is no loopback address; there is no password.
    slots
        What ends a slot: 400 ms, also every transaction, or nothing but `surfnet_timeTravel`.
    finality
        By how many slots `finalized` is behind; a cluster's is 32. What is acknowledged is on disk in any case.
    history
        For how many slots blocks and transactions are kept; all of them when left out.
    rate_limit
        Requests a second that one address may send on average; 0 for any number.
    time_travel
        Open the methods `surfnet_timeTravel`, `surfnet_setAccount` and their like.
    """
    import asyncio

    from quatrain.cli.output import Output
    from quatrain.cluster.localnet.pace import Pace
    from quatrain.cluster.localnet.server import ServerSettings, is_loopback

    settings = _local(common)
    output = Output(json=settings.json)
    if not is_loopback(host):
        output.note(f"Anybody who reaches {host} can use this chain and its faucet.")
    served = ServerSettings(
        host=host,
        port=port,
        pace=Pace(slots),
        finality_slots=finality,
        history_slots=history,
        requests_per_second=rate_limit,
        time_travel=time_travel,
    )
    session = _open(settings, output)
    try:
        asyncio.run(_serve(session, settings, served, output))
    finally:
        session.chain.close()


async def _serve(session: Session, settings: Settings, served: ServerSettings, output: Output) -> None:
    import asyncio
    import signal

    from quatrain.cluster.local import Keys
    from quatrain.cluster.localnet.running import noted
    from quatrain.cluster.localnet.server import serve

    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with serve(session.embedded, Keys(settings.keys).faucet, served) as running:
        with noted(settings.home, running.url, running.websocket_url):
            _announce(running, session, output)
            await stopped.wait()


def _announce(running: RunningServer, session: Session, output: Output) -> None:
    import sys

    from quatrain.cli.output import facts

    value = {
        "url": running.url,
        "websocket_url": running.websocket_url,
        "genesis": str(running.node.genesis),
        "program": str(session.deployment.program),
        "usdc_mint": str(session.deployment.usdc_mint),
    }
    names = ("JSON-RPC", "PubSub", "genesis", "program", "test USDC")
    output.result(value, facts("Local cluster, until Ctrl-C", list(zip(names, value.values(), strict=True))))
    sys.stdout.flush()


def _open(settings: Settings, output: Output) -> Session:
    import time

    from quatrain.cluster.local import open_local

    return open_local(settings.home, now=int(time.time()), say=output.note, patience_seconds=0.0)


def _local(common: Common) -> Settings:
    """Settings of a command that works on a home directory; a cluster named in them does not matter here."""
    from attrs import evolve

    from quatrain.cli.settings import LOCAL, resolve

    return evolve(resolve(common), url=LOCAL)


def status(*, common: Common = DEFAULTS) -> None:
    """Show whether the local chain is being served, where, and how far it is."""
    from quatrain.cli.output import Output, facts
    from quatrain.cluster.localnet.running import ask, read_note
    from quatrain.cluster.store import FILE_NAME

    settings = _local(common)
    note = read_note(settings.home)
    path = settings.home / FILE_NAME
    value: dict[str, object] = {"home": str(settings.home), "running": note is not None}
    value["bytes"] = path.stat().st_size if path.exists() else 0
    if note is not None:
        value |= {"url": note.url, "websocket_url": note.websocket_url, "process": note.process}
        value["health"] = ask(note.url, "getHealth")
        value["slot"] = ask(note.url, "getSlot", {"commitment": "processed"})
        value["transactions"] = ask(note.url, "getTransactionCount")
    title = "Local cluster" if note else "No local cluster: quatrain localnet start"
    Output(json=settings.json).result(value, facts(title, [(name, str(one)) for name, one in value.items()]))


def reset(*, yes: Annotated[bool, Parameter(negative="")] = False, common: Common = DEFAULTS) -> None:
    """Remove the local chain, so that the next command begins anew; keys stay.

    Parameters
    ----------
    yes
        Do it: what is removed cannot be brought back.
    """
    from quatrain.cli.output import Output
    from quatrain.client.errors import UsageError
    from quatrain.cluster.localnet.running import erase

    settings = _local(common)
    if not yes:
        raise UsageError(
            f"this removes the chain in {settings.home} for ever",
            code="not_confirmed",
            advice="Add --yes; quatrain localnet snapshot FILE keeps a copy first.",
        )
    removed = erase(settings.home)
    text = "Removed the local chain; its keys are still there." if removed else "There was no local chain."
    Output(json=settings.json).result({"home": str(settings.home), "removed": removed}, text)


def snapshot(file: Path, /, *, common: Common = DEFAULTS) -> None:
    """Copy the local chain as it is now into a file, also while it is being served.

    Parameters
    ----------
    file
        The new file. As `chain.sqlite` in another home directory it is a chain of its own.
    """
    from quatrain.cli.output import Output
    from quatrain.cluster.store import snapshot as copy

    settings = _local(common)
    copy(settings.home, file)
    size = file.stat().st_size
    Output(json=settings.json).result({"file": str(file), "bytes": size}, f"Wrote {file}, {size:,} bytes.")


__all__ = ["reset", "snapshot", "start", "status"]
