"""`quatrain deploy`, `upgrade` and `rollback`: which program runs on a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from quatrain.cli.options import DEFAULTS, Common

if TYPE_CHECKING:
    from solders.keypair import Keypair

    from quatrain.cli.programs import Desk
    from quatrain.cluster.deployer import Prepared


def deploy(
    *,
    file: Annotated[Path | None, Parameter(name="--file")] = None,
    capacity: int | None = None,
    authority: str | None = None,
    priority_fee: int | None = None,
    common: Common = DEFAULTS,
) -> None:
    """Put the program on a cluster where it is not yet. Interrupted, run it again: it goes on where it was.

    It lies at the address of --program, a key, by default the key `program`, which is made when there is none. Keep
    that key until the program is deployed, and the signer's for as long as the program shall be upgraded.

    Parameters
    ----------
    file
        The executable; built from the sources when left out.
    capacity
        Room in bytes for larger programs to come; upgrades extend it otherwise.
    authority
        Who may upgrade from now on, instead of the signer: an address, such as a multisig's vault, or a key.
    priority_fee
        Micro-lamports per compute unit; what others pay of late when left out.
    """
    from quatrain.cli.programs import deploying, executable, open_desk, tell
    from quatrain.cli.workspace import key_or_address

    with open_desk(common) as desk:
        key = _program_key(desk)
        elf = executable(file)
        with deploying(desk, key.pubkey(), priority_fee) as deployer:
            report = deployer.deploy(key, elf, capacity)
            if authority is not None:
                deployer.hand_over(key.pubkey(), key_or_address(authority, desk.settings))
        tell(desk, key.pubkey(), report, "Deployed")


def upgrade(
    *,
    file: Annotated[Path | None, Parameter(name="--file")] = None,
    prepare: Annotated[bool, Parameter(negative="")] = False,
    priority_fee: int | None = None,
    common: Common = DEFAULTS,
) -> None:
    """Replace the program on a cluster; what it replaces is kept. Interrupted, run it again: it goes on where it was.

    Parameters
    ----------
    file
        The executable; built from the sources when left out.
    prepare
        Only write a buffer, hand it to the program's upgrade authority, and print the transaction that it has to approve.
    priority_fee
        Micro-lamports per compute unit; what others pay of late when left out.
    """
    from quatrain.cli.programs import deploying, executable, open_desk, tell
    from quatrain.cluster.deployer import Report

    with open_desk(common) as desk:
        elf = executable(file)
        with deploying(desk, desk.program, priority_fee) as deployer:
            done = deployer.prepare(desk.program, elf) if prepare else deployer.upgrade(desk.program, elf)
        if isinstance(done, Report):
            tell(desk, desk.program, done, "Upgraded")
        else:
            _tell_prepared(desk, done)


def _tell_prepared(desk: Desk, prepared: Prepared) -> None:
    value = {"buffer": str(prepared.buffer), "build": prepared.build, "message": prepared.message}
    desk.output.result(
        value,
        f"Build {prepared.build[:12]} is in the buffer {prepared.buffer}, which the upgrade authority owns now.",
        "The transaction for its approval, as a message in base58:",
        prepared.message,
    )


def rollback(*, to: str | None = None, priority_fee: int | None = None, common: Common = DEFAULTS) -> None:
    """Put the program back that ran before the one that runs now, or another that is kept.

    Parameters
    ----------
    to
        The hash of a kept program, or its first characters; `quatrain program show` lists them.
    priority_fee
        Micro-lamports per compute unit; what others pay of late when left out.
    """
    from quatrain.cli.programs import deploying, open_desk, tell

    with open_desk(common) as desk:
        with deploying(desk, desk.program, priority_fee) as deployer:
            report = deployer.rollback(desk.program, to)
        tell(desk, desk.program, report, "Rolled back")


def _program_key(desk: Desk) -> Keypair:
    """The key at whose address the program is to lie."""
    from quatrain.cli.settings import PROGRAM_KEY, key_path
    from quatrain.client.deployment import DEFAULT_PROGRAM
    from quatrain.client.errors import UsageError
    from quatrain.client.keypairs import ensure_keypair, read_keypair
    from quatrain.cluster.deployer import find_program

    settings = desk.settings
    if settings.program is not None:
        return read_keypair(key_path(settings.program, settings.keys))
    if find_program(desk.chain, DEFAULT_PROGRAM) is not None:
        raise UsageError(
            f"{desk.chain.name} has the program at {DEFAULT_PROGRAM} already",
            code="program_exists",
            advice="Replace it: quatrain upgrade. Or deploy another: quatrain keys new NAME, then --program NAME.",
        )
    return ensure_keypair(key_path(PROGRAM_KEY, settings.keys))


__all__ = ["deploy", "rollback", "upgrade"]
