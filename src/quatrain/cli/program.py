"""`quatrain program …`: look at the program on a cluster, prove what it was built from, and look after its rent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from quatrain.cluster.deployer import Deployed


def show(*, common: Common = DEFAULTS) -> None:
    """Show which build a cluster runs, who may upgrade it, and which programs are kept here."""
    from quatrain.cli.markets_show import moment
    from quatrain.cli.output import facts, table
    from quatrain.cli.programs import open_desk
    from quatrain.cluster.deployer import fetch_program

    with open_desk(common) as desk:
        found = fetch_program(desk.chain, desk.program)
        history = desk.archive.history(desk.chain.genesis(), desk.program)
        kept = desk.archive.builds()
        value = _record(found) | {
            "security": _security(found),
            "kept": kept,
            "history": [
                {"build": one.build, "replaced": one.replaced, "unix_timestamp": one.unix_timestamp} for one in history
            ],
        }
        rows = [[one.build[:12], (one.replaced or "")[:12], moment(one.unix_timestamp)] for one in history]
        desk.output.result(
            value,
            facts("Program", _facts(found)),
            *([table("Deployments from here", ("build", "replaced", "UTC"), rows)] if rows else []),
            *([f"Kept: {', '.join(one[:12] for one in kept)}"] if kept else []),
        )


def verify(*, file: Annotated[Path | None, Parameter(name="--file")] = None, common: Common = DEFAULTS) -> None:
    """Build the program from the sources, without the cache, and compare its hash with what the cluster runs.

    Parameters
    ----------
    file
        Compare with this executable instead of a build.
    """
    from quatrain.cli.programs import executable, open_desk
    from quatrain.client.errors import QuatrainError
    from quatrain.client.loader import program_digest
    from quatrain.cluster.builds import compile_program
    from quatrain.cluster.deployer import fetch_program

    with open_desk(common) as desk:
        found = fetch_program(desk.chain, desk.program)
        built = program_digest(compile_program(cache=False).elf if file is None else executable(file))
        if built != found.digest:
            raise QuatrainError(
                f"{desk.program} runs {found.digest}, and this is {built}",
                code="build_differs",
                advice="Check out the revision that was deployed, with its locked packages (bin/up), and verify again.",
            )
        value = {"program": str(desk.program), "build": built, "verified": True}
        desk.output.result(
            value, f"{desk.program} is built from these sources:" if file is None else "The same:", built
        )


def publish(*, out: Annotated[Path | None, Parameter(name="--out")] = None, common: Common = DEFAULTS) -> None:
    """Publish the interface description (Anchor IDL) and the security contacts, where explorers look for them.

    They become the program's canonical metadata, which its upgrade authority alone can write.

    Parameters
    ----------
    out
        Write idl.json and security.json into this directory instead.
    """
    from quatrain.cli.programs import deploying, open_desk
    from quatrain.cluster.publisher import documents
    from quatrain.cluster.publisher import publish as publish_document
    from quatrain.program.entrypoint import PROGRAM

    with open_desk(common) as desk:
        texts = documents(PROGRAM, desk.program)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            for name, text in texts.items():
                (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
            files = [str(out / f"{name}.json") for name in texts]
            desk.output.result({"files": files}, f"Wrote {' and '.join(files)}.")
            return
        with deploying(desk, desk.program, None) as deployer:
            done = [publish_document(deployer, desk.program, name, text) for name, text in texts.items()]
        value = [{"seed": one.seed, "address": str(one.address), "changed": one.changed} for one in done]
        lines = [f"{one.seed}: {one.address}{'' if one.changed else ', as it was'}" for one in done]
        desk.output.result(value, *lines)


def initialize(*, usdc: str, guardian: str | None = None, oracle: str | None = None, common: Common = DEFAULTS) -> None:
    """Found the protocol on a program that was just deployed. Works once, and whoever signs is the admin: do it at once.

    Parameters
    ----------
    usdc
        The mint of the cluster's USDC.
    guardian
        Who may pause; an address or a key, the signer when left out.
    oracle
        Who resolves markets; an address or a key, the signer when left out.
    """
    from quatrain.cli.programs import open_desk
    from quatrain.cli.workspace import address_of
    from quatrain.client.addresses import parse_address
    from quatrain.client.deployment import Deployment
    from quatrain.client.keypairs import read_keypair
    from quatrain.cluster.local import ensure_root_verse
    from quatrain.cluster.session import Session

    with open_desk(common) as desk:
        admin = read_keypair(desk.settings.keypair)
        session = Session(desk.chain, Deployment(parse_address(usdc), desk.program))
        roles = [admin.pubkey() if text is None else address_of(text, desk.settings) for text in (guardian, oracle)]
        instruction = session.instructions.initialize(admin=admin.pubkey(), guardian=roles[0], oracle=roles[1])
        receipt = session.send(admin, instruction)
        ensure_root_verse(session, admin)
        value = {"program": str(desk.program), "admin": str(admin.pubkey()), **receipt.record}
        desk.output.result(value, f"The protocol is founded at {desk.program}, and {admin.pubkey()} is its admin.")


def authority(new: str, /, *, common: Common = DEFAULTS) -> None:
    """Hand the program over: who may upgrade it from now on. There is no way back without the new authority.

    Parameters
    ----------
    new
        An address, such as a multisig's vault, or a key of `quatrain keys`, which then signs as well.
    """
    from solders.keypair import Keypair

    from quatrain.cli.programs import deploying, open_desk
    from quatrain.cli.workspace import key_or_address

    with open_desk(common) as desk:
        heir = key_or_address(new, desk.settings)
        with deploying(desk, desk.program, None) as deployer:
            receipt = deployer.hand_over(desk.program, heir)
        address = heir.pubkey() if isinstance(heir, Keypair) else heir
        value = {"program": str(desk.program), "authority": str(address), "signature": receipt and receipt.signature}
        desk.output.result(value, f"{address} may upgrade {desk.program} from now on, and nobody else.")


def buffers(*, common: Common = DEFAULTS) -> None:
    """List the buffers that uploads of the signer have left, and the rent that lies in them."""
    from quatrain.cli.output import table
    from quatrain.cli.programs import deploying, open_desk
    from quatrain.client.amounts import SOL

    with open_desk(common) as desk, deploying(desk, desk.program, 0) as deployer:
        found = deployer.buffers()
    value = [{"address": str(one.address), "bytes": one.size, "lamports": one.lamports} for one in found]
    rows = [[str(one.address), f"{one.size:,}", SOL.show(one.lamports, places=4)] for one in found]
    shown = table("", ("buffer", "bytes", "SOL"), rows, right=(1, 2))
    desk.output.result(value, shown if found else "There are no buffers.")


def reclaim(
    buffer: str | None = None, /, *, all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    common: Common = DEFAULTS,
) -> None:  # fmt: skip
    """Close buffers and get their rent back; an upload that was under way then begins anew.

    Parameters
    ----------
    buffer
        The address of one.
    all_
        Every one of the signer's.
    """
    from quatrain.cli.programs import deploying, open_desk
    from quatrain.client.addresses import parse_address
    from quatrain.client.amounts import SOL
    from quatrain.client.errors import NotFoundError, UsageError

    if (buffer is None) != all_:
        raise UsageError("give the address of a buffer, or --all")
    with open_desk(common) as desk, deploying(desk, desk.program, 0) as deployer:
        wanted = None if buffer is None else parse_address(buffer)
        chosen = [one for one in deployer.buffers() if wanted in (None, one.address)]
        if wanted is not None and not chosen:
            raise NotFoundError(f"{wanted} is no buffer of {deployer.me}", advice="See quatrain program buffers.")
        for one in chosen:
            deployer.reclaim(one.address)
    lamports = sum(one.lamports for one in chosen)
    value = {"closed": [str(one.address) for one in chosen], "lamports": lamports}
    desk.output.result(value, f"Closed {len(chosen)} buffers, which held {SOL.show(lamports, places=4)} SOL.")


def _record(found: Deployed) -> dict[str, Any]:
    state = found.state
    return {
        "program": str(found.program),
        "program_data": str(found.address),
        "build": found.digest,
        "bytes": len(state.data.rstrip(b"\0")),
        "capacity_bytes": found.capacity,
        "authority": None if state.authority is None else str(state.authority),
        "slot": state.slot,
        "lamports": found.lamports,
    }


def _facts(found: Deployed) -> list[tuple[str, str]]:
    from quatrain.client.amounts import SOL

    record, security = _record(found), _security(found) or {}
    return [
        ("program", record["program"]),
        ("its data", record["program_data"]),
        ("build", record["build"]),
        ("size", f"{record['bytes']:,} bytes, with room for {record['capacity_bytes']:,}"),
        ("may upgrade", record["authority"] or "nobody"),
        ("changed in", f"slot {record['slot']:,}"),
        ("rent", f"{SOL.show(found.lamports, places=4)} SOL"),
        ("contact", security.get("contacts", "none in the program")),
    ]


def _security(found: Deployed) -> dict[str, str] | None:
    """The contact block in the program, if a scanner could read it."""
    from hognose.tools.security_text import SecurityTextError, find_security_text

    try:
        return find_security_text(found.state.data)
    except SecurityTextError:
        return None


__all__ = ["authority", "buffers", "initialize", "publish", "reclaim", "show", "verify"]
